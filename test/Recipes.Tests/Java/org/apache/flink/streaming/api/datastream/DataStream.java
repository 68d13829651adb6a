package org.apache.flink.streaming.api.datastream;

import java.util.List;

public class DataStream<T> {
    public final List<T> rows;

    public DataStream(List<T> rows) {
        this.rows = rows;
    }

    public PartitionWindowedStream<T> fullWindowPartition() {
        return new PartitionWindowedStream<>(rows);
    }
}

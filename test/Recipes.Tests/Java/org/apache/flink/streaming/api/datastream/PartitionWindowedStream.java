package org.apache.flink.streaming.api.datastream;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.MapPartitionFunction;
import org.apache.flink.util.Collector;

/** Runs a function as a task does: on a copy of it that was sent. */
public class PartitionWindowedStream<T> {
    private final List<T> rows;

    PartitionWindowedStream(List<T> rows) {
        this.rows = rows;
    }

    @SuppressWarnings("unchecked")
    public <R> SingleOutputStreamOperator<R> mapPartition(MapPartitionFunction<T, R> function) {
        List<R> result = new ArrayList<>();
        try {
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(sent)) {
                out.writeObject(function);
            }
            MapPartitionFunction<T, R> arrived = (MapPartitionFunction<T, R>)
                new ObjectInputStream(new ByteArrayInputStream(sent.toByteArray())).readObject();
            arrived.mapPartition(rows, new Collector<R>() {
                @Override
                public void collect(R row) {
                    result.add(row);
                }

                @Override
                public void close() {
                }
            });
        } catch (RuntimeException error) {
            throw error;
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
        return new SingleOutputStreamOperator<>(result);
    }
}

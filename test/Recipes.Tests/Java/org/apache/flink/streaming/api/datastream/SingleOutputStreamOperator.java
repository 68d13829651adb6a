package org.apache.flink.streaming.api.datastream;

import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;

public class SingleOutputStreamOperator<T> extends DataStream<T> {
    public TypeInformation<T> type;

    public SingleOutputStreamOperator(List<T> rows) {
        super(rows);
    }

    public SingleOutputStreamOperator<T> returns(TypeInformation<T> type) {
        this.type = type;
        return this;
    }
}

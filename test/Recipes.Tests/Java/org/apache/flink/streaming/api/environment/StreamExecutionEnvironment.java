package org.apache.flink.streaming.api.environment;

import org.apache.flink.api.common.RuntimeExecutionMode;

public class StreamExecutionEnvironment {
    public static StreamExecutionEnvironment getExecutionEnvironment() {
        return new StreamExecutionEnvironment();
    }

    public StreamExecutionEnvironment setRuntimeMode(RuntimeExecutionMode mode) {
        return this;
    }
}

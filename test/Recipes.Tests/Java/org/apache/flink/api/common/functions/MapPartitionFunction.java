package org.apache.flink.api.common.functions;

import org.apache.flink.util.Collector;

public interface MapPartitionFunction<T, O> extends Function {
    void mapPartition(Iterable<T> values, Collector<O> out) throws Exception;
}

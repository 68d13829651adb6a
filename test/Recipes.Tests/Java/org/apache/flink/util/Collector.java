package org.apache.flink.util;

public interface Collector<T> {
    void collect(T record);

    void close();
}

package org.apache.flink.table.api;

public interface TableResult {
    void await() throws InterruptedException, java.util.concurrent.ExecutionException;
}

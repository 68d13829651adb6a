package org.apache.flink.table.api;

import org.apache.flink.table.catalog.ResolvedSchema;

public interface Table {
    ResolvedSchema getResolvedSchema();

    TableResult executeInsert(String path);
}

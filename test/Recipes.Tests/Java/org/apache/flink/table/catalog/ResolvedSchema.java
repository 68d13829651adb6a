package org.apache.flink.table.catalog;

import java.util.List;
import org.apache.flink.table.types.DataType;

public final class ResolvedSchema {
    private final List<String> names;
    private final List<DataType> types;

    public ResolvedSchema(List<String> names, List<DataType> types) {
        this.names = names;
        this.types = types;
    }

    public List<String> getColumnNames() {
        return names;
    }

    public List<DataType> getColumnDataTypes() {
        return types;
    }
}

package org.apache.flink.types;

import java.util.List;

public final class Row implements java.io.Serializable {
    private final RowKind kind;
    private final Object[] fields;
    private final List<String> names;

    public Row(RowKind kind, int arity) {
        this(kind, new Object[arity], null);
    }

    public Row(int arity) {
        this(RowKind.INSERT, arity);
    }

    private Row(RowKind kind, Object[] fields, List<String> names) {
        this.kind = kind;
        this.fields = fields;
        this.names = names;
    }

    public static Row copy(Row row) {
        return new Row(row.kind, row.fields.clone(), row.names);
    }

    public RowKind getKind() {
        return kind;
    }

    public int getArity() {
        return fields.length;
    }

    public Object getField(int at) {
        return fields[at];
    }

    public Object getField(String name) {
        if (names == null || !names.contains(name)) {
            throw new IllegalArgumentException("There is no field " + name);
        }
        return fields[names.indexOf(name)];
    }

    public void setField(int at, Object value) {
        fields[at] = value;
    }

    /** A row as a table gives it: with names and positions. */
    public static Row named(List<String> names, Object... fields) {
        return new Row(RowKind.INSERT, fields, names);
    }
}

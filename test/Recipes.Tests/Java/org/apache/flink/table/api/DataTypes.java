package org.apache.flink.table.api;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.flink.table.types.DataType;

public final class DataTypes {
    public static DataType FLOAT() {
        return new DataType("FLOAT");
    }

    public static DataType DOUBLE() {
        return new DataType("DOUBLE");
    }

    public static DataType BIGINT() {
        return new DataType("BIGINT");
    }

    public static DataType INT() {
        return new DataType("INT");
    }

    public static DataType BOOLEAN() {
        return new DataType("BOOLEAN");
    }

    public static DataType STRING() {
        return new DataType("STRING");
    }

    public static DataType ARRAY(DataType element) {
        return new DataType("ARRAY<" + element + ">");
    }

    public static DataType ROW(Field... fields) {
        return new DataType(Arrays.stream(fields).map(f -> f.name + " " + f.type).collect(Collectors.joining("|")));
    }

    public static Field FIELD(String name, DataType type) {
        return new Field(name, type);
    }

    public static final class Field {
        final String name;
        final DataType type;

        Field(String name, DataType type) {
            this.name = name;
            this.type = type;
        }
    }
}

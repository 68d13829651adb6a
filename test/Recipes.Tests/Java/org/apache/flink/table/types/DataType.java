package org.apache.flink.table.types;

public class DataType implements java.io.Serializable {
    private final String text;

    public DataType(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}

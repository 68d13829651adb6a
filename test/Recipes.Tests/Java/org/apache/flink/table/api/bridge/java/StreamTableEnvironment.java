package org.apache.flink.table.api.bridge.java;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.runtime.typeutils.ExternalTypeInfo;
import org.apache.flink.types.Row;

/** The rows of a test in the place of a query's; what is inserted is printed. */
public interface StreamTableEnvironment {
    static StreamTableEnvironment create(StreamExecutionEnvironment environment) {
        return new StreamTableEnvironment() { };
    }

    default TableResult executeSql(String statement) {
        System.out.println("statement " + statement);
        return () -> { };
    }

    default Table sqlQuery(String query) {
        return new Rows(query);
    }

    default DataStream<Row> toDataStream(Table table) {
        return new DataStream<>(((Rows) table).rows());
    }

    default <T> Table fromDataStream(DataStream<T> stream) {
        return new Table() {
            @Override
            public ResolvedSchema getResolvedSchema() {
                return null;
            }

            @Override
            @SuppressWarnings("unchecked")
            public TableResult executeInsert(String path) {
                System.out.println("into " + path);
                System.out.println(((ExternalTypeInfo<T>) ((SingleOutputStreamOperator<T>) stream).type).type);
                for (Row row : (List<Row>) stream.rows) {
                    StringBuilder line = new StringBuilder();
                    for (int i = 0; i < row.getArity(); i++) {
                        Object value = row.getField(i);
                        line.append(i == 0 ? "" : "|").append(value instanceof Object[] ? Arrays.toString((Object[]) value) : value);
                    }
                    System.out.println(line);
                }
                return () -> { };
            }
        };
    }
}

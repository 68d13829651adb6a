package org.apache.flink.table.api.bridge.java;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.Row;

/** 5,000 rows: a key, two doubles, an array of one, a long. The query tells the first name, and what is wrong with one of the rows. */
final class Rows implements Table {
    private final String[] query;
    private final List<String> names;

    Rows(String query) {
        this.query = query.split("\\|");
        names = List.of("key", this.query[0], "c", this.query.length > 2 ? this.query[2] : "b");
    }

    List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            Object wrong = i != 4321 || query.length < 2 ? null : query[1];
            rows.add(Row.named(names, "k" + i, "null".equals(wrong) ? null : "hole".equals(wrong) ? new Double[] {1.0, null}
                : "long".equals(wrong) ? new Double[] {1.0, 2.0, 3.0} : i % 2 == 0 ? new Double[] {i / 7.0, -1.0 * i}
                : (Object) new double[] {i / 7.0, -i}, new Integer[] {i}, 4611686018427380000L + i));
        }
        return rows;
    }

    @Override
    public ResolvedSchema getResolvedSchema() {
        return new ResolvedSchema(names, List.<DataType>of(DataTypes.STRING(), DataTypes.ARRAY(DataTypes.DOUBLE()),
            DataTypes.ARRAY(DataTypes.INT()), DataTypes.BIGINT()));
    }

    @Override
    public TableResult executeInsert(String path) {
        throw new UnsupportedOperationException();
    }
}

using System.Globalization;
using System.Text;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Recipes;

/// <summary>Flink: the rows of a query go through the graph in batches, one session and one thread for each task.</summary>
internal sealed record FlinkRecipe()
    : Recipe("flink", "Explains the rows of a query of Flink's tables, in a program of Java: one session for each task.", "Explain.java")
{
    /// <inheritdoc/>
    public override string For(RecipeGraph graph)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"// {Summary}\n").Append(Imports);
        text.Append("\n\npublic final class Explain {\n");
        text.Append(CultureInfo.InvariantCulture, $"    private static final String MODEL = {Literals.OfJava(graph.File)};\n\n");
        text.Append("    // Columns that rows have: arrays of numbers, the last axis fastest, or a number where the extents say so.\n");
        Append("INPUTS", graph.Inputs);
        text.Append("\n    // Columns that are added; a number where there is one.\n");
        Append("OUTPUTS", graph.Outputs);
        text.Append('\n').Append(Program).Append("\n}\n");
        return text.ToString().ReplaceLineEndings("\n");

        void Append(string name, IReadOnlyList<RecipeTensor> tensors) =>
            text.Append(CultureInfo.InvariantCulture, $"    private static final List<Column> {name} = List.of(\n")
                .AppendJoin(",\n", tensors.Select(Column)).Append(");\n");
    }

    private static string Column(RecipeTensor tensor)
    {
        var row = string.Concat((tensor.Row ?? []).Select(extent => FormattableString.Invariant($", {extent}L")));
        var isSingle = tensor.IsSingle ? "true" : "false";
        return $"        new Column({Literals.OfJava(tensor.Name)}, OnnxJavaType.{Kind(tensor.Type)}, {isSingle}{row})";
    }

    private static string Kind(ElementType type) => type switch
    {
        ElementType.Float => "FLOAT",
        ElementType.Double => "DOUBLE",
        ElementType.Int64 => "INT64",
        ElementType.Int32 => "INT32",
        _ => "BOOL",
    };

    private const string Imports = """
        // usage: flink run explain.jar "CREATE TABLE people (...) WITH (...)" "CREATE TABLE explained (...) WITH (...)" \
        //            "SELECT * FROM people" explained
        // Flink 1.20 or later with flink-table; com.microsoft.onnxruntime:onnxruntime in the jar. The graph lies where each task finds it.
        import ai.onnxruntime.OnnxJavaType;
        import ai.onnxruntime.OnnxTensor;
        import ai.onnxruntime.OrtEnvironment;
        import ai.onnxruntime.OrtException;
        import ai.onnxruntime.OrtSession;
        import java.io.Serializable;
        import java.lang.reflect.Array;
        import java.nio.ByteBuffer;
        import java.nio.ByteOrder;
        import java.util.ArrayList;
        import java.util.HashMap;
        import java.util.LinkedHashSet;
        import java.util.List;
        import java.util.Map;
        import java.util.Set;
        import org.apache.flink.api.common.RuntimeExecutionMode;
        import org.apache.flink.api.common.functions.MapPartitionFunction;
        import org.apache.flink.streaming.api.datastream.DataStream;
        import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
        import org.apache.flink.table.api.DataTypes;
        import org.apache.flink.table.api.Table;
        import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
        import org.apache.flink.table.runtime.typeutils.ExternalTypeInfo;
        import org.apache.flink.table.types.DataType;
        import org.apache.flink.types.Row;
        import org.apache.flink.util.Collector;
        """;

    private const string Program = """
            private static final int BATCH = 4096;

            public static void main(String[] arguments) throws Exception {
                if (arguments.length < 2) {
                    System.err.println("usage: flink run explain.jar [STATEMENT ...] QUERY TARGET_TABLE");
                    System.exit(2);
                }
                StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
                environment.setRuntimeMode(RuntimeExecutionMode.BATCH);
                StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
                for (int i = 0; i < arguments.length - 2; i++) {
                    tables.executeSql(arguments[i]);
                }
                Table rows = tables.sqlQuery(arguments[arguments.length - 2]);
                List<String> names = rows.getResolvedSchema().getColumnNames();
                List<DataType> types = rows.getResolvedSchema().getColumnDataTypes();
                List<DataTypes.Field> fields = new ArrayList<>();
                for (int i = 0; i < names.size(); i++) {
                    fields.add(DataTypes.FIELD(names.get(i), types.get(i)));
                }
                for (Column input : INPUTS) {
                    if (!names.contains(input.name)) {
                        throw new IllegalArgumentException("There is no column '" + input.name + "'; there are " + names + ".");
                    }
                }
                for (Column output : OUTPUTS) {
                    if (names.contains(output.name)) {
                        throw new IllegalArgumentException("There is a column '" + output.name + "' already, which the explanation adds; "
                            + "rename it in the query.");
                    }
                    fields.add(DataTypes.FIELD(output.name, output.dataType()));
                }
                DataStream<Row> explained = tables.toDataStream(rows).fullWindowPartition()
                    .mapPartition(new Explainer(new ArrayList<>(names)))
                    .returns(ExternalTypeInfo.<Row>of(DataTypes.ROW(fields.toArray(new DataTypes.Field[0]))));
                tables.fromDataStream(explained).executeInsert(arguments[arguments.length - 1]).await();
            }

            // Rows in, rows with the outputs behind them out, a batch at a time.
            static final class Explainer implements MapPartitionFunction<Row, Row> {
                private static final long serialVersionUID = 1L;
                private final ArrayList<String> names;

                Explainer(ArrayList<String> names) {
                    this.names = names;
                }

                @Override
                public void mapPartition(Iterable<Row> rows, Collector<Row> out) throws Exception {
                    OrtEnvironment environment = OrtEnvironment.getEnvironment();
                    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                        // Flink has tasks of its own.
                        options.setIntraOpNumThreads(1);
                        options.setInterOpNumThreads(1);
                        try (OrtSession session = environment.createSession(MODEL, options)) {
                            List<Row> batch = new ArrayList<>(BATCH);
                            for (Row row : rows) {
                                batch.add(Row.copy(row));
                                if (batch.size() == BATCH) {
                                    explain(environment, session, batch, out);
                                    batch.clear();
                                }
                            }
                            if (!batch.isEmpty()) {
                                explain(environment, session, batch, out);
                            }
                        }
                    }
                }

                private void explain(OrtEnvironment environment, OrtSession session, List<Row> batch, Collector<Row> out)
                        throws OrtException {
                    Map<String, OnnxTensor> tensors = new HashMap<>();
                    try {
                        for (Column input : INPUTS) {
                            tensors.put(input.name, input.gather(environment, batch, names.indexOf(input.name)));
                        }
                        Set<String> wanted = new LinkedHashSet<>();
                        for (Column output : OUTPUTS) {
                            wanted.add(output.name);
                        }
                        try (OrtSession.Result results = session.run(tensors, wanted)) {
                            Row[] more = new Row[batch.size()];
                            for (int i = 0; i < more.length; i++) {
                                more[i] = new Row(OUTPUTS.size());
                            }
                            for (int i = 0; i < OUTPUTS.size(); i++) {
                                OUTPUTS.get(i).spread((OnnxTensor) results.get(OUTPUTS.get(i).name).orElseThrow(), more, i);
                            }
                            for (int i = 0; i < more.length; i++) {
                                out.collect(joined(batch.get(i), more[i]));
                            }
                        }
                    } finally {
                        tensors.values().forEach(OnnxTensor::close);
                    }
                }

                // Rows of a query have names or positions; those that are made have positions.
                private Row joined(Row row, Row more) {
                    Row result = new Row(row.getKind(), names.size() + more.getArity());
                    for (int i = 0; i < names.size(); i++) {
                        result.setField(i, row.getField(names.get(i)));
                    }
                    for (int i = 0; i < more.getArity(); i++) {
                        result.setField(names.size() + i, more.getField(i));
                    }
                    return result;
                }
            }

            // An input or output as a column.
            static final class Column implements Serializable {
                private static final long serialVersionUID = 1L;
                final String name;
                final OnnxJavaType type;
                final boolean single;
                final long[] row;

                Column(String name, OnnxJavaType type, boolean single, long... row) {
                    this.name = name;
                    this.type = type;
                    this.single = single;
                    this.row = row;
                }

                DataType dataType() {
                    DataType number = type == OnnxJavaType.FLOAT ? DataTypes.FLOAT()
                        : type == OnnxJavaType.DOUBLE ? DataTypes.DOUBLE()
                        : type == OnnxJavaType.INT64 ? DataTypes.BIGINT()
                        : type == OnnxJavaType.INT32 ? DataTypes.INT() : DataTypes.BOOLEAN();
                    return single ? number : DataTypes.ARRAY(number);
                }

                // Numbers come as arrays of primitives or of objects, or alone.
                OnnxTensor gather(OrtEnvironment environment, List<Row> batch, int at) throws OrtException {
                    long width = 1;
                    long[] shape = new long[row.length + 1];
                    shape[0] = batch.size();
                    for (int i = 0; i < row.length; i++) {
                        shape[i + 1] = row[i];
                        width *= row[i];
                    }
                    int size = Math.toIntExact(Math.multiplyExact(batch.size() * width, (long) type.size));
                    ByteBuffer bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
                    for (Row of : batch) {
                        Object value = of.getField(at);
                        boolean isArray = value != null && value.getClass().isArray();
                        int length = value == null ? 0 : isArray ? Array.getLength(value) : 1;
                        if (value != null && length != width) {
                            throw new IllegalArgumentException("the column '" + name + "' has rows of " + length + " numbers; " + width
                                + " were expected");
                        }
                        for (int i = 0; i < width; i++) {
                            Object number = value == null ? null : isArray ? Array.get(value, i) : value;
                            if (number == null) {
                                throw new IllegalArgumentException("the column '" + name + "' has rows without numbers");
                            }
                            put(bytes, number);
                        }
                    }
                    bytes.rewind();
                    switch (type) {
                        case FLOAT:
                            return OnnxTensor.createTensor(environment, bytes.asFloatBuffer(), shape);
                        case DOUBLE:
                            return OnnxTensor.createTensor(environment, bytes.asDoubleBuffer(), shape);
                        case INT64:
                            return OnnxTensor.createTensor(environment, bytes.asLongBuffer(), shape);
                        case INT32:
                            return OnnxTensor.createTensor(environment, bytes.asIntBuffer(), shape);
                        default:
                            return OnnxTensor.createTensor(environment, bytes, shape, type);
                    }
                }

                private void put(ByteBuffer bytes, Object number) {
                    switch (type) {
                        case FLOAT:
                            bytes.putFloat(((Number) number).floatValue());
                            break;
                        case DOUBLE:
                            bytes.putDouble(((Number) number).doubleValue());
                            break;
                        case INT64:
                            bytes.putLong(((Number) number).longValue());
                            break;
                        case INT32:
                            bytes.putInt(((Number) number).intValue());
                            break;
                        default:
                            bytes.put((byte) ((Boolean) number ? 1 : 0));
                            break;
                    }
                }

                private Object get(ByteBuffer bytes) {
                    switch (type) {
                        case FLOAT:
                            return bytes.getFloat();
                        case DOUBLE:
                            return bytes.getDouble();
                        case INT64:
                            return bytes.getLong();
                        case INT32:
                            return bytes.getInt();
                        default:
                            return bytes.get() != 0;
                    }
                }

                void spread(OnnxTensor tensor, Row[] rows, int at) {
                    ByteBuffer bytes = tensor.getByteBuffer().order(ByteOrder.nativeOrder());
                    int width = bytes.remaining() / type.size / rows.length;
                    for (Row of : rows) {
                        if (single) {
                            of.setField(at, get(bytes));
                            continue;
                        }
                        Object[] numbers = (Object[]) Array.newInstance(boxed(), width);
                        for (int i = 0; i < width; i++) {
                            numbers[i] = get(bytes);
                        }
                        of.setField(at, numbers);
                    }
                }

                private Class<?> boxed() {
                    return type == OnnxJavaType.FLOAT ? Float.class : type == OnnxJavaType.DOUBLE ? Double.class
                        : type == OnnxJavaType.INT64 ? Long.class : type == OnnxJavaType.INT32 ? Integer.class : Boolean.class;
                }
            }
        """;
}

using System.Globalization;
using System.Text;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Recipes;

/// <summary>An engine that runs a graph by a script of Python.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Summary">What the script does.</param>
/// <param name="Packages">What it needs beside ONNX Runtime, NumPy and PyArrow.</param>
/// <param name="Imports">Lines of imports.</param>
/// <param name="Body">What is special to the engine: how rows come and go.</param>
internal sealed record PythonRecipe(string Name, string Summary, string Packages, string Imports, string Body)
    : Recipe(Name, Summary, "explain.py")
{
    /// <summary>The engines there are.</summary>
    public static IReadOnlyList<PythonRecipe> Engines { get; } =
    [
        IntoParquet("duckdb", "Explains the rows of a query of DuckDB, in process, into a Parquet file.", "import duckdb", "QUERY",
            "duckdb.connect().execute(source).fetch_record_batch(BATCH)"),
        IntoParquet("polars", "Explains the rows of Parquet files, read by Polars, into a Parquet file.", "import polars as pl", "SOURCE",
            "(batch for part in pl.read_parquet(source).iter_slices(BATCH) for batch in part.to_arrow().to_batches())"),
        new("ray", "Explains the rows of Parquet files by Ray Data: one session for each worker, one thread.", " 'ray[data]'",
            "import ray", """
                # MODEL must lie where each worker finds it.
                class Explainer:
                    def __init__(self):
                        self.session = open_session(MODEL)

                    def __call__(self, table):
                        batches = [explain(self.session, batch) for batch in table.to_batches()]
                        return pa.Table.from_batches(batches) if batches else table



                """ + Wanted("SOURCE", "TARGET") + """
                source, target = sys.argv[1:]
                workers = int(os.environ.get("WORKERS", "1"))
                rows = ray.data.read_parquet(source).map_batches(
                    Explainer, batch_format="pyarrow", batch_size=BATCH, concurrency=workers)
                rows.write_parquet(target)
                """),
        new("spark", "Explains the rows of Parquet files by Spark: mapInArrow, one session for each partition, one thread.", " pyspark",
            "from pyspark import SparkFiles\nfrom pyspark.sql import SparkSession\nfrom pyspark.sql import types as T", """
                SPARK = {"float32": T.FloatType(), "float64": T.DoubleType(), "int64": T.LongType(), "int32": T.IntegerType(),
                         "bool": T.BooleanType()}


                def partition(batches):
                    session = open_session(SparkFiles.get(os.path.basename(MODEL)))
                    for batch in batches:
                        for start in range(0, batch.num_rows, BATCH):
                            yield explain(session, batch.slice(start, BATCH))



                """ + Wanted("SOURCE", "TARGET") + """
                source, target = sys.argv[1:]
                spark = SparkSession.builder.appName("explanations").getOrCreate()
                spark.sparkContext.addFile(MODEL)
                rows = spark.read.parquet(source)
                more = [T.StructField(name, SPARK[kind] if single else T.ArrayType(SPARK[kind], False), False)
                        for name, kind, single in OUTPUTS]
                rows.mapInArrow(partition, T.StructType(rows.schema.fields + more)).write.parquet(target)
                """),
        new("azure-ml", "Explains the rows of Parquet files in a batch endpoint of Azure Machine Learning: a scoring script.", "",
            "import glob\nimport zlib\n\nimport pyarrow.parquet as pq", Write + """
                # Called once for each process of the deployment; Azure names the folder of the model that is registered.
                def init():
                    global SESSION
                    found = glob.glob(os.path.join(glob.escape(os.environ["AZUREML_MODEL_DIR"]), "**", glob.escape(MODEL)), recursive=True)
                    if len(found) != 1:
                        raise FileNotFoundError(f"the model's folder has {len(found)} files {MODEL!r}; one was expected")
                    SESSION = open_session(found[0])


                # Called with paths of files. Each becomes one in the output's folder; the deployment's output_action is summary_only.
                def run(mini_batch):
                    done = []
                    for path in mini_batch:
                        stem = os.path.splitext(os.path.basename(path))[0]
                        target = os.path.join(os.environ["AZUREML_BI_OUTPUT_PATH"],
                                              f"{stem}.{zlib.crc32(os.fsencode(path)):08x}.parquet")
                        write(SESSION, pq.ParquetFile(path).iter_batches(BATCH), target)
                        done.append(path)
                    return done
                """),
    ];

    /// <inheritdoc/>
    public override string For(RecipeGraph graph)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"\"\"\"{Summary}\"\"\"\n");
        text.Append(CultureInfo.InvariantCulture, $"# pip install onnxruntime numpy pyarrow{Packages}\n");
        text.Append("import os\nimport sys\n\n");
        text.Append("import numpy as np\nimport onnxruntime as ort\nimport pyarrow as pa\nimport pyarrow.compute as pc\n");
        text.Append(Imports).Append("\n\n");
        text.Append(CultureInfo.InvariantCulture, $"MODEL = {Literals.Escaped(graph.File)}\n");
        text.Append(Constants(graph));
        text.Append("BATCH = 4096\n\n\n").Append(OpenSession).Append("\n\n\n").Append(Common).Append("\n\n\n").Append(Body.TrimEnd())
            .Append('\n');
        return text.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>What a graph takes and gives, in Python.</summary>
    public static string Constants(RecipeGraph graph) => string.Create(CultureInfo.InvariantCulture, $"""
        # Columns that rows have: name, type, extents of a row; lists of numbers, the last axis fastest.
        INPUTS = [{string.Join(", ", graph.Inputs.Select(Input))}]
        # Columns that are added: name, type, whether it is one number and no list.
        OUTPUTS = [{string.Join(", ", graph.Outputs.Select(Output))}]

        """);

    /// <summary>How a session is opened, of a file or of its bytes: engines have workers of their own.</summary>
    public const string OpenSession = """
        def open_session(model):
            options = ort.SessionOptions()
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
            return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        """;

    private const string Common = """
        def numbers(batch, name, kind, extents):
            column = batch.column(batch.schema.get_field_index(name))
            is_list = isinstance(column, (pa.ListArray, pa.LargeListArray, pa.FixedSizeListArray))
            flat = column.flatten() if is_list else column
            if column.null_count or flat.null_count:
                raise ValueError(f"the column {name!r} has rows without numbers")
            lengths = set(pc.list_value_length(column).unique().to_pylist()) if is_list else {1}
            if lengths - {int(np.prod(extents))}:
                raise ValueError(f"the column {name!r} has rows of {sorted(lengths)} numbers; {extents} were expected")
            return flat.to_numpy(zero_copy_only=False).astype(kind, copy=False).reshape((len(column),) + extents)


        def explain(session, batch):
            missing = [name for name, _, _ in INPUTS if batch.schema.get_field_index(name) < 0]
            if missing:
                raise ValueError(f"there is no column {missing[0]!r}, or more than one; there are {batch.schema.names}")
            found = session.run([name for name, _, _ in OUTPUTS],
                                {name: numbers(batch, name, kind, extents) for name, kind, extents in INPUTS})
            columns = []
            for (name, kind, single), result in zip(OUTPUTS, found):
                flat = pa.array(np.ascontiguousarray(result).reshape(-1))
                width = len(flat) // max(1, batch.num_rows)
                ends = pa.array(np.arange(batch.num_rows + 1, dtype=np.int32) * width, pa.int32())
                columns.append(flat if single else pa.ListArray.from_arrays(ends, flat))
            return pa.RecordBatch.from_arrays(batch.columns + columns, batch.schema.names + [name for name, _, _ in OUTPUTS])
        """;

    private const string Write = """
        def write(session, batches, target):
            writer, partial = None, target + ".partial"
            try:
                # Batch by batch: the reasons do not lie in memory as a whole.
                for batch in batches:
                    explained = explain(session, batch)
                    writer = writer or pq.ParquetWriter(partial, explained.schema)
                    writer.write_batch(explained)
                if writer is None:
                    return False
                writer.close()
                os.replace(partial, target)
                return True
            finally:
                # After an error half a file would be left.
                if writer is not None:
                    writer.close()
                if os.path.exists(partial):
                    os.remove(partial)



        """;

    // Of engines that run in process: their rows come in batches, and leave so.
    private static PythonRecipe IntoParquet(string name, string summary, string import, string source, string batches) => new(
        name, summary, $" {name}", $"{import}\nimport pyarrow.parquet as pq", Write + Wanted(source, "TARGET") + $"""
            source, target = sys.argv[1:]
            if not write(open_session(MODEL), {batches}, target):
                sys.exit("There are no rows.")
            """);

    // Arguments are told before anything is opened.
    private static string Wanted(params string[] arguments) => $"""
        if len(sys.argv) != {arguments.Length + 1}:
            sys.exit(f"usage: python {"{sys.argv[0]}"} {string.Join(' ', arguments)}")

        """;

    private static string Input(RecipeTensor input) => $"({Literals.Escaped(input.Name)}, {Kind(input.Type)}, "
        + $"({string.Concat(input.Row!.Select(e => FormattableString.Invariant($"{e}, "))).TrimEnd()}))";

    private static string Output(RecipeTensor output) =>
        $"({Literals.Escaped(output.Name)}, {Kind(output.Type)}, {(output.IsSingle ? "True" : "False")})";

    private static string Kind(ElementType type) => type switch
    {
        ElementType.Float => "\"float32\"",
        ElementType.Double => "\"float64\"",
        ElementType.Int64 => "\"int64\"",
        ElementType.Int32 => "\"int32\"",
        _ => "\"bool\"",
    };
}

using DuckDB.NET.Data;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Tests;

namespace Microsoft.ML.Introspection.Recipes.Tests;

/// <summary>The program that is written for DuckDB from .NET is compiled and run, and gives what the tool gives, to the bit.</summary>
[TestClass]
[DoNotParallelize]
public sealed class RunningDuckDb
{
    private const int Rows = 5000;

    // Ends texts, names and lines of C# and of SQL; DuckDB takes no name with a zero in it.
    private const string Hostile = "a \"b\"\"'; DROP TABLE x; --\n\\\"\"\"\r{0}\u2028 🙂";

    [TestMethod]
    public async Task Its_columns_are_those_of_the_graph_to_the_bit()
    {
        using var work = new Workplace();
        (await work.RunAsync("compile", Workplace.Given("cnn_digits.onnx"), "--method", "saliency", "--pass-through",
            "logits=scores", "-o", "@explanation.onnx")).IsDone();
        var model = OnnxModel.Load(work["explanation.onnx"]);
        using var database = Open();
        // Lists that are cut out of longer ones, in reverse: they do not lie densely in memory.
        Execute(database, $"""
            COPY (SELECT 'key ' || i AS "the key", list_reverse(list_transform(range(70), j -> ((hash(i * 70 + j) % 1009) / 1009.0)::FLOAT)[3:66])
                AS "{model.Inputs[0].Name}", [i, NULL] AS "it's ""kept"" here" FROM range({Rows}) AS t(i)) TO '{work["rows.parquet"]}'
            """);
        var pictures = Numbers<float>(database, $"SELECT \"{model.Inputs[0].Name}\" FROM '{work["rows.parquet"]}'");
        NpyArray.From(pictures, Rows, 1, 8, 8).Save(work["pictures.npy"]);
        (await work.RunAsync("run", "@explanation.onnx", "--data", "@pictures.npy", "-o", "@ours.npz")).IsDone();

        (await work.RunAsync("recipe", "duckdb-net", "@explanation.onnx", "-o", "@explain.cs")).IsDone();
        var program = new CompiledProgram(File.ReadAllText(work["explain.cs"]));
        // Once as it lies there, once with lists that are made within the query.
        foreach (var query in (string[])["SELECT * FROM 'rows.parquet';",
            $"SELECT \"the key\", list_reverse(list_reverse(\"{model.Inputs[0].Name}\")) AS \"{model.Inputs[0].Name}\", \"it's \"\"kept\"\" here\" "
                + "FROM 'rows.parquet' -- all"])
        {
            Assert.AreEqual((0, ""), program.Run(work["."], query, "explained 'all'.parquet"));
            var explained = $"'{work["explained ''all''.parquet"]}'";
            using var ours = NpzArchive.Open(work["ours.npz"]);
            foreach (var output in model.Outputs)
                AreSame(ours.Read(output.Name).ToSingles(), Numbers<float>(database, $"SELECT \"{output.Name}\" FROM {explained}"));
            Assert.AreEqual((long)Rows, Single<long>(database,
                $"SELECT count(*) FROM {explained} AS e POSITIONAL JOIN '{work["rows.parquet"]}' AS r WHERE e.\"the key\" = r.\"the key\""));
        }
    }

    [TestMethod]
    public async Task Names_that_nobody_vouches_for_are_columns_and_every_type_is_taken()
    {
        using var work = new Workplace();
        var graph = new Graph();
        Value[] inputs =
        [
            graph.Input(Hostile, ElementType.Double, new Shape([Dimension.Symbol("N"), 2])),
            graph.Input("b", ElementType.Int64, new Shape([Dimension.Symbol("N")])),
            graph.Input("c", ElementType.Int32, new Shape([Dimension.Symbol("N"), 1])),
        ];
        graph.ToModel([(Hostile + "!", inputs[0] + inputs[0]), ("b2", inputs[1] + inputs[1]), ("c2", inputs[2] + inputs[2])]).Save(work["h.onnx"]);
        (await work.RunAsync("recipe", "duckdb-net", "@h.onnx", "-o", "@h.cs")).IsDone();
        var program = new CompiledProgram(File.ReadAllText(work["h.cs"]));
        var name = Hostile.Replace("\"", "\"\"");
        var query = $"SELECT [i / 7, -i] AS \"{name}\", 4611686018427380000 + i AS b, [i] AS c FROM range({Rows}) AS t(i)";
        Assert.AreEqual((0, ""), program.Run(work["."], query, "h.parquet"));
        using var database = Open();
        Assert.AreEqual((long)Rows, Single<long>(database, $"""
            SELECT count(*) FROM (SELECT *, row_number() OVER () - 1 AS i FROM '{work["h.parquet"]}')
            WHERE "{name}!" = [2 * (i / 7), -2.0 * i] AND b2 = 2 * (4611686018427380000 + i) AND typeof(b2) = 'BIGINT' AND c2 = 2 * i AND typeof(c2) = 'INTEGER'
            """));

        File.Delete(work["h.parquet"]);
        Refused(query.Replace("4611686018427380000 + i", "NULL"), "the column 'b' has rows without numbers");
        Refused(query.Replace("-i]", "NULL]"), "has rows without numbers");
        Refused(query.Replace("[i] AS c", "[i, i] AS c"), "the column 'c' has rows of 2 numbers; 1 were expected");
        Refused(query.Replace(" AS b", " AS other"), "There is no column 'b'; there are");
        Refused(query.Replace("[i] AS c", "[i] AS c, 1 AS C2"), "There is a column 'c2' already");
        Refused("SELECT wrong", "wrong");

        void Refused(string query, string says)
        {
            var (code, error) = program.Run(work["."], query, "h.parquet");
            Assert.AreEqual(1, code, query);
            Assert.Contains(says, error);
            CollectionAssert.AreEqual((string[])["h.cs", "h.onnx"], work.Files);
        }
    }

    private static DuckDBConnection Open()
    {
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        return connection;
    }

    private static void Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static T Single<T>(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (T)command.ExecuteScalar()!;
    }

    // All numbers of a column, of lists or alone.
    private static T[] Numbers<T>(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var numbers = new List<T>();
        while (reader.Read())
            if (reader.GetValue(0) is List<T> list)
                numbers.AddRange(list);
            else
                numbers.Add(reader.GetFieldValue<T>(0));
        return [.. numbers];
    }

    private static void AreSame(float[] expected, float[] actual)
    {
        Assert.IsNotEmpty(actual);
        CollectionAssert.AreEqual(Array.ConvertAll(expected, BitConverter.SingleToInt32Bits), Array.ConvertAll(actual, BitConverter.SingleToInt32Bits));
    }
}

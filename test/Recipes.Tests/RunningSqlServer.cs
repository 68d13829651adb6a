using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Assertions;
using Microsoft.ML.Introspection.Tool;
using Microsoft.ML.Introspection.Tool.Tests;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Microsoft.ML.Introspection.Recipes.Tests;

/// <summary>
/// The procedure that is written for SQL Server is read by Microsoft's own parser, and the Python within it is run as the server would have
/// it run, on tables of pandas; ONNX Runtime is that of the tool. Without a Python that has pandas the latter is inconclusive; where
/// PANDAS_REQUIRED is set, it fails.
/// </summary>
[TestClass]
public sealed class RunningSqlServer
{
    // Ends texts and names of T-SQL and of Python, and is a variable to what sends T-SQL.
    private const string Hostile = "it's]] \"\"\"'; DROP TABLE x; -- \\ $(HOME) {0} \u2028 🙂";

    // What gives Python the tool's ONNX Runtime by its name, where Python has none.
    private const string Runtime = """
        import os, subprocess, sys, tempfile
        import numpy as np

        class SessionOptions:
            pass

        class InferenceSession:
            def __init__(self, model, options, providers):
                assert options.intra_op_num_threads == options.inter_op_num_threads == 1 and providers == ["CPUExecutionProvider"]
                assert isinstance(model, bytes)
                self.folder = tempfile.mkdtemp(dir=os.environ["WORK"])
                self.path = os.path.join(self.folder, "graph.onnx")
                with open(self.path, "wb") as file:
                    file.write(model)

            def run(self, names, inputs):
                data, out = os.path.join(self.folder, "in.npz"), os.path.join(self.folder, "out.npz")
                print("rows", *{len(value) for value in inputs.values()}, file=sys.stderr)
                np.savez(data, **inputs)
                subprocess.run(["dotnet", os.environ["TOOL"], "run", self.path, "--data", data, "-o", out], check=True, stdout=subprocess.DEVNULL)
                with np.load(out) as found:
                    return [found[name] for name in names]
        """;

    // What the server does around a script: names of tables, and of what is handed in.
    private const string Server = """
        import json, sys
        import pandas as pd
        namespace = {"InputDataSet": eval(open(sys.argv[2]).read()),
                     "graph": open(sys.argv[3], "rb").read()}
        try:
            exec(compile(open(sys.argv[1], encoding="utf-8").read(), "script", "exec"), namespace)
        except ValueError as error:
            sys.exit(str(error))
        frame = namespace["OutputDataSet"]
        print(json.dumps({"names": list(frame.columns), "types": [str(t) for t in frame.dtypes], "rows": frame.values.tolist()}))
        """;

    [TestMethod]
    public async Task It_is_one_procedure_whose_columns_are_those_of_the_graph()
    {
        using var work = new Workplace();
        var graph = new Graph();
        var (first, second) = (graph.Input(Hostile, ElementType.Double, new Shape([Dimension.Symbol("N"), 2])),
            graph.Input("b", ElementType.Int64, new Shape([Dimension.Symbol("N")])));
        var name = Hostile.Replace("$(", "$ (").Replace("\u2028", "");
        graph.ToModel([(name, first + first), ("b]2", second + second)]).Save(work["h.onnx"]);
        (await work.RunAsync("recipe", "sqlserver", "@h.onnx", "-o", "@explain.sql")).IsDone();
        var (script, columns) = Read(work["explain.sql"]);
        CollectionAssert.AreEqual((string[])["row_key nvarchar", $"{name} nvarchar", "b]2 bigint"], columns);
        Assert.DoesNotContain("$(", File.ReadAllText(work["explain.sql"]));
        Assert.Contains("\\U00000024(HOME)", script);

        foreach (var wrong in (string[])["a\nGO\nb", "\u2028", "$(HOME)", new string('x', 129)])
        {
            graph.ToModel([(wrong, first + first)]).Save(work["wrong.onnx"]);
            (await work.RunAsync("recipe", "sqlserver", "@wrong.onnx")).Failed("becomes a column of SQL Server", "--attribution-name");
        }
    }

    [TestMethod]
    public async Task Its_numbers_are_those_of_the_graph_to_the_bit()
    {
        using var work = new Workplace();
        (await work.RunAsync("compile", Workplace.Given("cnn_digits.onnx"), "--method", "saliency", "--pass-through", "logits=scores", "-o",
            "@explanation.onnx")).IsDone();
        (await work.RunAsync("recipe", "sqlserver", "@explanation.onnx", "-o", "@explain.sql")).IsDone();
        var model = OnnxModel.Load(work["explanation.onnx"]);
        var random = new Random(3);
        const int rows = 4100;
        float[] pictures = [.. Enumerable.Range(0, rows * 64).Select(_ => random.NextSingle())];
        NpyArray.From(pictures, rows, 1, 8, 8).Save(work["pictures.npy"]);
        (await work.RunAsync("run", "@explanation.onnx", "--data", "@pictures.npy", "-o", "@ours.npz")).IsDone();
        work.Write("python.txt", Read(work["explain.sql"]).Script);
        var input = model.Inputs[0].Name;
        var numbers = $"__import__('numpy').load('{work["pictures.npy"]}').reshape({rows}, 64)";
        // As JSON, and as columns.
        foreach (var table in (string[])
            [
                $"pd.DataFrame({{'id': range({rows}), '{input}': [json.dumps(row) for row in {numbers}.tolist()]}})",
                $"pd.concat([pd.DataFrame({{'id': range({rows})}}), pd.DataFrame({numbers}, columns=[f'{input}[{{i}}]' for i in range(64)])], axis=1)",
            ])
        {
            var (code, output, error) = Python(work, table, "explanation.onnx");
            Assert.AreEqual(0, code, error);
            Assert.AreEqual("rows 4096\nrows 4\n", error);
            using var found = JsonDocument.Parse(output);
            CollectionAssert.AreEqual((string[])["row_key", .. model.Outputs.Select(o => o.Name)],
                found.RootElement.GetProperty("names").EnumerateArray().Select(n => n.GetString()).ToArray());
            var lines = found.RootElement.GetProperty("rows").EnumerateArray().ToList();
            Assert.HasCount(rows, lines);
            Assert.AreEqual("4099", lines[^1][0].GetString());
            using var ours = NpzArchive.Open(work["ours.npz"]);
            for (var i = 0; i < model.Outputs.Count; i++)
            {
                float[] expected = ours.Read(model.Outputs[i].Name).ToSingles();
                float[] theirs = [.. lines.SelectMany(line => line[i + 1].ValueKind == JsonValueKind.String
                    ? JsonSerializer.Deserialize<double[]>(line[i + 1].GetString()!)!.Select(x => (float)x) : [line[i + 1].GetSingle()])];
                CollectionAssert.AreEqual(Array.ConvertAll(expected, BitConverter.SingleToInt32Bits),
                    Array.ConvertAll(theirs, BitConverter.SingleToInt32Bits));
            }
        }
    }

    [TestMethod]
    public async Task Every_type_is_taken_and_what_rows_do_not_have_is_told()
    {
        using var work = new Workplace();
        var graph = new Graph();
        var (a, b, c) = (graph.Input("a", ElementType.Double, new Shape([Dimension.Symbol("N"), 2])),
            graph.Input("b", ElementType.Int64, new Shape([Dimension.Symbol("N")])),
            graph.Input("c", ElementType.Int32, new Shape([Dimension.Symbol("N"), 1])));
        graph.ToModel([("a2", a + a), ("b2", b + b), ("c2", c + c)]).Save(work["h.onnx"]);
        (await work.RunAsync("recipe", "sqlserver", "@h.onnx", "-o", "@explain.sql")).IsDone();
        work.Write("python.txt", Read(work["explain.sql"]).Script);
        const string table = "pd.DataFrame({'key': ['x', 'y'], 'a[0]': [1.5, 1e308], 'a[1]': [2, -3], 'b': ['4611686018427380001', '[7]'], 'c': [3, 4]})";
        var (code, output, error) = Python(work, table, "h.onnx");
        Assert.AreEqual(0, code, error);
        Assert.AreEqual("""{"names": ["row_key", "a2", "b2", "c2"], "types": ["object", "object", "int64", "int32"], "rows": """
            + """[["x", "[3.0, 4.0]", 9223372036854760002, 6], ["y", "[null, -6.0]", 14, 8]]}""", output.TrimEnd());
        (code, output, error) = Python(work, table + ".iloc[:0]", "h.onnx");
        Assert.AreEqual((0, ""), (code, error));
        Assert.Contains("\"rows\": []", output);

        Refused(table.Replace("-3", "None"), "the columns of 'a' have rows without numbers");
        Refused(table.Replace("[3, 4]", "[None, 4]"), "the column 'c' has rows without numbers");
        Refused(table.Replace("'[7]'", "'[null]'"), "the column 'b' has rows without numbers");
        Refused(table.Replace("'[7]'", "'[7, 8]'"), "the column 'b' has rows of [1, 2] numbers");
        Refused(table.Replace("'a[1]'", "'a[2]'"), "there is no column 'a', and none 'a[1]'");
        Refused(table.Replace("'b'", "'B'"), "there is no column 'b'");

        void Refused(string rows, string says)
        {
            (code, _, error) = Python(work, rows, "h.onnx");
            Assert.AreEqual(1, code, error);
            Assert.Contains(says, error);
        }
    }

    private static (string Script, string[] Columns) Read(string path)
    {
        using var reader = new StreamReader(path);
        var tree = (TSqlScript)new TSql160Parser(initialQuotedIdentifiers: true).Parse(reader, out var errors);
        Assert.IsEmpty(errors.Select(e => $"{e.Line}: {e.Message}"));
        var procedure = (CreateOrAlterProcedureStatement)tree.Batches.Single().Statements.Single();
        CollectionAssert.AreEqual((string[])["@query", "@graph"], procedure.Parameters.Select(p => p.VariableName.Value).ToArray());
        var execute = (ExecuteStatement)procedure.StatementList.Statements.Single();
        var called = (ExecutableProcedureReference)execute.ExecuteSpecification.ExecutableEntity;
        var parameters = called.Parameters.ToDictionary(p => p.Variable.Name, p => p.ParameterValue);
        Assert.AreEqual("Python", ((StringLiteral)parameters["@language"]).Value);
        var columns = ((InlineResultSetDefinition)((ResultSetsExecuteOption)execute.Options.Single()).Definitions.Single())
            .ResultColumnDefinitions.Select(c => c.ColumnDefinition);
        return (((StringLiteral)parameters["@script"]).Value,
            [.. columns.Select(c => $"{c.ColumnIdentifier.Value} {c.DataType.Name.BaseIdentifier.Value}")]);
    }

    private static (int Code, string Output, string Error) Python(Workplace work, string table, string graph)
    {
        work.Write("table.txt", table);
        work.Write("onnxruntime.py", Runtime);
        var start = new ProcessStartInfo(WithPandas(), ["-c", Server, work["python.txt"], work["table.txt"], work[graph]])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["PYTHONPATH"] = work[""];
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["WORK"] = work[""];
        start.Environment["TOOL"] = typeof(Introspect).Assembly.Location;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    // Debian's Python may lie behind another, which has no packages.
    private static string WithPandas()
    {
        foreach (var python in (string[])["python3", "/usr/bin/python3"])
            try
            {
                using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import numpy, pandas"]) { RedirectStandardError = true })!;
                process.StandardError.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode == 0)
                    return python;
            }
            catch (System.ComponentModel.Win32Exception)
            {
            }
        const string missing = "There is no Python with pandas on this machine: install it (Debian: apt-get install python3-pandas).";
        if (Environment.GetEnvironmentVariable("PANDAS_REQUIRED") is { Length: > 0 })
            Assert.Fail(missing);
        Assert.Inconclusive(missing);
        throw new InvalidOperationException();
    }
}

using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests.Recipes;

/// <summary>Scripts that run a graph on engines that people have: Python reads them, and finds the graph's names, types and extents.</summary>
[TestClass]
public sealed class WritingRecipes
{
    // Ends texts, lines and comments of most languages, and has what lies beyond 16 bits.
    private const string Hostile = "a\"\"\"'; import os; os.abort() #\n\\\"\r{0}\u2028 🙂";

    public static IEnumerable<object[]> Engines => [["duckdb"], ["polars"], ["ray"], ["spark"], ["azure-ml"]];

    [TestMethod]
    [DynamicData(nameof(Engines))]
    public async Task A_script_names_what_the_graph_takes_and_gives(string engine)
    {
        using var work = new Workplace();
        (await work.RunAsync("compile", Workplace.Given("cnn_digits.onnx"), "--method", "saliency", "--pass-through",
            "logits=scores", "-o", "@explanation.onnx")).IsDone();
        (await work.RunAsync("recipe", engine, "@explanation.onnx", "-o", "@explain.py")).IsDone();
        var model = OnnxModel.Load(work["explanation.onnx"]);
        using var found = Read(work["explain.py"]);
        Assert.AreEqual("explanation.onnx", found.RootElement.GetProperty("MODEL").GetString());
        var input = found.RootElement.GetProperty("INPUTS")[0];
        Assert.AreEqual(model.Inputs[0].Name, input[0].GetString());
        Assert.AreEqual("float32", input[1].GetString());
        CollectionAssert.AreEqual((int[])[1, 8, 8], input[2].EnumerateArray().Select(e => e.GetInt32()).ToArray());
        CollectionAssert.AreEqual(model.Outputs.Select(o => o.Name).ToArray(),
            found.RootElement.GetProperty("OUTPUTS").EnumerateArray().Select(o => o[0].GetString()).ToArray());
        var printed = await work.RunAsync("recipe", engine, "@explanation.onnx");
        Assert.AreEqual(File.ReadAllText(work["explain.py"]), printed.Out);
    }

    [TestMethod]
    [DynamicData(nameof(Engines))]
    public async Task Names_of_files_that_nobody_vouches_for_stay_texts(string engine)
    {
        using var work = new Workplace();
        var graph = new Graph();
        var (first, second) = (graph.Input(Hostile, ElementType.Double, new Shape([Dimension.Unknown])),
            graph.Input("b", ElementType.Int64, new Shape([Dimension.Symbol("N"), 1])));
        graph.ToModel([(Hostile + "!", first + first), ("sum", second + second)]).Save(work["h.onnx"]);
        (await work.RunAsync("recipe", engine, "@h.onnx", "-o", "@h.py")).IsDone();
        using var found = Read(work["h.py"]);
        var (inputs, outputs) = (found.RootElement.GetProperty("INPUTS"), found.RootElement.GetProperty("OUTPUTS"));
        Assert.AreEqual(Hostile, inputs[0][0].GetString());
        Assert.AreEqual(0, inputs[0][2].GetArrayLength());
        Assert.AreEqual("int64", inputs[1][1].GetString());
        Assert.AreEqual(Hostile + "!", outputs[0][0].GetString());
        Assert.IsTrue(outputs[0][2].GetBoolean());
    }

    [TestMethod]
    public async Task What_no_engine_can_give_rows_to_is_said()
    {
        using var work = new Workplace();
        (await work.RunAsync("recipe", "sprak", "@x.onnx")).WasWrongUse("'sprak'", "Did you mean 'spark'");
        var graph = new Graph();
        var open = graph.Input("tokens", ElementType.Int64, new Shape([Dimension.Symbol("N"), Dimension.Symbol("T")]));
        graph.ToModel([("twice", open + open)]).Save(work["open.onnx"]);
        (await work.RunAsync("recipe", "spark", "@open.onnx", "-o", "@s.py")).Failed("'tokens'", "rows of one length");
        graph = new Graph();
        var batch = graph.Input("x", ElementType.Float, new Shape([4, 3]));
        graph.ToModel([("twice", batch + batch)]).Save(work["batch.onnx"]);
        (await work.RunAsync("recipe", "spark", "@batch.onnx", "-o", "@s.py")).Failed("'x'", "open first axis");
        Assert.IsFalse(File.Exists(work["s.py"]));
    }

    // What Python makes of the script's constants, as JSON; a script that it cannot parse fails.
    private static JsonDocument Read(string path)
    {
        const string program = "import ast, json, sys\n"
            + "tree = ast.parse(open(sys.argv[1], encoding='utf-8').read())\n"
            + "names = {'MODEL', 'INPUTS', 'OUTPUTS'}\n"
            + "print(json.dumps({n.targets[0].id: ast.literal_eval(n.value) for n in tree.body\n"
            + "                  if isinstance(n, ast.Assign) and getattr(n.targets[0], 'id', None) in names}))\n";
        Process? python;
        try
        {
            python = Process.Start(new ProcessStartInfo("python3", ["-c", program, path]) { RedirectStandardOutput = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Inconclusive("There is no python3 on this machine, which would read the script.");
            throw;
        }
        using (python)
        {
            var text = python!.StandardOutput.ReadToEnd();
            python.WaitForExit();
            Assert.AreEqual(0, python.ExitCode, File.ReadAllText(path));
            return JsonDocument.Parse(text);
        }
    }
}

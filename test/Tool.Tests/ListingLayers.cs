using System.Text.Json;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public class ListingLayers
{
    private static readonly string Digits = Workplace.Given("cnn_digits.onnx");

    [TestMethod]
    public async Task Shows_inputs_outputs_layers_and_totals()
    {
        using var work = new Workplace();
        var outcome = (await work.RunAsync("layers", Digits)).IsDone();
        var lines = outcome.Out.Split(Environment.NewLine);
        Assert.Contains("input Float [batch, 1, 8, 8]", lines);
        Assert.Contains("logits Float [batch, 10]", lines);
        var conv = lines.Single(l => l.StartsWith("/conv2/Conv ", StringComparison.Ordinal));
        CollectionAssert.AreEqual(
            (string[])["/conv2/Conv", "Conv", "/conv2/Conv_output_0", "Float", "[batch,", "32,", "4,", "4]", "4,640"],
            conv.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("9 layers with 5,258 parameters; opset 13.", lines);
    }

    [TestMethod]
    public async Task Is_plain_and_whole_where_no_screen_is()
    {
        using var work = new Workplace();
        var name = new string('n', 300);
        TinyNetworks.Linear(output: name).Save(work);
        var outcome = (await work.RunAsync("layers", "@model.onnx")).IsDone();
        Assert.DoesNotContain('\u001b', outcome.Out);
        Assert.Contains(name, outcome.Out, "a name may be longer than any screen is wide");
        foreach (var line in outcome.Out.Split(Environment.NewLine))
            Assert.AreEqual(line.TrimEnd(), line);
    }

    [TestMethod]
    public async Task Frames_the_tables_on_a_screen()
    {
        using var work = new Workplace();
        var screen = new StringWriter();
        var exitCode = await Introspect.RunAsync(["layers", Digits], new Terminal(screen, TextWriter.Null, OutIsInteractive: true));
        Assert.AreEqual(0, exitCode);
        Assert.Contains("─", screen.ToString());
        Assert.Contains("9 layers", screen.ToString());
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public async Task Lets_no_name_steer_the_terminal(bool interactive)
    {
        using var work = new Workplace();
        TinyNetworks.HostileNames().Save(work);
        var screen = new StringWriter();
        var exitCode = await Introspect.RunAsync(work.Resolve("layers", "@model.onnx"), new Terminal(screen, TextWriter.Null, interactive));
        Assert.AreEqual(0, exitCode);
        Assert.Contains("x\uFFFD[31m[red]", screen.ToString(), "brackets are no markup, control characters are replaced");
        Assert.DoesNotContain('\u0007', screen.ToString());
    }

    [TestMethod]
    public async Task Writes_json_for_programs()
    {
        using var work = new Workplace();
        using var json = JsonDocument.Parse((await work.RunAsync("layers", Digits, "--json")).IsDone().Out);
        var root = json.RootElement;
        Assert.AreEqual(13, root.GetProperty("opset").GetInt32());
        Assert.AreEqual("""["batch",1,8,8]""", Compact(root.GetProperty("inputs")[0].GetProperty("shape")));
        Assert.AreEqual("logits", root.GetProperty("outputs")[0].GetProperty("name").GetString());
        Assert.AreEqual(9, root.GetProperty("layers").GetArrayLength());
        Assert.AreEqual(5258, root.GetProperty("layers").EnumerateArray().Sum(l => l.GetProperty("parameters").GetInt64()));
        Assert.AreEqual(5258, root.GetProperty("parameters").GetInt64());
        Assert.AreEqual("Gemm", root.GetProperty("layers")[8].GetProperty("operator").GetString());
    }

    [TestMethod]
    public async Task Fixes_open_dimensions_by_name_and_by_place()
    {
        using var work = new Workplace();
        TinyNetworks.OpenLength(Dimension.Symbol("length")).Save(work);
        (await work.RunAsync("layers", "@model.onnx")).Failed("Axis 1 of the input 'x' [N, length] is open", "--dimension \"length=N\"");
        foreach (var fix in (string[][])[["--dimension", "length=7"], ["--dimension", "x[1]=7"], ["--row-shape", "x=7"]])
            Assert.Contains("x    Float [batch, 7]", (await work.RunAsync(["layers", "@model.onnx", .. fix])).IsDone().Out);
        (await work.RunAsync("layers", "@model.onnx", "--dimension", "width=7")).Failed("no dimension 'width'", "x: Float[N, length]");

        TinyNetworks.OpenLength(Dimension.Unknown).Save(work);
        (await work.RunAsync("layers", "@model.onnx")).Failed("--dimension \"x[1]=N\"");
        (await work.RunAsync("layers", "@model.onnx", "--dimension", "x[1]=7")).IsDone();
    }

    [TestMethod]
    public async Task Refuses_row_shapes_that_contradict_the_file()
    {
        using var work = new Workplace();
        TinyNetworks.Image().Save(work);
        (await work.RunAsync("layers", "@model.onnx", "--row-shape", "image=2,1,4")).Failed("Axis 3 of the input 'image' has 3 elements",
            "4 were given");
        (await work.RunAsync("layers", "@model.onnx", "--row-shape", "image=6")).Failed("A row of the input 'image' has 3 axes");
        (await work.RunAsync("layers", "@model.onnx", "--row-shape", "picture=2,1,3")).Failed("no input 'picture'", "'image'");
    }

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element);
}

using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Units of texts and of signals that are known by their making, and a small autoencoder.</summary>
internal static class SequenceSample
{
    public const int Steps = 112;

    public static readonly string[] Words = ["the", "a", "film", "story", "good", "bad", "was", "very", "<i>end</i>", "."];

    /// <summary>Where each signal has its bump.</summary>
    public static int BumpOf(long row) => 10 + 20 * (int)row;

    /// <summary>Unit 0 is 1 at a bump of a signal and 0 elsewhere, unit 1 nowhere above zero.</summary>
    public static Report Signals { get; } = Drawn("Signals", Signal(), ArrayRows.Of("signals", [new("signal", Bumps())]),
        () => ArrayRows.Of("signals", [new("signal", Bumps())]), "units", false);

    /// <summary>Unit 0 likes "good" and less so "very", unit 1 does not like "bad".</summary>
    public static Report Texts { get; } = Drawn("Texts", Text(), ArrayRows.Of("texts", [new("tokens", Tokens())]),
        () => ArrayRows.Of("texts", [new("tokens", Tokens())]), "units", true);

    /// <summary>Pages of latents, of copies, and of dropped units.</summary>
    public static IReadOnlyList<Report> Latents { get; } = [.. Draw()];

    private static Report Drawn(string title, Network network, RowSource rows, Func<RowSource> again, string layer, bool unitsLast)
    {
        using (rows)
        {
            var found = TopExamples.Find(network, rows, new TopExamplesOptions { Layers = [layer], Count = 2, UnitsLast = unitsLast });
            var options = new ExampleReportOptions { UnitsLast = unitsLast, Token = t => Words[t], Context = 3, RowName = r => $"row {r}" };
            using var shown = again();
            return ExampleReport.Of(title, network, found, ExampleRows.Read(network, shown, ExampleReport.RowsOf(found, options)), options);
        }
    }

    private static Network Signal()
    {
        var graph = new Graph();
        var x = graph.Input("signal", ElementType.Float, new Shape(Dimension.Symbol("N"), 1, Steps));
        return Network.From(graph.ToModel([("units", (x * graph.Constant(Tensor.From([1f, -1f], 1, 2, 1))).Relu())]));
    }

    private static Network Text()
    {
        var graph = new Graph();
        var x = graph.Input("tokens", ElementType.Int64, new Shape(Dimension.Symbol("N"), 12));
        var table = new float[Words.Length * 2];
        (table[4 * 2], table[7 * 2], table[5 * 2 + 1]) = (2, 1, -3);
        return Network.From(graph.ToModel([("units", graph.Constant(Tensor.From(table, Words.Length, 2)).Gather(x) * 1)]));
    }

    private static NpyArray Bumps()
    {
        var signals = new float[4 * Steps];
        for (var row = 0; row < 4; row++)
            for (var i = 0; i < 8; i++)
                signals[row * Steps + BumpOf(row) + i] = 1 - 0.01f * row;
        return NpyArray.From(signals, 4, 1, Steps);
    }

    private static NpyArray Tokens() => NpyArray.From((long[])
    [
        0, 2, 6, 7, 4, 9, 0, 3, 6, 5, 9, 8,
        1, 3, 6, 5, 9, 1, 2, 6, 5, 9, 8, 8,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 8,
    ], 3, 12);

    private static IEnumerable<Report> Draw()
    {
        const int side = 12, latents = 3;
        var graph = new Graph();
        var code = graph.Input("code", ElementType.Float, new Shape(Dimension.Symbol("N"), latents));
        var random = new Random(2);
        float[] basis = [.. Enumerable.Range(0, latents * side * side).Select(i =>
            (float)Math.Cos((i / (side * side) + 1) * 0.4 * (i % side) + 0.2 * (i / side % side)))];
        var image = code.MatMul(graph.Constant(Tensor.From(basis, latents, side * side)));
        var decoder = Network.From(graph.ToModel([("image", image.Reshape(-1, 1, side, side)), ("curve", image)]));
        var options = new TraversalOptions { Steps = 7 };
        var pictures = LatentTraversal.Of(decoder, options);
        yield return LatentReport.Of("Traversals", pictures, [("Decoder", "decoder.onnx")]);
        yield return LatentReport.Of("Curves", LatentTraversal.Of(decoder, options with { Output = "curve", Units = [1] }));
        double[] codes = [.. Enumerable.Range(0, 40 * latents).Select(_ => random.NextDouble())];
        yield return LatentReport.Of("Correlations", UnitCorrelations.Of(new LayerActivations("a code of a rather long name/Gemm", [latents], codes),
            new("brightness of the <i>first</i> kind", [.. Enumerable.Range(0, 40).Select(i => codes[i * latents] + 0.3 * random.NextDouble())]),
            new("constant", new double[40])));
        double[] row = [.. Enumerable.Range(0, side * side).Select(i => i / 144.0)], copy = [.. row.Select(v => v * v)];
        Tensor Shaped(double[] values, params long[] extents) => Tensor.From(values, extents);
        double[] errors = [.. row.Zip(copy, (a, b) => (a - b) * (a - b))];
        yield return new Report("Copies")
        {
            ReconstructionReport.Row("photo of a rather long name.png: 0.03", Shaped(row, 1, 1, side, side), Shaped(copy, 1, 1, side, side), Shaped(errors, 1, 1, side, side)),
            ReconstructionReport.Row("a flat row", Shaped(row, 1, 144), Shaped(copy, 1, 144), Shaped(errors, 1, 144)),
        };
        var network = DissectedSample.Network;
        using var rows = ArrayRows.Of("images", [new(network.Inputs[0].Name,
            NpyArray.From([.. Enumerable.Range(0, 6 * 3072).Select(_ => (float)random.NextDouble())], 6, 3, 32, 32))]);
        var units = UnitAblation.UnitsOf(network, DissectedSample.Layer);
        yield return AblationReport.Of("Ablation", UnitAblation.Run(network, rows, DissectedSample.Layer,
            [new("given", [.. Enumerable.Range(0, units)]), UnitOrder.Random(units, 1), UnitOrder.Random(units, 2)], new AblationOptions { Points = 6 }),
            ("Right is", "argmax"));
    }
}

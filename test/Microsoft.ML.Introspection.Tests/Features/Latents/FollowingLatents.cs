using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

/// <summary>Latents of a small autoencoder with known weights: correlations, traversals, errors of its copies.</summary>
[TestClass]
public sealed class FollowingLatents
{
    private const int Width = 12, Latents = 3, Rows = 9;
    private static readonly double[] Encoder = Draw(1, Width * Latents), Decoder = Draw(2, Latents * Width), Pixels = Draw(3, Rows * Width);

    [TestMethod]
    public void CorrelationsAreThoseOfTheFormulas()
    {
        using var rows = Data();
        var taken = LayerActivations.Take(Autoencoder(), rows, ["code"])[0];
        double[] tied = [3, 1, 1, 2, 5, 5, 5, 0, 4], curve = [.. Enumerable.Range(0, Rows).Select(r => Math.Exp(Code(r)[1]))];
        var found = UnitCorrelations.Of(taken, new("tied", tied), new("curve of 1", curve), new("constant", new double[Rows]));
        Assert.AreEqual((Latents, Rows), (found.Units, found.Rows));
        for (var unit = 0; unit < Latents; unit++)
        {
            double[] own = [.. Enumerable.Range(0, Rows).Select(r => Code(r)[unit])];
            Near.Equal([Pearson(own, tied), Pearson(own, curve)], found.Pearson[(unit * 3)..(unit * 3 + 2)], 1e-6);
            Near.Equal([Pearson(Ranks(own), Ranks(tied)), Pearson(Ranks(own), Ranks(curve))], found.Spearman[(unit * 3)..(unit * 3 + 2)], 1e-9);
            Assert.IsTrue(double.IsNaN(found.Pearson[unit * 3 + 2]) && double.IsNaN(found.Spearman[unit * 3 + 2]));
        }
        // Along whatever curve.
        Near.Equal(1, found.Spearman[1 * 3 + 1], 1e-12);
        Assert.Contains("as many were expected", Assert.ThrowsExactly<ArgumentException>(
            () => UnitCorrelations.Of(taken, new KeyValuePair<string, double[]>("short", [1]))).Message);
        Assert.Contains("row 2", Assert.ThrowsExactly<ArgumentException>(
            () => UnitCorrelations.Of(taken, new KeyValuePair<string, double[]>("missing", [0, 0, double.NaN, 1, 2, 3, 4, 5, 6]))).Message);
    }

    [TestMethod]
    public void ATraversalIsWhatTheDecoderMakes()
    {
        double[] through = [0.5, -1, 0.25];
        var options = new TraversalOptions { Units = [2, 0], Range = (-2, 1), Steps = 4, Through = through };
        foreach (var found in (LatentTraversal[])[LatentTraversal.Behind(Autoencoder(), "code", options), LatentTraversal.Of(Alone(), options)])
        {
            Assert.AreEqual("[2, 4, 1, 3, 4]", found.Made.Shape.ToString());
            Near.Equal([-2, -1, 0, 1, -2, -1, 0, 1], [.. found.Values], 1e-12);
            Near.Equal([.. found.Values.SelectMany((value, i) => Made(through, found.Units[i / 4], value))], found.Made.ToDouble(), 1e-6);
        }
        var relative = LatentTraversal.Of(Alone(), options with { IsRelative = true, Units = null });
        Near.Equal([-1.5, -0.5, 0.5, 1.5, -3, -2, -1, 0, -1.75, -0.75, 0.25, 1.25], [.. relative.Values], 1e-12);
        Near.Equal([.. relative.Values.SelectMany((value, i) => Made(through, i / 4, value))], relative.Made.ToDouble(), 1e-6);
        Assert.AreEqual("[2, 4, 3, 4]", LatentTraversal.Of(Alone(), options).Shaped(3, 4).Made.Shape.ToString());
    }

    [TestMethod]
    public void WhatDecodesNothingIsRefused()
    {
        Assert.Contains("0 to 2", Assert.ThrowsExactly<ArgumentException>(
            () => LatentTraversal.Of(Alone(), new TraversalOptions { Units = [3] })).Message);
        Assert.Contains("takes 3", Assert.ThrowsExactly<ArgumentException>(
            () => LatentTraversal.Of(Alone(), new TraversalOptions { Through = [1] })).Message);
        Assert.Contains("by other ways", Assert.ThrowsExactly<ArgumentException>(
            () => LatentTraversal.Behind(Autoencoder(byPassed: true), "code")).Message);
        Assert.Contains("does not depend", Assert.ThrowsExactly<ArgumentException>(
            () => LatentTraversal.Behind(Autoencoder(), "code", new TraversalOptions { Output = "other" })).Message);
        Assert.Contains("one input", Assert.ThrowsExactly<ArgumentException>(
            () => LatentTraversal.Of(References.Network("lstm_text"))).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TraversalOptions { Steps = 1 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TraversalOptions { Range = (1, 1) });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TraversalOptions { Units = [-1] });
        Assert.ThrowsExactly<ArgumentException>(() => LatentTraversal.Of(Alone()).Shaped(5, 5));
    }

    [TestMethod]
    [DataRow(ErrorMeasure.Squared)]
    [DataRow(ErrorMeasure.Absolute)]
    [DataRow(ErrorMeasure.Signed)]
    public void ErrorsAreThoseOfTheFormula(ErrorMeasure measure)
    {
        double[] expected = [.. Enumerable.Range(0, Rows).SelectMany(r => Enumerable.Range(0, Width).Select(i =>
        {
            var away = Enumerable.Range(0, Latents).Sum(k => Code(r)[k] * Decoder[k * Width + i]) - Pixels[r * Width + i];
            return measure switch { ErrorMeasure.Squared => away * away, ErrorMeasure.Absolute => Math.Abs(away), _ => away };
        }))];
        var graph = Explanation.Compile(Autoencoder(), [
            new Ask(new ReconstructionError("copy", measure), null, "error"), new Ask(new ReconstructionError("copy", measure, ErrorMean.Channels), null, "map"),
            new Ask(new ReconstructionError("copy", measure, ErrorMean.Row), null, "mean")]).Model;
        var found = GraphRunner.Run(graph, ("input", Input()));
        Assert.AreEqual("[9, 1, 3, 4]", found["error"].Shape.ToString());
        Assert.AreEqual("[9, 3, 4]", found["map"].Shape.ToString());
        Assert.AreEqual("[9, 1]", found["mean"].Shape.ToString());
        Near.Equal(expected, found["error"].ToDouble(), 1e-5);
        Near.Equal(expected, found["map"].ToDouble(), 1e-5);
        Near.Equal([.. expected.Chunk(Width).Select(r => r.Average())], found["mean"].ToDouble(), 1e-5);
    }

    [TestMethod]
    public void TheCopyIsTheOnlyOutputOfTheRowsShape()
    {
        Assert.AreEqual("copy", new ReconstructionError().CopyOf(Autoencoder()));
        Assert.Contains("2 outputs", Assert.ThrowsExactly<ArgumentException>(
            () => new ReconstructionError().CopyOf(Autoencoder(twice: true))).Message);
        Assert.Contains("no copy", Assert.ThrowsExactly<ArgumentException>(
            () => new ReconstructionError("code").CopyOf(Autoencoder())).Message);
        Assert.Contains("no output 'none'", Assert.ThrowsExactly<ArgumentException>(
            () => new ReconstructionError("none").CopyOf(Autoencoder())).Message);
        // Colours are averaged, flat rows have none.
        var flat = Network.From(new ModelBuilder(17).Input("input", -1, 2).Node("Abs", ["input"], ["copy"]).Output("copy").Build());
        Assert.Contains("no channels", Assert.ThrowsExactly<ArgumentException>(
            () => Explanation.Compile(flat, new Ask(new ReconstructionError(Mean: ErrorMean.Channels)))).Message);
    }

    // [N, 1, 3, 4] → code [N, 3] → copy [N, 1, 3, 4]; and something that is no copy.
    private static Network Autoencoder(bool byPassed = false, bool twice = false)
    {
        var builder = new ModelBuilder(17).Input("input", -1, 1, 3, 4).Initializer("flat", Tensor.Vector(-1L, Width))
            .Initializer("e", Singles(Encoder, Width, Latents)).Node("Reshape", ["input", "flat"], ["x"]).Node("MatMul", ["x", "e"], ["code"])
            .Node("Mul", ["x", "x"], ["other"]);
        builder = Decoded(builder, byPassed ? "made" : "copy");
        if (byPassed)
            builder.Node("Add", ["made", "input"], ["copy"]);
        if (twice)
            builder.Node("Neg", ["copy"], ["opposite"]).Output("opposite");
        return Network.From(builder.Output("copy").Output("other").Output("code").Build());
    }

    private static Network Alone() => Network.From(Decoded(new ModelBuilder(17).Input("code", -1, Latents), "copy").Output("copy").Build());

    private static ModelBuilder Decoded(ModelBuilder builder, string copy) => builder.Initializer("d", Singles(Decoder, Latents, Width))
        .Initializer("image", Tensor.Vector(-1L, 1, 3, 4)).Node("MatMul", ["code", "d"], ["y"]).Node("Reshape", ["y", "image"], [copy]);

    private static double[] Code(int row) =>
        [.. Enumerable.Range(0, Latents).Select(k => Enumerable.Range(0, Width).Sum(i => Pixels[row * Width + i] * Encoder[i * Latents + k]))];

    private static IEnumerable<double> Made(double[] through, int unit, double value) => Enumerable.Range(0, Width).Select(i =>
        Enumerable.Range(0, Latents).Sum(k => (k == unit ? value : through[k]) * Decoder[k * Width + i]));

    private static double Pearson(double[] a, double[] b)
    {
        var (ma, mb) = (a.Average(), b.Average());
        return a.Zip(b).Sum(p => (p.First - ma) * (p.Second - mb))
            / Math.Sqrt(a.Sum(v => (v - ma) * (v - ma)) * b.Sum(v => (v - mb) * (v - mb)));
    }

    private static double[] Ranks(double[] of) =>
        Array.ConvertAll(of, v => 0.5 + of.Count(o => o < v) + of.Count(o => o == v) / 2.0);

    private static double[] Draw(int seed, int count)
    {
        var random = new Random(seed);
        // As single precision has them.
        return [.. Enumerable.Range(0, count).Select(_ => (double)(float)(random.NextDouble() * 2 - 1))];
    }

    private static Tensor Singles(double[] values, params long[] extents) => Tensor.FromDoubles(ElementType.Float, values, extents);

    private static Tensor Input() => Singles(Pixels, Rows, 1, 3, 4);

    private static ArrayRows Data() => ArrayRows.Of("rows", [new("input", NpyArray.From(Input().As<float>(), Rows, 1, 3, 4))]);
}

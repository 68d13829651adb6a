using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class DroppingUnits
{
    private const string Layer = "/conv2/Conv";

    // As many rows as references have, with labels that are no network's.
    private static readonly Tensor Images = References.Arrays("cnn_digits")["input"].ToFloats();
    private static readonly long[] Labels = [.. Enumerable.Range(0, (int)Images.Dimensions[0]).Select(i => (long)(i * 7 % 10))];

    [TestMethod]
    public void AccuracyIsThatOfANetworkWithoutTheFilters()
    {
        var network = References.Network("cnn_digits");
        var units = UnitAblation.UnitsOf(network, Layer);
        UnitOrder[] orders = [UnitOrder.Random(units, 5), UnitOrder.Random(units, 6), new("given", [3, 1, 4, 0])];
        // More masks than go at once, and rows that fill no block.
        var found = UnitAblation.Run(network, Data(), Layer, orders, new AblationOptions { Target = Target.Label("label"), Points = 9 },
            new RuntimeOptions { BatchSize = 48 });
        Assert.AreEqual(Labels.Length, found.Rows);
        CollectionAssert.AreEqual((int[])[0, .. Enumerable.Range(1, 8).Select(i => units * i / 8)], found.Dropped.ToArray());
        foreach (var curve in found.Curves)
            foreach (var (i, count) in found.Dropped.Index())
            {
                var scores = Scores([.. curve.Order.Units.Take(count)]);
                Near.Equal(scores.Index().Average(s => Array.IndexOf(s.Item, s.Item.Largest()) == Labels[s.Index] ? 1.0 : 0), curve.Accuracy[i], 1e-12);
                Near.Equal(scores.Index().Average(s => Math.Log(s.Item.Sum(Math.Exp)) - s.Item[Labels[s.Index]]), curve.Loss[i], 1e-4);
            }
    }

    [TestMethod]
    public void WithoutLabelsTheWholeNetworkIsRight()
    {
        var network = References.Network("cnn_digits");
        var units = UnitAblation.UnitsOf(network, Layer);
        var found = UnitAblation.Run(network, Data(), Layer, [UnitOrder.Random(units, 1)]);
        Assert.AreEqual(1, found.Curves[0].Accuracy[0]);
        Finite.Below(1, found.Curves[0].Accuracy[^1]);
        // With its mean in a unit's place, and all units dropped, every row gets one class.
        using var rows = Data();
        var means = NetworkStatistics.Take(network, rows, new StatisticsOptions { Layers = [Layer], ByClass = false }).Tensors[0].Means;
        var replaced = UnitAblation.Run(network, Data(), Layer, [UnitOrder.Random(units, 1)], new AblationOptions { Replacement = means });
        var whole = Scores([]).Select(s => Array.IndexOf(s, s.Largest())).ToList();
        Assert.Contains(whole.GroupBy(c => c).Select(g => (double)g.Count() / whole.Count).Append(0).First(
            share => Near.Within(share, replaced.Curves[0].Accuracy[^1], 1e-9)), whole.GroupBy(c => c).Select(g => (double)g.Count() / whole.Count).Append(0));
        Finite.AtLeast(found.Curves[0].Accuracy[^2] - 1, replaced.Curves[0].Accuracy[^2]);
    }

    [TestMethod]
    public void ASingleScoreHasTwoSides()
    {
        // relu(x₀), relu(x₁): score 3·h₀ − 2·h₁ − 0.5.
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 2).Initializer("w", Tensor.From([3f, -2], 2, 1))
            .Initializer("b", Tensor.Vector(-0.5f)).Node("Relu", ["x"], ["h"]).Node("MatMul", ["h", "w"], ["s"]).Node("Add", ["s", "b"], ["y"])
            .Output("y").Build());
        float[] x = [1, 0, 0, 1, 1, 2, 0.1f, 0];
        ArrayRows Given() => ArrayRows.Of("rows", [new("x", NpyArray.From(x, 4, 2)), new("label", NpyArray.From([1L, 0, 1, 0], 4))]);
        var found = UnitAblation.Run(network, Given(), "h", [new("second first", [1, 0])], new AblationOptions { Target = Target.Label("label") });
        // Scores 2.5, −2.5, −1.5, −0.2; without h₁ 2.5, −0.5, 2.5, −0.2; without both −0.5.
        Near.Equal([0.75, 1, 0.5], [.. found.Curves[0].Accuracy], 1e-12);
        Near.Equal(((double[])[2.5, 2.5, -1.5, 0.2]).Average(m => Math.Log(1 + Math.Exp(-m))), found.Curves[0].Loss[0], 1e-6);
        var own = UnitAblation.Run(network, Given(), "h", [new("second first", [1, 0])]);
        Near.Equal([1, 0.75, 0.75], [.. own.Curves[0].Accuracy], 1e-12);
    }

    [TestMethod]
    public void OrdersAreByImportance()
    {
        CollectionAssert.AreEqual((int[])[2, 0, 1, 3], UnitOrder.By("most", [3, 3, 9, -1]).Units.ToArray());
        CollectionAssert.AreEqual((int[])[3, 0, 1, 2], UnitOrder.By("least", [3, 3, 9, -1], leastFirst: true).Units.ToArray());
        CollectionAssert.AreEqual(UnitOrder.Random(9, 4).Units.ToArray(), UnitOrder.Random(9, 4).Units.ToArray());
        CollectionAssert.AreNotEqual(UnitOrder.Random(9, 4).Units.ToArray(), UnitOrder.Random(9, 5).Units.ToArray());
        Assert.ThrowsExactly<ArgumentException>(() => new UnitOrder("twice", [1, 1]));
        Assert.ThrowsExactly<ArgumentException>(() => UnitOrder.By("nothing", [1, double.NaN]));

        // Of each row the sum over positions of activation times gradient, its magnitude averaged.
        var network = References.Network("cnn_digits");
        using var rows = Data();
        var found = UnitOrder.Attributed(network, rows, Layer, new InputXGradient(), Target.Class(4));
        using var session = new ModelSession(Explanation.Compile(network, new InputXGradient(), Target.Class(4), new ExplanationOptions { Layer = Layer }));
        var attribution = session.Run(new Dictionary<string, Tensor> { [network.Inputs[0].Name] = Images })["attribution"];
        var (count, channels) = ((int)attribution.Dimensions[0], (int)attribution.Dimensions[1]);
        var maps = attribution.ToDouble().Chunk((int)(attribution.Dimensions[2] * attribution.Dimensions[3])).Select(m => m.Sum()).ToArray();
        Near.Equal([.. Enumerable.Range(0, channels).Select(c => Enumerable.Range(0, count).Average(r => Math.Abs(maps[r * channels + c])))], found, 1e-5);
    }

    [TestMethod]
    public void WhatCannotBeDroppedIsRefused()
    {
        var network = References.Network("cnn_digits");
        Assert.Contains("0 to 31", Assert.ThrowsExactly<ArgumentException>(
            () => UnitAblation.Run(network, Data(), Layer, [new("far", [32])])).Message);
        Assert.ThrowsExactly<ArgumentException>(() => UnitAblation.Run(network, Data(), Layer, []));
        Assert.ThrowsExactly<ArgumentException>(
            () => UnitAblation.Run(network, Data(), Layer, [new("one", [0])], new AblationOptions { Replacement = [1, 2] }));
        Assert.ThrowsExactly<ArgumentException>(() => new AblationOptions { Target = Target.Parse("layer:x") });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new AblationOptions { Points = 1 });
    }

    // The scores of a network whose filters (and biases) of these channels are zero.
    private static List<double[]> Scores(IReadOnlyCollection<int> without)
    {
        var proto = OnnxModel.Load(References.ModelFile("cnn_digits")).Proto.Clone();
        var node = proto.Graph.Node.First(n => n.Name == Layer);
        foreach (var name in node.Input.Skip(1))
        {
            var stored = proto.Graph.Initializer.First(i => i.Name == name);
            var weights = Tensor.FromProto(stored);
            var (values, each) = (weights.As<float>().ToArray(), (int)(weights.Count / weights.Dimensions[0]));
            foreach (var channel in without)
                values.AsSpan(channel * each, each).Clear();
            proto.Graph.Initializer[proto.Graph.Initializer.IndexOf(stored)] = Tensor.From(values, weights.Dimensions).ToProto(name);
        }
        var network = Network.From(new OnnxModel(proto));
        using var session = new ModelSession(NetworkOutputs.Compile(network, [network.DefaultOutput]));
        var scores = session.Run(new Dictionary<string, Tensor> { [network.Inputs[0].Name] = Images })[network.DefaultOutput];
        return [.. scores.ToDouble().Chunk((int)scores.Dimensions[1])];
    }

    private static ArrayRows Data() => ArrayRows.Of("rows",
        [new(References.Network("cnn_digits").Inputs[0].Name, NpyArray.From(Images.As<float>(), [.. Images.Dimensions.ToArray().Select(d => (int)d)])),
            new("label", NpyArray.From(Labels, Labels.Length))]);
}

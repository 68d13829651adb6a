using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Attention of which no relation of all tokens follows: within windows, with earlier keys, without a softmax.</summary>
[TestClass]
public class LeavingOtherAttention
{
    private const int Rows = 2, Side = 4, Window = 2, Heads = 2, Channels = 6, Classes = 3;
    private const int Tokens = Side * Side, Width = Channels / Heads;

    private static readonly AttributionMethod[] OfAllTokens =
    [
        new AttentionRollout(), new GenericAttention(), new GradientAttention(), new TransformerAttribution(),
    ];

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Windows_have_raw_attention_of_their_own_and_no_relation_of_all_tokens(bool isShifted)
    {
        var network = Windowed(isShifted);
        var block = AttentionBlock.Of(network).Single();
        Assert.AreEqual(AttentionKind.Window, block.Kind);
        var tokens = Samples.Floats(Rows, Side, Side, Channels);

        const int windows = Tokens / (Window * Window), inWindow = Window * Window;
        var found = Run(network, new RawAttention { Query = "all", Head = 1 }, ("x", tokens));
        CollectionAssert.AreEqual((long[])[Rows, windows, inWindow, inWindow], found.Dimensions.ToArray());
        var (x, query, key) = (tokens.ToDouble(), Weights(1).ToDouble(), Weights(2).ToDouble());
        var expected = new List<double>();
        for (var row = 0; row < Rows; row++)
            for (var window = 0; window < windows; window++)
            {
                // The tokens of a window, moved by half a window where it is shifted.
                var own = Enumerable.Range(0, inWindow).Select(i => (
                    Y: (window / (Side / Window) * Window + i / Window + (isShifted ? 1 : 0)) % Side,
                    X: (window % (Side / Window) * Window + i % Window + (isShifted ? 1 : 0)) % Side)).ToArray();
                double[] Of((int Y, int X) place, double[] weights) => [.. Enumerable.Range(0, Width).Select(d =>
                    Enumerable.Range(0, Channels).Sum(c => x[((row * Side + place.Y) * Side + place.X) * Channels + c]
                        * weights[c * Channels + Width + d]))];
                foreach (var asks in own)
                    expected.AddRange(Softmax([.. own.Select(told => Of(asks, query).Zip(Of(told, key), (a, b) => a * b).Sum())]));
            }
        Near.Equal([.. expected], found.ToDouble(), 1e-5);

        foreach (var method in OfAllTokens)
            Assert.Contains($"'{block.Name}' attends within windows",
                Assert.ThrowsExactly<ArgumentException>(() => Run(network, method, ("x", tokens)), method.ToString()!).Message);
        Assert.Contains("take the query 'all'", Assert.ThrowsExactly<ArgumentException>(() =>
            Run(network, new RawAttention { Query = "first" }, ("x", tokens))).Message);
        // What needs no relation of tokens needs no blocks of them all.
        Assert.HasCount(Rows * Tokens * Channels, Run(network, new AttentionRelevance(), ("x", tokens)).ToDouble());
    }

    [TestMethod]
    public void Earlier_keys_are_keys_like_others_in_raw_attention_and_no_token_of_the_row()
    {
        const int own = 3, earlier = 4;
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), own, Channels));
        Value Past(string name) => graph.Input(name, ElementType.Float, new Shape(Dimension.Symbol("N"), Heads, earlier, Width));
        var (pastKeys, pastValues) = (Past("past_keys"), Past("past_values"));
        Value Split(int seed) => Product(graph, x, seed).Reshape(-1, own, Heads, Width).Transpose(0, 2, 1, 3);
        var keys = Operators.Concat(2, pastKeys, Split(2));
        var weights = Split(1).MatMul(keys.Transpose(0, 1, 3, 2)).Softmax(3);
        var mixed = weights.MatMul(Operators.Concat(2, pastValues, Split(3))).Transpose(0, 2, 1, 3).Reshape(-1, own, Channels);
        var network = Network.From(graph.ToModel([("scores", Scores(graph, mixed))]));

        (string, Tensor)[] feeds =
        [
            ("x", Samples.Floats(Rows, own, Channels)), ("past_keys", Samples.Seeded(11, Rows, Heads, earlier, Width)),
            ("past_values", Samples.Seeded(12, Rows, Heads, earlier, Width)),
        ];
        var block = AttentionBlock.Of(network).Single();
        Assert.AreEqual(own + earlier, block.Shape[^1].Value);
        var found = Run(network, new RawAttention(HeadFusion.Max) { Query = "all" }, feeds);
        CollectionAssert.AreEqual((long[])[Rows, own, own + earlier], found.Dimensions.ToArray());
        var shown = GraphRunner.Run(NetworkOutputs.Compile(network, [], [block.Name]), feeds).Values.Single().ToDouble();
        const int map = own * (own + earlier);
        Near.Equal([.. Enumerable.Range(0, Rows * map).Select(i =>
            Enumerable.Range(0, Heads).Select(h => shown[(i / map * Heads + h) * map + i % map]).Largest())], found.ToDouble(), 1e-6);
        foreach (var method in OfAllTokens)
            Assert.Contains($"'{block.Name}'",
                Assert.ThrowsExactly<ArgumentException>(() => Run(network, method, feeds), method.ToString()!).Message);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Linear_attention_is_named_and_left(bool isNormalised)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), Tokens, Channels));
        // φ(x) = elu(x) + 1, as Katharopoulos et al. 2020 have it.
        Value Feature(int seed) => Operators.Emit("Elu", Product(graph, x, seed)) + 1;
        var (queries, keys, values) = (Feature(1), Feature(2), Product(graph, x, 3));
        var mixed = queries.MatMul(keys.Transpose(0, 2, 1).MatMul(values));
        if (isNormalised)
            mixed /= queries.MatMul(keys.ReduceSum([1]).Transpose(0, 2, 1));
        var network = Network.From(graph.ToModel([("scores", Scores(graph, mixed))]));
        Assert.IsEmpty(AttentionBlock.Of(network));
        var left = AttentionBlock.LeftIn(network);
        Assert.IsNotEmpty(left);
        foreach (var node in left)
            Assert.Contains("no probabilities", node.Reason);
        foreach (var method in OfAllTokens.Prepend(new RawAttention()))
            Assert.Contains($"'{left[0].Name}'", Assert.ThrowsExactly<ArgumentException>(() =>
                Run(network, method, ("x", Samples.Floats(Rows, Tokens, Channels))), method.ToString()!).Message);
    }

    private static Tensor Weights(int seed) => Samples.Seeded(seed, Channels, Channels);

    private static Value Product(Graph graph, Value x, int seed) => x.MatMul(graph.Constant(Weights(seed)));

    private static Value Scores(Graph graph, Value tokens) => tokens.ReduceMean([1], keepDimensions: false)
        .MatMul(graph.Constant(Samples.Seeded(9, Channels, Classes)));

    // As Swin has it (Liu et al. 2021): the plane is moved, cut into windows, and put together again.
    private static Network Windowed(bool isShifted)
    {
        const int across = Side / Window;
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), Side, Side, Channels));
        var plane = isShifted ? Moved(Moved(x, 1), 2) : x;
        var windows = plane.Reshape(-1, across, Window, across, Window, Channels).Transpose(0, 1, 3, 2, 4, 5)
            .Reshape(-1, Window * Window, Channels);
        Value Split(int seed) => Product(graph, windows, seed).Reshape(-1, Window * Window, Heads, Width).Transpose(0, 2, 1, 3);
        var weights = Split(1).MatMul(Split(2).Transpose(0, 1, 3, 2)).Softmax(3);
        var mixed = weights.MatMul(Split(3)).Transpose(0, 2, 1, 3).Reshape(-1, Window * Window, Channels);
        var tokens = mixed.Reshape(-1, across, across, Window, Window, Channels).Transpose(0, 1, 3, 2, 4, 5).Reshape(-1, Tokens, Channels);
        return Network.From(graph.ToModel([("scores", Scores(graph, tokens))]));

        static Value Moved(Value value, int axis) => Operators.Concat(axis,
            value.Slice([1], [Side], [axis]), value.Slice([0], [1], [axis]));
    }

    private static double[] Softmax(double[] scores)
    {
        var powers = Array.ConvertAll(scores, s => Math.Exp(s - scores.Largest()));
        return Array.ConvertAll(powers, p => p / powers.Sum());
    }

    private static Tensor Run(Network network, AttributionMethod method, params (string, Tensor)[] feeds) =>
        GraphRunner.Run(Explanation.Compile(network, method, Target.Class(1), new() { Inputs = ["x"] }), feeds)["attribution"];
}

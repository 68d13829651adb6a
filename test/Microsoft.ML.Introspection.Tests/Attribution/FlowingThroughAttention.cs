using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Maximum flows within a graph: against those of another algorithm on the host, and by hand.</summary>
[TestClass]
public sealed class FlowingThroughAttention
{
    private const int Rows = 3;

    public TestContext TestContext { get; set; } = null!;

    /// <summary>Sharpness 0 makes all attention alike, so that ways are equally long and wide; 40 leaves one token to each.</summary>
    public static IEnumerable<object[]> Networks =>
        from size in ((int, int)[])[(1, 5), (2, 5), (3, 2), (3, 7), (4, 9), (6, 12), (12, 6)]
        from sharpness in (double[])[0, 1, 6, 40]
        from residual in (bool[])[true, false]
        select new object[] { size.Item1, size.Item2, sharpness, residual };

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void Flows_within_a_graph_are_those_of_the_host(int blocks, int tokens, double sharpness, bool residual)
    {
        var random = new Random(blocks * tokens + (int)sharpness);
        var maps = Enumerable.Range(0, blocks).Select(_ => Tensor.From(
            Enumerable.Range(0, Rows * 2 * tokens).SelectMany(i => Attention(random, tokens, sharpness, i)).ToArray(),
            Rows, 2, tokens, tokens)).ToArray();
        foreach (var query in (int?[])[null, 0, tokens - 1])
        {
            var graph = new Graph();
            var capacities = maps.Select((m, i) =>
                graph.Input($"map{i}", ElementType.Double, new Shape(Dimension.Unknown, 2, tokens, tokens))
                    .Fused(HeadFusion.Mean).PassedOn(residual)).Reverse().ToList();
            var flows = GraphRunner.Run(FlowGraph.Between(capacities, query), maps.Select((m, i) => ($"map{i}", m)));
            CollectionAssert.AreEqual((long[])[Rows, query is null ? tokens : 1, tokens], flows.Dimensions.ToArray());
            for (var row = 0; row < Rows; row++)
            {
                var host = new AttentionFlow { Residual = residual }.Of([.. maps.Select(m => Part(m, row))], query).ToDouble();
                var found = Part(flows, row).ToDouble();
                for (var i = 0; i < host.Length; i++)
                    Near.Equal(host[i], found[i], 1e-12);
            }
        }
    }

    [TestMethod]
    public void What_has_been_sent_is_taken_back_where_more_gets_through_then()
    {
        // Both of the second layer may send to the first of the third; only the first of them has another way.
        var (even, first) = (Tensor.From([1.0, 1, 0, 0], 1, 2, 2), Tensor.From([1.0, 1, 1, 0], 1, 2, 2));
        var flow = Flow([even, first, Tensor.From([1.0, 0, 1, 0], 1, 2, 2)], 0);
        // Sent in proportion and never taken back, only 1.5 would get through.
        Near.Equal(2, flow[0], 1e-12);
        Near.Equal(0, flow[1], 0);
    }

    // Ford, Fulkerson 1956: as much flows as the cheapest cut of all lets through.
    [TestMethod]
    [DataRow(3, 4), DataRow(4, 3), DataRow(5, 2)]
    public void As_much_flows_as_the_smallest_cut_lets_through(int blocks, int tokens)
    {
        var random = new Random(blocks);
        for (var trial = 0; trial < 10; trial++)
        {
            var numbers = Enumerable.Range(0, blocks).Select(_ => Enumerable.Range(0, tokens * tokens)
                .Select(_ => random.Next(3) * random.NextDouble()).ToArray()).ToArray();
            var flows = Flow([.. numbers.Select(n => Tensor.From(n, 1, tokens, tokens))], 0);
            for (var sink = 0; sink < tokens; sink++)
            {
                var smallest = Enumerable.Range(0, 1 << (blocks - 1) * tokens).Min(cut =>
                {
                    bool IsBefore(int layer, int token) => layer == 0 ? token == 0 : layer < blocks
                        ? (cut >> (layer - 1) * tokens + token & 1) != 0 : token != sink;
                    return Enumerable.Range(0, blocks).Sum(layer => Enumerable.Range(0, tokens * tokens).Sum(i =>
                        IsBefore(layer, i / tokens) && !IsBefore(layer + 1, i % tokens) ? numbers[layer][i] : 0));
                });
                Near.Equal(smallest, flows[sink], 1e-12, $"trial {trial}, to {sink}");
            }
        }
    }

    [TestMethod]
    [DataRow(3, 64), DataRow(12, 24)]
    public void Many_pairs_go_in_groups(int blocks, int tokens)
    {
        var random = new Random(tokens);
        var maps = Enumerable.Range(0, blocks).Select(_ => Tensor.From(
            Enumerable.Range(0, tokens).SelectMany(i => Attention(random, 1, tokens, 4, i)).ToArray(), 1, tokens, tokens)).ToArray();
        var flows = Flow([.. maps.Reverse()], 5);
        var host = new AttentionFlow { Residual = false }.Of(maps, 5).ToDouble();
        for (var i = 0; i < host.Length; i++)
            Near.Equal(host[i], flows[i], 1e-12);
    }

    [TestMethod]
    public void Flow_through_a_decoders_attention_to_an_encoder_is_refused()
    {
        var network = References.Network("attention/cross");
        var error = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(network,
            new Ask(new AttentionFlow(), Target.Label("label")) { Of = ["source"] }));
        StringAssert.Contains(error.Message, "self-attention");
        StringAssert.Contains(error.Message, "rollout");
    }

    [TestMethod]
    public void More_pairs_than_are_computed_in_a_while_are_refused()
    {
        var model = new ModelBuilder(17).Input("y0", 1, 300, 4);
        for (var i = 0; i < 3; i++)
            model.Node("Transpose", [$"y{i}"], [$"keys{i}"], ("perm", new long[] { 0, 2, 1 }))
                .Node("MatMul", [$"y{i}", $"keys{i}"], [$"scores{i}"])
                .Node("Softmax", [$"scores{i}"], [$"weights{i}"], ("axis", -1L))
                .Node("MatMul", [$"weights{i}", $"y{i}"], [$"y{i + 1}"]);
        var network = Network.From(model.Node("ReduceMean", ["y3"], ["mean"], ("axes", new long[] { 1 }), ("keepdims", 0L))
            .Output("mean").Build());
        var error = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(network, new AttentionFlow()));
        StringAssert.Contains(error.Message, "300 × 300 tokens");
        StringAssert.Contains(error.Message, "one query");
        _ = Explanation.Compile(network, new AttentionFlow { Query = "0" });
    }

    private static double[] Flow(IReadOnlyList<Tensor> capacities, int source)
    {
        var graph = new Graph();
        var given = capacities.Select((c, i) =>
            graph.Input($"c{i}", ElementType.Double, new Shape(Dimension.Unknown, c.Dimensions[1], c.Dimensions[2]))).ToList();
        return GraphRunner.Run(FlowGraph.Between(given, source), capacities.Select((c, i) => ($"c{i}", c))).ToDouble();
    }

    private static IEnumerable<double> Attention(Random random, int tokens, double sharpness, int row) =>
        Attention(random, 2, tokens, sharpness, row);

    // Each seventh row sees one token alone, each fifth of them in halves.
    private static double[] Attention(Random random, int heads, int tokens, double sharpness, int row)
    {
        double[] numbers = [.. Enumerable.Range(0, tokens).Select(_ => Math.Exp(sharpness * (random.NextDouble() - 1)))];
        if (row % 7 == 0)
            numbers = [.. numbers.Select((_, i) => i == row / heads % tokens ? 1.0 : 0)];
        else if (row % 5 == 0)
            numbers = [.. numbers.Select((_, i) => i % 2 == 0 ? 1.0 : 0)];
        return [.. numbers.Select(n => n / numbers.Sum())];
    }

    private static Tensor Part(Tensor all, int row)
    {
        var size = (int)(all.Count / all.Dimensions[0]);
        return Tensor.From(all.ToDouble()[(row * size)..((row + 1) * size)], all.Dimensions[1..]);
    }
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Attribution;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>LIME of what is there or not: what it finds in functions that are known, in graphs and in C#.</summary>
[TestClass]
public sealed class ExplainingByLime
{
    [TestMethod]
    [DataRow(LimeSampling.Coins, 40)]
    [DataRow(LimeSampling.Counts, 40)]
    [DataRow(LimeSampling.Coins, 1000)]
    [DataRow(LimeSampling.Counts, 1000)]
    public void Weights_of_a_linear_function_are_found(LimeSampling sampling, int samples)
    {
        // With 40 samples of 6 features coalitions are drawn, with 1,000 all are taken.
        double[] weights = [0.5, -2, 0, 1.5, 3, -0.25];
        float[] row = [1, 2, 3, -1, 0.5f, 2], nothing = [0, 1, 0, 0, 0, 0];
        var scorer = Scorers.Single(6, r => 4 + r.Zip(weights, (x, w) => x * w).Sum());
        var lime = new Lime(samples) { Sampling = sampling, Ridge = 1e-9 };
        var found = new BlackBox(scorer, nothing).Explain(lime, row).Of(0);
        var explanation = lime.Explain(scorer, nothing, row);
        for (var f = 0; f < 6; f++)
        {
            Near.Equal(weights[f] * (row[f] - nothing[f]), found[f], 1e-6);
            Near.Equal(found[f], explanation.Reasons.Single(r => r.Feature == f).Weight, 1e-9);
        }
        Near.Equal(1, explanation.RSquared, 1e-9);
        Near.Equal(4 - 2, explanation.Intercept, 1e-6);
        Near.Equal(explanation.Score, explanation.Prediction, 1e-6);
        CollectionAssert.AreEqual(explanation.Reasons.Select(r => Math.Abs(r.Weight)).OrderDescending().ToArray(),
            explanation.Reasons.Select(r => Math.Abs(r.Weight)).ToArray());
    }

    [TestMethod]
    [DataRow(LimeSampling.Coins)]
    [DataRow(LimeSampling.Counts)]
    public void Samples_count_by_their_cosine_distance(LimeSampling sampling)
    {
        const int Players = 4, Drawn = 999;
        double Score(float[] r) => r[0] * r[1] + Math.Exp(r[2]) - r[3] * r[0];
        var (rows, weights, scores) = (new List<double[]>(), new List<double>(), new List<double>());
        for (var set = 0; set < 1 << Players; set++)
        {
            double[] z = [.. Enumerable.Range(0, Players).Select(p => (double)(set >> p & 1))];
            var size = (int)z.Sum();
            // What a sample of 999 gives on average, and the row itself.
            var chance = sampling == LimeSampling.Coins ? 1.0 / (1 << Players)
                : size == Players ? 0 : 1.0 / Players / (size is 0 ? 1 : size is 1 or 3 ? 4 : 6);
            var cosine = size == 0 ? 0 : z.Sum() / (Math.Sqrt(z.Sum(v => v * v)) * Math.Sqrt(Players));
            rows.Add(z);
            weights.Add(Drawn * chance * Math.Sqrt(Math.Exp(-Math.Pow(1 - cosine, 2) / (0.25 * 0.25))) + (size == Players ? 1 : 0));
            scores.Add(Score([.. z.Select(v => (float)v)]));
        }
        var expected = WeightedRidge.Fit(rows, weights, scores, 1);
        var explanation =
            new Lime(Drawn + 1) { Sampling = sampling }.Explain(Scorers.Single(Players, Score), new float[Players], [1, 1, 1, 1]);
        foreach (var reason in explanation.Reasons)
            Near.Equal(expected[reason.Feature], reason.Weight, 1e-9);
        Near.Equal(expected[Players], explanation.Intercept, 1e-9);
    }

    [TestMethod]
    [DataRow(LimeSampling.Coins)]
    [DataRow(LimeSampling.Counts)]
    public void All_coalitions_give_what_ever_more_samples_tend_to(LimeSampling sampling)
    {
        float[] row = [1, 1, 1, 1, 1], nothing = new float[5];
        var scorer = Scorers.Single(5, r => r[0] * r[1] + Math.Exp(r[2] * r[3]) - r[4]);
        var lime = new Lime(1 << 14) { Sampling = sampling };
        var all = new BlackBox(scorer, nothing).Explain(lime, row).Of(0).ToArray();
        // A second background row, the same, makes it draw.
        var drawn = new BlackBox(scorer, new float[10]).Explain(lime, row).Of(0).ToArray();
        for (var f = 0; f < 5; f++)
            Near.Equal(all[f], drawn[f], 0.03);
    }

    [TestMethod]
    public void Few_features_are_chosen_and_the_others_get_nothing()
    {
        double[] weights = [0.5, -2, 0.1, 1.5, 3, -0.25];
        float[] row = [1, 1, 1, 1, 1, 1], nothing = new float[6];
        var scorer = Scorers.Single(6, r => r.Zip(weights, (x, w) => x * w).Sum());
        foreach (var selection in Enum.GetValues<LimeSelection>())
        {
            var lime = new Lime { Features = 2, Selection = selection, Ridge = 1e-9 };
            var found = new BlackBox(scorer, nothing).Explain(lime, row).Of(0).ToArray();
            CollectionAssert.AreEqual((int[])[1, 4], Enumerable.Range(0, 6).Where(f => found[f] != 0).ToArray(), selection.ToString());
            CollectionAssert.AreEqual((int[])[4, 1], lime.Explain(scorer, nothing, row).Reasons.Select(r => r.Feature).ToArray());
        }
        var error = Assert.ThrowsExactly<NotSupportedException>(
            () => Explanation.Compile(References.Network("mlp_breast_cancer"), new Lime { Features = 2 }));
        StringAssert.Contains(error.Message, "which 2 segments are left depends on the scores");
    }

    [TestMethod]
    [DataRow(1, 300, LimeSampling.Coins)]
    [DataRow(5, 300, LimeSampling.Coins)]
    [DataRow(5, 300, LimeSampling.Counts)]
    [DataRow(1, 2000, LimeSampling.Counts)]
    public void Tables_are_explained_alike_by_graphs_and_in_C_sharp(int backgroundRows, int samples, LimeSampling sampling)
    {
        var (network, arrays) = (References.Network("mlp_breast_cancer"), References.Arrays("mlp_breast_cancer"));
        var (input, background) = (arrays["input"].Head(3), Samples.Seeded(4, backgroundRows, 30));
        using var scorer = new NetworkScorer(network);
        foreach (var groups in (Tensor?[])[null, Tensor.From([.. Enumerable.Range(0, 30).Select(i => (long)(i % 10))], 30)])
        {
            var method = new Lime(samples) { Baseline = Baseline.Given(background), Groups = groups, Sampling = sampling };
            var box = new BlackBox(scorer, background.As<float>()).Explain(method, input.As<float>(), [1]);
            TensorAssert.AreClose(Tensor.From([.. box.Values.ToArray().Select(v => (float)v)], 3, box.Players.Count),
                Explained.Run(network, method, input, 1), 5e-5);
            var alone = method.Explain(scorer, background.As<float>(), input.Row(1).As<float>(), 1);
            foreach (var reason in alone.Reasons)
                Near.Equal(box.Of(1)[reason.Feature], reason.Weight, 1e-9);
        }
    }

    [TestMethod]
    public void Superpixels_of_an_image_hidden_by_their_mean_colour()
    {
        var (network, arrays) = (References.Network("vgg_tiny"), References.Arrays("vgg_tiny"));
        var (image, segments) = (arrays["input"].Head(1), Superpixels.Grid(32, 32, 4, 4));
        var method = new Lime(400) { Groups = segments, Baseline = Baseline.MeansOf(segments) };
        var graph = Explained.Run(network, method, image, 3);
        Assert.AreEqual(new Shape(1, 16), graph.Shape);

        // In C# the mean colours are a background row.
        var means = Means(image.As<float>().ToArray(), 3, segments.ToInt64());
        using var scorer = new NetworkScorer(network);
        var flat = Tensor.From([.. Enumerable.Range(0, 3 * 1024).Select(i => segments.ToInt64()[i % 1024])], 3 * 1024);
        var box = new BlackBox(scorer, means, flat).Explain(method with { Groups = null }, image.As<float>(), [3]).Of(0).ToArray();
        TensorAssert.AreClose(Tensor.From([.. box.Select(v => (float)v)], 1, 16), graph, 5e-5);
        var spread = Explained.Run(network, method with { Spread = true }, image, 3);
        Assert.AreEqual(image.Shape, spread.Shape);
        Near.Equal(box.Sum(), spread.ToDouble().Sum(), 1e-3);
    }

    [TestMethod]
    public void Groups_are_hidden_by_their_means_whatever_their_layout()
    {
        var graph = new Graph();
        var input = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 2, 2, 3));
        var rows = Samples.Seeded(6, 2, 2, 2, 3);
        // [1, H, W]: apart for each channel. [C, H, W]: across channels. [C, 1, 1]: everything of a channel, place by place apart.
        foreach (var groups in (Tensor[])[Tensor.From([7L, 7, 3, 3, 3, 7], 1, 2, 3),
            Tensor.From([.. Enumerable.Range(0, 12).Select(i => (long)(i % 5))], 2, 2, 3), Tensor.From([0L, 0], 2, 1, 1)])
        {
            var found = GraphRunner.Run(Baseline.MeansOf(groups).Of(input), ("x", rows));
            Assert.AreEqual(new Shape(1, 2, 2, 2, 3), found.Shape);
            var (x, ids, extents) = (rows.ToDouble(), groups.ToInt64(), groups.Dimensions.ToArray());
            for (var i = 0; i < 24; i++)
            {
                double[] same = [.. Enumerable.Range(0, 24).Where(j => SameGroup(i, j)).Select(j => x[j])];
                Near.Equal(same.Average(), found.ToDouble()[i], 1e-6);
            }

            bool SameGroup(int i, int j)
            {
                int[] Place(int e) => [e / 12, e / 6 % 2, e / 3 % 2, e % 3];
                long Id(int e) =>
                    ids[Place(e)[1..].Select((p, axis) => extents[axis] == 1 ? 0 : p).Zip(extents).Aggregate(0,
                        (at, pe) => at * (int)pe.Second + pe.First)];
                return Place(i)[0] == Place(j)[0] && Id(i) == Id(j)
                    && Enumerable.Range(0, 3).All(axis => extents[axis] > 1 || Place(i)[axis + 1] == Place(j)[axis + 1]);
            }
        }
    }

    [TestMethod]
    public void Words_of_a_text_network_are_hidden_by_padding()
    {
        var (network, arrays) = (References.Network("transformer_text_emb"), References.Arrays("transformer_text"));
        var input = arrays["input"].Head(2).ToFloats();
        var words = Tensor.From([.. Enumerable.Range(0, 12).Select(i => (long)i)], 12, 1);
        var method = new Lime(5000) { Groups = words, Sampling = LimeSampling.Counts };
        var found = Explained.Run(network, method, input, arrays["target"].Head(2));
        using var scorer = new NetworkScorer(network);
        var target = (int)arrays["target"].ToInt64()[0];
        var flat = Tensor.From([.. Enumerable.Range(0, 12 * 32).Select(i => (long)(i / 32))], 12 * 32);
        var explanation = (method with { Groups = flat }).Explain(scorer, new float[12 * 32], input.Row(0).As<float>(), target);
        foreach (var reason in explanation.Reasons)
            Near.Equal(reason.Weight, found.ToDouble()[reason.Feature], 1e-4);
    }

    [TestMethod]
    public void Kernel_SHAP_and_LIME_agree_on_a_linear_network()
    {
        var network = KeepingPathAxioms.Function(5, x => x.MatMul(x.Graph.Constant(Samples.Seeded(7, 5, 1))) + 1);
        var input = Samples.Seeded(8, 2, 5);
        var kernel = Explained.Run(network, new KernelShap(), input);
        TensorAssert.AreClose(kernel, Explained.Run(network, new Lime(500) { Ridge = 1e-9 }, input), 1e-4);
        TensorAssert.AreClose(kernel, Explained.Run(network, new DeepShap(), input), 1e-5);
        TensorAssert.AreClose(kernel, Explained.Run(network, new GradientShap(1), input), 1e-5);
    }

    [TestMethod]
    public void The_same_seed_draws_the_same_and_options_tell_methods_apart()
    {
        var (network, input) = (References.Network("mlp_breast_cancer"), References.Arrays("mlp_breast_cancer")["input"].Head(1));
        TensorAssert.AreEqual(Explained.Run(network, new Lime(100), input), Explained.Run(network, new Lime(100), input));
        Assert.AreNotEqual(Explained.Run(network, new Lime(100), input).ToDouble()[0],
            Explained.Run(network, new Lime(100, 2), input).ToDouble()[0]);
        Assert.AreEqual(new Lime { KernelWidth = 0.3 }, new Lime { KernelWidth = 0.3 });
        Assert.AreNotEqual(new Lime { KernelWidth = 0.3 }, new Lime());
    }

    [TestMethod]
    public void What_makes_no_sense_is_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Lime(1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Lime { KernelWidth = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Lime { Ridge = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Lime { Features = 0 });
        var scorer = Scorers.Single(2, r => r[0]);
        Assert.ThrowsExactly<ArgumentException>(() => new Lime().Explain(scorer, [], [1, 2]));
        Assert.ThrowsExactly<ArgumentException>(() => new Lime().Explain(scorer, [1, 2], [1]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Lime().Explain(scorer, [1, 2], [1, 2], 1));
        var many = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(References.Network("vgg_tiny"), new Lime()));
        StringAssert.Contains(many.Message, "superpixels");
        var gap =
            Assert.ThrowsExactly<ArgumentException>(
                () => Explanation.Compile(References.Network("mlp_breast_cancer"), new Lime(),
                    options: new ExplanationOptions { GapName = "gap" }));
        StringAssert.Contains(gap.Message, "no promise");
    }

    private static float[] Means(float[] image, int channels, long[] segments)
    {
        var pixels = segments.Length;
        return [.. Enumerable.Range(0, channels * pixels).Select(i =>
            (float)Enumerable.Range(0, pixels).Where(p => segments[p] == segments[i % pixels])
                .Average(p => (double)image[i / pixels * pixels + p]))];
    }
}

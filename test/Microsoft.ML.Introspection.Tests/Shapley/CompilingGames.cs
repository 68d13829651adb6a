using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>The same methods as graphs: what they give is what the black box gives.</summary>
[TestClass]
public sealed class CompilingGames
{
    private static readonly Tensor Background = References.Arrays("shapley_mlp_breast_cancer")["shapley_background"];

    private static readonly Dictionary<string, CoalitionMethod> Methods = new()
    {
        ["exact"] = new ExactShap { Groups = MatchingReferenceShapleyValues.Measurements },
        ["kernel"] = new KernelShap(300),
        ["permutation"] = new PermutationShap(3),
        ["sampling"] = new SamplingShap(50),
        ["partition"] = new PartitionShap(),
        ["partition, groups spread"] =
            new PartitionShap(MaximumEvaluations: 30) { Groups = MatchingReferenceShapleyValues.Measurements, Spread = true },
    };

    public static IEnumerable<object[]> Names => Methods.Keys.Select(name => (object[])[name]);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Graphs_agree_with_black_boxes(string name)
    {
        var (network, arrays) = (References.Network("mlp_breast_cancer"), References.Arrays("mlp_breast_cancer"));
        using var scorer = new NetworkScorer(network, runtime: new RuntimeOptions { Threads = 1 });
        foreach (var rows in (int[])[1, 20])
        {
            var background = Background.Head(rows);
            var method = Methods[name] with { Baseline = Baseline.Given(background) };
            var graph = Explained.Outputs(network, method, arrays["input"], Tensor.From(arrays["target"].ToInt64(), 8, 1), gap: "gap");
            var box = new BlackBox(scorer, background.As<float>()).Explain(method, arrays["input"].As<float>());
            var attribution = graph["attribution"].ToDouble();
            for (var row = 0; row < 8; row++)
            {
                var expected = box.Of(row, (int)arrays["target"].ToInt64()[row]).ToArray();
                if (method.Spread)
                    expected = [.. MatchingReferenceShapleyValues.Measurements.ToInt64().Select(g => expected[g] / 3)];
                KeepingShapleyAxioms.AreClose(expected, attribution[(row * expected.Length)..((row + 1) * expected.Length)], 1e-5);
            }
            if (method is not SamplingShap)
                Finite.Below(1e-4, graph["gap"].ToDouble().Largest(Math.Abs));
        }
    }

    [TestMethod]
    public void Saved_graphs_run_in_plain_ONNX_Runtime()
    {
        var (network, input) = (References.Network("mlp_breast_cancer"), References.Arrays("mlp_breast_cancer")["input"]);
        var model = Explanation.Compile(network, new KernelShap(500) { Baseline = Baseline.Given(Background) });
        var file = Path.GetTempFileName();
        try
        {
            model.Save(file);
            using var session = new InferenceSession(file);
            using var feed = OrtValue.CreateTensorValueFromMemory(input.As<float>().ToArray(), [8, 30]);
            using var run = new RunOptions();
            using var results = session.Run(run, [session.InputMetadata.Keys.Single()], [feed], ["attribution", "score"]);
            CollectionAssert.AreEqual((long[])[8, 30], results[0].GetTensorTypeAndShape().Shape);
            Assert.IsTrue(model.Proto.OpsetImport.All(o => o.Domain is "" or "ai.onnx"), "standard operators only");

            // The attributions and the background's mean score make up the score of the class that is explained.
            using var scorer = new NetworkScorer(network, runtime: new RuntimeOptions { Threads = 1 });
            var box = new BlackBox(scorer, Background.As<float>());
            var scores = results[1].GetTensorDataAsSpan<float>().ToArray();
            for (var row = 0; row < 8; row++)
            {
                var sum = results[0].GetTensorDataAsSpan<float>().Slice(row * 30, 30).ToArray().Sum();
                Assert.Contains(b => Math.Abs(b + sum - scores[row]) < 1e-4, box.BaseValues);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestMethod]
    public void Images_are_divided_region_by_region_and_small_batches_agree_with_large_ones()
    {
        var (network, arrays) = (References.Network("vgg_tiny"), References.Arrays("vgg_tiny"));
        var method = new PartitionShap(MaximumEvaluations: 42) { Baseline = Baseline.Constant(0.5) };
        var together = Explained.Run(network, method, arrays["input"].Head(3), arrays["target"].Head(3));
        Assert.AreEqual(new Shape(3, 3, 32, 32), together.Shape);
        for (var row = 0; row < 3; row++)
            TensorAssert.AreClose(together.Row(row), Explained.Run(network, method, arrays["input"].Row(row), arrays["target"].Row(row)),
                1e-5);

        using var scorer = new NetworkScorer(network, runtime: new RuntimeOptions { Threads = 1 });
        float[] grey = [.. Enumerable.Repeat(0.5f, 3 * 32 * 32)];
        var expected = new BlackBox(scorer, grey).Explain(method with { Hierarchy = Partition.Image(3, 32, 32) },
            arrays["input"].Head(1).As<float>(), [(int)arrays["target"].ToInt64()[0]]);
        KeepingShapleyAxioms.AreClose(expected.Of(0).ToArray(), together.Row(0).ToDouble(), 1e-5);
        // 42 evaluations tell 8 regions apart, across both sides.
        Assert.HasCount(8, together.Row(0).ToDouble().Distinct().ToList());
        Assert.AreEqual(together.Row(0).ToDouble()[0], together.Row(0).ToDouble()[32 * 32]);
    }

    [TestMethod]
    [DataRow(2, DisplayName = "all of a coalition's background in one turn")]
    [DataRow(7, DisplayName = "a coalition's background in several turns")]
    public void Batches_of_images_have_backgrounds_of_several(int backgroundRows)
    {
        var (network, arrays) = (References.Network("vgg_tiny"), References.Arrays("vgg_tiny"));
        Tensor Rows(int from, int count) =>
            Tensor.From(arrays["input"].As<float>().Slice(from * 3072, count * 3072).ToArray(), count, 3, 32, 32);
        // Four quarters of the picture, the same in all channels.
        var quarters = Tensor.From([.. Enumerable.Range(0, 1024).Select(i => (long)(i / 512 * 2 + i % 32 / 16))], 1, 32, 32);
        var method = new KernelShap(20) { Groups = quarters, Baseline = Baseline.Given(Rows(1, backgroundRows)) };
        var found = Explained.Run(network, method, Rows(0, 2), 4);
        Assert.AreEqual(new Shape(2, 4), found.Shape);

        using var scorer = new NetworkScorer(network, runtime: new RuntimeOptions { Threads = 1 });
        int[] everywhere = [.. Enumerable.Range(0, 3072).Select(i => (int)quarters.ToInt64()[i % 1024])];
        var box = new BlackBox(scorer, Rows(1, backgroundRows).As<float>()).Explain(
            method with { Groups = Tensor.From(Array.ConvertAll(everywhere, g => (long)g), 3072) }, Rows(0, 2).As<float>(), [4]);
        KeepingShapleyAxioms.AreClose(box.Values.ToArray(), found.ToDouble(), 1e-5);
    }

    [TestMethod]
    public void Layers_blurred_backgrounds_and_noise_around_it_work_too()
    {
        var (network, input) = (References.Network("cnn_digits"), References.Arrays("cnn_digits")["input"].Head(2));
        var cells = new ExactShap { Groups = References.Arrays("shapley_cnn_digits")["shapley_exact_mask"],
            Baseline = Baseline.Several(Baseline.Blurred(2), Baseline.Zero) };
        var labels = Tensor.Filled(ElementType.Int64, 3, 2, 1);
        var outputs = Explained.Outputs(network, cells, input, labels, "gap");
        Assert.AreEqual(new Shape(2, 8), outputs["attribution"].Shape);
        Finite.Below(1e-5, outputs["gap"].ToDouble().Largest(Math.Abs));
        // The mean over both baselines.
        var blurred = Explained.Run(network, cells with { Baseline = Baseline.Blurred(2) }, input, 3).ToDouble();
        var black = Explained.Run(network, cells with { Baseline = Baseline.Zero }, input, 3).ToDouble();
        KeepingShapleyAxioms.AreClose([.. blurred.Zip(black, (a, b) => (a + b) / 2)], outputs["attribution"].ToDouble(), 1e-5);

        var silent = Explained.Run(network, new Smooth(cells, 3, 0), input, 3);
        TensorAssert.AreClose(outputs["attribution"], silent, 1e-4);

        var layer = network.Layers.First(l => l.Operator == "Gemm" || l.Operator == "MatMul");
        var before = network.Layers.Last(l => l.Operator.StartsWith("Global", StringComparison.Ordinal));
        var model = Explanation.Compile(network, new PermutationShap(2), Target.Class(3),
            new ExplanationOptions { Layer = before.Name, GapName = "gap" });
        using var session = new ModelSession(model, new RuntimeOptions { Threads = 1 });
        var inside = session.Run(new Dictionary<string, Tensor> { ["input"] = input });
        Finite.Below(1e-4, inside["gap"].ToDouble().Largest(Math.Abs), layer.Name);
    }

    [TestMethod]
    public void Other_inputs_go_along_with_their_rows()
    {
        var graph = new Graph();
        var shape = new Shape(Dimension.Symbol("N"), 3);
        var (x, weights) = (graph.Input("x", ElementType.Float, shape), graph.Input("weights", ElementType.Float, shape));
        var network = Network.From(graph.ToModel([("y", (x * weights).ReduceSum([1]))]));
        var model = Explanation.Compile(network, new PermutationShap(1) { Baseline = Baseline.Constant(1) }, Target.Class(0),
            new ExplanationOptions { Inputs = ["x"] });
        using var session = new ModelSession(model, new RuntimeOptions { Threads = 1 });
        var found =
            session.Run(
                new Dictionary<string, Tensor> { ["x"] = Tensor.From((float[])[1, 2, 3, 4, 5, 6], 2, 3),
                    ["weights"] = Tensor.From((float[])[1, 10, 100, 2, 20, 200], 2, 3) });
        TensorAssert.AreClose(Tensor.From((float[])[0, 10, 200, 6, 80, 1000], 2, 3), found["attribution"], 1e-5);
    }

    [TestMethod]
    public void A_single_player_gets_all_of_it()
    {
        var (network, input) = (References.Network("mlp_breast_cancer"), References.Arrays("mlp_breast_cancer")["input"]);
        var all = Tensor.From(new long[30], 30);
        foreach (var method in (CoalitionMethod[])[new ExactShap(), new KernelShap(), new PermutationShap(), new SamplingShap(20),
            new PartitionShap()])
        {
            var outputs = Explained.Outputs(network, method with { Groups = all, Baseline = Baseline.Given(Background) }, input,
                Tensor.Filled(ElementType.Int64, 1, 8, 1), "gap");
            Assert.AreEqual(new Shape(8, 1), outputs["attribution"].Shape);
            Finite.Below(1e-5, outputs["gap"].ToDouble().Largest(Math.Abs), method.ToString());
            Finite.Above(0.1, outputs["attribution"].ToDouble().Largest(Math.Abs));
        }
    }

    [TestMethod]
    public void Players_are_named_after_their_elements()
    {
        string[] items = ["race.white", "race.black", "age", "mean radius", "worst radius", "a0", "a1", "b", "c", "d", "e", "cat", "car"];
        var groups = Tensor.Vector<long>(0, 0, 1, 2, 2, 3, 3, 4, 4, 4, 4, 5, 5);
        CollectionAssert.AreEqual((string[])["race", "age", "mean radius + worst radius", "a", "b … e", "cat + car"],
            new ExactShap { Groups = groups }.Names(items).ToArray());
        string[] pixels = [.. Enumerable.Range(0, 6).Select(i => $"pixel[{i}]")];
        CollectionAssert.AreEqual((string[])["pixel[0] + pixel[1]", "pixel[2] … pixel[5]"],
            new ExactShap { Groups = Tensor.Vector<long>(0, 0, 1, 1, 1, 1) }.Names(pixels).ToArray());
        Assert.AreSame(items, new ExactShap().Names(items));
        Assert.AreSame(items, new ExactShap { Groups = groups, Spread = true }.Names(items));
        CollectionAssert.AreEqual((string[])["p", "q"],
            new ExactShap { Groups = Tensor.Vector<long>(0, 1, 1), GroupNames = ["p", "q"] }.Names(["a", "b", "c"]).ToArray());
    }

    [TestMethod]
    public void What_a_graph_cannot_do_is_said()
    {
        var network = References.Network("cnn_digits");
        var selection =
            Assert.ThrowsExactly<NotSupportedException>(() => Explanation.Compile(network, new KernelShap { Selection = Selection.Bic }));
        StringAssert.Contains(selection.Message, "which players are selected (bic) depends on the values");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(network, new ExactShap())).Message,
            "64 players are too many");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(
                () => Explanation.Compile(network, new ExactShap { Groups = Tensor.Vector<long>(1, 2) })).Message,
                    "a row of 'input' has [1, 8, 8]");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() =>
                Explanation.Compile(References.Network("vgg_tiny"), new PermutationShap(4))).Message, "too large a table for a graph");
        // 150,528 players, each of whom has a bit in every coalition of a walk.
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new PermutationShap().Design(3 * 224 * 224, 1)).Message,
            "coalitions of 150,528 players do not fit");
    }
}

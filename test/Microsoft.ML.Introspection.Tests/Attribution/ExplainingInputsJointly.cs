using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Several inputs explained at once: together they sum to the change of the score.</summary>
[TestClass]
public sealed class ExplainingInputsJointly
{
    private static readonly Tensor A = Tensor.From([3f, 1, 2, -1], 2, 2);
    private static readonly Tensor B = Tensor.From([5f, -2, 0.5f, 4], 2, 2);

    // y = Σ a·b
    private static readonly Network Product = Network.From(new ModelBuilder(17).Input("a", -1, 2).Input("b", -1, 2)
        .Node("Mul", ["a", "b"], ["ab"]).Initializer("axes", Tensor.Vector(1L)).Node("ReduceSum", ["ab", "axes"], ["y"], ("keepdims", 1L))
        .Output("y").Build());

    public static IEnumerable<object[]> Complete =>
    [
        [new IntegratedGradients(10)], [new DeepLift()], [new DeepLift { Rule = DeepLiftRule.RevealCancel }],
        [new GradientShap(40, GradientShapDraws.Quadrature)], [new DeepShap()],
        [new ExactShap()], [new KernelShap(64)], [new PermutationShap(4)], [new SamplingShap(200)], [new PartitionShap()],
    ];

    [TestMethod]
    [DynamicData(nameof(Complete))]
    public void A_product_is_shared_evenly(AttributionMethod method)
    {
        var graph = Explanation.Compile(Product,
            new Ask(method, Target.Class(0)) { Of = ["a", "b"], BaseValueName = "base", GapName = "gap", ScoreName = "score" });
        Assert.AreEqual("attribution_a, attribution_b, base, gap, score", string.Join(", ", graph.Ports.Select(p => p.Name)));
        CollectionAssert.AreEqual(new[] { "a", "b" }, graph.Of("attribution").Select(p => p.Of).ToArray());
        var found = GraphRunner.Run(graph.Model, ("a", A), ("b", B));
        float[] half = [.. A.As<float>().ToArray().Zip(B.As<float>().ToArray(), (a, b) => a * b / 2)];
        var tolerance = method is SamplingShap ? 2 : 1e-4;
        TensorAssert.AreClose(Tensor.From(half, 2, 2), found["attribution_a"], tolerance);
        TensorAssert.AreClose(Tensor.From(half, 2, 2), found["attribution_b"], tolerance);
        TensorAssert.AreClose(Tensor.From([0f, 0], 2, 1), found["gap"], 1e-4);
        TensorAssert.AreClose(Tensor.From([0f, 0], 2, 1), found["base"], 1e-4);
    }

    [TestMethod]
    public void Each_alone_gets_all_that_it_changes()
    {
        var ask =
            new Ask(new IntegratedGradients(10), Target.Class(0)) { Of = ["a", "b"], Several = SeveralInputs.EachAlone, GapName = "gap" };
        var graph = Explanation.Compile(Product, ask);
        Assert.AreEqual("attribution_a, gap_a, attribution_b, gap_b", string.Join(", ", graph.Ports.Select(p => p.Name)));
        var found = GraphRunner.Run(graph.Model, ("a", A), ("b", B));
        float[] whole = [.. A.As<float>().ToArray().Zip(B.As<float>().ToArray(), (a, b) => a * b)];
        TensorAssert.AreClose(Tensor.From(whole, 2, 2), found["attribution_a"], 1e-4);
        TensorAssert.AreClose(Tensor.From(whole, 2, 2), found["attribution_b"], 1e-4);
    }

    [TestMethod]
    public void Inputs_of_several_shapes_keep_them()
    {
        // An image and a row of numbers; the score mixes both.
        var network = Mixed();
        var (image, numbers) = (Samples.Seeded(3, 3, 2, 4, 4), Samples.Seeded(4, 3, 5));
        AttributionMethod[] methods =
        [
            new IntegratedGradients(40), new DeepLift(), new GradientShap(50, GradientShapDraws.Quadrature), new KernelShap(600),
            new PermutationShap(2), new LayerwiseRelevance(),
            new Smooth(new IntegratedGradients(20), 3), new PerClass(new IntegratedGradients(20)),
            new Ensemble(new IntegratedGradients(20), Mixed()),
        ];
        foreach (var method in methods)
        {
            var found = GraphRunner.Run(
                Explanation.Compile(network, new Ask(method, Target.Class(1)) { Of = ["image", "numbers"], GapName = "gap" }).Model,
                ("image", image), ("numbers", numbers));
            var isPerClass = method is PerClass;
            Assert.AreEqual(isPerClass ? Shape.Of(3, 2, 2, 4, 4) : image.Shape, found["attribution_image"].Shape, method.ToString());
            Assert.AreEqual(isPerClass ? Shape.Of(3, 2, 5) : numbers.Shape, found["attribution_numbers"].Shape, method.ToString());
            foreach (var gap in found["gap"].ToDouble())
                Assert.IsTrue(Math.Abs(gap) < (method is LayerwiseRelevance ? 1 : 2e-3), $"{method}: {gap}");
            Assert.IsTrue(found["attribution_image"].ToDouble().Largest(Math.Abs) > 1e-3, method.ToString());
        }
    }

    [TestMethod]
    public void The_sum_is_the_change_of_the_score_from_baselines_of_each()
    {
        var network = Mixed();
        var (image, numbers) = (Samples.Seeded(3, 2, 2, 4, 4), Samples.Seeded(4, 2, 5));
        var baseline = Baseline.OfEach(Baseline.Blurred(1), Baseline.Given(Samples.Seeded(9, 3, 5)));
        var found = GraphRunner.Run(
            Explanation.Compile(network,
                new Ask(new IntegratedGradients(300) { Baseline = baseline }, Target.Class(0)) { Of = ["image", "numbers"],
                    BaseValueName = "base", ScoreName = "score" }).Model,
            ("image", image), ("numbers", numbers));
        for (var row = 0; row < 2; row++)
        {
            var sum = found["attribution_image"].ToDouble().Skip(32 * row).Take(32).Sum()
                + found["attribution_numbers"].ToDouble().Skip(5 * row).Take(5).Sum();
            Near.Equal(found["score"].ToDouble()[row], found["base"].ToDouble()[row] + sum, 5e-3);
        }
        // The mean over three baselines, one by one.
        var mean = Enumerable.Range(0, 3).Select(i => Samples.Seeded(9, 3, 5).Row(i)).Select(b => GraphRunner.Run(
            Explanation.Compile(network,
                new Ask(new IntegratedGradients(300) { Baseline = Baseline.OfEach(Baseline.Blurred(1), Baseline.Given(b)) },
                    Target.Class(0)) { Of = ["image", "numbers"] }).Model,
            ("image", image), ("numbers", numbers))["attribution_numbers"].ToDouble()).Aggregate((x, y) => [.. x.Zip(y, (p, q) => p + q)]);
        var all = found["attribution_numbers"].ToDouble();
        for (var i = 0; i < all.Length; i++)
            Near.Equal(mean[i] / 3, all[i], 1e-4);
    }

    [TestMethod]
    public void Gradients_are_the_same_either_way()
    {
        foreach (var method in (AttributionMethod[])[new Saliency(), new InputXGradient(), new FeatureAblation(), new GuidedBackprop()])
        {
            IReadOnlyDictionary<string, Tensor> Run(SeveralInputs several) => GraphRunner.Run(
                Explanation.Compile(Mixed(), new Ask(method, Target.Class(1)) { Of = ["image", "numbers"], Several = several }).Model,
                ("image", Samples.Seeded(3, 2, 2, 4, 4)), ("numbers", Samples.Seeded(4, 2, 5)));
            var (jointly, alone, usual) =
                (Run(SeveralInputs.Jointly), Run(SeveralInputs.EachAlone), Run(SeveralInputs.JointlyWhereSumsArePromised));
            foreach (var name in (string[])["attribution_image", "attribution_numbers"])
            {
                TensorAssert.AreClose(alone[name], jointly[name], 1e-5, method.ToString());
                TensorAssert.AreEqual(alone[name], usual[name], method.ToString());
            }
        }
    }

    [TestMethod]
    public void Tokens_are_explained_by_their_embedding_beside_numbers()
    {
        var network = Network.From(new ModelBuilder(17).Input("token", ElementType.Int64, -1, 2).Input("x", -1, 3)
            .Initializer("table", Samples.Seeded(1, 6, 3)).Node("Gather", ["table", "token"], ["embedded"])
            .Initializer("axes", Tensor.Vector(1L)).Node("ReduceSum", ["embedded", "axes"], ["words"], ("keepdims", 0L))
            .Node("Mul", ["words", "x"], ["product"]).Node("Tanh", ["product"], ["y"]).Output("y").Build());
        var graph =
            Explanation.Compile(network, new Ask(new IntegratedGradients(60), Target.Class(2)) { Of = ["token", "x"], GapName = "gap" });
        var found = GraphRunner.Run(graph.Model, ("token", Tensor.From([1L, 4, 0, 5], 2, 2)), ("x", Samples.Seeded(6, 2, 3)));
        Assert.AreEqual(Shape.Of(2, 2, 3), found["attribution_token"].Shape);
        foreach (var gap in found["gap"].ToDouble())
            Near.Equal(0, gap, 1e-4);

        // A number for each token, while rows of numbers keep theirs.
        foreach (var method in (AttributionMethod[])[new PerToken(new IntegratedGradients(60)),
            new PerToken(new PerClass(new IntegratedGradients(60)))])
        {
            var reduced = GraphRunner.Run(
                Explanation.Compile(network, new Ask(method, Target.Class(2)) { Of = ["token", "x"], GapName = "gap" }).Model,
                ("token", Tensor.From([1L, 4, 0, 5], 2, 2)), ("x", Samples.Seeded(6, 2, 3)));
            var classes = method.LeadingAxes == 1 ? new long[] { 3 } : [];
            Assert.AreEqual(Shape.Of([2, .. classes, 2]), reduced["attribution_token"].Shape);
            Assert.AreEqual(Shape.Of([2, .. classes, 3]), reduced["attribution_x"].Shape);
            Near.Equal(new double[reduced["gap"].Count], reduced["gap"].ToDouble(), 1e-4);
            if (classes.Length > 0)
                continue;
            TensorAssert.AreClose(found["attribution_x"], reduced["attribution_x"], 1e-6);
            double[] sums = [.. found["attribution_token"].ToDouble().Chunk(3).Select(token => token.Sum())];
            Near.Equal(sums, reduced["attribution_token"].ToDouble(), 1e-5);
        }
    }

    [TestMethod]
    public void What_cannot_be_joined_is_refused()
    {
        var types = Network.From(new ModelBuilder(17).Input("a", -1, 2).Input("b", ElementType.Double, -1, 2)
            .Node("Cast", ["b"], ["c"], ("to", 1L)).Node("Mul", ["a", "c"], ["y"]).Output("y").Build());
        StringAssert.Contains(Refused(types, new IntegratedGradients(2)), "floating-point tensors of one type");
        StringAssert.Contains(Refused(Product, new ExactShap { Groups = Tensor.Vector(0L, 0, 1, 1) }), "cannot be told apart by input");
        StringAssert.Contains(Refused(Product, new IntegratedGradients(2) { Baseline = Baseline.OfEach(Baseline.Zero) }),
            "Baselines for 1 inputs");
        var spread = Explanation.Compile(Product,
            new Ask(new ExactShap { Groups = Tensor.Vector(0L, 1, 0, 1), Spread = true }, Target.Class(0)) { Of = ["a", "b"] });
        TensorAssert.AreClose(Tensor.From([7.5f, -1, 0.5f, -2], 2, 2), GraphRunner.Run(spread.Model, ("a", A), ("b", B))["attribution_a"],
            1e-4);

        static string Refused(Network network, AttributionMethod method) => Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(network, new Ask(method, Target.Class(0)) { Of = ["a", "b"], Several = SeveralInputs.Jointly })).Message;
    }

    private static Network Mixed() => Network.From(new ModelBuilder(17).Input("image", -1, 2, 4, 4).Input("numbers", -1, 5)
        .Initializer("k", Samples.Seeded(5, 3, 2, 3, 3)).Node("Conv", ["image", "k"], ["c"]).Node("Relu", ["c"], ["r"]).Node("Flatten",
            ["r"], ["f"])
        .Initializer("w", Samples.Seeded(6, 12, 4)).Node("MatMul", ["f", "w"], ["g"])
        .Initializer("v", Samples.Seeded(7, 5, 4)).Node("MatMul", ["numbers", "v"], ["h"]).Node("Add", ["g", "h"], ["s"]).Node("Tanh",
            ["s"], ["t"])
        .Initializer("u", Samples.Seeded(8, 4, 2)).Node("MatMul", ["t", "u"], ["y"]).Output("y").Build());
}

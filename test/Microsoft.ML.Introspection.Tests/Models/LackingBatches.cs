using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Models;

/// <summary>A network without an axis for a batch takes one row; one whose batch is repeated gives each row what its copies get.</summary>
[TestClass]
public sealed class LackingBatches
{
    private static readonly double[] Weights = Samples.Seeded(9, 6, 2).ToDouble();

    [TestMethod]
    [DataRow("integrated gradients")]
    [DataRow("occlusion")]
    [DataRow("saliency")]
    public void A_vector_is_one_row(string name)
    {
        var network = Network.From(new ModelBuilder(17).Input("x", 6).Initializer("w", Samples.Seeded(9, 6, 2)).Output("y")
            .Node("MatMul", ["x", "w"], ["y"]).Build());
        Assert.AreEqual("[1, 6]", network.DefaultInput.Shape!.ToString());
        Assert.AreEqual("[1, 2]", network.Outputs[0].Shape!.ToString());
        Assert.AreEqual("y", network.Layers.Single().Output);
        AttributionMethod method = name switch
        {
            "occlusion" => new Occlusion([1]), "saliency" => new Saliency(), _ => new IntegratedGradients(),
        };
        var x = Samples.Seeded(10, 1, 6);
        var options = new ExplanationOptions { GapName = name == "integrated gradients" ? "gap" : null };
        var found = GraphRunner.Run(Explanation.Compile(network, method, Target.Class(1), options), ("x", x));
        var expected = x.ToDouble().Select((v, i) => Weights[2 * i + 1] * (name == "saliency" ? 1 : v)).ToArray();
        Near.Equal(expected, found["attribution"].ToDouble(), 1e-5);
        Assert.AreEqual(Shape.Of(1, 6), found["attribution"].Shape);
        Near.Equal(x.ToDouble().Select((v, i) => v * Weights[2 * i + 1]).Sum(), found["score"].ToDouble()[0], 1e-5);
        if (found.TryGetValue("gap", out var gap))
            Near.Equal(0, gap.ToDouble()[0], 1e-5);
    }

    [TestMethod]
    public void A_plane_with_one_score_is_one_row_and_a_softmax_over_its_classes_is_dropped()
    {
        var plane = Network.From(new ModelBuilder(17).Input("x", 3, 4).Initializer("axes", Tensor.Vector(0L, 1)).Output("y")
            .Node("Mul", ["x", "x"], ["s"]).Node("ReduceSum", ["s", "axes"], ["y"], ("keepdims", 0L)).Build());
        var x = Samples.Seeded(11, 1, 3, 4);
        var found = GraphRunner.Run(Explanation.Compile(plane, new InputXGradient()), ("x", x));
        Near.Equal(x.ToDouble().Select(v => 2 * v * v).ToArray(), found["attribution"].ToDouble(), 1e-5);
        Assert.AreEqual(Shape.Of(1, 1), found["score"].Shape);

        var classes = Network.From(new ModelBuilder(17).Input("x", 6).Initializer("w", Samples.Seeded(9, 6, 2)).Output("y")
            .Node("MatMul", ["x", "w"], ["l"]).Node("Softmax", ["l"], ["y"], ("axis", 0L)).Build());
        var logit = GraphRunner.Run(Explanation.Compile(classes, new Saliency(), Target.Class(0)), ("x", Samples.Seeded(12, 1, 6)));
        Near.Equal(Weights.Where((_, i) => i % 2 == 0).ToArray(), logit["attribution"].ToDouble(), 1e-6);
    }

    [TestMethod]
    public void A_batch_that_the_file_fixes_at_one_row_is_opened_where_that_is_asked_and_the_network_can()
    {
        var model = new ModelBuilder(17).Input("x", 1, 6).Initializer("w", Samples.Seeded(9, 6, 2)).Output("y").Node("MatMul", ["x", "w"], ["y"])
            .Build();
        Assert.IsTrue(Network.From(model).DefaultInput.Shape![0].IsKnown);
        var network = Network.From(model, new NetworkOptions { OpensRows = true });
        Assert.AreEqual("[batch, 2]", network.Outputs[0].Shape!.ToString());
        var found = GraphRunner.Run(Explanation.Compile(network, new Saliency(), Target.Class(0)), ("x", Samples.Seeded(12, 3, 6)));
        var gradient = Weights.Where((_, i) => i % 2 == 0).ToArray();
        Near.Equal([.. gradient, .. gradient, .. gradient], found["attribution"].ToDouble(), 1e-6);

        // What is said of the batch, and what has one row for other reasons, stays.
        var said = new NetworkOptions { OpensRows = true, Dimensions = new Dictionary<string, long> { ["x[0]"] = 1 } };
        Assert.IsTrue(Network.From(model, said).DefaultInput.Shape![0].IsKnown);
        var shaped = new ModelBuilder(17).Input("x", 1, 6).Initializer("s", Tensor.Vector(1L, 6)).Initializer("w", Samples.Seeded(9, 6, 2))
            .Output("y").Node("Reshape", ["x", "s"], ["r"]).Node("MatMul", ["r", "w"], ["y"]).Build();
        Assert.IsTrue(Network.From(shaped, new NetworkOptions { OpensRows = true }).DefaultInput.Shape![0].IsKnown);
    }

    // A recurrent layer whose state is that of one row: more rows cannot be given at once, whatever the file says of its batch.
    [TestMethod]
    public void An_open_batch_beside_a_state_of_one_row_is_one_row()
    {
        var model = new ModelBuilder(17).Input("x", -1, 4).Initializer("w", Samples.Seeded(1, 1, 3, 4)).Initializer("r", Samples.Seeded(2, 1, 3, 3))
            .Initializer("h", Samples.Seeded(3, 1, 1, 3)).Initializer("0", Tensor.Vector(0L)).Initializer("v", Samples.Seeded(4, 3, 2))
            .Node("NonZero", ["x"], ["open"]).Node("Unsqueeze", ["x", "0"], ["t"]).Node("RNN", ["t", "w", "r", "", "", "h"], ["Y", "Yh"],
                ("hidden_size", 3L)).Node("Squeeze", ["Yh", "0"], ["s"]).Node("MatMul", ["s", "v"], ["y"]).Output("y").Build();
        var network = Network.From(model);
        Assert.AreEqual("[1, 4]", network.DefaultInput.Shape!.ToString());
        var x = Samples.Seeded(5, 1, 4);
        var found = GraphRunner.Run(Explanation.Compile(network, new Saliency(), Target.Class(1)), ("x", x));
        for (var i = 0; i < 4; i++)
            Near.Equal((Score(i, 1e-2f) - Score(i, -1e-2f)) / 2e-2, found["attribution"].ToDouble()[i], 2e-3);

        double Score(int element, float step)
        {
            var moved = x.ToDouble();
            moved[element] += step;
            return GraphRunner.Run(model, ("x", Tensor.FromDoubles(ElementType.Float, moved, 1, 4)))["y"].ToDouble()[1];
        }
    }

    [TestMethod]
    public void A_sequence_before_a_batch_of_one_is_one_row()
    {
        // [T, N, C] with N = 1, as recurrent layers have it: the first axis is not that of the score.
        var network = Network.From(new ModelBuilder(17).Input("x", 5, 1, 3).Initializer("w", Samples.Seeded(13, 3, 2)).Output("y")
            .Initializer("time", Tensor.Vector(0L)).Node("MatMul", ["x", "w"], ["a"]).Node("Relu", ["a"], ["r"])
            .Node("ReduceSum", ["r", "time"], ["y"], ("keepdims", 0L)).Build());
        var x = Samples.Seeded(14, 1, 5, 1, 3);
        var options = new ExplanationOptions { GapName = "gap" };
        var found = GraphRunner.Run(Explanation.Compile(network, new DeepLift(), Target.Class(0), options), ("x", x));
        Assert.AreEqual(Shape.Of(1, 1), found["gap"].Shape);
        Near.Equal(0, found["gap"].ToDouble()[0], 1e-5);
        Near.Equal(found["score"].ToDouble()[0], found["attribution"].ToDouble().Sum(), 1e-5);
    }

    [TestMethod]
    [DataRow("Expand")]
    [DataRow("ReduceSum")]
    public void Scores_that_are_one_row_however_many_are_given_are_of_one_at_a_time(string how)
    {
        var model = new ModelBuilder(17).Input("x", -1, 4).Initializer("w", Samples.Seeded(15, 4, 2)).Output("y")
            .Initializer("three", Tensor.Vector(3L, 4)).Initializer("batch", Tensor.Vector(0L));
        _ = how == "Expand" ? model.Node("Expand", ["x", "three"], ["e"]) : model.Node("Identity", ["x"], ["e"]);
        var network = Network.From(model.Node("MatMul", ["e", "w"], ["m"]).Node("ReduceSum", ["m", "batch"], ["y"]).Build());
        Assert.AreEqual("[1, 4]", network.DefaultInput.Shape!.ToString());
        var (x, w) = (Samples.Seeded(18, 1, 4), Samples.Seeded(15, 4, 2).ToDouble());
        AttributionMethod[] methods = [new InputXGradient(), new Occlusion([1]), new IntegratedGradients(3), new KernelShap()];
        foreach (var method in methods)
        {
            var found = GraphRunner.Run(Explanation.Compile(network, method, Target.Class(0)), ("x", x))["attribution"];
            Assert.AreEqual(Shape.Of(1, 4), found.Shape);
            Near.Equal(x.ToDouble().Select((v, i) => v * w[2 * i] * (how == "Expand" ? 3 : 1)).ToArray(), found.ToDouble(), 1e-4);
        }
    }

    // y = tanh(Expand(x, [3, 4]))·w: it runs for one row, which counts thrice, or for three.
    [TestMethod]
    [DataRow(1, "Expand")]
    [DataRow(3, "Expand")]
    [DataRow(1, "Add")]
    [DataRow(3, "Add")]
    [DataRow(1, "Mul")]
    public void Rows_that_are_repeated_get_what_their_copies_get(int rows, string how)
    {
        var model = new ModelBuilder(17).Input("x", -1, 4).Initializer("w", Samples.Seeded(15, 4, 2)).Output("y")
            .Initializer("three", Tensor.Vector(3L, 4)).Initializer("b", Samples.Seeded(16, 3, 4));
        _ = how == "Expand" ? model.Node("Expand", ["x", "three"], ["e"]) : model.Node(how, ["x", "b"], ["e"]);
        var network = Network.From(model.Node("Tanh", ["e"], ["t"]).Node("MatMul", ["t", "w"], ["y"]).Build());
        var x = Samples.Seeded(17, rows, 4);
        var found = GraphRunner.Run(Explanation.Compile(network, new Saliency(), Target.Class(1)), ("x", x))["attribution"];
        Assert.AreEqual(Shape.Of(rows, 4), found.Shape);
        var (w, b, values) = (Samples.Seeded(15, 4, 2).ToDouble(), Samples.Seeded(16, 3, 4).ToDouble(), x.ToDouble());
        var expected = new double[rows * 4];
        for (var i = 0; i < 12; i++)
        {
            var v = values[rows == 1 ? i % 4 : i];
            var (at, slope) = how switch { "Expand" => (v, 1), "Add" => (v + b[i], 1), _ => (v * b[i], b[i]) };
            expected[rows == 1 ? i % 4 : i] += (1 - Math.Tanh(at) * Math.Tanh(at)) * slope * w[i % 4 * 2 + 1];
        }
        Near.Equal(expected, found.ToDouble(), 1e-5);
    }
}

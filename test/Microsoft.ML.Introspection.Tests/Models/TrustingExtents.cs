using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Networks;

/// <summary>An extent that runs have shown is known only where it must be so in every run.</summary>
[TestClass]
public sealed class TrustingExtents
{
    [TestMethod]
    [DataRow("Max", 5L, 8)]
    [DataRow("Max", 5L, 2)]
    [DataRow("Min", 5L, 8)]
    [DataRow("Max", 100L, 120)]
    public void What_lies_beyond_some_size_of_the_batch_is_computed_in_every_run(string comparison, long number, int rows)
    {
        // y = x·max(rows, number), the extent of a tensor made for it.
        var model = new ModelBuilder(18).Input("x", -1, 4).Initializer("number", Tensor.Vector(number))
            .Initializer("one", Tensor.Vector(1L)).Initializer("c", Tensor.Vector(1f))
            .Node("Shape", ["x"], ["s"], ("start", 0L), ("end", 1L)).Node(comparison, ["s", "number"], ["m"])
            .Node("Concat", ["m", "one"], ["e"], ("axis", 0L)).Node("Expand", ["c", "e"], ["z"])
            .Node("Shape", ["z"], ["zs"], ("start", 0L), ("end", 1L)).Node("Cast", ["zs"], ["k"], ("to", 1L)).Node("Mul", ["x", "k"], ["y"])
            .Output("y");
        var network = Network.From(model.Build());
        Assert.IsTrue(network.Layer("z").Shape![0].IsUnknown);
        var slope = comparison == "Max" ? Math.Max(rows, number) : Math.Min(rows, number);
        var x = Samples.Floats(rows, 4);
        var found = Explained.Outputs(network, new Saliency(), x, Tensor.Filled(ElementType.Int64, 1, rows, 1));
        var expected = new float[rows * 4];
        for (var row = 0; row < rows; row++)
            expected[row * 4 + 1] = slope;
        TensorAssert.AreEqual(Tensor.From(expected, rows, 4), found["attribution"]);
    }

    [TestMethod]
    public void Rows_that_a_number_cuts_off_are_not_all_rows()
    {
        var model = new ModelBuilder(17).Input("x", -1, 4).Initializer("zero", Tensor.Vector(0L)).Initializer("three", Tensor.Vector(3L))
            .Node("Slice", ["x", "zero", "three", "zero"], ["t"]).Node("ReduceMean", ["t"], ["m"], ("axes", new long[] { 0 }))
            .Node("Mul", ["x", "m"], ["y"]).Output("y");
        var network = Network.From(model.Build());
        Assert.AreEqual("[?, 4]", network.Layer("t").Shape!.ToString());
        var x = Samples.Floats(6, 4);
        var graph = new Graph(network.Opset);
        var input = graph.Input("x", ElementType.Float, network.DefaultInput.Shape!);
        var y = network.Trace(graph, new Dictionary<string, Value> { ["x"] = input }).Output("y");
        var mean = Enumerable.Range(0, 4).Select(i => (x.As<float>()[i] + x.As<float>()[4 + i] + x.As<float>()[8 + i]) / 3).ToArray();
        var expected = x.As<float>().ToArray().Select((v, i) => v * mean[i % 4]).ToArray();
        TensorAssert.AreClose(Tensor.From(expected, 6, 4), GraphRunner.Run(y, ("x", x)), 1e-6);
        var error = Assert.Throws<Exception>(() => Gradient.Of(y, input));
        Assert.IsTrue(error is InvalidModelException or UnsupportedOperatorException, $"{error}");
    }

    [TestMethod]
    [DataRow("Reshape", "[?, ?]")]
    [DataRow("Expand", "[?, 4]")]
    [DataRow("Tile", "[?, ?]")]
    [DataRow("ConstantOfShape", "[?, ?]")]
    public void What_an_input_decides_is_open(string name, string expected)
    {
        var model = new ModelBuilder(18).Input("x", 1, 4).Input("extents", ElementType.Int64, 2);
        model.Node("Add", ["extents", "extents"], ["wanted"]).Initializer("zero", Tensor.Scalar(0f));
        model.Node(name, name == "ConstantOfShape" ? ["wanted"] : ["x", "wanted"], ["z"]).Node("Shape", ["z"], ["s"])
            .Node("Cast", ["s"], ["f"], ("to", 1L)).Output("f");
        var network = Network.From(model.Build());
        Assert.AreEqual(expected, network.Layer("z").Shape!.ToString());
    }

    [TestMethod]
    [DataRow("NonZero", "[2, ?]")]
    [DataRow("Unique", "[?]")]
    [DataRow("Compress", "[?]")]
    public void What_the_contents_decide_is_open(string name, string expected)
    {
        var model = new ModelBuilder(18).Input("x", 1, 4).Initializer("zero", Tensor.Scalar(0f)).Initializer("flat", Tensor.Vector(-1L));
        if (name == "Compress")
            model.Node("Greater", ["x", "zero"], ["wide"]).Node("Reshape", ["wide", "flat"], ["kept"]);
        model.Node(name, name == "Compress" ? ["x", "kept"] : ["x"], ["z"]).Output("z");
        Assert.AreEqual(expected, Network.From(model.Build()).Layer("z").Shape!.ToString());
    }

    [TestMethod]
    public void What_follows_from_the_batch_is_known()
    {
        // As exporters write view(n·2, -1): only runs tell it.
        var model = new ModelBuilder(18).Input("x", -1, 6).Initializer("first", Tensor.Scalar(0L)).Initializer("two", Tensor.Scalar(2L))
            .Initializer("axis", Tensor.Vector(0L)).Initializer("rest", Tensor.Vector(-1L))
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "first"], ["n"]).Node("Mul", ["n", "two"], ["m"])
            .Node("Unsqueeze", ["m", "axis"], ["u"]).Node("Concat", ["u", "rest"], ["e"], ("axis", 0L)).Node("Reshape", ["x", "e"], ["z"])
            .Output("z");
        Assert.AreEqual("[2·batch, 3]", Network.From(model.Build()).Layer("z").Shape!.ToString());
    }

    [TestMethod]
    public void What_is_expanded_as_exporters_write_it_is_known()
    {
        // expand(n, 3, 4) with -1 for "as it is": Where(Equal(shape, -1), 1, shape).
        var model = new ModelBuilder(18).Input("x", -1, 4).Initializer("t", Samples.Floats(1, 3, 4)).Initializer("first", Tensor.Vector(0L))
            .Initializer("rest", Tensor.Vector(3L, 4)).Initializer("three", Tensor.Vector(3L)).Initializer("minus", Tensor.Scalar(-1L))
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "first"], ["n"]).Node("Concat", ["n", "rest"], ["e"], ("axis", 0L))
            .Node("ConstantOfShape", ["three"], ["ones"], ("value", Tensor.Vector(1L))).Node("Mul", ["ones", "minus"], ["none"])
            .Node("Equal", ["e", "none"], ["open"]).Node("Where", ["open", "ones", "e"], ["wanted"]).Node("Expand", ["t", "wanted"], ["z"])
            .Output("z");
        Assert.AreEqual("[batch, 3, 4]", Network.From(model.Build()).Layer("z").Shape!.ToString());
    }

    [TestMethod]
    public void A_tensor_of_unknown_rank_is_no_scalar()
    {
        var model = new ModelBuilder(13).Input("x", -1, 2, 4, 4).Initializer("w", Samples.Floats(32, 3))
            .Node("MeanVarianceNormalization", ["x"], ["h"], ("axes", new long[] { 2, 3 })).Node("Flatten", ["h"], ["f"])
            .Node("MatMul", ["f", "w"], ["y"]).Output("y");
        var network = Network.From(model.Build());
        Assert.AreEqual("[batch, 2, 4, 4]", network.Layer("h").Shape!.ToString());
        Assert.AreEqual("[batch, 3]", network.Layer("y").Shape!.ToString());
        var x = Samples.Floats(2, 2, 4, 4);
        var found = Explained.Outputs(network, new IntegratedGradients(200) { Baseline = Baseline.Constant(0.5) }, x,
            Tensor.Filled(ElementType.Int64, 1, 2, 1), gap: "gap");
        Assert.IsTrue(found["attribution"].ToDouble().Any(a => Math.Abs(a) > 1e-2));
    }
}

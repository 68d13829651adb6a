using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Networks;

/// <summary>What a file leaves open beside the batch has to be decided, and can be in three ways.</summary>
[TestClass]
public sealed class LeavingDimensionsOpen
{
    [TestMethod]
    public void An_open_axis_is_named_with_the_ways_to_fix_it()
    {
        var error =
            Assert.ThrowsExactly<InvalidModelException>(() => Network.From(Model(Dimension.Symbol("N"), Dimension.Symbol("sequence"), 4)));
        StringAssert.Contains(error.Message, "Axis 1 of the input 'x' [N, sequence, 4] is open");
        StringAssert.Contains(error.Message, "NetworkOptions.Dimensions[\"sequence\"]");
        StringAssert.Contains(error.Message, "RowShapes[\"x\"]");
    }

    [TestMethod]
    public void An_open_axis_without_a_symbol_is_named_by_its_place()
    {
        var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(Model(Dimension.Symbol("N"), Dimension.Unknown, 4)));
        StringAssert.Contains(error.Message, "NetworkOptions.Dimensions[\"x[1]\"]");
    }

    [TestMethod]
    [DataRow("sequence")]
    [DataRow("x[1]")]
    public void A_dimension_is_fixed_by_its_symbol_or_its_place(string key)
    {
        var options = new NetworkOptions { Dimensions = new Dictionary<string, long> { [key] = 7 } };
        var network = Network.From(Model(Dimension.Symbol("N"), Dimension.Symbol("sequence"), 4), options);
        Assert.AreEqual("[batch, 7, 4]", network.DefaultInput.Shape!.ToString());
        Assert.AreEqual("[batch, 7, 4]", network.Layer("y").Shape!.ToString());
    }

    [TestMethod]
    public void A_row_is_fixed_as_a_whole()
    {
        var network = Network.From(Model(Dimension.Unknown, Dimension.Unknown, Dimension.Unknown), Rows("x", 2, 3));
        Assert.AreEqual("[batch, 2, 3]", network.DefaultInput.Shape!.ToString());
    }

    [TestMethod]
    public void An_input_of_unknown_rank_needs_its_row()
    {
        var model = new ModelBuilder(17).Node("Relu", ["x"], ["y"]).Output("y");
        model.Graph.Input.Add(ModelBuilder.Info("x", ElementType.Float, null));
        var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(model.Build()));
        StringAssert.Contains(error.Message, "does not tell the rank of its input 'x'");
        StringAssert.Contains(error.Message, "NetworkOptions.RowShapes");
        Assert.AreEqual("[batch, 5]", Network.From(model.Build(), Rows("x", 5)).DefaultInput.Shape!.ToString());
    }

    [TestMethod]
    public void Extents_that_contradict_the_file_are_refused()
    {
        var model = Model(Dimension.Symbol("N"), 3, 4);
        var error = Assert.ThrowsExactly<ArgumentException>(() => Network.From(model, Rows("x", 3, 5)));
        StringAssert.Contains(error.Message, "Axis 2 of the input 'x' has 4 elements in the model; 5 were given");
    }

    [TestMethod]
    public void Extents_for_too_few_axes_are_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Network.From(Model(Dimension.Symbol("N"), 3, 4), Rows("x", 12)));
        StringAssert.Contains(error.Message, "has 2 axes");
        StringAssert.Contains(error.Message, "[12]");
    }

    [TestMethod]
    public void Extents_for_an_input_that_is_not_there_are_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Network.From(Model(Dimension.Symbol("N"), 3, 4), Rows("z", 3, 4)));
        StringAssert.Contains(error.Message, "no input 'z'; it has 'x'");
    }

    [TestMethod]
    public void Extents_below_one_are_refused_when_the_options_are_made()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Rows("x", 3, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            new NetworkOptions { Dimensions = new Dictionary<string, long> { ["sequence"] = -1 } });
    }

    [TestMethod]
    public void A_file_may_fix_the_batch()
    {
        var network = Network.From(Model(1, 3));
        Assert.AreEqual("[1, 3]", network.DefaultInput.Shape!.ToString());
        Assert.AreEqual("[1, 3]", network.Outputs[0].Shape!.ToString());
    }

    private static OnnxModel Model(params Dimension[] input)
    {
        var model = new ModelBuilder(17).Node("Relu", ["x"], ["y"]).Output("y");
        model.Graph.Input.Add(ModelBuilder.Info("x", ElementType.Float, new Shape(input)));
        return model.Build();
    }

    private static NetworkOptions Rows(string input, params long[] extents) =>
        new() { RowShapes = new Dictionary<string, IReadOnlyList<long>> { [input] = extents } };
}

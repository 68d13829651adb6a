using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Models;

/// <summary>Inputs that are no rows of data are given once, and any dimension can be fixed.</summary>
[TestClass]
public sealed class MakingInputsConstant
{
    [TestMethod]
    [DataRow(16000L, 2.0)]
    [DataRow(8000L, 3.0)]
    public void A_number_decides_which_branch_is_written_out(long rate, double slope)
    {
        // If(rate == 16000) then 2x else 3x, of a scalar input.
        var then = new ModelBuilder(17).Initializer("two", Tensor.Scalar(2f)).Node("Mul", ["x", "two"], ["a"]).Output("a").Graph;
        var otherwise = new ModelBuilder(17).Initializer("three", Tensor.Scalar(3f)).Node("Mul", ["x", "three"], ["b"]).Output("b").Graph;
        var model = new ModelBuilder(17).Input("x", -1, 3).Input("rate", ElementType.Int64).Initializer("wide", Tensor.Scalar(16000L))
            .Node("Equal", ["rate", "wide"], ["is"])
            .Node("If", ["is"], ["y"], ("then_branch", then), ("else_branch", otherwise)).Output("y");
        var network = Network.From(model.Build(), With("rate", Tensor.Scalar((double)rate)));
        Assert.AreEqual("x", network.Inputs.Single().Name);
        Assert.IsFalse(network.Layers.Any(l => l.Operator == "If"));
        var found = GraphRunner.Run(Explanation.Compile(network, new Saliency(), Target.Class(1)), ("x", Samples.Floats(2, 3)));
        Near.Equal([0, slope, 0, 0, slope, 0], found["attribution"].ToDouble(), 0);
    }

    [TestMethod]
    public void One_number_fills_a_tensor_and_others_keep_their_shape()
    {
        var values = Samples.Seeded(1, 2, 1, 4);
        var network = Network.From(Stateful().Build(), new NetworkOptions
        {
            Constants = new Dictionary<string, Tensor> { ["state"] = values, ["scale"] = Tensor.Scalar(0.5) },
        });
        Assert.AreEqual("x", network.Inputs.Single().Name);
        var x = Samples.Seeded(2, 1, 4);
        var found = GraphRunner.Run(Explanation.Compile(network, new InputXGradient()), ("x", x));
        var state = values.ToDouble();
        Near.Equal(x.ToDouble().Select((v, i) => 0.5 * v * (state[i] + state[4 + i])).ToArray(), found["attribution"].ToDouble(), 1e-6);
    }

    [TestMethod]
    [DataRow("state[1]")]
    [DataRow("rows")]
    public void The_batch_can_be_fixed_by_place_or_symbol(string dimension)
    {
        // The batch of a state lies on its second axis: it has to be a number, and the first axis of the data with it.
        var network = Network.From(Stateful(Dimension.Symbol("rows")).Build(), new NetworkOptions
        {
            Constants = new Dictionary<string, Tensor> { ["state"] = Tensor.Scalar(1.0), ["scale"] = Tensor.Scalar(2f) },
            Dimensions = new Dictionary<string, long> { [dimension] = 1, ["x[0]"] = 1 },
        });
        Assert.AreEqual("[1, 4]", network.DefaultInput.Shape!.ToString());
        var found = GraphRunner.Run(Explanation.Compile(network, new Saliency()), ("x", Samples.Floats(1, 4)))["attribution"];
        Near.Equal([4, 4, 4, 4], found.ToDouble(), 1e-6);
    }

    [TestMethod]
    public void What_does_not_fit_is_refused()
    {
        Refused(With("nothing", Tensor.Scalar(1.0)), "no input 'nothing' to make constant; it has 'x', 'state', 'scale'");
        Refused(With("state", Samples.Floats(2, 4)), "'state' has the shape [2, 1, 4]; the constant for it has [2, 4]");
        Assert.ThrowsExactly<ArgumentNullException>(() => new NetworkOptions { Constants = null! });

        static void Refused(NetworkOptions options, string words) => StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => Network.From(Stateful().Build(), options)).Message, words);
    }

    [TestMethod]
    [DataRow(ElementType.Int32, 3.0)]
    [DataRow(ElementType.Bool, 1.0)]
    [DataRow(ElementType.Double, 0.25)]
    [DataRow(ElementType.Float16, 0.5)]
    public void Numbers_take_the_type_of_the_input(ElementType type, double value)
    {
        var model = new ModelBuilder(17).Input("x", -1, 2).Input("c", type, 2).Output("y")
            .Node("Cast", ["c"], ["f"], ("to", (long)ElementType.Float)).Node("Mul", ["x", "f"], ["y"]);
        foreach (var given in (Tensor[])[Tensor.Scalar(value), Tensor.Vector(value, value), Tensor.Vector((float)value, (float)value)])
        {
            var network = Network.From(model.Build(), With("c", given));
            var found = GraphRunner.Run(Explanation.Compile(network, new Saliency(), Target.Class(0)), ("x", Samples.Floats(1, 2)));
            Near.Equal([value, 0], found["attribution"].ToDouble(), 0);
        }
    }

    [TestMethod]
    public void Text_is_refused_in_a_sentence()
    {
        var model = new ModelBuilder(17).Input("s", ElementType.String, -1).Node("Identity", ["s"], ["y"]).Output("y", ElementType.String);
        var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(model.Build()));
        StringAssert.Contains(error.Message, "The input 's' holds text; only numbers can be explained.");
        var beside = new ModelBuilder(17).Input("x", -1, 3).Input("names", ElementType.String, -1, 2).Node("Relu", ["x"], ["y"])
            .Output("y").Node("Identity", ["names"], ["z"]).Output("z", ElementType.String);
        error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(beside.Build()));
        StringAssert.Contains(error.Message, "'names' holds text");
    }

    // y = scale · Σ x·(state[0] + state[1])
    private static ModelBuilder Stateful(Dimension? rows = null)
    {
        var model = new ModelBuilder(17).Input("x", -1, 4).Initializer("first", Tensor.Vector(0L)).Initializer("last", Tensor.Vector(1L));
        model.Graph.Input.Add(ModelBuilder.Info("state", ElementType.Float, new Shape(2, rows ?? 1, 4)));
        model.Graph.Input.Add(ModelBuilder.Info("scale", ElementType.Float, Shape.Scalar));
        return model.Node("ReduceSum", ["state", "first"], ["s"], ("keepdims", 0L)).Node("Mul", ["x", "s"], ["p"])
            .Node("ReduceSum", ["p", "last"], ["q"]).Node("Mul", ["q", "scale"], ["y"]).Output("y");
    }

    private static NetworkOptions With(string input, Tensor value) =>
        new() { Constants = new Dictionary<string, Tensor> { [input] = value } };
}

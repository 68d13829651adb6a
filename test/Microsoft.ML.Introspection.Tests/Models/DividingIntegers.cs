using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Models;

/// <summary>A division of integers by what comes from the data must not end the process, whatever comes.</summary>
[TestClass]
public sealed class DividingIntegers
{
    private static readonly double[] Dividends = [7, -7, 5, 0, -2147483648, -2147483648, 3];
    private static readonly double[] Divisors = [2, 2, 0, 0, -1, 0, -1];

    [TestMethod]
    [DataRow("Div", ElementType.Int32, 0L)]
    [DataRow("Div", ElementType.Int64, 0L)]
    [DataRow("Mod", ElementType.Int32, 0L)]
    [DataRow("Mod", ElementType.Int64, 0L)]
    [DataRow("Mod", ElementType.Int64, 1L)]
    public void A_divisor_of_the_data(string operatorType, ElementType type, long fmod)
    {
        var model = new ModelBuilder(17).Input("x", -1, 7).Input("d", -1, 7).Output("y").Node("Cast", ["x"], ["a"], ("to", (long)type))
            .Node("Cast", ["d"], ["b"], ("to", (long)type));
        model = (fmod == 1 ? model.Node(operatorType, ["a", "b"], ["q"], ("fmod", 1L)) : model.Node(operatorType, ["a", "b"], ["q"]))
            .Node("Cast", ["q"], ["f"], ("to", 1L)).Node("Add", ["f", "x"], ["y"]);
        var explanation = Explanation.Compile(Network.From(model.Build()), new Saliency(), Target.Class(0),
            new ExplanationOptions { Inputs = ["x"], PassThrough = new Dictionary<string, string> { ["y"] = "out" } });
        var found = GraphRunner.Run(explanation, ("x", Row(Dividends)), ("d", Row(Divisors)))["out"].ToDouble();
        var expected = Dividends.Zip(Divisors, (x, d) => x + (operatorType, d) switch
        {
            (_, 0) => 0,
            ("Div", -1) when type == ElementType.Int32 => unchecked((int)-(long)x),
            ("Div", _) => (long)x / (long)d,
            _ when fmod == 1 => (long)x % (long)d,
            _ => ((long)x % (long)d + (long)d) % (long)d,
        }).ToArray();
        Near.Equal(expected, found, 1e-3);
    }

    [TestMethod]
    [DataRow(ElementType.Int8)]
    [DataRow(ElementType.Int16)]
    [DataRow(ElementType.UInt8)]
    [DataRow(ElementType.UInt16)]
    [DataRow(ElementType.UInt32)]
    [DataRow(ElementType.UInt64)]
    public void Remainders_of_narrow_and_unsigned_integers(ElementType type)
    {
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 3).Input("d", -1, 3).Output("y")
            .Node("Cast", ["x"], ["a"], ("to", (long)type)).Node("Cast", ["d"], ["b"], ("to", (long)type))
            .Node("Mod", ["a", "b"], ["q"]).Node("Cast", ["q"], ["y"], ("to", 1L)).Build());
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => graph.Input(i.Name, i.Type, i.Shape!));
        var found = GraphRunner.Run(network.Trace(graph, inputs).Output("y"), ("x", Row([7, 9, 5])), ("d", Row([2, 0, 3])));
        Near.Equal([1, 0, 2], found.ToDouble(), 0);
    }

    [TestMethod]
    [DataRow("Div")]
    [DataRow("Mod")]
    public void A_divisor_that_vanishes_in_a_trial_run_leaves_the_file_readable(string operatorType)
    {
        // The batch less two, of two rows: what the open shape is tried with.
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 4).Initializer("2", Tensor.Vector(2L))
            .Initializer("9", Tensor.Vector(9L)).Node("NonZero", ["x"], ["open"]).Node("Shape", ["x"], ["n"], ("end", 1L))
            .Node("Sub", ["n", "2"], ["d"]).Node(operatorType, ["9", "d"], ["q"]).Node("Cast", ["q"], ["f"], ("to", 1L))
            .Node("Add", ["x", "f"], ["y"]).Output("y").Build());
        Assert.AreEqual("[batch, 4]", network.Outputs[0].Shape!.ToString());
    }

    [TestMethod]
    [DataRow("Div", ElementType.Int64)]
    [DataRow("Mod", ElementType.Int32)]
    [DataRow("Mod", ElementType.UInt8)]
    public void A_divisor_of_0_in_the_file_is_refused(string operatorType, ElementType type)
    {
        var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(new ModelBuilder(17).Input("x", type, -1, 2)
            .Initializer("d", Tensor.FromDoubles(type, [3, 0], 2)).Node(operatorType, ["x", "d"], ["q"])
            .Node("Cast", ["q"], ["y"], ("to", 1L)).Output("y").Build()));
        Assert.Contains("divides integers by 0", error.Message);
    }

    private static Tensor Row(double[] numbers) => Tensor.FromDoubles(ElementType.Float, numbers, 1, numbers.Length);
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Models;

/// <summary>The classes of an output lie where the network has them; where nothing tells, it has to be said.</summary>
[TestClass]
public sealed class TellingClasses
{
    [TestMethod]
    [DataRow("ArgMax of the logits", 2)]
    [DataRow("Hardmax of the logits", 1)]
    [DataRow("transposed convolution", 2)]
    [DataRow("convolution", 1)]
    [DataRow("sigmoid of a transposed convolution", 2)]
    public void Readers_and_convolutions_tell(string how, int axis)
    {
        var model = new ModelBuilder(17).Input("x", -1, 3, 5).Initializer("w", Samples.Seeded(1, 3, 4))
            .Initializer("k", Samples.Seeded(2, 4, 3, 1)).Output("y");
        _ = how switch
        {
            "ArgMax of the logits" => model.Node("Transpose", ["x"], ["t"], ("perm", (long[])[0, 2, 1])).Node("MatMul", ["t", "w"], ["y"])
                .Node("ArgMax", ["y"], ["labels"], ("axis", 2L)).Output("labels", ElementType.Int64),
            "Hardmax of the logits" => model.Node("Relu", ["x"], ["y"]).Node("Hardmax", ["y"], ["choice"], ("axis", 1L)).Output("choice"),
            "convolution" => model.Node("Conv", ["x", "k"], ["c"]).Node("Relu", ["c"], ["y"]),
            "transposed convolution" => model.Node("Conv", ["x", "k"], ["c"])
                .Node("Transpose", ["c"], ["y"], ("perm", (long[])[0, 2, 1])),
            _ => model.Node("Conv", ["x", "k"], ["c"]).Node("Transpose", ["c"], ["t"], ("perm", (long[])[0, 2, 1]))
                .Node("Sigmoid", ["t"], ["y"]),
        };
        var network = Network.From(model.Build());
        Assert.AreEqual(axis, Axes.Classes(network, "y"));
        Assert.AreEqual(how == "Hardmax of the logits" ? 3 : 4, network.ClassesOf("y"));
    }

    [TestMethod]
    public void Maps_with_their_classes_last_are_summed_over_space()
    {
        var image = Samples.Seeded(3, 2, 3, 4, 5);
        var (first, last) = (Run([0, 1, 2, 3]), Run([0, 2, 3, 1]));
        TensorAssert.AreClose(first, last, 1e-6);

        Tensor Run(long[] order)
        {
            var network = Network.From(new ModelBuilder(17).Input("x", -1, 3, 4, 5).Initializer("k", Samples.Seeded(4, 2, 3, 3, 3))
                .Node("Conv", ["x", "k"], ["c"]).Node("Transpose", ["c"], ["y"], ("perm", order)).Output("y").Build());
            Assert.AreEqual(2, network.ClassesOf("y"));
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Explanation.Compile(network, new Saliency(), Target.Class(2)));
            return GraphRunner.Run(Explanation.Compile(network, new Saliency(), Target.Class(1)), ("x", image))["attribution"];
        }
    }

    [TestMethod]
    public void Where_nothing_tells_it_has_to_be_said()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(Positions(null), new Saliency(), Target.Class(0)));
        foreach (var words in (string[])["'y' has the shape [batch, 5, 4]", "NetworkOptions.ClassAxis", "--class-axis 2", "unit:y:0,0"])
            StringAssert.Contains(error.Message, words);
        var x = Samples.Seeded(5, 2, 5, 3);
        var weights = Samples.Seeded(6, 3, 4).ToDouble();
        foreach (var axis in (int[])[2, -1])
        {
            var found = GraphRunner.Run(Explanation.Compile(Positions(axis), new Saliency(), Target.Class(3)), ("x", x))["attribution"];
            Near.Equal(Enumerable.Range(0, 30).Select(i => weights[i % 3 * 4 + 3]).ToArray(), found.ToDouble(), 1e-6);
        }
        // One position: the sum of all that it says.
        var positions = GraphRunner.Run(Explanation.Compile(Positions(1), new Saliency(), Target.Class(4)), ("x", x))["attribution"];
        Near.Equal(
            Enumerable.Range(0, 30).Select(i => i / 3 % 5 == 4 ? Enumerable.Range(0, 4).Sum(c => weights[i % 3 * 4 + c]) : 0).ToArray(),
            positions.ToDouble(), 1e-6);
        var unit = GraphRunner.Run(Explanation.Compile(Positions(null), new Saliency(), Target.Unit("y", 1, 2)), ("x", x))["attribution"];
        Near.Equal(weights[2], unit.ToDouble()[3], 1e-6);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(3)]
    [DataRow(-3)]
    public void The_batch_and_what_is_not_there_hold_no_classes(int axis)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(Positions(axis), new Saliency(), Target.Class(0)));
        StringAssert.Contains(error.Message, $"its axis {axis} cannot be that of the classes");
    }

    private static Network Positions(int? classAxis) => Network.From(new ModelBuilder(17).Input("x", -1, 5, 3).Output("y")
        .Initializer("w", Samples.Seeded(6, 3, 4)).Node("MatMul", ["x", "w"], ["y"]).Build(), new NetworkOptions { ClassAxis = classAxis });
}

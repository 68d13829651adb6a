using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>What graphs rely on at the edge of an operator's definition holds; what is not the same everywhere they do without.</summary>
[TestClass]
public sealed class RelyingOnEdges
{
    private static readonly Dictionary<string, Action> Held = new()
    {
        ["a steep slope makes a step"] = () => Expect([0, 0, 0, 1, 1, 1], x => x.IsPositive(), -1, -0f, 0, 1e-37f, 0.3f, 7),
        ["an absent bound bounds nothing"] = () =>
        {
            Expect([-1, 0, 1], x => x.Clip(null, 1), -1, 0, 5);
            Expect([1, 1, 5], x => x.Clip(1, null), -1, 0, 5);
        },
        ["what is not chosen does not count, NaN and infinities included"] = () =>
            Expect([2, 2, 1], x => x.EqualTo(x.Like(0)).Where(x.Like(2), x / x), 0, -0f, 3),
        ["the first of equals wins"] = () =>
        {
            Expect([1, 1, 1], x => x.ArgMax(0, true).Cast(ElementType.Float) * x.Like(1) + x * 0, 1, 4, 4);
            Expect([1, 2, 0], x => Second(x, "TopK", x.Graph.Constant(Tensor.Vector(3L)), ("axis", 0L)), 1, 4, 4);
            Expect([1], x => Second(x.Reshape(1, 1, 3), "MaxPool", null, ("kernel_shape", (long[])[3])), 1, 4, 4);
        },
        ["a quotient by 0 is infinite or NaN, and no error"] = () =>
            Expect([float.PositiveInfinity, float.NaN, float.NegativeInfinity], x => x / (x * 0).Abs(), 1, 0, -2),
        ["negative pads take away, and new elements are 0"] = () => Expect([2, 3, 0, 0], x => x.Pad([-1], [2]), 1, 2, 3),
        ["updates of one place add up"] = () => Expect([6, 0, 0], x => (x * 0).ScatterAdd(x.Graph.Constant(0, 0, 0), x, 0), 1, 2, 3),
        ["an end beyond the axis is its end"] = () => Expect([2, 3], x => x.Slice([1], [long.MaxValue], [0]), 1, 2, 3),
        ["0 keeps an extent and -1 takes the rest"] = () => Expect([1, 2, 3], x => x.Reshape(0, -1), 1, 2, 3),
        ["no element sums to 0"] = () => Expect([0], x => x.Slice([3], [3], [0]).ReduceSum([0]), 1, 2, 3),
        ["whole numbers divide towards 0 and wrap around"] = () =>
        {
            Expect([-2, 0, 2], x => (x.Cast(ElementType.Int64) / Number(x, 2)).Cast(ElementType.Float), -5, -1, 5);
            Expect([1, 2, 1], x => x.Cast(ElementType.Int64).Modulo(3).Cast(ElementType.Float), -5, -1, 4);
            Expect([0, -2, 2], x => (x.Cast(ElementType.Int64) * Number(x, long.MaxValue) * Number(x, 2)).Cast(ElementType.Float), 0,
                1, -1);
        },
        ["truth values become 0 and 1, fractions are cut off"] = () =>
        {
            Expect([0, 1, 0], x => x.Greater(0).AsNumber(ElementType.Float), -1, 1, 0);
            Expect([-1, 1, 2], x => x.Cast(ElementType.Int64).Cast(ElementType.Float), -1.7f, 1.7f, 2);
        },
        ["enlarging repeats elements"] = () => Expect([1, 1, 2, 2, 3, 3], x => x.Reshape(1, 1, 3).Enlarge(2), 1, 2, 3),
    };

    public static IEnumerable<object[]> Edges => OperatorEdges.Relied.Keys.Select(edge => new object[] { edge });

    public static IEnumerable<object[]> Methods => MethodCatalog.All.Select(method => new object[] { method.Name });

    [TestMethod]
    [DynamicData(nameof(Edges))]
    public void Holds(string edge)
    {
        foreach (var name in OperatorEdges.Relied[edge].Split(' '))
            Assert.IsNotNull(OperatorFacts.Of(name), name);
        Held[edge]();
    }

    [TestMethod]
    public void What_is_not_the_same_everywhere_is_seen()
    {
        static int Found(string name, string[] inputs, params (string, object)[] attributes) =>
            OperatorEdges.Avoided(ModelBuilder.NodeOf(name, inputs, ["y"], attributes)).Count();
        Assert.AreEqual(1, Found("HardSigmoid", ["x"], ("beta", 0f)));
        Assert.AreEqual(1, Found("HardSigmoid", ["x"], ("alpha", float.PositiveInfinity)));
        Assert.AreEqual(1, Found("HardSigmoid", ["x"], ("beta", 1e-40f)));
        Assert.AreEqual(1, Found("ReduceSum", ["x"]));
        Assert.AreEqual(0, Found("Shrink", ["x"], ("bias", 0f)));
        Assert.AreEqual(0, Found("ReduceSum", ["x", "axes"], ("keepdims", 0L)));
        var unwritten = new NodeProto { OpType = "Softmax" };
        unwritten.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int });
        Assert.AreEqual(1, OperatorEdges.Avoided(unwritten).Count());
    }

    [TestMethod]
    public void Values_of_0_are_written_and_read_again()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2, 3));
        var model = OnnxModel.Parse(graph.ToModel([("y", x.ReduceSum([1], keepDimensions: false).HardSigmoid(1, 0))]).ToArray());
        string[] written = [.. model.Proto.Graph.Node.SelectMany(n => n.Attribute).Where(a => a.HasF || a.HasI).Select(a => a.Name)];
        CollectionAssert.AreEquivalent((string[])["alpha", "beta", "keepdims"], written);
    }

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void No_graph_of_the_catalog_relies_on_what_differs(string name)
    {
        var description = MethodCatalog.All.Single(m => m.Name == name);
        var quarters = Tensor.From([.. Enumerable.Range(0, 64).Select(i => (long)(i / 16))], 1, 8, 8);
        var compiled = 0;
        string[] models = description.NeedsAttention ? ["attention/digits", "attention/vit_23", "transformer_text_emb"]
            : ["cnn_digits", "resnet_tiny", "mlp_breast_cancer_tanh", "lstm_text_emb", "transformer_text_emb", "unet_tiny"];
        foreach (var model in models)
        {
            var network = References.Network(model);
            var chosen = description.Options
                .SelectMany(o => (o.Values ?? []).Select(v => new Dictionary<string, string> { [o.Name] = v })).Prepend([]);
            foreach (var options in model == "cnn_digits" ? chosen : chosen.Take(1))
            {
                var method = MethodCatalog.Create(name, options);
                if (method is ExactShap exact)
                    method = exact with { Groups = quarters };
                OnnxModel explanation;
                try
                {
                    explanation = Explanation.Compile(network, method);
                }
                catch (Exception e) when (model != "cnn_digits" && e is ArgumentException or UnsupportedOperatorException)
                {
                    // Not every method has something to say of every network.
                    continue;
                }
                compiled++;
                foreach (var node in Nodes(explanation.Proto.Graph))
                    Assert.AreEqual("", string.Join("; ", OperatorEdges.Avoided(node)), $"{model}: {node.OpType} '{node.Output[0]}'");
            }
        }
        Assert.IsTrue(compiled > 0, "compiled for no network");
    }

    private static IEnumerable<NodeProto> Nodes(GraphProto graph) =>
        graph.Node.SelectMany(node => node.Attribute.Where(a => a.G is not null).SelectMany(a => Nodes(a.G)).Prepend(node));

    private static Value Number(Value x, long number) => x.Graph.Constant(Tensor.Scalar(number));

    private static Value Second(Value x, string name, Value? parameter, params ReadOnlySpan<(string, object?)> attributes) =>
        x.Graph.Emit(name, parameter is null ? [x] : [x, parameter], Attributes.Of(attributes), 2)[1].Cast(ElementType.Float);

    private static void Expect(float[] expected, Func<Value, Value> function, params float[] elements)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(elements.Length));
        var found = GraphRunner.Run(function(x).Reshape(-1), ("x", Tensor.Vector<float>(elements)));
        TensorAssert.AreSame(Tensor.Vector<float>(expected), found);
    }
}

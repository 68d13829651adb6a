using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Token numbers are explained by what the network makes vectors of them with, however that is written.</summary>
[TestClass]
public sealed class FindingEmbeddings
{
    private static readonly double[] Table = Samples.Seeded(1, 5, 2).ToDouble();
    private static readonly double[] Weights = Samples.Seeded(2, 6, 2).ToDouble();

    [TestMethod]
    [DataRow("Gather")]
    [DataRow("shared table")]
    [DataRow("table in half precision")]
    [DataRow("transposed table")]
    [DataRow("scaled table")]
    [DataRow("converted tokens")]
    [DataRow("one-hot")]
    [DataRow("converted one-hot")]
    public void Vectors_get_what_they_do(string form)
    {
        var model = Tokens().Initializer("table", Samples.Seeded(1, 5, 2)).Initializer("half",
                Tensor.FromDoubles(ElementType.Float16, Table, 5, 2)).Initializer("turned", Turned()).Initializer("one", Tensor.Scalar(1f))
            .Initializer("depth", Tensor.Scalar(5L)).Initializer("off and on", Tensor.Vector(0f, 1))
            .Initializer("no and yes", Tensor.Vector(0L, 1));
        _ = form switch
        {
            "shared table" => model.Node("Identity", ["table"], ["shared"]).Node("Identity", ["shared"], ["t"])
                .Node("Gather", ["t", "ids"], ["e"]),
            "table in half precision" => model.Node("Cast", ["half"], ["t"], ("to", (long)ElementType.Float))
                .Node("Gather", ["t", "ids"], ["e"]),
            "transposed table" => model.Node("Transpose", ["turned"], ["t"]).Node("Gather", ["t", "ids"], ["e"]),
            "scaled table" => model.Node("Mul", ["table", "one"], ["t"]).Node("Gather", ["t", "ids"], ["e"]),
            "converted tokens" => model.Node("Cast", ["ids"], ["i"], ("to", (long)ElementType.Int32)).Node("Gather", ["table", "i"], ["e"]),
            "one-hot" => model.Node("OneHot", ["ids", "depth", "off and on"], ["o"]).Node("MatMul", ["o", "table"], ["e"]),
            "converted one-hot" => model.Node("Identity", ["ids"], ["i"]).Node("OneHot", ["i", "depth", "no and yes"], ["h"])
                .Node("Cast", ["h"], ["o"], ("to", (long)ElementType.Float))
                .Node("MatMul", ["o", "table"], ["e"]),
            _ => model.Node("Gather", ["table", "ids"], ["e"]),
        };
        var network = Network.From(Dense(model, "e").Build());
        CollectionAssert.AreEqual((string[])["e"], Embedding.Of(network, "ids").ToArray());
        var found = Explained(network, new InputXGradient());
        Assert.AreEqual(Shape.Of(2, 3, 2), found.Shape);
        var (ids, expected) = (Ids.ToInt64(), new double[12]);
        for (var i = 0; i < 12; i++)
            expected[i] = Table[ids[i / 2] * 2 + i % 2] * Weights[i % 6 * 2 + 1];
        Near.Equal(expected, found.ToDouble(), form == "table in half precision" ? 2e-3 : 1e-6);
    }

    [TestMethod]
    public void Bare_one_hot_codes_are_explained_themselves()
    {
        var model = Tokens().Initializer("depth", Tensor.Scalar(5L)).Initializer("off and on", Tensor.Vector(0f, 1))
            .Initializer("w", Samples.Seeded(3, 15, 2)).Initializer("flat", Tensor.Vector(0L, -1)).Output("y")
            .Node("OneHot", ["ids", "depth", "off and on"], ["o"]).Node("Reshape", ["o", "flat"], ["f"]).Node("MatMul", ["f", "w"], ["y"]);
        var found = Explained(Network.From(model.Build()), new PerToken(new InputXGradient()));
        Assert.AreEqual(Shape.Of(2, 3), found.Shape);
        var (ids, w) = (Ids.ToInt64(), Samples.Seeded(3, 15, 2).ToDouble());
        Near.Equal(ids.Select((id, i) => w[(i % 3 * 5 + id) * 2 + 1]).ToArray(), found.ToDouble(), 1e-6);
    }

    [TestMethod]
    public void Several_embeddings_of_one_input_are_explained_together()
    {
        // Words and tones, the product of both: what the methods promise holds of the two taken together.
        var model = Tokens().Initializer("words", Samples.Seeded(1, 5, 2)).Initializer("tones", Samples.Seeded(4, 5, 2))
            .Node("Gather", ["words", "ids"], ["word"]).Node("Gather", ["tones", "ids"], ["tone"]).Node("Mul", ["word", "tone"], ["e"]);
        var network = Network.From(Dense(model, "e").Build());
        var options = new ExplanationOptions { Inputs = ["ids"], GapName = "gap" };
        var tones = Samples.Seeded(4, 5, 2).ToDouble();
        var (ids, expected) = (Ids.ToInt64(), new double[12]);
        for (var i = 0; i < 12; i++)
            expected[i] = Table[ids[i / 2] * 2 + i % 2] * tones[ids[i / 2] * 2 + i % 2] * Weights[i % 6 * 2 + 1];
        foreach (var method in (AttributionMethod[])[new IntegratedGradients(4), new DeepLift()])
        {
            // Along the straight way from zeros both factors of a product get half of it.
            var all = GraphRunner.Run(Explanation.Compile(network, method, Target.Class(1), options), ("ids", Ids));
            Assert.AreEqual(Shape.Of(2, 3, 4), all["attribution"].Shape);
            var halves = all["attribution"].ToDouble();
            for (var i = 0; i < 12; i++)
            {
                Near.Equal(expected[i] / 2, halves[i / 2 * 4 + i % 2], 1e-5);
                Near.Equal(expected[i] / 2, halves[i / 2 * 4 + 2 + i % 2], 1e-5);
            }
            Finite.Below(1e-5, all["gap"].ToDouble().Largest(Math.Abs));
            var perToken = GraphRunner.Run(Explanation.Compile(network, new PerToken(method), Target.Class(1), options), ("ids", Ids));
            Assert.AreEqual(Shape.Of(2, 3), perToken["attribution"].Shape);
            Near.Equal(expected.Chunk(2).Select(t => t.Sum()).ToArray(), perToken["attribution"].ToDouble(), 1e-5);
        }
    }

    [TestMethod]
    public void Columns_with_tables_of_their_own_lie_side_by_side()
    {
        var model = Tokens().Initializer("small", Samples.Seeded(5, 5, 1)).Initializer("large", Samples.Seeded(1, 5, 2))
            .Initializer("w", Samples.Seeded(6, 3, 2)).Output("y")
            .Node("Gather", ["small", "ids"], ["s"]).Node("Gather", ["large", "ids"], ["l"]).Node("Concat", ["s", "l"], ["b"], ("axis", 2L))
            .Initializer("tokens", Tensor.Vector(1L)).Node("ReduceSum", ["b", "tokens"], ["m"], ("keepdims", 0L))
            .Node("MatMul", ["m", "w"], ["y"]);
        var found = Explained(Network.From(model.Build()), new Saliency());
        Assert.AreEqual(Shape.Of(2, 3, 3), found.Shape);
        var w = Samples.Seeded(6, 3, 2).ToDouble();
        Near.Equal(Enumerable.Range(0, 18).Select(i => w[i % 3 * 2 + 1]).ToArray(), found.ToDouble(), 1e-6);
    }

    private static Tensor Ids => Tensor.From([0L, 3, 4, 1, 1, 2], 2, 3);

    private static Tensor Turned()
    {
        var graph = new Graph();
        return GraphRunner.Run(graph.Input("x", ElementType.Float, Shape.Of(5, 2)).Transpose(1, 0), ("x", Samples.Seeded(1, 5, 2)));
    }

    private static ModelBuilder Tokens() => new ModelBuilder(17).Input("ids", ElementType.Int64, -1, 3);

    private static ModelBuilder Dense(ModelBuilder model, string embedded) => model.Initializer("flat", Tensor.Vector(0L, -1))
        .Initializer("w", Samples.Seeded(2, 6, 2)).Node("Reshape", [embedded, "flat"], ["f"]).Node("MatMul", ["f", "w"], ["y"]).Output("y");

    private static Tensor Explained(Network network, AttributionMethod method) => GraphRunner.Run(
        Explanation.Compile(network, method, Target.Class(1), new ExplanationOptions { Inputs = ["ids"] }), ("ids", Ids))["attribution"];
}

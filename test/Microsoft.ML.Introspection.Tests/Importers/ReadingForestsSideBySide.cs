using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers;

/// <summary>Operators with trees, one for each class, whose scores are put side by side: predictions are those of ONNX Runtime.</summary>
[TestClass]
public sealed class ReadingForestsSideBySide
{
    private const int Classes = 3;

    private static readonly string[] Scores = ["score 0", "score 1", "score 2"];

    [TestMethod]
    public void Scores_side_by_side_are_the_outputs_of_one_ensemble()
    {
        var model = Classed().Node("Concat", Scores, ["all"], ("axis", 1L)).Node("Max", ["all"], ["scores"])
            .Node("ArgMax", ["all"], ["best"], ("axis", 1L), ("keepdims", 1L));
        var ensemble = AssertPredictions(model.Output("scores").Output("best", ElementType.Int64));
        Assert.AreEqual(ScoreLink.Identity, ensemble.Link);
        Assert.AreEqual(Classes, ensemble.OutputCount);
    }

    [TestMethod]
    public void A_softmax_of_them_is_the_link()
    {
        Assert.AreEqual(ScoreLink.Softmax, AssertPredictions(Classed().Node("Concat", Scores, ["all"], ("axis", 1L))
            .Node("Softmax", ["all"], ["scores"], ("axis", 1L)).Output("scores")).Link);
        // As ML.NET writes it.
        Assert.AreEqual(ScoreLink.Softmax, AssertPredictions(Classed().Node("Concat", Scores, ["all"], ("axis", 1L))
            .Node("Exp", ["all"], ["powers"]).Initializer("axes", Tensor.Vector(1L)).Node("ReduceSum", ["powers", "axes"], ["sum"],
                ("keepdims", 1L)).Node("Div", ["powers", "sum"], ["shares"]).Node("Max", ["shares"], ["scores"]).Output("scores")).Link);
    }

    [TestMethod]
    public void Sigmoids_divided_by_their_sum_are_one_versus_all()
    {
        var ensemble = AssertPredictions(OneVersusAll(Classed()).Output("scores"));
        Assert.AreEqual(ScoreLink.OneVersusAll, ensemble.Link);
        var normal = Classed().Node("Concat", Scores, ["all"], ("axis", 1L)).Node("Sigmoid", ["all"], ["each"])
            .Node("Normalizer", ["each"], ["scores"], ("norm", "L1"));
        normal.Graph.Node[^1].Domain = "ai.onnx.ml";
        Assert.AreEqual(ScoreLink.OneVersusAll, AssertPredictions(normal.Output("scores")).Link);
    }

    [TestMethod]
    public void Scores_beside_their_shares_are_what_is_explained()
    {
        var model = Classed().Node("Concat", Scores, ["raw"], ("axis", 1L)).Node("Softmax", ["raw"], ["scores"], ("axis", -1L));
        Assert.AreEqual(ScoreLink.Softmax, AssertPredictions(model.Output("raw").Output("scores")).Link);
    }

    [TestMethod]
    public void What_is_no_row_of_scores_is_refused()
    {
        // Not all of them, or a share of others than all, or none that says it.
        Refused(Classed().Node("Concat", Scores[..2], ["scores"], ("axis", 1L)).Output("scores"));
        Refused(Classed().Node("Concat", Scores, ["all"], ("axis", 0L)).Output("all"));
        Refused(Classed().Node("Mul", ["score 0", "score 1"], ["product"]).Node("Concat", ["product", "score 2"], ["scores"], ("axis", 1L))
            .Output("scores"));
        Refused(OneVersusAll(Classed(), dividedBy: 2).Output("scores"));
        var other = Classed().Input("others", -1, OnnxForestSample.Features);
        other.Graph.Node[1].Input[0] = "others";
        Refused(other.Node("Concat", Scores, ["scores"], ("axis", 1L)).Output("scores"));
    }

    // Scores that are scaled each by its own numbers, their sigmoids, and these over their sum where that is not 0.
    private static ModelBuilder OneVersusAll(ModelBuilder model, int dividedBy = Classes)
    {
        for (var k = 0; k < Classes; k++)
            model.Initializer($"slope {k}", Tensor.Vector(0.5f + k)).Initializer($"offset {k}", Tensor.Vector(0.3f * k))
                .Node("Mul", [Scores[k], $"slope {k}"], [$"scaled {k}"]).Node("Add", [$"scaled {k}", $"offset {k}"], [$"moved {k}"])
                .Node("Sigmoid", [$"moved {k}"], [$"probability {k}"]).Node("Clip", [$"probability {k}", "zero"], [$"clipped {k}"]);
        string[] parts = ["clipped 0", "clipped 1", "clipped 2"];
        model.Initializer("zero", Tensor.Scalar(0f)).Node("Sum", parts[..dividedBy], ["sum"]).Node("Cast", ["sum"], ["is"],
            ("to", (long)ElementType.Bool)).Node("Not", ["is"], ["is not"]).Node("Cast", ["is not"], ["one"],
            ("to", (long)ElementType.Float)).Node("Sum", ["sum", "one"], ["divisor"]);
        for (var k = 0; k < Classes; k++)
            model.Node("Div", [parts[k], "divisor"], [$"share {k}"]);
        return model.Node("Concat", ["share 0", "share 1", "share 2"], ["shares"], ("axis", 1L)).Node("Max", ["shares"], ["scores"]);
    }

    private static ModelBuilder Classed()
    {
        var model = Single(0);
        model.Graph.Output.Clear();
        for (var k = 0; k < Classes; k++)
        {
            var trees = Single(k).Graph.Node[0].Clone();
            (trees.Name, trees.Output[0]) = ($"trees {k}", Scores[k]);
            if (k == 0)
                model.Graph.Node.Clear();
            model.Graph.Node.Add(trees);
        }
        return model;
    }

    private static ModelBuilder Single(int seed) => new OnnxForestSample(seed + 20, 1, [0], trees: 5).Regressor(baseValues: [0.25 * seed]);

    private static TreeEnsemble AssertPredictions(ModelBuilder builder)
    {
        var model = builder.Build();
        var input = Tensor.FromDoubles(ElementType.Float, OnnxForestSample.Rows(60, 5), 60, OnnxForestSample.Features);
        var expected = GraphRunner.Run(model, (model.Inputs[0].Name, input))["scores"];
        var ensemble = OnnxTrees.From(model);
        var found = ensemble.Predicted(input);
        TensorAssert.AreClose(Tensor.From(expected.ToDouble(), found.Dimensions), found, 2e-6);
        return ensemble;
    }

    private static void Refused(ModelBuilder model) =>
        Assert.Contains("several operators", Assert.ThrowsExactly<InvalidModelException>(() => OnnxTrees.From(model.Build())).Message);
}

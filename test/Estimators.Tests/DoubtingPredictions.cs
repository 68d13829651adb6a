using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Estimators.Tests;

/// <summary>How far passes disagree and how faithful reasons are, as columns.</summary>
[TestClass]
public sealed class DoubtingPredictions
{
    [TestMethod]
    public void Passes_are_columns()
    {
        var file = Path.Combine(Path.GetTempPath(), $"introspection-{Guid.NewGuid():N}.onnx");
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 3));
        var hidden = graph.Add("Relu", "", "hidden", [x], Attributes.None, [("h", x.Type, x.Shape)]).Outputs[0];
        graph.ToModel([("y", hidden.MatMul(graph.Constant(Tensor.From([1f, -1, 0.5f, 0, 2, -1], 3, 2))))]).Save(file);
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable([new Row { Numbers = [2, 3, 4] }, new Row { Numbers = [1, 1, -1] }]);
        var passes = new DropoutPasses { Samples = 50, Layers = [new("hidden", 0.4)] };
        using var fitted = context.Transforms.Explain(file, "Numbers", e => e.Add("Prediction", new SpreadOfPredictions(passes))
            .Add("Doubt", new Disagreement(passes)).Add("Why", new SpreadOfAttributions(new InputXGradient(), passes))).Fit(data);
        var found = fitted.Transform(data);
        File.Delete(file);
        foreach (var row in found.Vectors("Prediction_mean"))
            Near.Equal(1, row.Sum(), 1e-6);
        foreach (var (all, part) in found.Vectors("Doubt_entropy").Zip(found.Vectors("Doubt_mutual_information")))
        {
            Finite.AtLeast(1e-4, part[0]);
            Finite.AtLeast(part[0], all[0]);
        }
        Assert.AreEqual(3, found.Vectors("Why_deviation")[0].Length);
        Finite.AtLeast(1e-3, found.Vectors("Why_deviation")[0][0]);
    }

    [TestMethod]
    public void How_faithful_a_reason_is_stands_beside_it()
    {
        var file = Path.Combine(Path.GetTempPath(), $"introspection-{Guid.NewGuid():N}.onnx");
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 3));
        graph.ToModel([("y", x.MatMul(graph.Constant(Tensor.From([3f, 1, -2], 3, 1))))]).Save(file);
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable([new Row { Numbers = [1, 2, 1] }]);
        using var fitted = context.Transforms.Explain(file, "Numbers", e => e.Add("Why", new InputXGradient())
            .Add("Gone", new Judgement(new InputXGradient(), new Deletion(3)))
            .Add("Back", new Judgement(new InputXGradient(), new Insertion(3)))).Fit(data);
        var found = fitted.Transform(data);
        File.Delete(file);
        CollectionAssert.AreEqual((float[])[3, 2, -2], found.Vectors("Why")[0]);
        CollectionAssert.AreEqual((float[])[3, 0, -2, 0], found.Vectors("Gone_curve")[0]);
        CollectionAssert.AreEqual((float[])[0, 3, 5, 3], found.Vectors("Back_curve")[0]);
        Near.Equal(-0.5 / 3, found.Vectors("Gone_score")[0][0], 1e-6);
        Near.Equal(9.5 / 3, found.Vectors("Back_score")[0][0], 1e-6);
    }

    private sealed class Row
    {
        [VectorType(3)]
        public float[] Numbers { get; set; } = [];
    }
}

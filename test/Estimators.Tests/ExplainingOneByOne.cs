using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Evaluation;

namespace Microsoft.ML.Introspection.Estimators.Tests;

/// <summary>The engine that predicts and explains one object at a time.</summary>
[TestClass]
public sealed class ExplainingOneByOne
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Flower[] _flowers;
    private readonly IDataView _data;

    public ExplainingOneByOne()
    {
        var random = new Random(1);
        _flowers = [.. Enumerable.Range(0, 240).Select(i => new Flower
        {
            Width = random.NextSingle() + i % 3, Height = random.NextSingle(), Soil = i % 2 == 0 ? "sand" : "clay",
            Kind = ((string[])["rose", "tulip", "lily"])[i % 20 == 0 ? 0 : i % 3], Blooms = i % 3 == 1,
        })];
        _data = _ml.Data.LoadFromEnumerable(_flowers);
    }

    private IEstimator<ITransformer> Features => _ml.Transforms.Categorical.OneHotEncoding([new InputOutputColumnPair("Soil")])
        .Append(_ml.Transforms.Concatenate("Features", "Width", "Height", "Soil"));

    [TestMethod]
    public void It_says_what_the_columns_say()
    {
        var model = Features.Append(_ml.Transforms.Conversion.MapValueToKey("Kind"))
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Kind"))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(_data);
        using var explained = _ml.Transforms.Explain(model).Fit(_data);
        using var engine = _ml.Model.CreateExplanationEngine<Flower>(explained);
        var columns = explained.Transform(_data);
        var (values, labels) = (columns.GetColumn<float[]>("Shap").ToArray(), columns.GetColumn<string>("PredictedLabel").ToArray());
        var (bases, scores) = (columns.GetColumn<float[]>("ShapBase").ToArray(), columns.GetColumn<float[]>("Score").ToArray());
        string[] names = ["Width", "Height", "Soil"];
        for (var i = 0; i < 30; i++)
        {
            var one = engine.Explain(_flowers[i]);
            Assert.AreEqual(labels[i], one.PredictedLabel);
            Assert.AreEqual(labels[i], one.Explained);
            CollectionAssert.AreEqual(scores[i], one.Scores.ToArray());
            Assert.AreEqual(bases[i][0], one.BaseValue);
            Assert.IsNull(one.Probability);
            foreach (var (place, name) in names.Index())
                Assert.AreEqual(values[i][place], one.Reasons.Single(r => r.Column == name).Value);
            Near.Equal(one.Total, one.BaseValue + one.Reasons.Sum(r => r.Value), 1e-4);
            CollectionAssert.AreEqual(one.Reasons.OrderByDescending(r => Math.Abs(r.Value)).ToArray(), one.Reasons.ToArray());
        }
    }

    [TestMethod]
    public void A_label_that_is_still_a_key_is_called_by_its_class()
    {
        var model = Features.Append(_ml.Transforms.Conversion.MapValueToKey("Kind"))
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Kind")).Fit(_data);
        using var explained = _ml.Transforms.Explain(model).Fit(_data);
        using var engine = _ml.Model.CreateExplanationEngine<Flower>(explained);
        var one = engine.Explain(_flowers[1]);
        Assert.AreEqual("tulip", one.PredictedLabel);
        CollectionAssert.AreEquivalent((string[])["rose", "tulip", "lily"], one.Classes.ToArray());
    }

    [TestMethod]
    public void Two_classes_have_a_truth_value_and_a_probability()
    {
        var model = Features.Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Blooms")).Fit(_data);
        using var explained = _ml.Transforms.Explain(model).Fit(_data);
        using var engine = _ml.Model.CreateExplanationEngine<Flower>(explained);
        var expected = model.Transform(_data).GetColumn<float>("Probability").First();
        var one = engine.Explain(_flowers[0]);
        Assert.AreEqual(expected, one.Probability);
        Assert.AreEqual(expected > 0.5f ? "true" : "false", one.PredictedLabel);
        Assert.AreEqual("Score", one.Explained);
        Assert.IsEmpty(one.Classes);
    }

    [TestMethod]
    public void Macro_accuracy_is_ml_nets()
    {
        var model = Features.Append(_ml.Transforms.Conversion.MapValueToKey("Kind"))
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Kind")).Fit(_data);
        var scored = model.Transform(_data);
        var expected = _ml.MulticlassClassification.Evaluate(scored, "Kind");
        double[] scores = [.. scored.GetColumn<float[]>("Score").SelectMany(s => s).Select(s => (double)s)];
        double[] labels = [.. scored.GetColumn<uint>("Kind").Select(k => k - 1.0)];
        Near.Equal(expected.MacroAccuracy, Metric.MacroAccuracy().Value(scores, labels), 1e-12);
        Near.Equal(expected.MicroAccuracy, Metric.Accuracy().Value(scores, labels), 1e-12);
        Finite.Above(1e-5, Math.Abs(expected.MacroAccuracy - expected.MicroAccuracy), "they differ where classes are of different size");
    }

    private sealed class Flower
    {
        public float Width { get; set; }

        public float Height { get; set; }

        public string Soil { get; set; } = "";

        public string Kind { get; set; } = "";

        public bool Blooms { get; set; }
    }
}

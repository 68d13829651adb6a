using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Tests.Models;

/// <summary>Models of several classes: what ML.NET makes of the scores of each class is known.</summary>
[TestClass]
public sealed class ReadingOneVersusAll
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    [DataRow("LightGBM, softmax", typeof(ScoreLink.SoftmaxLink))]
    [DataRow("LightGBM", typeof(ScoreLink.OneVersusAllLink))]
    [DataRow("FastTree", typeof(ScoreLink.OneVersusAllLink))]
    [DataRow("FastTree, raw", typeof(ScoreLink.IdentityLink))]
    [DataRow("FastForest", typeof(ScoreLink.OneVersusAllLink))]
    [DataRow("GAM", typeof(ScoreLink.OneVersusAllLink))]
    public void Of_trees(string kind, Type link)
    {
        var trainer = kind switch
        {
            "LightGBM, softmax" => Training.LightGbmMulticlass(_ml, softmax: true),
            "LightGBM" => Training.LightGbmMulticlass(_ml, softmax: false),
            "FastTree" => Training.OneVersusAllFastTree(_ml, probabilities: true),
            "FastTree, raw" => Training.OneVersusAllFastTree(_ml, probabilities: false),
            "FastForest" => Training.OneVersusAllFastForest(_ml),
            _ => Training.OneVersusAllGam(_ml),
        };
        var (model, rows) = Fitted(trainer);
        var form = Assert.IsInstanceOfType<TreeForm>(model.Form);
        Assert.IsInstanceOfType(form.Ensemble.Link, link);
        Assert.IsNull(form.LeavesOut);
        CollectionAssert.AreEqual(new[] { "3", "5", "9" }, form.Ensemble.OutputNames!.Order().ToArray());
        CollectionAssert.AreEqual(Samples.FeatureNames, form.Ensemble.FeatureNames!.ToArray());
        var probes = Agreement.Probes(form.Ensemble, rows, 800, 5);
        Agreement.AreSame(form.Ensemble, probes, model.Pipeline.Transform(Samples.Classes(probes)), null, "Score");
    }

    [TestMethod]
    [DataRow(true, typeof(ScoreLink.OneVersusAllLink))]
    [DataRow(false, typeof(ScoreLink.IdentityLink))]
    public void Of_weighted_sums(bool probabilities, Type link)
    {
        var (model, rows) = Fitted(Training.OneVersusAllPerceptron(_ml, probabilities));
        var form = Assert.IsInstanceOfType<LinearForm>(model.Form);
        Assert.IsInstanceOfType(form.Link, link);
        Agreement.AreSame(form, rows, model.Pipeline.Transform(Samples.Classes(rows)), null, "Score");
    }

    [TestMethod]
    [DataRow("LdSvm", "LdSvmModelParameters")]
    [DataRow("pairs", "PairwiseCouplingModelParameters")]
    [DataRow("Bayes", "NaiveBayesMulticlassModelParameters")]
    public void Of_something_else_is_opaque(string kind, string name)
    {
        var (model, _) = Fitted(kind switch
        {
            "LdSvm" => Training.OneVersusAllLdSvm(_ml),
            "pairs" => Training.PairwiseCoupling(_ml),
            _ => Training.NaiveBayes(_ml),
        });
        StringAssert.Contains(Assert.IsInstanceOfType<OpaqueForm>(model.Form).Reason, name);
    }

    private (FittedModel Model, float[][] Rows) Fitted(IEstimator<ITransformer> trainer)
    {
        var rows = Samples.Rows(400, 31);
        // Weighted sums need features of a size.
        foreach (var row in rows)
            row[6] /= 1000;
        var data = Samples.Classes(rows);
        var pipeline = Training.ToKey(_ml, "Label").Append(trainer).Append(Training.ToValue(_ml, "PredictedLabel")).Fit(data);
        return (new FittedModel(pipeline, data.Schema), rows);
    }
}

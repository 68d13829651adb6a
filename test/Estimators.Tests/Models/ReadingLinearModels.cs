using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Tests.Models;

[TestClass]
public sealed class ReadingLinearModels
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void Regression()
    {
        var form = Check(Training.LinearRegression(_ml), Samples.Numbers(Rows()), "Score", null);
        Assert.IsInstanceOfType<ScoreLink.IdentityLink>(form.Link);
    }

    [TestMethod]
    public void Poisson_regression_predicts_the_exponential()
    {
        var form = Check(Training.PoissonRegression(_ml), Samples.Numbers(Rows(), s => MathF.Exp(s / 2)), null, "Score");
        Assert.IsInstanceOfType<ScoreLink.ExponentialLink>(form.Link);
    }

    [TestMethod]
    public void Logistic_regression()
    {
        var form = Check(Training.LogisticRegression(_ml), Samples.Truths(Rows()), "Score", "Probability");
        Assert.IsInstanceOfType<ScoreLink.LogisticLink>(form.Link);
    }

    [TestMethod]
    public void Perceptron_without_and_with_calibration()
    {
        var data = Samples.Truths(Rows());
        Assert.IsInstanceOfType<ScoreLink.IdentityLink>(Check(Training.Perceptron(_ml), data, "Score", null).Link);
        Assert.IsInstanceOfType<ScoreLink.LogisticLink>(
            Check(Training.Perceptron(_ml).Append(Training.Platt(_ml)), data, "Score", "Probability").Link);
        StringAssert.Contains(Check(Training.Perceptron(_ml).Append(Training.Naive(_ml)), data, "Score", null).LeavesOut,
            "NaiveCalibrator");
    }

    [TestMethod]
    public void The_last_of_two_calibrations_counts()
    {
        var data = Samples.Truths(Rows());
        Check(Training.LogisticRegression(_ml).Append(Training.Platt(_ml)), data, "Score", "Probability");
        Assert.IsInstanceOfType<ScoreLink.IdentityLink>(
            Check(Training.LogisticRegression(_ml).Append(Training.Isotonic(_ml)), data, "Score", null).Link);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Several_classes(bool maximumEntropy)
    {
        var data = Training.ToKey(_ml, "Label").Fit(Samples.Classes(Rows())).Transform(Samples.Classes(Rows()));
        var form = Check(maximumEntropy ? Training.MaximumEntropy(_ml) : Training.LinearMulticlass(_ml), data,
            maximumEntropy ? null : "Score", "Score");
        Assert.AreEqual(3, form.Model.OutputCount);
        CollectionAssert.AreEquivalent(new[] { "3", "5", "9" }, form.Model.OutputNames.ToArray());
        Assert.IsInstanceOfType(form.Link, maximumEntropy ? typeof(ScoreLink.SoftmaxLink) : typeof(ScoreLink.IdentityLink));
    }

    private static float[][] Rows()
    {
        var rows = Samples.Rows(400, 41);
        foreach (var row in rows)
            (row[6], row[7], row[3]) = (row[6] / 1000, row[7] / 80, row[3] / 10);
        return rows;
    }

    private static LinearForm Check(IEstimator<ITransformer> trainer, IDataView data, string? raw, string? predictions)
    {
        var model = trainer.Fit(data);
        var form = Assert.IsInstanceOfType<LinearForm>(new FittedModel(model, data.Schema).Form);
        CollectionAssert.AreEqual(Samples.FeatureNames, form.Model.FeatureNames.ToArray());
        Agreement.AreSame(form, data.Vectors("Features"), model.Transform(data), raw, predictions);
        return form;
    }
}

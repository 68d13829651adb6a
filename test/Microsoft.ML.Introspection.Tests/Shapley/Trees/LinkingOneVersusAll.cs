using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

[TestClass]
public sealed class LinkingOneVersusAll
{
    [TestMethod]
    public void Probabilities_of_each_class_against_the_others_are_made_to_sum_to_1()
    {
        double[] scores = [0, Math.Log(3), -Math.Log(3)];
        ScoreLink.OneVersusAll.Apply(scores);
        Near.Equal(1.0 / 3, scores[0], 1e-15);
        Near.Equal(0.5, scores[1], 1e-15);
        Near.Equal(1.0 / 6, scores[2], 1e-15);
    }

    [TestMethod]
    [DataRow(new[] { -1000.0, -2000 }, new[] { 0.0, 0 })]
    [DataRow(new[] { -1000.0, 5 }, new[] { 0.0, 1 })]
    [DataRow(new[] { 1000.0, 1000 }, new[] { 0.5, 0.5 })]
    public void Extreme_scores_make_no_NaN(double[] scores, double[] expected)
    {
        var slopes = new double[4];
        ScoreLink.OneVersusAll.Slopes(scores, [3, -3], slopes);
        Assert.IsTrue(Array.TrueForAll(slopes, double.IsFinite));
        ScoreLink.OneVersusAll.Apply(scores);
        CollectionAssert.AreEqual(expected, scores);
    }

    [TestMethod]
    public void Slopes_are_the_mean_derivative_on_the_straight_way()
    {
        double[] from = [0.3, -1.2, 2], to = [-0.5, 1, 1.5];
        var slopes = new double[9];
        ScoreLink.OneVersusAll.Slopes(from, to, slopes);
        const int steps = 2000;
        const double h = 1e-5;
        for (var j = 0; j < 3; j++)
        {
            var mean = new double[3];
            for (var step = 0; step < steps; step++)
            {
                var (up, down) = (At((step + 0.5) / steps), At((step + 0.5) / steps));
                (up[j], down[j]) = (up[j] + h, down[j] - h);
                ScoreLink.OneVersusAll.Apply(up);
                ScoreLink.OneVersusAll.Apply(down);
                for (var i = 0; i < 3; i++)
                    mean[i] += (up[i] - down[i]) / (2 * h) / steps;
            }
            for (var i = 0; i < 3; i++)
                Near.Equal(mean[i], slopes[i * 3 + j], 1e-7, $"prediction {i} by score {j}");
        }

        double[] At(double share) => [.. from.Zip(to, (a, b) => a + share * (b - a))];
    }

    [TestMethod]
    public void Slopes_lead_from_one_prediction_to_the_other_however_far()
    {
        double[] from = [30, -8, 1], to = [-25, 12, -40];
        var slopes = new double[9];
        ScoreLink.OneVersusAll.Slopes(from, to, slopes);
        var (low, high) = ((double[])from.Clone(), (double[])to.Clone());
        ScoreLink.OneVersusAll.Apply(low);
        ScoreLink.OneVersusAll.Apply(high);
        for (var i = 0; i < 3; i++)
            Near.Equal(high[i] - low[i], Enumerable.Range(0, 3).Sum(j => slopes[i * 3 + j] * (to[j] - from[j])), 1e-12);
    }
}

using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>What the tests of trees compare with must itself be right: two ways to the same numbers, and the axioms.</summary>
[TestClass]
public sealed class CheckingReferenceValues
{
    [TestMethod]
    public void Enumeration_gives_what_is_known_of_small_games()
    {
        // A glove game: player 0 has a left glove, 1 and 2 a right one each.
        var gloves = BruteForceShapley.Values(3, set => (set & 1) != 0 && (set & 6) != 0 ? 1 : 0);
        AreClose([2 / 3.0, 1 / 6.0, 1 / 6.0], gloves);

        // x₀ + 3·x₁·x₂: the product's gain is shared, all of it as interaction.
        var interactions = BruteForceShapley.Interactions(3, set => (set & 1) + ((set & 6) == 6 ? 3 : 0));
        AreClose([1, 0, 0, 0, 0, 1.5, 0, 1.5, 0], interactions.Cast<double>());
    }

    [TestMethod]
    [DataRow(false, false), DataRow(true, false), DataRow(false, true), DataRow(true, true)]
    public void Polynomials_agree_with_enumeration(bool zeroCovers, bool looseCovers)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var trees = new RandomTrees { Seed = seed, Outputs = 1 + seed % 3, ZeroCovers = zeroCovers, LooseCovers = looseCovers };
            var (ensemble, row) = (trees.Ensemble(), trees.Rows(1));
            AreClose(BruteForceShapley.PathDependent(ensemble, row), PathPolynomials.Values(ensemble, row));
            AreClose(BruteForceShapley.PathDependentInteractions(ensemble, row), PathPolynomials.Interactions(ensemble, row));
        }
    }

    [TestMethod]
    public void Values_sum_to_what_the_score_exceeds_the_expectation_by()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var trees = new RandomTrees { Seed = seed, Link = ScoreLink.Logistic };
            var (ensemble, row, background) = (trees.Ensemble(), trees.Rows(1), (trees with { Seed = seed + 1000 }).Rows(7));
            var score = Score(ensemble, row);
            var expected = ensemble.BaseScores[0]
                + ensemble.Trees.Sum(t => BruteForceShapley.Expectation(t, BruteForceShapley.Compared(row), _ => false));
            Near.Equal(score - expected, BruteForceShapley.PathDependent(ensemble, row).Sum(), 1e-12);
            Near.Equal(score - expected, BruteForceShapley.PathDependentInteractions(ensemble, row).Sum(), 1e-12);

            var others = background.Chunk(ensemble.FeatureCount).Select(b => Score(ensemble, b)).ToArray();
            Near.Equal(score - others.Average(), BruteForceShapley.Interventional(ensemble, row, background).Sum(), 1e-12);
            Near.Equal(
                Logistic(score) - others.Average(Logistic),
                BruteForceShapley.InterventionalPrediction(ensemble, row, background).Sum(),
                1e-10);
        }
    }

    private static double Logistic(double score) => 1 / (1 + Math.Exp(-score));

    private static double Score(TreeEnsemble ensemble, float[] row)
    {
        var scores = new double[ensemble.OutputCount];
        ensemble.Score(BruteForceShapley.Compared(row), scores);
        return scores[0];
    }

    private static void AreClose(IEnumerable<double> expected, IEnumerable<double> found) => Near.Equal([.. expected], [.. found], 1e-12);
}

using System.Numerics;
using MathNet.Numerics.Integration;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>
/// Shapley values and interactions by their definition: every coalition of features is asked what the ensemble expects of it. For
/// trees that ask up to some dozen features.
/// </summary>
internal static class BruteForceShapley
{
    private const int MostPlayers = 20;

    /// <summary>What a game pays a coalition; bit i of the number tells whether player i is in it.</summary>
    public delegate double Game(uint coalition);

    /// <summary>The Shapley value of every player.</summary>
    public static double[] Values(int players, Game game)
    {
        var payments = Payments(players, game);
        var values = new double[players];
        for (var i = 0; i < players; i++)
            for (var set = 0u; set < payments.Length; set++)
                if (!Has(set, i))
                    values[i] += Weight(players, set) * (payments[set | 1u << i] - payments[set]);
        return values;
    }

    /// <summary>
    /// The Shapley interaction values (Lundberg 2018): half of a pair's interaction index for each of the two; on the diagonal what
    /// is left of a player's value.
    /// </summary>
    public static double[,] Interactions(int players, Game game)
    {
        var payments = Payments(players, game);
        var values = Values(players, set => payments[set]);
        var result = new double[players, players];
        for (var i = 0; i < players; i++)
        {
            result[i, i] += values[i];
            for (var j = 0; j < players; j++)
            {
                if (i == j)
                    continue;
                var (one, other) = (1u << i, 1u << j);
                for (var set = 0u; set < payments.Length; set++)
                    if (!Has(set, i) && !Has(set, j))
                        result[i, j] += 0.5 * Weight(players - 1, set)
                            * (payments[set | one | other] - payments[set | one] - payments[set | other] + payments[set]);
                result[i, i] -= result[i, j];
            }
        }
        return result;
    }

    /// <summary>Path-dependent values of one row.</summary>
    /// <returns>Shape [outputs, features].</returns>
    public static double[] PathDependent(TreeEnsemble ensemble, ReadOnlySpan<float> row)
    {
        var (features, compared) = (ensemble.FeatureCount, Compared(row));
        var result = new double[ensemble.OutputCount * features];
        foreach (var tree in ensemble.Trees)
        {
            var players = Players(tree);
            var values = Values(players.Length, set => Expectation(tree, compared, f => Has(set, Array.IndexOf(players, f))));
            for (var i = 0; i < players.Length; i++)
                result[tree.Output * features + players[i]] += values[i];
        }
        return result;
    }

    /// <summary>Path-dependent interaction values of one row.</summary>
    /// <returns>Shape [outputs, features, features].</returns>
    public static double[] PathDependentInteractions(TreeEnsemble ensemble, ReadOnlySpan<float> row)
    {
        var (features, compared) = (ensemble.FeatureCount, Compared(row));
        var result = new double[ensemble.OutputCount * features * features];
        foreach (var tree in ensemble.Trees)
        {
            var players = Players(tree);
            var values = Interactions(players.Length, set => Expectation(tree, compared, f => Has(set, Array.IndexOf(players, f))));
            for (var i = 0; i < players.Length; i++)
                for (var j = 0; j < players.Length; j++)
                    result[(tree.Output * features + players[i]) * features + players[j]] += values[i, j];
        }
        return result;
    }

    /// <summary>
    /// Interventional values of one row: features outside the coalition have the values of a background row; the mean is taken over
    /// the background.
    /// </summary>
    /// <param name="ensemble">The ensemble.</param>
    /// <param name="row">The row.</param>
    /// <param name="background">Shape [B, features].</param>
    /// <returns>Shape [outputs, features].</returns>
    public static double[] Interventional(TreeEnsemble ensemble, ReadOnlySpan<float> row, ReadOnlySpan<float> background) =>
        MeanOver(ensemble, row, background, (_, _, values) => values);

    /// <summary>
    /// Interventional values of a row's prediction: against each background row those of the raw scores, times the mean derivative of the
    /// link along the straight way from the background row's scores to the row's.
    /// </summary>
    /// <inheritdoc cref="Interventional"/>
    public static double[] InterventionalPrediction(TreeEnsemble ensemble, ReadOnlySpan<float> row, ReadOnlySpan<float> background) =>
        MeanOver(ensemble, row, background, (from, to, values) => Linked(ensemble, from, to, values));

    /// <summary>What a tree expects of a row of which only some features are known (EXPVALUE of Lundberg 2018).</summary>
    public static double Expectation(Tree tree, double[] row, Func<int, bool> known)
    {
        return Below(0);

        double Below(int at)
        {
            var node = tree.Nodes[at];
            if (node.IsLeaf)
                return node.Value;
            if (known(node.Feature))
                return Below(tree.GoesLeft(node, row[node.Feature]) ? node.Left : node.Right);
            return Share(tree, node, node.Left) * Below(node.Left) + Share(tree, node, node.Right) * Below(node.Right);
        }
    }

    /// <summary>The share of a node's training data that goes to a child; half where there were none.</summary>
    public static double Share(Tree tree, TreeNode node, int child) => node.Cover > 0 ? tree.Nodes[child].Cover / node.Cover : 0.5;

    /// <summary>The features that a tree asks.</summary>
    public static int[] Players(Tree tree) => [.. tree.Nodes.ToArray().Where(n => !n.IsLeaf).Select(n => n.Feature).Distinct().Order()];

    /// <summary>The row as it is compared: inputs are of single precision already.</summary>
    public static double[] Compared(ReadOnlySpan<float> row) => Array.ConvertAll(row.ToArray(), v => (double)v);

    private static double[] MeanOver(TreeEnsemble ensemble, ReadOnlySpan<float> row, ReadOnlySpan<float> background,
        Func<double[], double[], double[], double[]> linked)
    {
        var (features, compared) = (ensemble.FeatureCount, Compared(row));
        Assert.AreEqual(0, background.Length % features);
        var rows = background.Length / features;
        var result = new double[ensemble.OutputCount * features];
        var to = new double[ensemble.OutputCount];
        ensemble.Score(compared, to);
        for (var b = 0; b < rows; b++)
        {
            var other = Compared(background.Slice(b * features, features));
            var from = new double[ensemble.OutputCount];
            ensemble.Score(other, from);
            var against = linked(from, to, Against(ensemble, compared, other));
            for (var i = 0; i < result.Length; i++)
                result[i] += against[i] / rows;
        }
        return result;
    }

    private static double[] Against(TreeEnsemble ensemble, double[] row, double[] other)
    {
        var result = new double[ensemble.OutputCount * ensemble.FeatureCount];
        foreach (var tree in ensemble.Trees)
        {
            var players = Players(tree);
            var values = Values(players.Length, set =>
            {
                var mixed = (double[])other.Clone();
                for (var i = 0; i < players.Length; i++)
                    if (Has(set, i))
                        mixed[players[i]] = row[players[i]];
                return tree.Nodes[tree.Leaf(mixed)].Value;
            });
            for (var i = 0; i < players.Length; i++)
                result[tree.Output * ensemble.FeatureCount + players[i]] += values[i];
        }
        return result;
    }

    private static double[] Linked(TreeEnsemble ensemble, double[] from, double[] to, double[] values)
    {
        var (outputs, features) = (ensemble.OutputCount, ensemble.FeatureCount);
        var jacobian = MeanJacobian(ensemble.Link, from, to);
        var result = new double[values.Length];
        for (var k = 0; k < outputs; k++)
            for (var l = 0; l < outputs; l++)
                for (var f = 0; f < features; f++)
                    result[k * features + f] += jacobian[k, l] * values[l * features + f];
        return result;
    }

    // So many pieces that even a steep link is smooth within each.
    private static double[,] MeanJacobian(ScoreLink link, double[] from, double[] to)
    {
        const int Pieces = 400;
        var outputs = from.Length;
        var rule = new GaussLegendreRule(0, 1, 8);
        var result = new double[outputs, outputs];
        for (var piece = 0; piece < Pieces; piece++)
        {
            for (var i = 0; i < rule.Order; i++)
            {
                var along = (piece + rule.GetAbscissa(i)) / Pieces;
                var scores = new double[outputs];
                for (var k = 0; k < outputs; k++)
                    scores[k] = from[k] + along * (to[k] - from[k]);
                var predictions = (double[])scores.Clone();
                link.Apply(predictions);
                for (var k = 0; k < outputs; k++)
                    for (var l = 0; l < outputs; l++)
                        result[k, l] += rule.GetWeight(i) / Pieces * Derivative(link, scores, predictions, k, l);
            }
        }
        return result;
    }

    private static double Derivative(ScoreLink link, double[] scores, double[] predictions, int of, int by) => link switch
    {
        ScoreLink.SoftmaxLink => predictions[of] * ((of == by ? 1 : 0) - predictions[by]),
        ScoreLink.OneVersusAllLink => predictions[by] / (1 + Math.Exp(scores[by])) * ((of == by ? 1 : 0) - predictions[of]),
        _ when of != by => 0,
        ScoreLink.LogisticLink logistic => logistic.Slope * predictions[of] * (1 - predictions[of]),
        ScoreLink.ExponentialLink => predictions[of],
        _ => 1,
    };

    private static double[] Payments(int players, Game game)
    {
        Finite.AtMost(MostPlayers, players, "There are too many coalitions to ask them all.");
        var payments = new double[1 << players];
        for (var set = 0u; set < payments.Length; set++)
            payments[set] = game(set);
        return payments;
    }

    private static bool Has(uint set, int player) => (set >> player & 1) != 0;

    // |S|! (n − |S| − 1)! / n!
    private static double Weight(int players, uint set)
    {
        var size = BitOperations.PopCount(set);
        var weight = 1.0 / players;
        for (var i = 1; i <= size; i++)
            weight *= (double)i / (players - i);
        return weight;
    }
}

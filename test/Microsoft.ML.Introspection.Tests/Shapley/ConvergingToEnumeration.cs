using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>
/// Sampled estimates: their error falls as 1/√n, their mean over seeds is the enumerated value, and pairing helps. Seeds are fixed; bounds
/// are those that an estimate of a variance from so many seeds keeps.
/// </summary>
[TestClass]
public sealed class ConvergingToEnumeration
{
    private const int Seeds = 60;

    private static readonly Game Model = Game.Smooth(12, 7);
    private static readonly double[] Exact = Model.Explained(new ExactShap());

    [TestMethod]
    public void Permutations() => Converges(n => seed => new PermutationShap(n, seed), 2, 8, 32);

    [TestMethod]
    public void Draws_of_orders_and_rows() => Converges(n => seed => new SamplingShap(n, seed), 8, 32, 128);

    [TestMethod]
    public void Sampled_regressions()
    {
        // The sizes that are enumerated change with the number of samples, so what is sampled falls faster than it alone would.
        var few = Error(seed => new KernelShap(100, seed));
        var more = Error(seed => new KernelShap(400, seed));
        var most = Error(seed => new KernelShap(1600, seed));
        Finite.Below(0.6 * few, more);
        Finite.Below(0.5 * more, most);
        Finite.Below(0.1 * Size, few);
    }

    [TestMethod]
    public void Sampled_regressions_where_only_single_players_are_enumerated()
    {
        // Fourteen players: the sizes from 2 on are sampled at all of these budgets.
        var game = Game.Smooth(14, 3);
        var exact = game.Explained(new ExactShap());
        double Of(int samples) =>
            Math.Sqrt(Enumerable.Range(1, 30).Average(seed => Distance(exact, game.Explained(new KernelShap(samples, seed)))));
        Near.Equal(Math.Sqrt(2), Of(128) / Of(256), 0.45);
    }

    [TestMethod]
    public void Walking_back_is_worth_more_than_another_order()
    {
        // As many orders, half of them the others' reverses, against orders drawn independently.
        var paired = Error(seed => new PermutationShap(16, seed));
        var independent = Error(seed => new SamplingShap(32, seed));
        Finite.Below(0.7 * independent, paired);
    }

    [TestMethod]
    public void Complements_are_worth_more_than_other_coalitions()
    {
        var paired = Error(seed => new KernelShap(200, seed));
        var unpaired = Error(seed => new Unpaired(200, seed));
        Finite.Below(0.7 * unpaired, paired);
    }

    [TestMethod]
    public void Single_background_rows_average_to_all_of_them()
    {
        // Every background row is an offset of one feature: the game differs from row to row.
        var scorer = new FunctionScorer(["a", "b", "c"], ["y"], (rows, scores) =>
        {
            for (var i = 0; i < scores.Length; i++)
                scores[i] = Math.Tanh(rows[3 * i] * rows[3 * i + 1]) + rows[3 * i + 2] * rows[3 * i];
        });
        var random = new Random(1);
        float[] background = [.. Enumerable.Range(0, 30).Select(_ => random.NextSingle() * 4 - 2)], row = [1, -2, 0.5f];
        var box = new BlackBox(scorer, background);
        var exact = box.Explain(new ExactShap(), row).Of(0).ToArray();
        double Of(int samples) => Math.Sqrt(
            Enumerable.Range(1, 100).Average(seed => Distance(exact, box.Explain(new SamplingShap(samples, seed), row).Of(0).ToArray())));
        Near.Equal(2, Of(50) / Of(200), 0.5);
        Finite.Below(0.1, Of(2000));
        // Draws in multiples of the background are efficient.
        var sum = box.Explain(new SamplingShap(30), row);
        Near.Equal(sum.Scores[0] - sum.BaseValues[0], sum.Of(0).ToArray().Sum(), 1e-10);
    }

    private static double Size => Math.Sqrt(Exact.Sum(e => e * e));

    private static void Converges(Func<int, Func<int, CoalitionMethod>> method, params int[] sizes)
    {
        double[] errors = [.. sizes.Select(n => Error(method(n)))];
        for (var i = 1; i < sizes.Length; i++)
            Near.Equal(
                Math.Sqrt(sizes[i] / (double)sizes[i - 1]),
                errors[i - 1] / errors[i],
                0.35 * Math.Sqrt(sizes[i] / (double)sizes[i - 1]),
                string.Join(", ", errors));
        // The mean over seeds has no error of its own: it is within what one estimate's error says of the mean of so many.
        var make = method(sizes[0]);
        var mean = new double[Exact.Length];
        for (var seed = 1; seed <= Seeds; seed++)
            foreach (var (player, value) in Model.Explained(make(seed)).Index())
                mean[player] += value / Seeds;
        Finite.Below(2 * errors[0] / Math.Sqrt(Seeds), Math.Sqrt(Distance(Exact, mean)));
    }

    // The root of the mean, over seeds, of the squared distance from the enumerated values.
    private static double Error(Func<int, CoalitionMethod> method) =>
        Math.Sqrt(Enumerable.Range(1, Seeds).Average(seed => Distance(Exact, Model.Explained(method(seed)))));

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum();

    /// <summary>Kernel SHAP without complements: single players enumerated, the other sizes drawn one coalition at a time.</summary>
    private sealed record Unpaired(int Samples, int Seed) : CoalitionMethod
    {
        protected override CoalitionDesign Plan(int players, int rows)
        {
            var (paired, weights) = KernelCoalitions.Choose(players, Samples, Seed);
            var enumerated = paired.Index().Where(c => c.Item.Count is 1 || c.Item.Count == players - 1).ToList();
            var random = new Random(Seed);
            int[] order = [.. Enumerable.Range(0, players)];
            double[] kernel = [.. Enumerable.Range(2, players - 3).Select(s => 1.0 / (s * (players - s)))];
            var drawn = new Dictionary<Coalition, double>();
            while (drawn.Count < Samples - enumerated.Count)
            {
                var (size, at) = (0, random.NextDouble() * kernel.Sum());
                while ((at -= kernel[size]) >= 0)
                    size++;
                random.Shuffle(order);
                var coalition = Coalition.Of(players, order.Take(size + 2));
                drawn[coalition] = drawn.GetValueOrDefault(coalition) + 1;
            }
            var share = kernel.Sum() / Enumerable.Range(1, players - 1).Sum(s => 1.0 / (s * (players - s)));
            return KernelRegression.Design(
                players, [.. enumerated.Select(c => c.Item), .. drawn.Keys],
                [.. enumerated.Select(_ => (1 - share) / enumerated.Count), .. drawn.Values.Select(c => share * c / drawn.Values.Sum())]);
        }
    }
}

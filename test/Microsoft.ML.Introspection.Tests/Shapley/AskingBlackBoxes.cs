using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using static Microsoft.ML.Introspection.Tests.Shapley.KeepingShapleyAxioms;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Any function explained through its scores: rows, outputs, groups, and what is said when something does not fit.</summary>
[TestClass]
public sealed class AskingBlackBoxes
{
    private static readonly string[] Names = ["a", "b", "c", "d", "e"];

    // Two scores with interactions.
    private static readonly FunctionScorer Scorer = new(Names, ["first", "second"], (rows, scores) =>
    {
        for (var i = 0; i < scores.Length / 2; i++)
        {
            var x = rows.Slice(5 * i, 5);
            scores[2 * i] = x[0] * x[1] + Math.Sin(x[2]) - x[3];
            scores[2 * i + 1] = Math.Exp(-x[4] * x[4]) * x[0] + x[2];
        }
    });

    private static readonly float[] Background = Numbers(7 * 5, 1), Rows = Numbers(9 * 5, 2);

    private static readonly CoalitionMethod[] Methods =
        [new ExactShap(), new KernelShap(20), new PermutationShap(2), new SamplingShap(6), new PartitionShap(),
            new KernelShap { Selection = Selection.Features(2) }];

    [TestMethod]
    public void Values_are_those_of_the_game_that_the_background_makes()
    {
        var explained = new BlackBox(Scorer, Background).Explain(new ExactShap(), Rows);
        Assert.AreEqual(9, explained.Rows);
        CollectionAssert.AreEqual(Names, explained.Players.ToArray());
        CollectionAssert.AreEqual((string[])["first", "second"], explained.Outputs.ToArray());
        for (var row = 0; row < 9; row++)
            for (var output = 0; output < 2; output++)
                AreClose(GameOf(row, output).ShapleyValues(), explained.Of(row, output).ToArray(), 1e-12);
    }

    [TestMethod]
    public void Base_values_scores_and_attributions_add_up()
    {
        var box = new BlackBox(Scorer, Background);
        foreach (var method in Methods.Where(m => m is not SamplingShap))
        {
            var explained = box.Explain(method, Rows);
            AreClose([.. box.BaseValues], explained.BaseValues.ToArray(), 0);
            for (var row = 0; row < 9; row++)
                for (var output = 0; output < 2; output++)
                    Near.Equal(
                        explained.Scores[row * 2 + output] - explained.BaseValues[output],
                        explained.Of(row, output).ToArray().Sum(),
                        1e-10,
                        method.ToString());
        }
    }

    [TestMethod]
    public void Many_rows_are_explained_as_each_is_alone_and_outputs_can_be_chosen()
    {
        var box = new BlackBox(Scorer, Background);
        foreach (var method in Methods)
        {
            var all = box.Explain(method, Rows);
            for (var row = 0; row < 9; row++)
                AreClose(all.Values.Slice(row * 10, 10).ToArray(), box.Explain(method, Rows.AsSpan(row * 5, 5)).Values.ToArray(), 1e-12,
                    method.ToString());
            var second = box.Explain(method, Rows, [1]);
            CollectionAssert.AreEqual((string[])["second"], second.Outputs.ToArray());
            for (var row = 0; row < 9; row++)
            {
                AreClose(all.Of(row, 1).ToArray(), second.Of(row).ToArray(), 0);
                Assert.AreEqual(all.Scores[row * 2 + 1], second.Scores[row]);
            }
        }
    }

    [TestMethod]
    public void However_many_features_and_background_rows_there_are_every_masked_row_is_right()
    {
        // The sum of what the masked rows hold tells which came from where; sizes around those of vectors and buffers.
        foreach (var features in (int[])[1, 2, 7, 8, 9, 15, 16, 17, 33, 64, 65, 200])
        {
            foreach (var rows in (int[])[1, 3, 700])
            {
                double[] weights = [.. Enumerable.Range(0, features).Select(i => 1 + i % 5 * 0.5)];
                var scorer = new FunctionScorer([.. weights.Select((_, i) => $"f{i}")], ["y"], (x, scores) =>
                {
                    for (var i = 0; i < scores.Length; i++)
                    {
                        scores[i] = 0;
                        for (var f = 0; f < features; f++)
                            scores[i] += weights[f] * x[i * features + f];
                    }
                });
                var (background, row) = (Numbers(rows * features, 3), Numbers(features, 4));
                var found = new BlackBox(scorer, background).Explain(new PermutationShap(1, 2), row).Of(0);
                for (var f = 0; f < features; f++)
                    Near.Equal(
                        weights[f] * (row[f] - Enumerable.Range(0, rows).Average(b => (double)background[b * features + f])),
                        found[f],
                        1e-5,
                        $"{features} features, {rows} rows");
            }
        }
    }

    [TestMethod]
    public void Groups_play_as_one()
    {
        var groups = Tensor.Vector<long>(4, 9, 4, 9, 7);
        var found = new BlackBox(Scorer, Background, groups).Explain(new ExactShap(), Rows);
        CollectionAssert.AreEqual((string[])["a + c", "e", "b + d"], found.Players.ToArray());
        for (var row = 0; row < 9; row++)
        {
            // Groups in the order of their numbers: {a, c}, {e}, {b, d}.
            int[] members = [0b00101, 0b10000, 0b01010];
            var (fine, of) = (GameOf(row, 0), row);
            var game = new Game(3, s => fine[Enumerable.Range(0, 3).Sum(g => (s >> g & 1) * members[g])]);
            AreClose(game.ShapleyValues(), found.Of(of).ToArray(), 1e-12);
        }
        var named = new BlackBox(Scorer, Background).Explain(new KernelShap { Groups = groups, GroupNames = ["x", "y", "z"] }, Rows);
        CollectionAssert.AreEqual((string[])["x", "y", "z"], named.Players.ToArray());
        AreClose(found.Values.ToArray(), named.Values.ToArray(), 1e-10);
        Assert.ThrowsExactly<ArgumentException>(
            () => new BlackBox(Scorer, Background, Tensor.Vector<long>(1, 2)).Explain(new ExactShap(), Rows));
        Assert.ThrowsExactly<ArgumentException>(
            () => new BlackBox(Scorer, Background).Explain(new ExactShap { Groups = groups, GroupNames = ["x"] }, Rows));
    }

    [TestMethod]
    public void A_coalition_is_asked_once_and_the_background_once()
    {
        var asked = 0;
        var counting = new FunctionScorer(Names, ["y"], (rows, scores) => asked += scores.Length);
        var box = new BlackBox(counting, Background);
        box.Explain(new ExactShap(), Rows.AsSpan(0, 5));
        Assert.AreEqual(1 + 7 + 30 * 7, asked);
        asked = 0;
        box.Explain(new ExactShap(), Rows.AsSpan(0, 10));
        Assert.AreEqual(2 * (1 + 30 * 7), asked);
        asked = 0;
        box.Explain(new SamplingShap(6), Rows.AsSpan(0, 5));
        Assert.AreEqual(1 + 6 * 5, asked, "one row for each coalition");
    }

    [TestMethod]
    public void Progress_is_told_and_work_can_be_stopped()
    {
        var told = new List<double>();
        var box = new BlackBox(Scorer, Numbers(2000 * 5, 5));
        box.Explain(new ExactShap(), Rows, progress: new Told(told.Add));
        Finite.Above(3, told.Count);
        CollectionAssert.AreEqual(told.Order().ToList(), told);
        Assert.AreEqual(1, told[^1]);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(
            () => box.Explain(new ExactShap(), Rows, progress: new Told(_ => stop.Cancel()), cancellation: stop.Token));
    }

    [TestMethod]
    public void What_does_not_fit_is_refused_before_anything_is_scored()
    {
        var silent = new FunctionScorer(Names, ["y"], (_, _) => Assert.Fail("nothing should be scored"));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new BlackBox(silent, [])).Message,
            "The background is empty; at least one row of 5 features");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new BlackBox(silent, new float[12])).Message,
            "12 numbers, which is no multiple of the 5 features");
        var box = new BlackBox(silent, new float[5]);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => box.Explain(new ExactShap(), new float[4])).Message,
            "Rows of 5 features");
        Assert.ThrowsExactly<ArgumentException>(() => box.Explain(new ExactShap(), []));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => box.Explain(new ExactShap(), new float[5], [1]));
        Assert.ThrowsExactly<ArgumentException>(() => new BlackBox(new FunctionScorer([], ["y"], (_, _) => { }), new float[1]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new FunctionScorer(Names, ["y"], (_, _) => { }, [5]));
        Assert.IsTrue(new FunctionScorer(Names, ["y"], (_, _) => { }, [3]).IsCategorical(3));
    }

    [TestMethod]
    public void A_row_on_which_the_scorer_fails_is_named_with_what_was_taken_from_the_background()
    {
        // The model cannot read b from the background together with c from the row.
        var fails = new FunctionScorer(Names, ["y"], (rows, scores) =>
        {
            for (var i = 0; i < scores.Length; i++)
                if (rows[5 * i + 1] == 0 && rows[5 * i + 2] == 1)
                    throw new FormatException("no such combination");
        });
        float[] background = [.. Enumerable.Repeat(1f, 5), 1, 0, 0, 1, 1], row = [1, 1, 1, 1, 1];
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => new BlackBox(fails, background).Explain(new ExactShap(), (float[])[.. row, .. row]));
        StringAssert.Contains(error.Message, "The scorer failed on row 0 with ");
        StringAssert.Contains(error.Message, "taken from background row 1: ");
        StringAssert.Contains(error.Message, "'b'");
        Assert.DoesNotContain("'c'", error.Message);
        StringAssert.Contains(error.Message, "no such combination");
        Assert.IsInstanceOfType<FormatException>(error.InnerException);

        float[] bad = [1, 0, 1, 1, 1];
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(
                () => new BlackBox(fails, background).Explain(new ExactShap(), (float[])[.. row, .. bad])).Message, "row 1 as it is");
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(
                () => new BlackBox(fails, (float[])[.. row, .. bad]).Explain(new ExactShap(), row)).Message, "background row 1");
        var moody = new FunctionScorer(Names, ["y"], (rows, scores) => _ = scores.Length > 1 ? throw new FormatException("too many") : 0);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => new BlackBox(moody, background).Explain(new ExactShap(), row)).Message,
            "but on none of them alone. too many");
    }

    [TestMethod]
    public void Missing_values_are_the_scorers_affair_but_scores_must_be_numbers()
    {
        var tolerant = new FunctionScorer(["a", "b"], ["y"], (rows, scores) =>
        {
            for (var i = 0; i < scores.Length; i++)
                scores[i] = (float.IsNaN(rows[2 * i]) ? 10 : rows[2 * i]) + rows[2 * i + 1];
        });
        AreClose([7, -2], new BlackBox(tolerant, [3, 4]).Explain(new ExactShap(), [float.NaN, 2]).Of(0).ToArray(), 1e-12);
        AreClose([-9, 0], new BlackBox(tolerant, [float.NaN, 2]).Explain(new ExactShap(), [1, 2]).Of(0).ToArray(), 1e-12);

        var score = new FunctionScorer(["a", "b"], ["y"], (rows, scores) =>
        {
            for (var i = 0; i < scores.Length; i++)
                scores[i] = Math.Log(rows[2 * i] - rows[2 * i + 1]);
        });
        var masked = Assert.ThrowsExactly<InvalidOperationException>(() => new BlackBox(score, [5, 4]).Explain(new ExactShap(), [3, 2]));
        StringAssert.Contains(masked.Message, "The scorer gave NaN for 'y' of row 0 with 1 of 2 features taken from the background: 'b'");
        var itself = Assert.ThrowsExactly<InvalidOperationException>(() => new BlackBox(score, [5, 4]).Explain(new ExactShap(), [3, 3]));
        StringAssert.Contains(itself.Message, "-Infinity for 'y' of row 0 as it is");
    }

    [TestMethod]
    public void A_method_of_ones_own_is_a_design()
    {
        // How much the score falls without each feature: one coalition for each, everybody else.
        var product = new FunctionScorer(["a", "b"], ["y"], (rows, scores) =>
        {
            for (var i = 0; i < scores.Length; i++)
                scores[i] = rows[2 * i] * rows[2 * i + 1];
        });
        AreClose([3 * 2 - 1 * 2, 3 * 2 - 3 * 1], new BlackBox(product, [1, 1]).Explain(new LeaveOneOut(), [3, 2]).Of(0).ToArray(), 1e-12);
        Assert.ThrowsExactly<ArgumentException>(() => new CoalitionDesign(new Coalitions(2, Coalition.Of(2, 0)), new double[1, 2]));
        Assert.ThrowsExactly<ArgumentException>(() => new CoalitionDesign(new Coalitions(2, Coalition.Of(2, 0)), new double[2, 1], [1]));
        Assert.ThrowsExactly<ArgumentException>(
            () => new CoalitionDesign(new Coalitions(2, Coalition.Of(2, 0)), new double[2, 1], rows: [-1]));
        Assert.ThrowsExactly<ArgumentException>(() => new Coalitions(3, Coalition.Of(2, 0)));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Coalition.Of(2, 2));
    }

    private sealed record LeaveOneOut : CoalitionMethod
    {
        protected override CoalitionDesign Plan(int players, int rows)
        {
            var coefficients = new double[players, players];
            for (var player = 0; player < players; player++)
                coefficients[player, player] = -1;
            return new CoalitionDesign(
                new Coalitions(players, [.. Enumerable.Range(0, players).Select(p => Coalition.Of(players, p).Complement())]),
                coefficients);
        }
    }

    // v(S) computed row by row.
    private static Game GameOf(int row, int output) => new(5, coalition =>
    {
        var scores = new double[2];
        var sum = 0.0;
        for (var b = 0; b < 7; b++)
        {
            float[] masked = [.. Enumerable.Range(0, 5).Select(f => (coalition >> f & 1) != 0 ? Rows[row * 5 + f] : Background[b * 5 + f])];
            Scorer.Score(masked, scores);
            sum += scores[output];
        }
        return sum / 7;
    });

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 4 - 2)];
    }

    private sealed class Told(Action<double> tell) : IProgress<double>
    {
        public void Report(double value) => tell(value);
    }
}

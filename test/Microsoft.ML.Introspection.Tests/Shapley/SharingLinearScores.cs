using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Attribution;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Linear SHAP: the closed forms against Shapley values counted out over all coalitions, in C# and as a graph.</summary>
[TestClass]
public sealed class SharingLinearScores
{
    private static readonly LinearModel Model = new([0.5, -1.5, 2, 0, 0.75, -0.3, 1, 1, 0, -2, 0.1, 0.4], 0.25, -1);

    [TestMethod]
    public void Independent_features_get_their_weight_times_the_distance_from_the_mean()
    {
        var (background, rows) = (Rows(1, 9, 6), Rows(2, 4, 6));
        var shap = new LinearShap(Model, new LinearShapOptions { Background = background });
        var values = Values(shap, rows);
        for (var row = 0; row < 4; row++)
            for (var output = 0; output < 2; output++)
                for (var f = 0; f < 6; f++)
                    Near.Equal(
                        Model.Weights(output)[f] * (rows[row * 6 + f] - Enumerable.Range(0, 9).Average(b => (double)background[b * 6 + f])),
                        values[(row * 2 + output) * 6 + f], 1e-12);
        AssertSums(shap, rows);
    }

    [TestMethod]
    public void Correlated_features_get_the_Shapley_values_of_the_conditional_expectation()
    {
        var (background, rows) = (Mixed(3, 40), Rows(4, 3, 6));
        var shap = new LinearShap(Model, new LinearShapOptions { Background = background, Dependence = FeatureDependence.Gaussian });
        AssertClose(CountedOut(Model, background, rows), Values(shap, rows), 1e-10);
        AssertSums(shap, rows);
        // The fourth feature has no weight in the first output; what it tells of others is worth something.
        Finite.Above(0.01, Math.Abs(Values(shap, rows)[3]));
    }

    [TestMethod]
    public void Features_that_follow_from_others_share_with_them()
    {
        // The third is the sum of the first two, the fifth a copy of the fourth, the sixth a constant.
        static float[] Dependent(float[] rows)
        {
            for (var r = 0; r < rows.Length; r += 6)
                (rows[r + 2], rows[r + 4], rows[r + 5]) = (rows[r] + rows[r + 1], rows[r + 3], 1.5f);
            return rows;
        }
        var (background, rows) = (Dependent(Rows(5, 30, 6)), Dependent(Rows(6, 4, 6)));
        var shap = new LinearShap(Model, new LinearShapOptions { Background = background, Dependence = FeatureDependence.Gaussian });
        var values = Values(shap, rows);
        AssertClose(CountedOut(Model, background, rows), values, 1e-5);
        for (var block = 0; block < values.Length; block += 6)
        {
            Near.Equal(values[block + 3], values[block + 4], 1e-6, "copies get the same");
            Near.Equal(0, values[block + 5], 1e-9, "a constant that is what it always is");
        }
        AssertSums(shap, rows);
        // A row that breaks the dependence still sums to its score.
        AssertSums(shap, Rows(7, 3, 6));
        var sampled = new LinearShap(Model,
            new LinearShapOptions { Background = background, Dependence = FeatureDependence.Gaussian, Permutations = 2000 });
        AssertClose(values, Values(sampled, rows), 0.15);
        AssertSums(sampled, Rows(7, 3, 6));
    }

    [TestMethod]
    public void Orders_drawn_at_random_come_near_the_exact_values_at_the_rate_of_chance()
    {
        var (background, rows) = (Mixed(8, 40), Rows(9, 1, 6));
        double[] Of(int? permutations, int seed) => Values(new LinearShap(Model, new LinearShapOptions
        {
            Background = background, Dependence = FeatureDependence.Gaussian, Permutations = permutations, Seed = seed,
        }), rows);
        var exact = Of(null, 1);
        double Error(int permutations) =>
            Math.Sqrt(Enumerable.Range(1, 40).Average(seed => Of(permutations, seed).Zip(exact, (a, b) => (a - b) * (a - b)).Sum()));
        var (few, many) = (Error(16), Error(256));
        Assert.IsTrue(few / many is > 3 and < 5.3, $"{few} of 16, {many} of 256 orders");
        CollectionAssert.AreEqual(Of(100, 3), Of(100, 3));
        CollectionAssert.AreNotEqual(Of(100, 3), Of(100, 4));
    }

    [TestMethod]
    public void Many_features_are_explained_by_orders_drawn_at_random()
    {
        var weights = Samples.Seeded(10, 40).ToDouble();
        var (model, background, rows) = (new LinearModel(weights, 0.5), Rows(11, 25, 40), Rows(12, 5, 40));
        // Fewer rows than features: the covariance is singular, or drawn to its diagonal.
        foreach (var shrinkage in (double[])[0, 0.2])
            AssertSums(
                new LinearShap(model,
                    new LinearShapOptions { Background = background, Dependence = FeatureDependence.Gaussian, Shrinkage = shrinkage,
                        Permutations = 50 }), rows);
        // Drawn to it all the way, features are independent.
        var alone = new LinearShap(model,
            new LinearShapOptions { Background = background, Dependence = FeatureDependence.Gaussian, Shrinkage = 1, Permutations = 3 });
        AssertClose(Values(new LinearShap(model, new LinearShapOptions { Background = background }), rows), Values(alone, rows), 1e-10);
    }

    [TestMethod]
    public void A_mean_and_a_covariance_serve_as_well_as_the_rows_they_are_of()
    {
        var (background, rows) = (Mixed(13, 20), Rows(14, 2, 6));
        var (mean, covariance) = Moments(background, 6);
        var given =
            new LinearShap(Model,
                new LinearShapOptions { Mean = [.. mean], Covariance = [.. covariance.ToRowMajorArray()],
                    Dependence = FeatureDependence.Gaussian });
        var counted = new LinearShap(Model, new LinearShapOptions { Background = background, Dependence = FeatureDependence.Gaussian });
        AssertClose(Values(counted, rows), Values(given, rows), 1e-9);
    }

    [TestMethod]
    public void Linear_gradient_and_deep_SHAP_agree_on_a_linear_network_and_find_its_weights()
    {
        var network = KeepingPathAxioms.Function(6,
            x => x.MatMul(x.Graph.Constant(Samples.Seeded(15, 6, 2))) + x.Graph.Constant(Tensor.From([0.5f, -2f], 1, 2)));
        var (background, input) = (Samples.Seeded(16, 8, 6), Samples.Seeded(17, 3, 6));
        using var scorer = new NetworkScorer(network);

        var model = LinearModel.Of(scorer, background.As<float>());
        for (var f = 0; f < 6; f++)
            for (var o = 0; o < 2; o++)
                Near.Equal(Samples.Seeded(15, 6, 2).ToDouble()[f * 2 + o], model.Weights(o)[f], 1e-5);
        Near.Equal(0.5, model.Intercepts[0], 1e-5);

        var values = Values(new LinearShap(model, new LinearShapOptions { Background = background.As<float>().ToArray() }),
            input.As<float>().ToArray());
        foreach (var method in (AttributionMethod[])[new DeepShap { Baseline = Baseline.Given(background) },
            new GradientShap(8) { Baseline = Baseline.Given(background) }])
        {
            for (var o = 0; o < 2; o++)
            {
                var found = Explained.Run(network, method, input, o).ToDouble();
                for (var i = 0; i < 18; i++)
                    Near.Equal(values[(i / 6 * 2 + o) * 6 + i % 6], found[i], 2e-5, method.ToString());
            }
        }
    }

    [TestMethod]
    public void A_scorer_that_is_not_linear_is_refused()
    {
        var curved = Scorers.Of(2, 1, rows => [.. rows.Chunk(2).Select(r => 1 / (1 + Math.Exp(-r[0] - r[1])))]);
        var error = Assert.ThrowsExactly<ArgumentException>(() => LinearModel.Of(curved, Rows(18, 10, 2)));
        StringAssert.Contains(error.Message, "not linear");
        StringAssert.Contains(error.Message, "log-odds");
    }

    [TestMethod]
    [DataRow(FeatureDependence.Independent)]
    [DataRow(FeatureDependence.Gaussian)]
    public void The_graph_gives_the_same_for_every_output_and_for_any_target(FeatureDependence dependence)
    {
        var (background, rows) = (Mixed(19, 30), Rows(20, 5, 6));
        var shap = new LinearShap(Model, new LinearShapOptions { Background = background, Dependence = dependence });
        var (values, scores) = (Values(shap, rows), new double[10]);
        Model.Score(rows, scores);

        var all = Run(LinearExplanation.Compile(shap, options: new ExplanationOptions { BaseValueName = "base" }), rows);
        Assert.AreEqual(new Shape(5, 2, 6), all["attribution"].Shape);
        AssertClose(values, all["attribution"].ToDouble(), 2e-6);
        AssertClose(scores, all["score"].ToDouble(), 2e-6);
        AssertClose([.. Enumerable.Repeat(shap.BaseValues, 5).SelectMany(b => b)], all["base"].ToDouble(), 1e-6);

        var best = Run(LinearExplanation.Compile(shap, Target.ArgMax, new ExplanationOptions
        {
            AttributionName = "Shap", InputNames = new Dictionary<string, string> { ["input"] = "Features" }, BaseValueName = "base",
        }), rows, "Features");
        var difference = Run(LinearExplanation.Compile(shap, Target.Difference(1, 0)), rows);
        Assert.AreEqual(new Shape(5, 6), best["Shap"].Shape);
        for (var row = 0; row < 5; row++)
        {
            var chosen = scores[row * 2 + 1] > scores[row * 2] ? 1 : 0;
            Assert.AreEqual(chosen, best["target"].ToInt64()[row]);
            Near.Equal(shap.BaseValues[chosen], best["base"].ToDouble()[row], 1e-6);
            Near.Equal(scores[row * 2 + chosen], best["score"].ToDouble()[row], 1e-5);
            for (var f = 0; f < 6; f++)
            {
                Near.Equal(values[(row * 2 + chosen) * 6 + f], best["Shap"].ToDouble()[row * 6 + f], 1e-5);
                Near.Equal(
                    values[(row * 2 + 1) * 6 + f] - values[row * 2 * 6 + f], difference["attribution"].ToDouble()[row * 6 + f], 1e-5);
            }
        }
        var labelled = LinearExplanation.Compile(shap, Target.Label("label"));
        using var session = new ModelSession(labelled);
        var told = session.Run(
            new Dictionary<string, Tensor> { ["input"] = Tensor.From(rows, 5, 6), ["label"] = Tensor.From([0L, 1, 1, 0, 1], 5, 1) });
        Near.Equal(values[(2 * 2 + 1) * 6 + 4], told["attribution"].ToDouble()[2 * 6 + 4], 1e-5);
    }

    [TestMethod]
    public void Bad_input_is_refused_by_name()
    {
        Refuses("give its rows", () => new LinearShap(Model, new LinearShapOptions()));
        Refuses("need a covariance",
            () => new LinearShap(Model, new LinearShapOptions { Mean = new double[6], Dependence = FeatureDependence.Gaussian }));
        Refuses("6 finite means", () => new LinearShap(Model, new LinearShapOptions { Mean = [1, 2] }));
        Refuses("no background rows", () => new LinearShap(Model, new LinearShapOptions { Background = [] }));
        Refuses("no whole number of rows", () => new LinearShap(Model, new LinearShapOptions { Background = new float[7] }));
        Refuses("'x1' in row 0", () => new LinearShap(Model, new LinearShapOptions { Background = [0, float.NaN, 0, 0, 0, 0] }));
        Refuses("positive semidefinite",
            () => new LinearShap(new LinearModel([1, 1], 0),
                new LinearShapOptions { Mean = [0, 0], Covariance = [1, 2, 2, 1], Dependence = FeatureDependence.Gaussian }));
        var shap = new LinearShap(Model, new LinearShapOptions { Mean = new double[6] });
        Refuses("room for 2 × 6 values", () => shap.Values(new float[6], new double[6]));
        Refuses("'x2' in row 1", () => shap.Values([0, 0, 0, 0, 0, 0, 0, 0, float.PositiveInfinity, 0, 0, 0], new double[24]));
        Refuses("one input", () => LinearExplanation.Compile(shap, options: new ExplanationOptions { Layer = "hidden" }));
        Refuses("3 weights and 2 intercepts", () => new LinearModel([1, 2, 3], 0, 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LinearShapOptions { Permutations = 0 });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LinearShapOptions { Shrinkage = 1.5 });
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => new LinearShap(Model, new LinearShapOptions { Background = Rows(1, 9, 6), Dependence = FeatureDependence.Gaussian },
                cancelled.Token));
    }

    // The Shapley values of v(S) = E[w·x | x_S], every coalition's expectation by a pseudo-inverse.
    private static double[] CountedOut(LinearModel model, float[] background, float[] rows)
    {
        var features = model.FeatureCount;
        var (mean, covariance) = Moments(background, features);
        return [.. rows.Chunk(features).SelectMany(row => Enumerable.Range(0, model.OutputCount).SelectMany(output =>
        {
            var away = Vector<double>.Build.Dense(features, f => row[f] - mean[f]);
            var worth = Enumerable.Range(0, 1 << features).Select(coalition =>
            {
                int[] known = [.. Enumerable.Range(0, features).Where(f => (coalition >> f & 1) == 1)];
                if (known.Length == 0)
                    return 0;
                var within = Matrix<double>.Build.Dense(known.Length, known.Length, (i, j) => covariance[known[i], known[j]]);
                var solved = PseudoInverse(within) * Vector<double>.Build.Dense(known.Length, i => away[known[i]]);
                return Enumerable.Range(0, features).Sum(f => model.Weights(output)[f] * (known.Contains(f)
                    ? away[f]
                    : Enumerable.Range(0, known.Length).Sum(i => covariance[f, known[i]] * solved[i])));
            }).ToArray();
            return Coalitional.Shapley(features, worth);
        }))];
    }

    private static Matrix<double> PseudoInverse(Matrix<double> symmetric)
    {
        var parts = symmetric.Evd(Symmetricity.Symmetric);
        var inverted = parts.EigenValues.Map(v => v.Real > 1e-9 ? 1 / v.Real : 0);
        return parts.EigenVectors * Matrix<double>.Build.DenseOfDiagonalVector(inverted) * parts.EigenVectors.Transpose();
    }

    private static (double[] Mean, Matrix<double> Covariance) Moments(float[] rows, int features)
    {
        var count = rows.Length / features;
        double[] mean =
            [.. Enumerable.Range(0, features).Select(f => Enumerable.Range(0, count).Average(r => (double)rows[r * features + f]))];
        return (mean, Matrix<double>.Build.Dense(features, features, (i, j) =>
            Enumerable.Range(0, count).Sum(r => (rows[r * features + i] - mean[i]) * (rows[r * features + j] - mean[j])) / (count - 1)));
    }

    private static float[] Rows(int seed, int rows, int features) => Samples.Seeded(seed, rows, features).As<float>().ToArray();

    // Features that are mixtures of others.
    private static float[] Mixed(int seed, int rows)
    {
        var mixed = Rows(seed, rows, 6);
        for (var r = 0; r < mixed.Length; r += 6)
            (mixed[r + 1], mixed[r + 3], mixed[r + 4]) =
                (mixed[r] + 0.3f * mixed[r + 1], mixed[r + 2] - 0.5f * mixed[r] + 0.4f * mixed[r + 3], 0.2f * mixed[r + 4] - mixed[r + 5]);
        return mixed;
    }

    private static double[] Values(LinearShap shap, float[] rows)
    {
        var values = new double[rows.Length * shap.Model.OutputCount];
        shap.Values(rows, values);
        return values;
    }

    private static void AssertSums(LinearShap shap, float[] rows)
    {
        var (values, scores) = (Values(shap, rows), new double[rows.Length / shap.Model.FeatureCount * shap.Model.OutputCount]);
        shap.Model.Score(rows, scores);
        for (var i = 0; i < scores.Length; i++)
            Near.Equal(
                scores[i],
                shap.BaseValues[i % shap.Model.OutputCount]
                    + values.AsSpan(i * shap.Model.FeatureCount, shap.Model.FeatureCount).ToArray().Sum(),
                1e-9);
    }

    private static void AssertClose(double[] expected, double[] found, double tolerance) => Near.Relative(expected, found, tolerance);

    private static IReadOnlyDictionary<string, Tensor> Run(OnnxModel model, float[] rows, string input = "input")
    {
        using var session = new ModelSession(model, new RuntimeOptions { Threads = 1 });
        return session.Run(new Dictionary<string, Tensor> { [input] = Tensor.From(rows, rows.Length / 6, 6) });
    }

    private static void Refuses(string part, Action action) =>
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(action).Message, part);
}

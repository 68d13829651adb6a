using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tests.Evaluation;

/// <summary>Metrics within the graph that explains say what they say outside it.</summary>
[TestClass]
public sealed class JudgingWithinGraphs
{
    private const int Rows = 5, Features = 64;

    private static readonly double[] Inputs = [.. Enumerable.Range(0, Rows * Features).Select(i => (double)(float)(i * 7 % 23 / 22.0))];

    /// <summary>Every metric that can be a graph, some with other options; what is drawn is given, the same to both.</summary>
    public static IEnumerable<object[]> Metrics => ((ExplanationMetric[])
    [
        new Deletion(7) { Baseline = Baseline.ChannelMean },
        new Insertion { Follows = JudgedScore.Score },
        new PixelFlipping(5),
        new PixelFlipping { Baseline = Baseline.RowMinimum },
        new RegionPerturbation(2),
        new RegionPerturbation(3, RegionOrder.LeastRelevantFirst, 4),
        new RegionPerturbation(3, RegionOrder.Difference),
        new Selectivity(3),
        new Irof { Patch = 3 },
        new Road([10, 40, 90], Measure: RoadMeasure.Probability) { Given = Drawn(-0.1, 0.1, 1, 1, 8, 8) },
        new Road([25, 80], RegionOrder.Difference, RoadMeasure.Score, Noise: 0),
        new Road([30, 50], RegionOrder.LeastRelevantFirst, Noise: 0),
        new Monotonicity(3),
        new FaithfulnessEstimate(3),
        new FaithfulnessEstimate(),
        new MonotonicityCorrelation(3, 5) { Given = Drawn(0, 1, 13, 3, 1) },
        new FaithfulnessCorrelation { Given = Subsets(40, 9), Baseline = Baseline.ChannelMean },
        new MuFidelity { Given = Subsets(40, 12) },
        new Infidelity { Given = Drawn(-0.2, 0.2, 6, 1, 1, 8, 8) },
        new Infidelity(Scaled: true) { Given = Drawn(-0.2, 0.2, 6, 1, 1, 8, 8), Follows = JudgedScore.Probability },
        new PredictionGapImportant { Given = Drawn(-0.5, 0.5, 6, 1, 1, 8, 8), Top = 9 },
        new PredictionGapUnimportant { Given = Drawn(-0.5, 0.5, 6, 1, 1, 8, 8) },
        new AverageDrop(),
        new AverageIncrease(),
        new AverageGain(),
        new ConfidenceChange { Follows = JudgedScore.Score },
        new DropInConfidence(),
        new LocalLipschitz { Given = Drawn(-0.1, 0.1, 6, 1, 1, 8, 8) },
        new MaxSensitivity { Given = Drawn(-0.1, 0.1, 6, 1, 1, 8, 8) },
        new AverageSensitivity { Given = Drawn(-0.1, 0.1, 6, 1, 1, 8, 8) },
        new RelativeInputStability { Given = Drawn(-0.1, 0.1, 6, 1, 1, 8, 8) },
        new RelativeOutputStability { Given = Drawn(-0.1, 0.1, 6, 1, 1, 8, 8) },
        new Sparseness(),
        new Entropy(),
        new EffectiveComplexity(0.01),
        new CompletenessGap { Baseline = Baseline.Constant(0.25) },
        new NonSensitivity(0.01),
    ]).SelectMany(m => new[] { "saliency", "grad-cam" }.Select(method => new object[] { method, m }));

    [TestMethod]
    [DynamicData(nameof(Metrics))]
    public void AMetricSaysTheSame(string name, ExplanationMetric metric)
    {
        var network = Digits();
        var method = MethodCatalog.Create(name);
        using var scores = RowFunction.Scores(network);
        using var said = RowFunction.Explanations(network, method);
        var classes = new ExplainedRows(Inputs, Inputs, [1, 8, 8], scores).Targets;
        var judged = new ExplainedRows(Inputs, said.Of(Inputs, classes), [1, 8, 8], scores, classes) { Explains = said };
        var outside = OfEveryRow(metric);
        var expected = outside.Of(judged);
        // All steps at once, and one by one; sizes of maps cancel in relative changes, and rounding stays.
        var isRelative = metric is RelativeInputStability or RelativeOutputStability;
        foreach (var portion in (long[])[1 << 16, 1])
        {
            var found = Run(network, new Judgement(method, metric), portion);
            Near.Equal(expected, found[Part(metric)].ToDouble(),
                (isRelative ? 1e-3 : 1e-5) * Math.Max(1, expected.Where(double.IsFinite).Select(Math.Abs).Append(0).Largest()));
            if (outside is CurveMetric curves)
                Near.Equal([.. curves.Curves(judged).SelectMany(c => c)], found["it_curve"].ToDouble(), 2e-5);
        }
    }

    [TestMethod]
    public void WhatIsDrawnIsTheSameAtEveryRunAndForEveryRow()
    {
        double[] rows = [.. Enumerable.Repeat(Inputs[..Features], Rows).SelectMany(r => r)];
        foreach (var metric in (ExplanationMetric[])[new FaithfulnessCorrelation(), new MuFidelity(), new SensitivityN(), new Infidelity(),
            new PredictionGapImportant(), new MonotonicityCorrelation(), new MaxSensitivity(),
            new RegionPerturbation(2, RegionOrder.Random)])
        {
            var part = Part(metric);
            var found = Run(Digits(), new Judgement(new Saliency(), metric), 1 << 16, rows)[part].ToDouble();
            Near.Equal([.. Enumerable.Repeat(found[0], Rows)], found, 1e-6 * Math.Max(1, Math.Abs(found[0])));
            CollectionAssert.AreEqual(found, Run(Digits(), new Judgement(new Saliency(), metric), 1 << 16, rows)[part].ToDouble());
            if (metric is not FaithfulnessCorrelation and not MuFidelity and not SensitivityN)
                continue;
            Finite.AtMost(1, Math.Abs(found[0]));
        }
    }

    [TestMethod]
    public void SubsetsThatAreDrawnVary()
    {
        // Of a sum, what is said and what is lost are the same, of whatever subset; of subsets that are all alike there were NaN.
        var (network, count) = (Linear(12), 12);
        var draws = Run(network, new Judgement(new InputXGradient(), new FaithfulnessCorrelation(50, 3)), 1 << 16,
            [.. Enumerable.Range(1, count).Select(i => (double)i)], count)["it"].ToDouble();
        Near.Equal([1.0], draws, 1e-6);
    }

    [TestMethod]
    public void ChannelsThatComeLastAreThoseThatComeFirst()
    {
        double[] rows = [.. Enumerable.Range(0, 2 * 3 * 36).Select(i => Math.Sin(i * 0.7))];
        double[] Last(double[] first) => [.. Enumerable.Range(0, first.Length).Select(i =>
            first[i / 108 * 108 + i % 108 % 3 * 36 + i % 108 / 3])];
        foreach (var metric in (ExplanationMetric[])[new Selectivity(2), new Irof { Patch = 4 },
            new AverageDrop { Follows = JudgedScore.Score },
            new Deletion(5) { Follows = JudgedScore.Score, Baseline = Baseline.ChannelMean }, new RegionPerturbation(2),
            new Road([20, 60], Measure: RoadMeasure.Score, Noise: 0)])
        {
            var part = Part(metric);
            var (first, last) = (Run(Coloured(false), new Judgement(new Saliency(), metric), 1 << 16, rows, 3, 6, 6)[part].ToDouble(),
                Run(Coloured(true), new Judgement(new Saliency(), metric), 1 << 16, Last(rows), 6, 6, 3)[part].ToDouble());
            Near.Equal(first, last, 1e-5);
        }
    }

    [TestMethod]
    public void AHoleBetweenZerosIsFilledByZeros()
    {
        var graph = new Graph();
        var input = graph.Input("input", ElementType.Float, new Shape([Dimension.Unknown, 1, 4, 4]));
        var network = Network.From(graph.ToModel([("output", input.Pow(2).ReduceSum([1, 2, 3]).Reshape(-1, 1))]));
        // The first pixel matters most; its neighbours are zero, another pixel is not.
        double[] row = [3, .. Enumerable.Repeat(0.0, 14), 1];
        var found = Run(network, new Judgement(new Saliency(), new Road([7], Measure: RoadMeasure.Score, Noise: 0)), 1 << 16, row, 1, 4, 4);
        Near.Equal([1.0], found["it_curve"].ToDouble(), 1e-6);
    }

    [TestMethod]
    public void ABrokenMapHasNoNumberAndSpoilsNoOther()
    {
        double[] rows = [.. Inputs];
        rows[70] = double.NaN;
        foreach (var metric in (ExplanationMetric[])[new Deletion(), new Sparseness(), new EffectiveComplexity(), new AverageIncrease()])
        {
            var found = Run(Digits(), new Judgement(new InputXGradient(), metric), 1 << 16, rows)[Part(metric)].ToDouble();
            Assert.IsTrue(double.IsNaN(found[1]), metric.GetType().Name);
            Assert.IsTrue(double.IsFinite(found[0]) && double.IsFinite(found[2]), metric.GetType().Name);
        }
    }

    [TestMethod]
    [DataRow("arcc", "operators")]
    [DataRow("sufficiency", "other")]
    [DataRow("consistency", "other")]
    [DataRow("pointing-game", "should be found")]
    [DataRow("relative-representation-stability", "inner layer")]
    [DataRow("random-logit", "operators")]
    public void WhatCannotBeAGraphSaysWhy(string name, string why) => StringAssert.Contains(
        Assert.Throws<ArgumentException>(() => new Judgement(new Saliency(), MetricCatalog.Create(name))).Message, why);

    private static string Part(ExplanationMetric metric) => metric is CurveMetric ? "it_score" : "it";

    private static Network Digits() => Network.Load(Path.Combine(AppContext.BaseDirectory, "data", "models", "cnn_digits.onnx"));

    private static Network Linear(int features)
    {
        var graph = new Graph();
        var input = graph.Input("input", ElementType.Float, new Shape([Dimension.Unknown, features]));
        return Network.From(graph.ToModel([("output", input.ReduceSum([1]))]));
    }

    private static Network Coloured(bool last)
    {
        var graph = new Graph();
        var input = graph.Input("input", ElementType.Float, new Shape([Dimension.Unknown, .. (Dimension[])(last ? [6, 6, 3] : [3, 6, 6])]));
        var weights = Tensor.From([.. Enumerable.Range(0, 4 * 27).Select(i => (float)Math.Cos(i * 1.3))], 4, 3, 3, 3);
        var maps = (last ? input.Transpose(0, 3, 1, 2) : input).Conv(graph.Constant(weights), [1, 1], [1, 1], [0, 0, 0, 0]).Relu();
        return Network.From(graph.ToModel([("output", maps.ReduceMean([2, 3], keepDimensions: false))]));
    }

    private static IReadOnlyDictionary<string, Tensor> Run(Network network, Judgement judgement, long portion, double[]? rows = null,
        params long[] row)
    {
        rows ??= Inputs;
        row = row.Length == 0 ? [1, 8, 8] : row;
        using var session = new ModelSession(
            Explanation.Compile(network, new CompilationOptions { Portion = portion }, [new Ask(judgement, null, "it")]).Model,
            new RuntimeOptions());
        return session.Run(new Dictionary<string, Tensor>
        {
            [network.DefaultInput.Name] = Tensor.From(
                Array.ConvertAll(rows, v => (float)v), [rows.Length / row.Aggregate(1L, (p, e) => p * e), .. row]),
        });
    }

    // What has one row within a graph has one for each outside.
    private static ExplanationMetric OfEveryRow(ExplanationMetric metric) => metric switch
    {
        SubsetMetric { Given: { } given } subsets => subsets with { Given = Repeated(given, 1) },
        NoisyMetric { Given: { } given } noisy => noisy with { Given = Repeated(given, 1) },
        Infidelity { Given: { } given } infidelity => infidelity with { Given = Repeated(given, 1) },
        PredictionGap { Given: { } given } gap => gap with { Given = Repeated(given, 1) },
        Road { Given: { } given } road => road with { Given = Repeated(given, 0) },
        MonotonicityCorrelation { Given: { } given } correlation => correlation with { Given = Repeated(given, 2) },
        _ => metric,
    };

    private static Tensor Repeated(Tensor given, int axis)
    {
        var inner = given.Dimensions[(axis + 1)..].ToArray().Aggregate(1L, (p, e) => p * e);
        double[] numbers = [.. given.ToDouble().Chunk((int)inner).SelectMany(c => Enumerable.Repeat(c, Rows).SelectMany(r => r))];
        long[] extents = [.. given.Dimensions];
        extents[axis] = Rows;
        return given.Type == ElementType.Int64 ? Tensor.From(Array.ConvertAll(numbers, n => (long)n), extents)
            : Tensor.From(numbers, extents);
    }

    private static Tensor Drawn(double low, double high, params long[] extents)
    {
        var random = new Random(extents.Length);
        return Tensor.From([.. Enumerable.Range(0, (int)extents.Aggregate(1L, (p, e) => p * e))
            .Select(_ => (double)(float)(low + random.NextDouble() * (high - low)))], extents);
    }

    private static Tensor Subsets(int runs, int size)
    {
        var random = new Random(size);
        return Tensor.From([.. Enumerable.Range(0, runs).SelectMany(_ =>
            Enumerable.Range(0, Features).Select(f => (long)f).OrderBy(_ => random.Next()).Take(size))], runs, 1, size);
    }
}

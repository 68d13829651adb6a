using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Shapley;
using Microsoft.ML.Introspection.Tests.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tests.Explaining;

/// <summary>Models of every kind with known answers, and what explainers say of them.</summary>
internal static class ModelKinds
{
    public const int FeatureCount = 5, Outputs = 3;

    /// <summary>Trees of three outputs with covers.</summary>
    public static TreeEnsemble Trees { get; } =
        new RandomTrees { Seed = 3, Features = FeatureCount, Outputs = Outputs, Trees = 9, AllKinds = false,
            Link = ScoreLink.Softmax }.Ensemble();

    /// <summary>A linear model of three outputs.</summary>
    public static LinearModel Linear { get; } = new(Numbers(Outputs * FeatureCount, 4), Numbers(Outputs, 5));

    /// <summary>A network of three outputs, whose scores are products of features; its gradients are no constants.</summary>
    public static Network Net { get; } = Network.From(Products());

    /// <summary>The same network, asked for its scores in double precision.</summary>
    public static IScorer Function { get; } = Scorers.Of(FeatureCount, Outputs, rows => [.. rows.Chunk(FeatureCount).SelectMany(Score)]);

    public static double[] Score(float[] x) =>
        [x[0] * (double)x[1] + x[2], x[3] * (double)x[4] - x[0], x[1] * (double)x[2] * 0.5 + x[3]];

    public static double[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() * 4 - 2)];
    }

    public static float[] Table(int count, int seed = 1) => Array.ConvertAll(Numbers(count * FeatureCount, seed), v => (float)v);

    /// <summary>An explainer of a model by its kind.</summary>
    public static Explainer For(string kind, ExplainerOptions options) => kind switch
    {
        "trees" => Explainer.For(Trees, options),
        "linear" => Explainer.For(Linear, options),
        "network" => Explainer.For(Net, options),
        _ => Explainer.For(Function, options),
    };

    public static Explanations Of(Explainer explainer, float[] rows, long[]? labels = null, bool scored = true, bool pairs = false)
    {
        var into = explainer.Room(rows.Length / explainer.FeatureCount, pairs);
        explainer.Explain(rows, into, labels, scored);
        if (pairs)
            explainer.ExplainPairs(rows, into);
        return into;
    }

    /// <summary>Shapley values against a background by their definition, shape [outputs, features], of any function of a row.</summary>
    public static double[] ByDefinition(Func<float[], double[]> score, float[] row, float[] background, int[]? players = null)
    {
        players ??= [.. Enumerable.Range(0, row.Length)];
        var count = players.Max() + 1;
        var outputs = score(row).Length;
        return [
            .. Enumerable.Range(0, outputs)
                .SelectMany(output => BruteForceShapley.Values(count, set => background.Chunk(row.Length).Average(
            absent => score([.. row.Select((v, i) => (set >> players[i] & 1) != 0 ? v : absent[i])])[output])))];
    }

    /// <summary>Runs a compiled explanation.</summary>
    public static IReadOnlyDictionary<string, Tensor> Run(OnnxModel model, float[] rows, int features, string input = "input",
        (string Name, long[] Classes)? labels = null)
    {
        using var session = new ModelSession(model);
        var inputs = new Dictionary<string, Tensor> { [input] = Tensor.From(rows, rows.Length / features, features) };
        if (labels is { } told)
            inputs[told.Name] = Tensor.From(told.Classes, told.Classes.Length, 1);
        return session.Run(inputs);
    }

    public static void AreClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> found, double tolerance = 1e-6)
    {
        Assert.AreEqual(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.IsTrue(Math.Abs(expected[i] - found[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])),
                $"number {i}: {expected[i]} was expected, {found[i]} found");
    }

    public static void Refused<TError>(Func<object?> act, params string[] parts) where TError : Exception
    {
        var message = Assert.Throws<TError>(act).Message;
        foreach (var part in parts)
            Assert.Contains(part, message);
    }

    private static OnnxModel Products()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), FeatureCount));
        Value F(int i) => x.Slice([i], [i + 1], [1]);
        return graph.ToModel([("scores", Operators.Concat(1, F(0) * F(1) + F(2), F(3) * F(4) - F(0), F(1) * F(2) * 0.5 + F(3)))]);
    }
}

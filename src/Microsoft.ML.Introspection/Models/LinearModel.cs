using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// A linear model of one or several outputs, w·x + b: linear and logistic regression, linear support vector machines, the averaged
/// perceptron. Immutable. A scorer of its own raw scores (log-odds, for logistic regression).
/// </summary>
public sealed class LinearModel : IScorer
{
    // Rows up to so long are converted on the stack.
    internal const int ShortRow = 512;

    private readonly double[] _weights;
    private readonly double[] _intercepts;

    /// <summary>Takes the weights.</summary>
    /// <param name="weights">Shape [outputs, features], row by row.</param>
    /// <param name="intercepts">One for each output; their number is that of the outputs.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other, or a number is not finite.</exception>
    public LinearModel(ReadOnlySpan<double> weights, params ReadOnlySpan<double> intercepts)
    {
        if (intercepts.IsEmpty || weights.IsEmpty || weights.Length % intercepts.Length != 0)
            throw new ArgumentException("Weights of shape [outputs, features] and an intercept for each output were expected; given "
                + $"were {weights.Length} weights and {intercepts.Length} intercepts.");
        (_weights, _intercepts) = (weights.ToArray(), intercepts.ToArray());
        if (!Array.TrueForAll(_weights, double.IsFinite) || !Array.TrueForAll(_intercepts, double.IsFinite))
            throw new ArgumentException("The weights or intercepts of a linear model hold numbers that are not finite.");
        FeatureCount = weights.Length / intercepts.Length;
        FeatureNames = [.. Enumerable.Range(0, FeatureCount).Select(i => $"x{i}")];
        OutputNames = intercepts.Length == 1 ? ["score"] : [.. Enumerable.Range(0, intercepts.Length).Select(i => $"score{i}")];
    }

    /// <summary>The length of a row.</summary>
    public int FeatureCount { get; }

    /// <summary>The number of outputs.</summary>
    public int OutputCount => _intercepts.Length;

    /// <summary>The weights of an output, one for each feature.</summary>
    public ReadOnlySpan<double> Weights(int output) => _weights.AsSpan(output * FeatureCount, FeatureCount);

    /// <summary>What the outputs are where all features are 0.</summary>
    public IReadOnlyList<double> Intercepts => _intercepts;

    /// <inheritdoc/>
    public IReadOnlyList<string> FeatureNames
    {
        get;
        init => field = value?.Count == FeatureCount ? [.. value]
            : throw new ArgumentException($"{value?.Count ?? 0} names were given for {FeatureCount} features.", nameof(FeatureNames));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> OutputNames
    {
        get;
        init => field = value?.Count == OutputCount ? [.. value]
            : throw new ArgumentException($"{value?.Count ?? 0} names were given for {OutputCount} outputs.", nameof(OutputNames));
    }

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default)
    {
        var count = IScorer.Rows(this, rows, scores);
        cancellation.ThrowIfCancellationRequested();
        Span<double> doubles = FeatureCount <= ShortRow ? stackalloc double[FeatureCount] : new double[FeatureCount];
        for (var row = 0; row < count; row++)
        {
            TensorPrimitives.ConvertTruncating(rows.Slice(row * FeatureCount, FeatureCount), doubles);
            for (var output = 0; output < OutputCount; output++)
                scores[row * OutputCount + output] = _intercepts[output] + TensorPrimitives.Dot(Weights(output), doubles);
        }
    }

    /// <summary>
    /// The linear model that a scorer is, found by asking it: a dense network of one layer, a linear predictor within a pipeline.
    /// </summary>
    /// <param name="scorer">The scorer.</param>
    /// <param name="rows">Rows of the kind it is made for, shape [N, features]; they tell where to ask, and check the answer.</param>
    /// <param name="tolerance">How far a row's score may be from the linear model's, as a share of the largest score and its parts.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">
    /// It is not linear (the message says where), or has features that are codes without an order.
    /// </exception>
    public static LinearModel Of(IScorer scorer, ReadOnlySpan<float> rows, double tolerance = 1e-4,
        CancellationToken cancellation = default)
    {
        var table = RowTable.Of(scorer, rows);
        var (features, outputs) = (table.Features, scorer.OutputNames.Count);
        if (Enumerable.Range(0, features).FirstOrDefault(scorer.IsCategorical, -1) is >= 0 and var categorical)
            throw new ArgumentException($"The feature '{scorer.FeatureNames[categorical]}' is a code without an order; a linear model "
                + "has numbers only.", nameof(scorer));

        // The mean row, and one row more for each feature, in which that feature alone lies a standard deviation higher.
        var (mean, deviation) = (table.Means(rows), table.Deviations(rows));
        var asked = new float[(features + 1) * features];
        for (var r = 0; r <= features; r++)
            for (var f = 0; f < features; f++)
                asked[r * features + f] =
                    (float)(mean[f] + (r == f + 1 ? deviation[f] > 0 ? deviation[f] : Math.Max(Math.Abs(mean[f]), 1) : 0));
        var answers = new double[(features + 1) * outputs];
        scorer.Score(asked, answers, cancellation);

        var (weights, intercepts) = (new double[outputs * features], new double[outputs]);
        for (var o = 0; o < outputs; o++)
        {
            intercepts[o] = answers[o];
            for (var f = 0; f < features; f++)
            {
                var weight = (answers[(f + 1) * outputs + o] - answers[o]) / ((double)asked[(f + 1) * features + f] - asked[f]);
                (weights[o * features + f], intercepts[o]) = (weight, intercepts[o] - weight * asked[f]);
            }
        }
        if (!Array.TrueForAll(intercepts, double.IsFinite))
            throw new ArgumentException("The scorer gives numbers that are not finite; it is no linear model.", nameof(scorer));
        var model = new LinearModel(weights, intercepts) { FeatureNames = scorer.FeatureNames, OutputNames = scorer.OutputNames };
        model.Check(scorer, rows, tolerance, cancellation);
        return model;
    }

    private void Check(IScorer scorer, ReadOnlySpan<float> rows, double tolerance, CancellationToken cancellation)
    {
        var (theirs, ours) = (new double[rows.Length / FeatureCount * OutputCount], new double[rows.Length / FeatureCount * OutputCount]);
        scorer.Score(rows, theirs, cancellation);
        Score(rows, ours, cancellation);
        for (var i = 0; i < theirs.Length; i++)
        {
            var (row, output) = (i / OutputCount, i % OutputCount);
            var size = Math.Abs(_intercepts[output]);
            for (var f = 0; f < FeatureCount; f++)
                size = Math.Max(size, Math.Abs(_weights[output * FeatureCount + f] * rows[row * FeatureCount + f]));
            if (!(Math.Abs(theirs[i] - ours[i]) <= tolerance * Math.Max(size, Math.Abs(theirs[i]))))
                throw new ArgumentException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"The scorer is not linear: '{OutputNames[output]}' of row {row} is {theirs[i]:G6} where a linear model gives "
                        + $"{ours[i]:G6}. Explain its raw scores (log-odds, not probabilities), or choose another method."),
                            nameof(scorer));
        }
    }
}

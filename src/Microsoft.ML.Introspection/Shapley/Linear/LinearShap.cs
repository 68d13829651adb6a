using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// The SHAP values of linear models, in closed form: a constant matrix times the row's distance from the mean. The values of a row and the
/// base value sum to the score exactly. Lundberg, Lee 2017, arXiv:1705.07874; for correlated features Aas, Jullum, Løland 2021,
/// arXiv:1903.10464.
/// </summary>
public sealed class LinearShap
{
    private const int ExactUpTo = 16;

    private readonly double[] _mean;
    private readonly double[] _base;
    private readonly double[]? _shares;

    /// <summary>Computes the matrix.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What the values are relative to, and how features depend on each other.</param>
    /// <param name="cancellation">Stops the computation.</param>
    /// <exception cref="ArgumentException">There is no background, or it does not fit the model.</exception>
    public LinearShap(LinearModel model, LinearShapOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        Model = model;
        var features = model.FeatureCount;
        var background = options.Background is null ? null : options.Background.ToArray();
        if (background is not null)
            RowTable.Of(model, background, "background rows").CheckFinite(background, model.FeatureNames, "background rows");
        _mean = Given(options.Mean, features, "means")
            ?? (background is null ? throw new ArgumentException("Linear SHAP values are relative to a background: give its rows, or its "
                + "mean.", nameof(options)) : RowTable.Of(model, background).Means(background));
        _base =
            [.. Enumerable.Range(0, model.OutputCount).Select(o => model.Intercepts[o] + TensorPrimitives.Dot(model.Weights(o), _mean))];
        if (options.Dependence == FeatureDependence.Independent)
            return;

        var covariance = Given(options.Covariance, checked(features * features), "covariances")
            ?? (background is null ? throw new ArgumentException("Features that depend on each other need a covariance: give it, or "
                + "background rows.", nameof(options)) : RowTable.Of(model, background).Covariances(background));
        CheckCovariance(covariance, model.FeatureNames);
        var correlated = new CorrelatedFeatures(covariance, options.Shrinkage);
        _shares = options.Permutations is null && features <= ExactUpTo
            ? GaussianShares.Exact(model, correlated, cancellation)
            : GaussianShares.Sampled(model, correlated, options.Permutations ?? 1000, options.Seed, cancellation);
    }

    /// <summary>The model.</summary>
    public LinearModel Model { get; }

    /// <summary>The features' means, which the values are relative to.</summary>
    public IReadOnlyList<double> Mean => _mean;

    /// <summary>The score of the mean row, one for each output.</summary>
    public IReadOnlyList<double> BaseValues => _base;

    /// <summary>The matrix T of an output, φ = T·(x − μ), shape [features, features].</summary>
    public double[] Matrix(int output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(output);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(output, Model.OutputCount);
        var features = Model.FeatureCount;
        if (_shares is not null)
            return _shares[(output * features * features)..((output + 1) * features * features)];
        var matrix = new double[features * features];
        for (var f = 0; f < features; f++)
            matrix[f * features + f] = Model.Weights(output)[f];
        return matrix;
    }

    /// <summary>The values of some rows.</summary>
    /// <param name="rows">Shape [N, features], row by row.</param>
    /// <param name="values">Where to write, shape [N, outputs, features].</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other, or a value is not finite.</exception>
    public void Values(ReadOnlySpan<float> rows, Span<double> values)
    {
        var (features, outputs) = (Model.FeatureCount, Model.OutputCount);
        if (rows.Length % features != 0 || values.Length != rows.Length * outputs)
            throw new ArgumentException($"Rows of {features} values and room for {outputs} × {features} values each were expected; given "
                + $"were {rows.Length} values and room for {values.Length}.");
        new RowTable(rows.Length / features, features).CheckFinite(rows, Model.FeatureNames);
        Span<double> away = features <= LinearModel.ShortRow ? stackalloc double[features] : new double[features];
        for (var row = 0; row < rows.Length / features; row++)
        {
            TensorPrimitives.ConvertTruncating(rows.Slice(row * features, features), away);
            TensorPrimitives.Subtract(away, _mean, away);
            for (var output = 0; output < outputs; output++)
            {
                var own = values.Slice((row * outputs + output) * features, features);
                if (_shares is null)
                    TensorPrimitives.Multiply(Model.Weights(output), away, own);
                else
                    for (var f = 0; f < features; f++)
                        own[f] = TensorPrimitives.Dot(_shares.AsSpan((output * features + f) * features, features), away);
            }
        }
    }

    private static double[]? Given(IReadOnlyList<double>? numbers, int count, string what) => numbers is null ? null
        : numbers.Count == count && numbers.All(double.IsFinite) ? [.. numbers]
        : throw new ArgumentException(
            $"{count} finite {what} were expected; given were {numbers.Count}{(numbers.All(double.IsFinite) ? "" : ", some not finite")}.");

    private static void CheckCovariance(double[] covariance, IReadOnlyList<string> names)
    {
        var features = names.Count;
        for (var i = 0; i < features; i++)
        {
            for (var j = 0; j < features; j++)
            {
                var bound = Math.Sqrt(covariance[i * features + i] * covariance[j * features + j]);
                if (!(Math.Abs(covariance[i * features + j] - covariance[j * features + i]) <= 1e-9 * bound)
                    || !(Math.Abs(covariance[i * features + j]) <= bound * (1 + 1e-6)))
                    throw new ArgumentException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                        $"The covariances of '{names[i]}' and '{names[j]}' ({covariance[i * features + j]:G6}, "
                            + $"{covariance[j * features + i]:G6}) do not fit each other or their variances "
                            + $"({covariance[i * features + i]:G6}, {covariance[j * features + j]:G6}): a covariance matrix is "
                            + $"symmetric and positive semidefinite."));
            }
        }
    }
}

using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>What a model loses without a feature: the feature is its training mean in every row.</summary>
/// <param name="Base">How well the model fits all features.</param>
/// <param name="Without">How well without each.</param>
public sealed record FeatureAblation(Fit Base, IReadOnlyList<Fit> Without)
{
    /// <summary>The rise of the loss without each feature.</summary>
    public IReadOnlyList<double> LossRise => [.. Without.Select(w => w.Loss - Base.Loss)];

    /// <summary>The rise of the share of wrong rows without each feature; NaN of numbers.</summary>
    public IReadOnlyList<double> ErrorRise => [.. Without.Select(w => Base.Accuracy - w.Accuracy)];

    /// <summary>The mean of each feature.</summary>
    /// <param name="rows">The training rows, one behind the other.</param>
    /// <param name="features">How many numbers a row has.</param>
    public static double[] Means(double[] rows, int features) => Matrices.Means(rows, features);

    /// <summary>Takes features away, one at a time.</summary>
    /// <param name="scores">The model, its scores before squashing.</param>
    /// <param name="rows">Rows, one behind the other.</param>
    /// <param name="labels">A class from 0, or a number, of each row.</param>
    /// <param name="replacement">What takes a feature's place, a number each.</param>
    /// <param name="link">How scores become probabilities; identity where they are numbers.</param>
    /// <param name="cancellation">Stops between features.</param>
    /// <exception cref="ArgumentException">The extents do not fit.</exception>
    public static FeatureAblation Of(RowFunction scores, ReadOnlySpan<double> rows, ReadOnlySpan<double> labels,
        IReadOnlyList<double> replacement, ScoreLink link, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(replacement);
        var width = scores.Features;
        if (replacement.Count != width || rows.Length != labels.Length * width)
            throw new ArgumentException($"A number in the place of each of {width} features was expected, and {labels.Length} rows of so "
                + $"many; {replacement.Count} numbers and {rows.Length} in rows were given.", nameof(replacement));
        var (known, without) = (Fit.Of(scores.Of(rows), labels, link), new Fit[width]);
        var changed = rows.ToArray();
        for (var feature = 0; feature < width; feature++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var at = feature; at < changed.Length; at += width)
                changed[at] = replacement[feature];
            without[feature] = Fit.Of(scores.Of(changed), labels, link);
            for (var at = feature; at < changed.Length; at += width)
                changed[at] = rows[at];
        }
        return new FeatureAblation(known, without);
    }
}

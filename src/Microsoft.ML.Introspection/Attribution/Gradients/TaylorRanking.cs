using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>One line of a ranking.</summary>
/// <param name="Name">The coefficient's name: <c>x</c>, <c>x²</c>, or <c>x · y</c>.</param>
/// <param name="MeanAbsolute">The mean of its absolute value over the rows.</param>
/// <param name="Mean">Its mean, sign included.</param>
public sealed record RankedCoefficient(string Name, double MeanAbsolute, double Mean);

/// <summary>
/// Taylor coefficients over a data set: the mean of their absolute values, largest first. Rows stream through in batches, so that
/// memory does not grow with their number. Wunsch, Friese, Wolf, Quast 2018, arXiv:1803.08782.
/// </summary>
public static class TaylorRanking
{
    /// <summary>Ranks the coefficients of a network of one input.</summary>
    /// <param name="network">A network of one input [N, features] of single-precision numbers.</param>
    /// <param name="rows">The rows, each of as many numbers as there are features; read once, in order.</param>
    /// <param name="features">The features' names; null for x0, x1, ….</param>
    /// <param name="method">To which order; null for the second.</param>
    /// <param name="target">
    /// What is explained; null for each row's class with the highest score. A label needs a further input and is refused.
    /// </param>
    /// <param name="batchSize">Rows computed together.</param>
    /// <param name="options">Where and how to run.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="ArgumentException">Names or a row do not fit the network, or there is no row.</exception>
    public static IReadOnlyList<RankedCoefficient> Of(
        Network network, IEnumerable<ReadOnlyMemory<float>> rows, IReadOnlyList<string>? features = null, TaylorCoefficients? method = null,
        Target? target = null, int batchSize = 64, RuntimeOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(rows);
        method ??= new TaylorCoefficients();
        if (network.Inputs.Count != 1 || target?.InputName is not null || network.DefaultInput.Type != ElementType.Float)
            throw new ArgumentException(
                "A Taylor ranking needs a network of one single-precision input, and a target that needs no further one.", nameof(network));

        var model = Explanation.Compile(network, method, target, new ExplanationOptions { TargetName = null, ScoreName = null });
        using var session = new ModelSession(model, options);
        using var runner = new BatchRunner(session, model, batchSize);
        var size = runner.InputSize(0);
        features ??= [.. Enumerable.Range(0, size).Select(i => $"x{i}")];
        if (features.Count != size)
            throw new ArgumentException($"{features.Count} names were given for {size} features.", nameof(features));

        var names = method.Names(features);
        var (absolute, signed) = (new double[names.Count], new double[names.Count]);
        var (total, waiting) = (0L, 0);
        foreach (var row in rows)
        {
            if (row.Length != size)
                throw new ArgumentException($"Row {total + waiting} has {row.Length} numbers; the network takes {size}.", nameof(rows));
            row.Span.CopyTo(runner.InputRow<float>(0, waiting));
            if (++waiting == runner.Capacity)
                Add();
        }
        if (waiting > 0)
            Add();
        if (total == 0)
            throw new ArgumentException("There is no row to average over.", nameof(rows));
        return [
            .. names.Select((name, i) => new RankedCoefficient(name, absolute[i] / total, signed[i] / total))
                .OrderByDescending(c => c.MeanAbsolute)];

        void Add()
        {
            runner.Run(waiting, cancellation);
            for (var r = 0; r < waiting; r++)
            {
                var coefficients = runner.OutputRow<float>(0, r);
                for (var i = 0; i < coefficients.Length; i++)
                    (absolute[i], signed[i]) = (absolute[i] + Math.Abs(coefficients[i]), signed[i] + coefficients[i]);
            }
            (total, waiting) = (total + waiting, 0);
        }
    }
}

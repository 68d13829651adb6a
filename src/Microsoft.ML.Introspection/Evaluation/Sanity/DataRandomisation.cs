using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// The randomisation test of data: what is said of rows by a model trained on true labels, and by one of the same kind trained on permuted
/// labels, which fit nothing in the rows. A method that says much the same of both does not tell what the labels have to do with the rows.
/// Adebayo et al. 2018, arXiv:1810.03292.
/// </summary>
/// <param name="True">What is said of each row by the model trained on true labels.</param>
/// <param name="Permuted">The same by the model trained on permuted labels.</param>
public sealed record DataRandomisation(IReadOnlyList<double[]> True, IReadOnlyList<double[]> Permuted)
{
    /// <inheritdoc cref="DataRandomisation(IReadOnlyList{double[]}, IReadOnlyList{double[]})" path="/param[@name='True']"/>
    public IReadOnlyList<double[]> True { get; } = True ?? throw new ArgumentNullException(nameof(True));

    /// <inheritdoc cref="DataRandomisation(IReadOnlyList{double[]}, IReadOnlyList{double[]})" path="/param[@name='Permuted']"/>
    public IReadOnlyList<double[]> Permuted { get; } = Fitting(Permuted, True);

    /// <summary>
    /// How well the first model fits the labels that it was trained on, by a metric; null where it was not looked at.
    /// </summary>
    public double? TrueFit { get; init; }

    /// <summary>
    /// How well the second fits its permuted labels: the test means most where it learned them by heart; null where it was not looked at.
    /// </summary>
    public double? PermutedFit { get; init; }

    /// <summary>How alike the two are, row by row: 1 of equal maps, about 0 of maps that have nothing to do with each other.</summary>
    /// <param name="similarity">By what.</param>
    /// <param name="width">The width of a map; 0 for that of a line, as of tables.</param>
    public double[] Similarity(MapSimilarity similarity, int width = 0) => [.. True.Zip(Permuted,
        (one, other) => similarity.Of(one, other, width > 0 ? width : one.Length))];

    /// <summary>What a method says of rows by two networks, each of its row's class; maps are sums over channels.</summary>
    /// <param name="trained">The network trained on true labels.</param>
    /// <param name="permuted">The network trained on permuted labels.</param>
    /// <param name="rows">The rows, with their explained classes; scores and attributions are not looked at.</param>
    /// <param name="method">The method.</param>
    /// <exception cref="ArgumentException">The networks take or tell different things.</exception>
    public static DataRandomisation Of(Network trained, Network permuted, ExplainedRows rows, AttributionMethod method)
    {
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(permuted);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(method);
        return new(Maps(trained), Maps(permuted));

        IReadOnlyList<double[]> Maps(Network network)
        {
            var (classes, largest) = (network.ClassesOf(network.DefaultOutput), rows.Targets.Append(0).Max());
            if (network.Inputs.Count != 1 || Sizes.Count(network.DefaultInput.Shape!.Skip(1)) != rows.Features || classes <= largest)
                throw new ArgumentException($"A network of rows of {rows.Features} numbers and more than {largest} classes was expected; "
                    + $"one takes {string.Join(", ", network.Inputs)} and tells {classes}.");
            using var explain = RowFunction.Explanations(network, method);
            return WeightRandomisation.Maps(explain, rows, rows.Targets);
        }
    }

    private static IReadOnlyList<double[]> Fitting(IReadOnlyList<double[]> permuted, IReadOnlyList<double[]> trained)
    {
        ArgumentNullException.ThrowIfNull(permuted);
        return permuted.Count == trained.Count && permuted.Zip(trained).All(p => p.First.Length == p.Second.Length) ? permuted
            : throw new ArgumentException("Both models are asked about the same rows, and say as many numbers of each.", nameof(permuted));
    }
}

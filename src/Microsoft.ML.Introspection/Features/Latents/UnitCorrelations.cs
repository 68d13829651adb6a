using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// How the units of a layer, the latents of an encoder say, go together with quantities that are known of the rows: whether one follows a
/// shift, a brightness, an age. NaN where a unit or a quantity does not vary.
/// </summary>
public sealed class UnitCorrelations
{
    private UnitCorrelations(LayerActivations of, string[] quantities) => (Layer, Units, Rows, Quantities, Pearson, Spearman) =
        (of.Layer, of.Width, of.Rows, quantities, new double[of.Width * quantities.Length], new double[of.Width * quantities.Length]);

    /// <summary>The layer.</summary>
    public string Layer { get; }

    /// <summary>How many units there are; those of a row in its order, last axis fastest.</summary>
    public int Units { get; }

    /// <summary>How many rows were looked at.</summary>
    public int Rows { get; }

    /// <summary>What the quantities are called.</summary>
    public IReadOnlyList<string> Quantities { get; }

    /// <summary>Pearson's correlations, units × quantities: how far one is a line of the other.</summary>
    public double[] Pearson { get; }

    /// <summary>Spearman's, of ranks: how far one rises with the other, along whatever curve.</summary>
    public double[] Spearman { get; }

    /// <summary>Correlates.</summary>
    /// <param name="activations">What the layer makes of the rows.</param>
    /// <param name="quantities">Names with a number for each row.</param>
    /// <exception cref="ArgumentException">There are no quantities, not as many numbers as rows, or some are not finite.</exception>
    public static UnitCorrelations Of(LayerActivations activations, params IReadOnlyList<KeyValuePair<string, double[]>> quantities)
    {
        ArgumentNullException.ThrowIfNull(activations);
        ArgumentNullException.ThrowIfNull(quantities);
        if (quantities.Count == 0 || activations.Rows < 2)
            throw new ArgumentException($"There are {quantities.Count} quantities of {activations.Rows} rows; one of two rows at least was "
                + "expected.", nameof(quantities));
        foreach (var (name, numbers) in quantities)
        {
            if (numbers.Length != activations.Rows)
                throw new ArgumentException($"The quantity '{name}' has {numbers.Length} numbers; there are {activations.Rows} rows, and "
                    + "as many were expected.", nameof(quantities));
            if (Array.FindIndex(numbers, n => !double.IsFinite(n)) is >= 0 and var row)
                throw new ArgumentException($"The quantity '{name}' is {numbers[row]} in row {row}; leave such rows out.",
                    nameof(quantities));
        }
        var found = new UnitCorrelations(activations, [.. quantities.Select(q => q.Key)]);
        var (width, count, given) = (activations.Width, quantities.Count, quantities.Select(q => q.Value).ToArray());
        var ranks = Array.ConvertAll(given, q => Correlation.Ranks(q));
        Parallel.For(0, width, unit =>
        {
            var own = new double[activations.Rows];
            for (var row = 0; row < own.Length; row++)
                own[row] = activations.Values[row * width + unit];
            var ownRanks = Correlation.Ranks(own);
            for (var i = 0; i < count; i++)
            {
                found.Pearson[unit * count + i] = Correlation.Pearson(own, given[i]);
                found.Spearman[unit * count + i] = Correlation.Pearson(ownRanks, ranks[i]);
            }
        });
        return found;
    }
}

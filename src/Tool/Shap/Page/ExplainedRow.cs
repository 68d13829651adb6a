using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Tool.Pages;

namespace Microsoft.ML.Introspection.Tool.Shap.Page;

/// <summary>A row as the report shows it.</summary>
internal sealed record ExplainedRow
{
    /// <summary>What the row is called: its ids, or its number.</summary>
    public required string Name { get; init; }

    /// <summary>What is true of it; null where nobody knows.</summary>
    public required string? Label { get; init; }

    /// <summary>The class that the target's column tells.</summary>
    public required long Class { get; init; }

    /// <summary>What the model sees.</summary>
    public required double[] Seen { get; init; }

    /// <summary>The numbers of the features, or of groups of one; NaN where there are several.</summary>
    public required float[] Features { get; init; }

    /// <summary>What stands there, where it is no number.</summary>
    public required string?[] Texts { get; init; }

    /// <summary>The SHAP values, shape [slots, players].</summary>
    public required double[] Values { get; init; }

    /// <summary>The scores, one for each slot.</summary>
    public required double[] Scores { get; init; }

    /// <summary>The base values, one for each slot.</summary>
    public required double[] Bases { get; init; }

    /// <summary>The output of each slot.</summary>
    public required int[] Outputs { get; init; }

    /// <summary>Takes a row out of a block.</summary>
    /// <param name="rows">The block.</param>
    /// <param name="row">The row's place in it.</param>
    /// <param name="result">What is said of the block.</param>
    /// <param name="source">Where the rows come from.</param>
    /// <param name="members">The features of every player.</param>
    /// <param name="names">What rows are called.</param>
    public static ExplainedRow Of(
        RowBlock rows, int row, Explanations result, FeatureRows source, IReadOnlyList<int[]> members, RowNames names)
    {
        var shown = rows.ShownRow(row).ToArray();
        var slots = row * result.Slots;
        return new ExplainedRow
        {
            Name = names.NameOf(rows.Carried[row], rows.First + row),
            Label = names.LabelOf(rows.Carried[row]),
            Class = rows.Classes[row],
            Seen = rows.SeenRow(row).ToArray(),
            Features = [.. members.Select(features => features is [var only] ? (float)shown[only] : float.NaN)],
            Texts = [.. members.Select(features => RowNames.Shortened(features is [var only]
                ? source.TextOf(only, shown[only])
                : GroupText.Of(features, source, shown)))],
            Values = result.ValuesOf(row).ToArray(),
            Scores = result.Scores.Slice(slots, result.Slots).ToArray(),
            Bases = result.BaseValues.Slice(slots, result.Slots).ToArray(),
            Outputs = result.Outputs.Slice(slots, result.Slots).ToArray(),
        };
    }
}

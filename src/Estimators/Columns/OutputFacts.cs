using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>What a column of base values tells of all outputs of a model, in annotations.</summary>
/// <param name="Names">A name for every output.</param>
/// <param name="BaseValues">A base value for every output; NaN where it is not known.</param>
/// <param name="Description">How values are computed, and of what.</param>
internal sealed record OutputFacts(IReadOnlyList<string> Names, IReadOnlyList<double> BaseValues, string Description)
{
    private const string NamesKind = "OutputNames", BasesKind = "OutputBaseValues", DescriptionKind = "Description",
        LinkKind = "OutputLink";

    /// <summary>
    /// How what is explained becomes a prediction, one output by itself; the identity where it is one, or needs all outputs.
    /// </summary>
    public ScoreLink Link { get; init; } = ScoreLink.Identity;

    /// <summary>Writes the annotations.</summary>
    public static void Add(OutputFacts facts, DataViewSchema.Annotations.Builder annotations)
    {
        var count = facts.Names.Count;
        annotations.Add(NamesKind, new VectorDataViewType(TextDataViewType.Instance, count), (ref VBuffer<ReadOnlyMemory<char>> value) =>
            value = new VBuffer<ReadOnlyMemory<char>>(count, [.. facts.Names.Select(n => n.AsMemory())]));
        annotations.Add(BasesKind, new VectorDataViewType(NumberDataViewType.Double, count), (ref VBuffer<double> value) =>
            value = new VBuffer<double>(count, [.. facts.BaseValues]));
        // Slope and offset of a logistic curve; nothing of the exponential.
        double[]? link = facts.Link switch
        {
            ScoreLink.LogisticLink logistic => [logistic.Slope, logistic.Offset],
            ScoreLink.ExponentialLink => [],
            _ => null,
        };
        if (link is not null)
            annotations.Add(LinkKind, new VectorDataViewType(NumberDataViewType.Double),
                (ref VBuffer<double> value) => value = new VBuffer<double>(link.Length, [.. link]));
        annotations.Add(DescriptionKind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) =>
            value = facts.Description.AsMemory());
    }

    /// <summary>Reads the annotations; null where they are not there.</summary>
    public static OutputFacts? Of(DataViewSchema.Column column)
    {
        var schema = column.Annotations.Schema;
        if (schema.GetColumnOrNull(NamesKind) is null || schema.GetColumnOrNull(BasesKind) is null
            || schema.GetColumnOrNull(DescriptionKind) is null)
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        VBuffer<double> bases = default;
        ReadOnlyMemory<char> description = default;
        column.Annotations.GetValue(NamesKind, ref names);
        column.Annotations.GetValue(BasesKind, ref bases);
        column.Annotations.GetValue(DescriptionKind, ref description);
        return new OutputFacts([.. names.DenseValues().Select(n => n.ToString())], [.. bases.DenseValues()], description.ToString())
        {
            Link = LinkOf(column),
        };
    }

    private static ScoreLink LinkOf(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(LinkKind) is null)
            return ScoreLink.Identity;
        VBuffer<double> link = default;
        column.Annotations.GetValue(LinkKind, ref link);
        return link.DenseValues().ToArray() is [var slope, var offset] ? ScoreLink.Calibrated(slope, offset) : ScoreLink.Exponential;
    }
}

using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley;

public sealed partial class ShapValues
{
    /// <summary>Rows of several outputs together, each with what is explained of it: its own class.</summary>
    /// <param name="rows">Each row as one of an output's rows; all with the same features.</param>
    /// <param name="mostInteractions">How many interaction values are kept at most: those of the first rows.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    public static ShapValues Together(IReadOnlyList<(ShapValues Of, int Row)> rows, long mostInteractions = long.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0)
            throw new ArgumentException("A row at least was expected.", nameof(rows));
        var outputs = rows.Select(r => r.Of).Distinct().ToList();
        var first = outputs[0];
        var pairs = (long)first.FeatureCount * first.FeatureCount;
        return new ShapValues(
            first.FeatureNames, rows.Average(r => r.Of.BaseValue), [.. rows.SelectMany(r => r.Of.ForRow(r.Row).ToArray())],
            [.. rows.SelectMany(r => r.Of.FeaturesOf(r.Row).ToArray())])
        {
            OutputName = "each row's own class",
            BaseValues = [.. rows.Select(r => r.Of.BaseValueOf(r.Row))],
            RowOutputs = [.. rows.Select(r => r.Of.OutputName)],
            Method = first.Method,
            AddsUp = first.AddsUp,
            Link = outputs.TrueForAll(o => o.Link == first.Link) ? first.Link : ScoreLink.Identity,
            RowNames = Each(v => v.RowNames),
            Labels = Each(v => v.Labels),
            Scores = Each(v => v.Scores),
            Interactions = rows.TakeWhile((r, place) => r.Row < r.Of.InteractionRowCount && (place + 1) * pairs <= mostInteractions)
                .SelectMany(r => r.Of.InteractionsOf(r.Row).ToArray()).ToArray(),
            Texts = outputs.SelectMany(o => o.Texts.Keys).Distinct()
                .ToDictionary(f => f, f => (IReadOnlyList<string>)[.. rows.Select(r => r.Of.TextOf(r.Row, f) ?? "")]),
        };

        IReadOnlyList<T>? Each<T>(Func<ShapValues, IReadOnlyList<T>?> of) =>
            outputs.TrueForAll(o => of(o) is not null) ? [.. rows.Select(r => of(r.Of)![r.Row])] : null;
    }
}

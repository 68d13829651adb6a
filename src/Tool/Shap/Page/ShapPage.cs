using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tool.Pages;

namespace Microsoft.ML.Introspection.Tool.Shap.Page;

/// <summary>The page with plots: of rows that are kept while all go by, so that its size does not grow with the file's.</summary>
internal sealed class ShapPage
{
    private const int MostRows = 2000;
    private const int MostNumbers = 1 << 22;
    private const int MostOutputs = 12;
    private const int MostRowsWithInteractions = 200;

    private readonly ShapModel _model;
    private readonly OutputChoice _choice;
    private readonly EvenSample<ExplainedRow> _sample;
    private readonly int[][] _members;
    private readonly RowNames _names;
    private readonly string? _labelName;
    private readonly int _slots;

    /// <summary>Makes room for rows.</summary>
    /// <param name="model">The model and the rows.</param>
    /// <param name="labelColumn">The column with the truth; null where there is none.</param>
    public ShapPage(ShapModel model, string? labelColumn)
    {
        (_model, _choice, _slots) = (model, model.Explainer.Outputs, model.Explainer.Slots);
        _members =
            [.. Enumerable.Range(0, model.Rows.Features.Count).GroupBy(f => Explainer.Players.Of?[f] ?? f).OrderBy(g => g.Key)
                .Select(g => g.ToArray())];
        _labelName = labelColumn;
        _names = new RowNames(model.Rows.Source.CarriedNames, labelColumn);
        _sample = new((int)Math.Clamp(MostNumbers / ((long)_slots * Explainer.Players.Count + model.Rows.Features.Count), 2, MostRows));
    }

    private Explainer Explainer => _model.Explainer;

    /// <summary>Keeps some rows of a block.</summary>
    public void Add(RowBlock rows, Explanations result)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            var place = row;
            _sample.Add(rows.First + row, () => ExplainedRow.Of(rows, place, result, _model.Rows, _members, _names));
        }
    }

    /// <summary>The page.</summary>
    /// <param name="job">What was asked for.</param>
    /// <param name="total">How many rows there were.</param>
    /// <param name="cancellation">Stops the work.</param>
    public Report Make(ShapJob job, long total, CancellationToken cancellation)
    {
        var kept = _sample.Items.ToArray();
        // Interactions are those of the first rows, so that rows that are spread over the file are put first.
        var paired = InteractionRows(kept.Length);
        var first = Enumerable.Range(0, paired).Select(i => (int)((long)i * kept.Length / paired)).ToHashSet();
        ExplainedRow[] rows = [.. kept.Where((_, i) => first.Contains(i)), .. kept.Where((_, i) => !first.Contains(i))];
        var interactions = Interactions(rows[..paired], cancellation);

        // Where rows differ in what is explained of them, each output has rows of its own.
        var outputs =
            Enumerable.Range(0, rows.Length)
                .SelectMany(row => Enumerable.Range(0, _slots).Select(slot => (Output: rows[row].Outputs[slot], Row: row, Slot: slot)))
            .GroupBy(o => o.Output, o => (o.Row, o.Slot))
            .Select(o => (Output: o.Key, Rows: o.Select(at => at.Row), Values: Values(NameOf(o.Key), [.. o], rows, interactions, paired)))
            .OrderByDescending(o => o.Values.MeanAbsolute.Sum()).ToArray();
        var facts = new List<(string, object?)> { ("Model", Path.GetFileName(job.Model.Path)), ("Data", Path.GetFileName(job.Data)),
            ("Algorithm", Explainer.Description) };
        if (rows.Length < total)
            facts.Add(("Rows of the data",
                FormattableString.Invariant($"{total:N0}; {rows.Length:N0} of them, spread evenly, are on this page")));
        if (outputs.Length > MostOutputs)
            facts.Add(("Explained outputs",
                FormattableString.Invariant($"{outputs.Length:N0}; the {MostOutputs} with the largest values are on this page")));
        var shown = outputs.Take(MostOutputs).OrderBy(o => o.Output).Select(o => o.Values);
        var each = outputs.SelectMany(o => o.Rows.Select((row, place) => (Row: row, Own: (o.Values, place))))
            .OrderBy(r => r.Row).Select(r => r.Own);
        return ShapReport.Of(
            [.. outputs.Length > 1 && _slots == 1 ? [ShapValues.Together([.. each])] : (ShapValues[])[], .. shown],
            new ShapReportOptions { Title = $"SHAP values of {Path.GetFileName(job.Model.Path)}", Facts = facts });
    }

    private int InteractionRows(int rows)
    {
        // All outputs that the target chooses from are computed.
        var numbers =
            (long)Math.Max(_slots, _choice.Needed(Explainer.OutputCount).Count) * Explainer.Players.Count * Explainer.Players.Count;
        return Explainer.HasInteractions && Explainer.Players.Count > 1
            ? (int)Math.Min(Math.Min(MostRowsWithInteractions, rows), MostNumbers / numbers) : 0;
    }

    private double[] Interactions(ExplainedRow[] rows, CancellationToken cancellation)
    {
        if (rows.Length == 0)
            return [];
        var result = Explainer.Room(rows.Length, withInteractions: true);
        double[] seen = [.. rows.SelectMany(row => row.Seen)];
        Explainer.Explain(seen, result, Array.ConvertAll(rows, row => row.Class), cancellation: cancellation);
        Explainer.ExplainPairs(seen, result, cancellation);
        return result.Interactions.ToArray();
    }

    // An output without a name is what the label's column tells.
    private string NameOf(int output) => Explainer is { OutputCount: 1, OutputNames: null } ? _labelName ?? "score"
        : _choice.Name(output, o => Explainer.OutputNames?[o] ?? FormattableString.Invariant($"output {o}"));

    private ShapValues Values(string name, (int Row, int Slot)[] at, ExplainedRow[] rows, double[] interactions, int paired)
    {
        var (players, own) = (Explainer.Players.Count, Array.ConvertAll(at, a => rows[a.Row]));
        return new ShapValues(
            Explainer.PlayerNames, own[0].Bases[at[0].Slot],
            [.. at.SelectMany(a => rows[a.Row].Values[(a.Slot * players)..((a.Slot + 1) * players)])],
            [.. own.SelectMany(row => row.Features)])
        {
            OutputName = name,
            Link = _choice.IsDifference ? ScoreLink.Identity : Explainer.Link,
            RowNames = [.. own.Select(row => row.Name)],
            Labels = !_names.HasLabels ? null : [.. own.Select(row => row.Label!)],
            Scores = [.. at.Select(a => rows[a.Row].Scores[a.Slot])],
            Interactions = at.TakeWhile(a => a.Row < paired)
                .SelectMany(
                    a => interactions[((a.Row * _slots + a.Slot) * players * players)..((a.Row * _slots + a.Slot + 1) * players * players)])
                    .ToArray(),
            Texts = Enumerable.Range(0, players).Where(p => Array.Exists(own, row => row.Texts[p] is not null))
                .ToDictionary(p => p, p => (IReadOnlyList<string>)[.. own.Select(row => row.Texts[p] ?? "")]),
        };
    }
}

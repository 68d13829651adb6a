using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Pages;
using Microsoft.ML.Introspection.Tool.Results;
using Microsoft.ML.Introspection.Tool.Shap.Page;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Explains a file of rows by Shapley values.</summary>
internal sealed class ShapRun : IDisposable
{
    private readonly ShapModel _model;
    private readonly ShapWork _work;
    private readonly IRowSink _sink;

    /// <summary>Reads the model, opens all files, prepares the algorithm: what can fail before the first row fails here.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <param name="cancellation">Stops the work.</param>
    public ShapRun(ShapJob job, Action<string> note, CancellationToken cancellation)
    {
        _model = ShapModel.Open(job, note, cancellation);
        try
        {
            var page = job.Report is null ? null : new ShapPage(_model, job.Csv.LabelColumn);
            _work = new ShapWork(job, _model, page);
            var results =
                ResultFiles.Begin(job.Output, [.. Results(job).Select(r => (r.Name, r.Port(_work)!))], () => Tables(job));
            _sink = page is null ? results
                : new JoinedSinks([results, new PageSink(job.Report!, rows => page.Make(job, rows, cancellation))]);
        }
        catch
        {
            _model.Dispose();
            throw;
        }
    }

    /// <summary>The algorithm, for people.</summary>
    public string Algorithm => _model.Explainer.Description;

    /// <summary>
    /// Local accuracy: the largest difference between base value and SHAP values of a row, and its score; and that row, from 0.
    /// </summary>
    public (double Gap, long Row) Largest => _work.Largest;

    /// <summary>The files that a job writes, the report last.</summary>
    public static IReadOnlyList<string> Paths(ShapJob job) =>
    [
        .. ResultFiles.Paths(job.Output, Results(job).Select(r => r.Name)),
        .. job.Interactions && DataFiles.IsTable(job.Output) ? (string[])[ResultFiles.Beside(job.Output, "interactions")] : [],
        .. job.Report is { } report ? (string[])[report] : [],
    ];

    /// <summary>Explains all rows.</summary>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops the run; nothing is written then.</param>
    /// <returns>The number of rows.</returns>
    public long Run(Action<JobProgress> progress, CancellationToken cancellation) =>
        new Job(_model.Rows.Source, _work).Run(_sink, progress, cancellation);

    public void Dispose()
    {
        _sink.Dispose();
        _model.Dispose();
    }

    private static IEnumerable<(ResultName Name, Func<ShapWork, ResultPort?> Port)> Results(ShapJob job)
    {
        yield return (new("values", null), work => work.Values);
        if (job.Interactions)
            yield return (new("interactions", "interactions"), work => work.Interactions);
        yield return (new("base", "base"), work => work.Bases);
        yield return (new("score", "score"), work => work.Scores);
        if (job.Request.Outputs.Varies)
            yield return (new("target", "target"), work => work.Outputs);
    }

    // A line for each row and explained output; and a second table with the interactions, a line for each feature.
    private IRowSink Tables(ShapJob job)
    {
        var players = _model.Explainer.PlayerNames;
        var output = new TableColumns(["target"], (row, slot, cell) => cell(_work.OutputOf(row, slot)));
        var values = new TableSink(job.Output, _model.Rows.Source.CarriedNames,
            [output, TableColumns.Of(_work.Scores, "score"), TableColumns.Of(_work.Bases, "base"), TableColumns.Of(_work.Values, players)],
            _work.Slots);
        if (_work.Interactions is not { } interactions)
            return values;
        try
        {
            return new JoinedSinks([values, new TableSink(ResultFiles.Beside(job.Output, "interactions"), [],
                [
                    new(["target"], (row, line, cell) => cell(_work.OutputOf(row, line / players.Count))),
                    new(["feature"], (_, line, cell) => cell(players[line % players.Count])),
                    TableColumns.Of(interactions, players),
                ], _work.Slots * players.Count)]);
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }
}

using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>Scores and explains rows in one pass, to a file of whatever kind.</summary>
internal sealed class ScoreRun : IDisposable
{
    private readonly ScoreJob _job;
    private readonly ScoreModel _model;
    private readonly TolerantWork? _tolerant;

    /// <summary>Reads the model, opens the rows, prepares the methods: what can fail before the first row fails here.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <param name="cancellation">Stops the work.</param>
    public ScoreRun(ScoreJob job, Action<string> note, CancellationToken cancellation)
    {
        _job = job with { Rows = job.Rows with { Csv = job.Rows.Csv with { PassesFaults = job.Failed is not null } } };
        _model = ScoreModel.Open(_job, note, cancellation);
        _tolerant = job.Failed is null ? null : new TolerantWork(_model.Work);
    }

    /// <summary>What is computed.</summary>
    public IBlockWork Work => _tolerant ?? _model.Work;

    /// <summary>How many rows failed by now.</summary>
    public long FailedRows => _tolerant?.FailedRows ?? 0;

    /// <summary>The job on some of the rows.</summary>
    public Job On(Shard? shard) => new(_model.Rows, Work, shard);

    /// <summary>The files that are written, in the order of those of <see cref="Begin"/>.</summary>
    public IReadOnlyList<string> Paths(string output, string? failed) =>
        [.. ResultFiles.Paths(output, Arrays().Select(a => a.Name)), .. failed is null ? (string[])[] : [failed]];

    /// <summary>Begins the files.</summary>
    /// <param name="output">Where results go.</param>
    /// <param name="failed">Where rows go that fail; null where none may.</param>
    public IRowSink Begin(string output, string? failed)
    {
        var results = ResultFiles.Begin(output, [.. Arrays()], () => new TableSink(output, _model.Rows.CarriedNames, [.. Columns()],
            numberOf: _tolerant is null ? null : _tolerant.NumberOf));
        if (_tolerant is not { } work)
            return results;
        try
        {
            return new SplitSink(results, new TableSink(failed!, _model.Rows.CarriedNames,
                [
                    new(["column"], (row, _, cell) => cell(work.Failed[row].Column)),
                    new(["reason"], (row, _, cell) => cell(work.Failed[row].Reason)),
                ], numberOf: row => work.Failed[row].Row), work);
        }
        catch
        {
            results.Dispose();
            throw;
        }
    }

    public void Dispose() => _model.Dispose();

    private ResultPort Kept(ResultPort port) => _tolerant?.Of(port) ?? port;

    private string Prefix(ScoredExplanation explanation, string mark) => _job.HasSeveral ? $"{explanation.Name}{mark}" : "";

    private IEnumerable<(ResultName Name, ResultPort Port)> Arrays()
    {
        foreach (var (place, (name, port, _)) in _model.Predictions.Index())
            yield return (new(name, place == 0 ? null : name), Kept(port));
        if (_model.Calibrated is { } calibrated)
            yield return (Same(calibrated.Added.Name), Kept(calibrated.Added));
        foreach (var explanation in _model.Explanations)
        {
            var prefix = Prefix(explanation, ".");
            yield return (Same($"{prefix}target"), Kept(explanation.Output));
            yield return (Same($"{prefix}score"), Kept(explanation.Score));
            if (explanation.Base is { } start)
                yield return (Same($"{prefix}base"), Kept(start));
            foreach (var (place, (port, _)) in explanation.Parts.Index())
                yield return (Same(explanation.Parts.Count == 1 ? $"{prefix}values" : $"{prefix}values{place + 1}"), Kept(port));
        }
        // Arrays do not tell which rows are left.
        if (_tolerant is { } work)
            yield return (Same("row"), ResultPort.Of<long>("row", [], rows =>
                (ReadOnlyMemory<long>)Enumerable.Range(0, rows).Select(work.NumberOf).ToArray()));

        static ResultName Same(string name) => new(name, name);
    }

    private IEnumerable<TableColumns> Columns()
    {
        foreach (var (_, port, columns) in _model.Predictions)
            yield return TableColumns.Of(Kept(port), columns);
        foreach (var columns in _model.Calibrated?.Columns(Kept(_model.Calibrated.Added)) ?? [])
            yield return columns;
        foreach (var explanation in _model.Explanations)
        {
            var (prefix, target) = (Prefix(explanation, ":"), explanation.Target);
            yield return target with
            {
                Names = [$"{prefix}target"],
                WriteNumbers = null,
                Write = _tolerant is not { } work ? target.Write : (row, line, cell) => target.Write(work.RowOf(row), line, cell),
            };
            yield return TableColumns.Of(Kept(explanation.Score), $"{prefix}score");
            if (explanation.Base is { } start)
                yield return TableColumns.Of(Kept(start), $"{prefix}base");
            var kept = explanation with { Parts = [.. explanation.Parts.Select(p => (Kept(p.Port), p.Names))] };
            if (_job.Top is { } top)
                foreach (var column in Reasons.Columns(kept, top, prefix))
                    yield return column;
            else
                foreach (var (port, names) in kept.Parts)
                    yield return TableColumns.Of(port, [.. names.Select(n => prefix + n)]);
        }
    }
}

using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Results;
using Microsoft.ML.Introspection.Tool.Shap.Page;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>What was done.</summary>
/// <param name="Rows">How many rows were explained.</param>
/// <param name="LargestGap">Local accuracy: the largest difference between base value and SHAP values of a row, and its score.</param>
/// <param name="LargestGapRow">That row, from 0.</param>
internal sealed record ShapSummary(long Rows, double LargestGap, long LargestGapRow);

/// <summary>Explains a file of rows by Shapley values, a block at a time: memory does not grow with the file.</summary>
internal sealed class ShapRun : IDisposable
{
    private readonly ShapJob _job;
    private readonly ShapModel _model;
    private readonly IShapResults _results;
    private readonly RowBlock _rows;
    private readonly Explanations _result;
    private readonly ShapPage? _page;

    /// <summary>Reads the model, opens all files, prepares the algorithm: what can fail before the first row fails here.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <param name="cancellation">Stops the work.</param>
    public ShapRun(ShapJob job, Action<string> note, CancellationToken cancellation)
    {
        _job = job;
        _model = ShapModel.Open(job, note, cancellation);
        try
        {
            var explainer = _model.Explainer;
            var capacity = explainer.RowsAtOnce(job.Interactions);
            (_rows, _result) = (_model.Rows.Block(capacity), explainer.Room(capacity, job.Interactions));
            _page = job.Report is null ? null : new ShapPage(_model, job.Csv.LabelColumn);
            var paths = Paths(job);
            _results = DataFile.Kind(job.Output) == DataKind.Npy
                ? new ShapArrays(paths, explainer)
                : new ShapTable(paths, DataFile.Kind(job.Output) == DataKind.Tsv ? '\t' : ',', _model.Rows.CarriedNames, explainer);
        }
        catch
        {
            _model.Dispose();
            throw;
        }
    }

    /// <summary>The algorithm, for people.</summary>
    public string Algorithm => _model.Explainer.Description;

    /// <summary>The files that a job writes beside the report.</summary>
    public static ShapPaths Paths(ShapJob job) => ShapPaths.Beside(job.Output, job.Interactions, job.Request.Outputs);

    /// <summary>Explains all rows.</summary>
    /// <param name="progress">Is told the share of the data that is done, from 0 to 1, and the number of rows.</param>
    /// <param name="cancellation">Stops the run; nothing is written then.</param>
    public ShapSummary Run(Action<double, long> progress, CancellationToken cancellation)
    {
        var (done, share, gap, gapRow) = (0L, 0.0, 0.0, 0L);
        while (_model.Rows.Read(_rows, cancellation))
        {
            var (before, behind) = (share, _model.Rows.Progress);
            Explain(part => progress(before + part * (behind - before), done), cancellation);
            if (LargestGap() is var (inBlock, row) && !(inBlock <= gap))
                (gap, gapRow) = (inBlock, row);
            _results.Append(_rows, _result);
            _page?.Add(_rows, _result);
            _model.Rows.Forget();
            (done, share) = (done + _rows.Count, behind);
            progress(share, done);
        }
        cancellation.ThrowIfCancellationRequested();
        // The page is made before any file appears: it may fail.
        using var page = _page is null ? null : new AtomicFile(_job.Report!);
        if (page is not null)
            _page!.Make(_job, done, cancellation).Write(page.Stream);
        _results.Complete();
        page?.Commit();
        return new ShapSummary(done, gap, gapRow);
    }

    public void Dispose()
    {
        _results.Dispose();
        _model.Dispose();
    }

    private void Explain(Action<double> progress, CancellationToken cancellation)
    {
        var explainer = _model.Explainer;
        for (var row = 0; explainer.Outputs.LabelColumn is { } column && row < _rows.Count; row++)
            if (explainer.Outputs.Fault(_rows.Classes[row], explainer.OutputCount) is { } fault)
                throw new InvalidDataException($"Row {_rows.First + row}, column '{column}': {fault}");
        try
        {
            explainer.Explain(_rows.Seen, _result, _rows.Classes.AsSpan(0, _rows.Count), progress: progress, cancellation: cancellation);
            if (_result.HasInteractions)
                explainer.ExplainPairs(_rows.Seen, _result, cancellation);
        }
        catch (Exception e) when (_rows.First > 0 && e is InvalidOperationException or ArgumentException)
        {
            // Explainers count from the first row that they are given.
            throw new InvalidDataException($"Of '{_job.Data}', counted from row {_rows.First} on: {Failure.Message(e)}", e);
        }
    }

    private (double Gap, long Row) LargestGap()
    {
        var (largest, at) = (0.0, 0L);
        for (var i = 0; i < _result.Scores.Length; i++)
        {
            var sum = _result.BaseValues[i];
            foreach (var value in _result.Values.Slice(i * _result.Players, _result.Players))
                sum += value;
            if (Math.Abs(sum - _result.Scores[i]) is var gap && !(gap <= largest))
                (largest, at) = (gap, _rows.First + i / _result.Slots);
        }
        return (largest, at);
    }
}

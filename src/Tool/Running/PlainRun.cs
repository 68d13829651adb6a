using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Pages;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Running;

/// <summary>Gives the plain outputs of a model of whatever kind.</summary>
internal sealed class PlainRun : IDisposable
{
    private readonly Stack<IDisposable> _open = new();
    private readonly NetworkJob _job;
    private readonly RowSource _rows;
    private readonly IBlockWork _work;
    private readonly IRowSink _sink;

    /// <summary>Reads the model and opens all files: what can fail before the first row fails here.</summary>
    /// <param name="job">The model, the rows, and where results go.</param>
    /// <param name="request">What is asked of the model.</param>
    /// <param name="report">Where a page with pictures goes; null for none.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    public PlainRun(NetworkJob job, PlainRequest request, string? report, Action<string> note)
    {
        _job = job;
        try
        {
            var model = Opened(PlainModel.Open(job, request, note));
            (_rows, _work, var names) = (model.Rows, model.Work, model.Names);
            var single = _work.Ports.Count == 1;
            (ResultName, ResultPort)[] results = [.. _work.Ports.Select(p => (new ResultName(p.Name, single ? null : p.Name), p))];
            foreach (var path in ResultFiles.Paths(job.Output, results.Select(r => r.Item1)))
                OutputFile.Check(path, job.Read);
            (ResultPort Port, IReadOnlyList<string> Names)[] named = [.. _work.Ports.Select(p =>
                (p, names ?? (p.Width == 1 ? [p.Name] : ExplainedTensor.Places(p.Name, p.RowShape))))];
            var files = ResultFiles.Begin(job.Output, results, () => new TableSink(job.Output, _rows.CarriedNames,
                [.. named.Select(p => TableColumns.Of(p.Port, p.Names))]));
            _sink = Opened(report is null ? files : new JoinedSinks([files, Page(report, named)]));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The files that <see cref="Run"/> writes.</summary>
    public IReadOnlyList<string> Paths => _sink.Paths;

    /// <summary>Scores all rows.</summary>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops the run; nothing is written then.</param>
    /// <returns>The number of rows.</returns>
    public long Run(Action<JobProgress> progress, CancellationToken cancellation) =>
        new Job(_rows, _work).Run(_sink, progress, cancellation);

    public void Dispose()
    {
        while (_open.TryPop(out var resource))
            resource.Dispose();
    }

    private PageSink Page(string report, IReadOnlyList<(ResultPort Port, IReadOnlyList<string> Names)> results)
    {
        var model = Path.GetFileName(_job.Network.Path);
        var page = new OutputPage($"Outputs of {model}",
            [("Model", model), ("Data", string.Join(", ", _job.Data.Select(d => Path.GetFileName(d.Path))))], results,
            new RowNames(_rows.CarriedNames, _job.Csv.LabelColumn));
        return new PageSink(report, page.Make, page.Add);
    }

    private T Opened<T>(T resource) where T : IDisposable
    {
        _open.Push(resource);
        return resource;
    }
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>Explains a file of rows, a batch at a time: memory does not grow with the file.</summary>
internal sealed class Explainer : IDisposable
{
    private readonly Stack<IDisposable> _open = new();
    private readonly Sources _sources;
    private readonly BatchRunner _runner;
    private readonly IReadOnlyList<Feed> _feeds;
    private readonly IResults _results;
    private readonly DataFile? _carrying;

    /// <summary>Reads the model, opens all files, compiles the explanation: what can fail before the first row fails here.</summary>
    public Explainer(ExplainJob job)
    {
        var (how, target) = (job.Explanation.Options, job.Explanation.Target);
        try
        {
            var model = OnnxModel.Load(job.Network.Path);
            _sources = Opened(Sources.Open(model, job.Data, job.Csv, target.LabelInput));
            var network = job.Network.Load(model, _sources.RowShapes(model, job.Network.Options));
            var graph = Explanation.Compile(network, how, how.Ask(job.Explanation.Method, target, network));
            var explanation = graph.Model;
            ExplainedTensor[] explained = how.Layer is { } layer
                ? [new(layer)]
                : [.. (how.Inputs ?? [network.DefaultInput.Name]).Select(name => ExplainedTensor.Input(network.Input(name), _sources.For(name)))];

            var session = Opened(new ModelSession(explanation, job.Runtime));
            _runner = Opened(new BatchRunner(session, explanation, job.Runtime.BatchSize));
            _feeds = Feeds.Make(job, network, session.InputNames.Select(name => explanation.Inputs.Single(i => i.Name == name)), _runner, _sources);
            _results = Opened(ResultFiles.Begin(job, _sources, explained, ExplanationPorts.Of(graph, _runner)));
            _carrying = _results.Carries ? _sources.Main : null;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The files that <see cref="Run"/> writes.</summary>
    public IReadOnlyList<string> Paths => _results.Paths;

    /// <summary>Explains all rows.</summary>
    /// <param name="progress">Is told the share of the data that is done, from 0 to 1, and the number of rows.</param>
    /// <param name="cancellation">Stops the run; nothing is written then.</param>
    /// <returns>The number of rows.</returns>
    public long Run(Action<double, long> progress, CancellationToken cancellation)
    {
        var done = 0L;
        var carried = new List<string[]>();
        while (Fill(carried, cancellation) is > 0 and var rows)
        {
            _runner.Run(rows, cancellation);
            _results.Append(rows, carried);
            done += rows;
            progress(_sources.Progress, done);
        }
        cancellation.ThrowIfCancellationRequested();
        _results.Complete();
        return done;
    }

    public void Dispose()
    {
        while (_open.TryPop(out var resource))
            resource.Dispose();
    }

    private T Opened<T>(T resource) where T : IDisposable
    {
        _open.Push(resource);
        return resource;
    }

    private int Fill(List<string[]> carried, CancellationToken cancellation)
    {
        carried.Clear();
        var rows = 0;
        while (rows < _runner.Capacity && _sources.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var feed in _feeds)
                feed.Write(rows);
            if (_carrying is not null)
                carried.Add(_carrying.Carried());
            rows++;
        }
        return rows;
    }
}

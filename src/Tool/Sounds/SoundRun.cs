using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Sounds;

/// <summary>Explains sounds by one method or by several: pictures, a page, a table and arrays in one folder.</summary>
internal sealed class SoundRun : IDisposable
{
    // Known to be sounds, though only some are read: the user is told so.
    private static readonly FileSet Files =
        new("sound", [".wav", ".wave"], [".mp3", ".ogg", ".opus", ".flac", ".aac", ".m4a", ".aif", ".aiff", ".wma"]);

    private readonly SoundRows _rows;
    private readonly SoundInput _input;
    private readonly SoundRequest _request;
    private readonly GraphWork _work;
    private readonly IReadOnlyList<(string Method, ResultPort Port, ResultPort? Base)> _methods;
    private readonly ResultPort _target, _score;
    private readonly IReadOnlyList<ResultPort> _gaps;
    private readonly string _model, _output;

    /// <summary>Reads the model, finds the sounds, compiles the explanations: what can fail before the first sound fails here.</summary>
    public SoundRun(SoundRequest request, NetworkRequest network, RuntimeOptions runtime, IReadOnlyList<ExplanationRequest> requests,
        string output, Action<string> note)
    {
        (_request, _model, _output) = (request, Path.GetFileName(network.Path), output);
        ResultFolder.Check(output);
        var files = Files.Find(request.Sounds);
        if (requests.Any(r => r.Options.Layer is not null))
            throw new UsageException("Sounds are explained at their samples; leave --layer out.");
        var loaded = network.Load();
        if (loaded.Inputs.Count > 1)
            throw new InvalidDataException($"The model has {loaded.Inputs.Count} inputs, and sounds are given for one. Make the others "
                + "constant (--constant NAME=VALUE), or give all by --data.");
        _input = SoundInput.Of(loaded, requests[0].Options.Inputs?[0]);
        _rows = new SoundRows(files, _input, request);
        note($"{_input.Length:N0} samples of {_input.Channels} channel{(_input.Channels > 1 ? "s" : "")} as the files have them, "
            + (request.SampleRate is { } rate ? $"from -1 to 1, {rate:N0} a second."
                : "from -1 to 1; --sample-rate says how many a second the network expects."));
        Ask[] asks = [.. requests.Select((r, i) => ExplainedNetwork.Asked(loaded, r, requests.Count > 1, i == 0, forPage: true))];
        var graph = Explanation.Compile(loaded, requests[0].Options, asks);
        _work = new GraphWork(graph.Model, runtime, _rows, _ => new InputRows(0),
            graph.Ports.Select(p => new GraphResult(p.Name, p.Name, IsNumber: p.Kind != PortKind.Attribution)));
        _methods = [.. requests.Select(r =>
        {
            var name = requests.Count > 1 ? r.Name : r.Options.AttributionName;
            return (r.Name, Port(name)!, Port(ExplainedNetwork.BaseOf(name)));
        })];
        if (_methods.FirstOrDefault(m => m.Port.Width != _input.Channels * _input.Length) is { Port: { } other } unfit)
            throw new NotSupportedException($"{unfit.Method} gives {other.Width:N0} numbers, and not one for each of the "
                + $"{_input.Channels * _input.Length:N0} samples. Explain the sounds as rows (--data), or spread groups (--spread).");
        (_target, _score) = (Port(requests[0].Options.TargetName!)!, Port(requests[0].Options.ScoreName!)!);
        _gaps = [.. requests.Where(r => r.Options.GapName is not null)
            .Select(r => Port(requests.Count > 1 ? $"{r.Options.GapName}_{r.Name}" : r.Options.GapName!)!)];
    }

    /// <summary>What was wrong with files that were left out.</summary>
    public IReadOnlyList<string> Problems => _rows.Problems;

    /// <summary>What was done to fit files to the network's length; null where all had it.</summary>
    public string? Fitted => _rows.Fitted;

    /// <summary>Explains all sounds; the folder appears at the end, or not at all.</summary>
    public long Run(Action<JobProgress> progress, CancellationToken cancellation)
    {
        using var folder = new ResultFolder(_output);
        var pictures = new SoundSink(folder, _input, _methods, _target, _score, _rows, _request.Shown);
        long rows;
        using (var sink = new JoinedSinks(
        [
            new NpzSink(folder["arrays.npz"],
                [
                    .. _methods.Select(m => (m.Method, m.Port)), (_target.Name, _target), (_score.Name, _score),
                    .. _gaps.Select(g => (g.Name, g)),
                ]),
            new TableSink(folder["sounds.csv"], _rows.CarriedNames,
                [.. ((IEnumerable<ResultPort>)[_target, _score, .. _gaps]).Select(port => TableColumns.Of(port, port.Name))]),
            pictures,
        ]))
            rows = new Job(_rows, _work).Run(sink, progress, cancellation);
        if (rows == 0)
            throw new InvalidDataException($"None of the sounds could be read. {Problems[0]}");
        if (_request.Shown > 0)
            pictures.Page(_model, rows, Problems).Save(folder["index.html"]);
        folder.Complete();
        return rows;
    }

    public void Dispose()
    {
        _work?.Dispose();
        _rows?.Dispose();
    }

    private ResultPort? Port(string name) => _work.Ports.FirstOrDefault(p => p.Name == name);
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>Explains files of rows by one method or by several.</summary>
internal sealed class ExplainRun : IDisposable
{
    private readonly Stack<IDisposable> _open = new();
    private readonly Sources _sources;
    private readonly IBlockWork _work;
    private readonly IRowSink _sink;

    /// <summary>Reads the model, opens all files, compiles the explanations: what can fail before the first row fails here.</summary>
    public ExplainRun(NetworkJob job, IReadOnlyList<ExplanationRequest> requests)
    {
        var label = requests[0].Target.LabelInput;
        try
        {
            var model = OnnxModel.Load(job.Network.Path);
            _sources = Opened(Sources.Open(model, job.Data, job.Csv, label));
            var network = job.Network.Load(model, _sources.RowShapes(model, job.Network.Options));
            var works = new List<IBlockWork>();
            foreach (var request in requests)
                works.Add(Opened(Work(job, network, request)));
            _work = works.Count == 1 ? works[0] : new JoinedWork(works);
            _sink = Opened(Begin(job, network, requests, works));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The files that <see cref="Run"/> writes.</summary>
    public IReadOnlyList<string> Paths => _sink.Paths;

    /// <summary>
    /// What the results are called: the attributions and gaps of each method, then the target and the score, which all methods share.
    /// </summary>
    public static IReadOnlyList<ResultName> Names(IReadOnlyList<ExplanationRequest> requests)
    {
        var (several, first) = (requests.Count > 1, requests[0].Options);
        return
        [
            .. requests.SelectMany(r => Explained(r).SelectMany(input => (ResultName[])
            [
                new(Joined(r.Name, input), several ? Joined(r.Name, input) : input),
                .. r.Options.GapName is { } gap ? (ResultName[])[Same(Joined(gap, several ? r.Name : null, input))] : [],
            ])),
            Same(first.TargetName!), Same(first.ScoreName!),
        ];

        static ResultName Same(string name) => new(name, name);
        static string Joined(params string?[] names) => string.Join('_', names.OfType<string>());
    }

    /// <summary>Explains all rows.</summary>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops the run; nothing is written then.</param>
    /// <returns>The number of rows.</returns>
    public long Run(Action<JobProgress> progress, CancellationToken cancellation) =>
        new Job(_sources.Rows, _work).Run(_sink, progress, cancellation);

    public void Dispose()
    {
        while (_open.TryPop(out var resource))
            resource.Dispose();
    }

    // Inputs are told apart by name where there are several.
    private static IEnumerable<string?> Explained(ExplanationRequest request) =>
        request.Options.Inputs is { Count: > 1 } inputs ? inputs.Select(i => (string?)i) : [null];

    private static int PortsOf(ExplanationRequest request) => Explained(request).Count() * (request.Options.GapName is null ? 1 : 2);

    private GraphWork Work(NetworkJob job, Network network, ExplanationRequest request)
    {
        var graph = Explanation.Compile(network, request.Method, request.Target, request.Options);
        var each = request.Options.GapName is null ? 1 : 2;
        return new GraphWork(graph, job.Runtime, _sources.Rows,
            _sources.Feeds(network, job.Scales, () => request.Options.Inputs?[0] ?? network.DefaultInput.Name, request.Options.Output),
            graph.Outputs.Select((o, i) => new GraphResult(o.Name, o.Name, IsNumber: i >= PortsOf(request) || i % each == 1)));
    }

    private IRowSink Begin(NetworkJob job, Network network, IReadOnlyList<ExplanationRequest> requests, List<IBlockWork> works)
    {
        ResultPort[] ports = [.. works.Zip(requests, (work, request) => work.Ports.Take(PortsOf(request))).SelectMany(p => p),
            .. works[0].Ports.Skip(PortsOf(requests[0]))];
        return ResultFiles.Begin(job.Output, [.. Names(requests).Zip(ports)], Table);

        IRowSink Table(char delimiter)
        {
            var (gaps, attributions) = (new List<TableColumns>(), new List<TableColumns>());
            foreach (var (request, work) in requests.Zip(works))
            {
                var prefix = requests.Count > 1 ? $"{request.Name}:" : "";
                var explained = Tensors(network, request.Options);
                for (var i = 0; i < explained.Length; i++)
                {
                    var port = work.Ports[i * PortsOf(request) / explained.Length];
                    attributions.Add(TableColumns.Of(port, [.. explained[i].Names(port, request.Method).Select(n => prefix + n)]));
                    if (request.Options.GapName is not null)
                        gaps.Add(Number(work.Ports[2 * i + 1], prefix));
                }
            }
            return new TableSink(job.Output, delimiter, _sources.Rows.CarriedNames,
                [Number(ports[^2]), Number(ports[^1]), .. gaps, .. attributions]);
        }

        static TableColumns Number(ResultPort port, string prefix = "") => TableColumns.Of(port, prefix + port.Name);
    }

    private ExplainedTensor[] Tensors(Network network, ExplanationOptions how) => how.Layer is { } layer
        ? [new(layer)]
        : [.. (how.Inputs ?? [network.DefaultInput.Name]).Select(name => ExplainedTensor.Input(network.Input(name), _sources.For(name)))];

    private T Opened<T>(T resource) where T : IDisposable
    {
        _open.Push(resource);
        return resource;
    }
}

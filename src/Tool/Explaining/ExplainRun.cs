using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Pages;
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
    /// <param name="job">The model, the rows, and where results go.</param>
    /// <param name="requests">What is asked.</param>
    /// <param name="report">Where a page with pictures goes; null for none.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    public ExplainRun(NetworkJob job, IReadOnlyList<ExplanationRequest> requests, string? report, Action<string> note)
    {
        try
        {
            var model = job.Network.ReadModel();
            _sources = Opened(Sources.Open(model, job.Data, job.Csv, requests[0].Target));
            var (network, work, answers) = ExplainedNetwork.Open(job, model, requests, _sources, report is not null, note);
            Opened(work);
            if (report is null)
            {
                _work = work;
                _sink = Opened(Begin(job, requests, answers));
                return;
            }
            var page = ExplanationPage.Of(job, network, _sources, requests[0], answers);
            var seen = page.Seeing(work);
            _work = seen;
            _sink = Opened(new JoinedSinks([Begin(job, requests, answers),
                new PageSink(report, page.Make, (first, rows, carried) => page.Add(seen, first, rows, carried))]));
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
                new(Joined(r.Name, input), several ? Joined(r.Name, input) : input), .. IsJoint(r) ? [] : Gap(r, input),
            ]).Concat(IsJoint(r) ? Gap(r, null) : [])),
            Same(first.TargetName!), Same(first.ScoreName!),
        ];

        ResultName[] Gap(ExplanationRequest r, string? input) =>
            r.Options.GapName is { } gap ? [Same(Joined(gap, several ? r.Name : null, input))] : [];

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

    // Several inputs have one gap unless each is explained alone.
    private static bool IsJoint(ExplanationRequest request) =>
        request.Options.Inputs is { Count: > 1 } && request.Options.Several != SeveralInputs.EachAlone;

    private IRowSink Begin(NetworkJob job, IReadOnlyList<ExplanationRequest> requests, ExplainedAnswers answers)
    {
        return ResultFiles.Begin(job.Output, [.. Names(requests).Zip(_work.Ports)], Table);

        IRowSink Table()
        {
            string Prefix(ExplainedAnswer answer) => requests.Count > 1 ? $"{answer.Name}:" : "";
            return new TableSink(job.Output, _sources.Rows.CarriedNames,
            [
                Number(answers.Target), Number(answers.Score),
                .. answers.Methods.SelectMany(m => m.Gaps.Select(gap => Number(gap, Prefix(m)))),
                .. answers.Methods.SelectMany(m => m.Parts.Select(p => TableColumns.Of(p.Port, [.. p.Names.Select(n => Prefix(m) + n)]))),
            ]);
        }

        static TableColumns Number(ResultPort port, string prefix = "") => TableColumns.Of(port, prefix + port.Name);
    }

    private T Opened<T>(T resource) where T : IDisposable
    {
        _open.Push(resource);
        return resource;
    }
}

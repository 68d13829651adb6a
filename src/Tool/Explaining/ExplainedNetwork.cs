using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>A network whose explanations are compiled, ready for rows.</summary>
/// <param name="Network">The network.</param>
/// <param name="Work">What explains rows; its ports are the attributions and gaps of each method, then what all share.</param>
/// <param name="Answers">What each method says.</param>
internal sealed record ExplainedNetwork(Network Network, GraphWork Work, ExplainedAnswers Answers)
{
    /// <summary>Compiles the explanations of a network.</summary>
    /// <param name="job">The model and its rows.</param>
    /// <param name="model">The model as its file has it.</param>
    /// <param name="requests">What is asked.</param>
    /// <param name="sources">The open files.</param>
    /// <param name="withBase">Whether base values are asked for where methods promise one.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    public static ExplainedNetwork Open(NetworkJob job, OnnxModel model, IReadOnlyList<ExplanationRequest> requests, Sources sources,
        bool withBase, Action<string> note)
    {
        var network = job.Network.Load(model, sources.RowShapes(model, job.Network.Options));
        sources.TakeWhole(model, network);
        Ask[] asks = [.. requests.Select((r, i) => Asked(network, r, requests.Count > 1, i == 0, withBase))];
        var graph = Explanation.Compile(network, requests[0].Options, asks);
        // What the methods share comes last, and behind it what is not asked for in so many words.
        var results = graph.Ports.OrderBy(p => p.Kind switch
        {
            PortKind.BaseValue => 2,
            PortKind.Target or PortKind.Score => 1,
            _ => 0,
        }).ToList();
        var work = new GraphWork(graph.Model, job.Runtime, sources.Rows,
            sources.Feeds(network, job.Scales, () => requests[0].Options.Inputs?[0] ?? network.DefaultInput.Name, note,
                requests[0].Options.Output),
            results.Select(p => new GraphResult(p.Name, Shown(p, requests), IsNumber: p.Kind != PortKind.Attribution)));
        return new(network, work, AnswersOf(network, sources, requests, [.. results.Zip(work.Ports)]));
    }

    /// <summary>What a request asks of a network, named after the method where there are several.</summary>
    public static Ask Asked(Network network, ExplanationRequest request, bool several, bool isFirst, bool forPage = false)
    {
        var ask = request.Options.Ask(request.Method, request.Target, network);
        if (several)
            ask = ask with
            {
                Name = request.Name, GapName = ask.GapName is { } gap ? $"{gap}_{request.Name}" : null,
                TargetName = isFirst ? ask.TargetName : null, ScoreName = isFirst ? ask.ScoreName : null,
            };
        return forPage ? ask with { BaseValueName = BaseOf(ask.Name), BaseValueWherePromised = true } : ask;
    }

    /// <summary>What the base value of an attribution is called, which a page shows.</summary>
    public static string BaseOf(string attribution) => $"{attribution}:base";

    // Tables say the method before the name.
    private static string Shown(Port port, IReadOnlyList<ExplanationRequest> requests)
    {
        var options = requests[0].Options;
        var name = port.Kind switch { PortKind.Attribution => options.AttributionName, PortKind.Gap => options.GapName!, _ => null };
        return name is null || requests.Count == 1 ? port.Name : port.Of is { } of ? $"{name}_{of}" : name;
    }

    // What each method says, beside what all share.
    private static ExplainedAnswers AnswersOf(Network network, Sources sources, IReadOnlyList<ExplanationRequest> requests,
        List<(Port Of, ResultPort Port)> results)
    {
        ResultPort Only(PortKind kind) => results.Single(r => r.Of.Kind == kind).Port;
        return new(Only(PortKind.Target), Only(PortKind.Score), [.. requests.Select(request =>
        {
            var ask = requests.Count > 1 ? request.Name : request.Options.AttributionName;
            ResultPort[] Mine(PortKind kind) => [.. results.Where(r => r.Of.Ask == ask && r.Of.Kind == kind).Select(r => r.Port)];
            return new ExplainedAnswer(request.Name, Mine(PortKind.Gap), Mine(PortKind.BaseValue),
                [.. Tensors(network, sources, request.Options).Zip(Mine(PortKind.Attribution), (tensor, port) =>
                    new ExplainedPart(tensor, port, tensor.Names(port, request.Method)))]);
        })]);
    }

    private static ExplainedTensor[] Tensors(Network network, Sources sources, ExplanationOptions how) => how.Layer is { } layer
        ? [new(layer)]
        : [.. (how.Inputs ?? [network.DefaultInput.Name]).Select(name => ExplainedTensor.Input(network.Input(name), sources.For(name)))];
}

using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Pages;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>The page of a run: which inputs it shows, and what is told of them.</summary>
internal static class ExplanationPage
{
    /// <summary>Makes room for the page's rows.</summary>
    /// <param name="job">What was asked for.</param>
    /// <param name="network">The network.</param>
    /// <param name="sources">The rows.</param>
    /// <param name="request">What the methods have in common.</param>
    /// <param name="answers">What they say.</param>
    public static AttributionPage Of(
        NetworkJob job, Network network, Sources sources, ExplanationRequest request, ExplainedAnswers answers)
    {
        // Beside a layer the input is seen that goes in.
        var isLayer = request.Options.Layer is not null;
        string[] seen = [.. (isLayer ? null : request.Options.Inputs) ?? [network.DefaultInput.Name]];
        var methods = answers.Methods.Select(m => new ShownMethod(m.Name,
            [.. m.Parts.Select(p => new ShownPart(p.Port, p.Names, isLayer ? 0 : Array.IndexOf(seen, p.Of.Name), isLayer))],
            m.Bases is [var only] ? only : null));
        return new AttributionPage(
            new PageSubject($"Explanations of {Path.GetFileName(job.Network.Path)}",
                [
                    ("Model", Path.GetFileName(job.Network.Path)),
                    ("Data", string.Join(", ", job.Data.Select(d => Path.GetFileName(d.Path)))),
                ],
                IsTold(request.Target) ? null : request.Target.ToString(),
                network.ClassesOf(request.Options.Output ?? network.DefaultOutput) == 1),
            [.. seen.Select(name => Shown(network, sources, name))], [.. methods], answers.Target, answers.Score,
            new RowNames(sources.Rows.CarriedNames, job.Csv.LabelColumn));
    }

    // Whether the class of each row is all there is to tell.
    private static bool IsTold(Target target) =>
        target == Target.ArgMax || target.LabelInput is not null || target.ToString()!.All(char.IsAsciiDigit);

    private static ShownInput Shown(Network network, Sources sources, string name)
    {
        var input = network.Input(name);
        int[] extents = [.. input.Shape!.Skip(1).Select(d => (int)d.Value)];
        return new ShownInput(name, sources.Place(name), extents, extents.Length > 1 ? network.ChannelsOf(name) - 1 : 0,
            !input.Type.IsFloating());
    }
}

using System.Diagnostics;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Text;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Texts;

/// <summary>Explains texts by one method or by several.</summary>
internal sealed class TextRun(
    Terminal terminal, NetworkRequest network, TextJob job, IReadOnlyList<ExplanationRequest> requests, RuntimeOptions runtime)
{
    /// <summary>Explains all texts; nothing is written before the last is done.</summary>
    public int Run(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        if (requests.FirstOrDefault(r => r.Options.Layer is not null || r.Options.Inputs is not null) is not null)
            throw new UsageException("Texts are explained at the embedding of their tokens; leave --layer and --input out.");
        var model = TextNetwork.From(network.ReadModel(), job.Tokenizer, network.Options);
        if (job.Tokenizer.MaskId is null && job.Replacement is null && requests.Any(r => Inner(r.Method) is Shapley.CoalitionMethod))
            terminal.Note($"'{job.TokenizerName}' has no token that hides a word, such as [MASK]; words are taken out of the text. "
                + "--replacement puts something in their place.");
        var most = new TextExplainerOptions { Length = job.Length };
        List<TokenizedText> texts = [.. job.Texts.Select(text => model.Encode(text.First, text.Second, most))];
        var results = requests.Select(request => new TextResult(request.Name, Explained(model, request, texts, cancellation))).ToList();
        if (job.Report is { } page)
            TextPage.Make(Path.GetFileName(network.Path), job, results).Save(page);
        if (job.Output is { } output)
            TextTable.Write(output, results);
        else
            TextTable.Show(terminal, results);
        if (new[] { job.Output, job.Report }.OfType<string>().ToArray() is { Length: > 0 } files)
            terminal.Done("Explained", job.Texts.Count, watch.Elapsed, files);
        return ExitCode.Done;
    }

    private IReadOnlyList<TextExplanation> Explained(TextNetwork model, ExplanationRequest request, IReadOnlyList<TokenizedText> texts,
        CancellationToken cancellation)
    {
        using var explainer = UsageException.Check(() => new TextExplainer(model, Inner(request.Method), new TextExplainerOptions
        {
            Target = request.Target,
            Output = request.Options.Output,
            Reduction = (request.Method as PerToken)?.Reduction ?? default,
            Units = job.Units,
            Length = job.Length,
            Replacement = job.Replacement,
            Runtime = runtime,
        }));
        return explainer.Explain(texts, cancellation);
    }

    private static AttributionMethod Inner(AttributionMethod method) => method is PerToken token ? token.Method : method;
}

/// <summary>What a method says of the texts.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Texts">What it says of each.</param>
internal sealed record TextResult(string Method, IReadOnlyList<TextExplanation> Texts);

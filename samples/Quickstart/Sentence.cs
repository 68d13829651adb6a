using System.Text.Json;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;

namespace Quickstart;

/// <summary>A sentence about a film, and what each of its words adds to its being praise.</summary>
/// <param name="IsPraise">Whether it was meant as praise.</param>
/// <param name="Score">The network's score for praise less that for blame.</param>
/// <param name="Words">Its words, with what each adds to that.</param>
internal sealed record Sentence(bool IsPraise, float Score, IReadOnlyList<TokenAttribution> Words)
{
    // The network takes this many tokens; a shorter sentence stands at the end.
    private const int Length = 12;

    /// <summary>The word that speaks most for what the network reads.</summary>
    public string MostTelling => Words.MaxBy(word => word.Attribution * Score).Token;

    /// <summary>Explains the sentences in the sample's data, all in one batch, by integrated gradients of the words' embeddings.</summary>
    public static IReadOnlyList<Sentence> ExplainAll()
    {
        var vocabulary = JsonSerializer.Deserialize<string[]>(File.ReadAllText(Files.Data("vocabulary.json")))!;
        var rows = File.ReadLines(Files.Data("sentences.csv")).Skip(1).Select(line => line.Split(',')).ToList();
        var sentences = rows.Select(row => row[0].Split(' ')).ToList();
        long[] tokens =
            [.. sentences.SelectMany(
                words => new long[Length - words.Length].Concat(words.Select(word => (long)Array.IndexOf(vocabulary, word))))];

        var explanation = Explanation.Compile(
            Network.Load(Files.Model("lstm_text.onnx")),
            new PerToken(new IntegratedGradients(50)),
            Target.Difference(why: 1, whyNot: 0),
            new ExplanationOptions { Inputs = ["token_ids"] });
        using var session = new ModelSession(explanation);
        var explained = session.Run(new Dictionary<string, Tensor> { ["token_ids"] = Tensor.From(tokens, rows.Count, Length) });
        var (attributions, scores) = (explained["attribution"], explained["score"]);
        return [.. sentences.Select((words, row) => new Sentence(
            rows[row][1] == "1",
            scores.As<float>()[row],
            [.. words.Select((word, i) => new TokenAttribution(word, attributions.As<float>()[(row + 1) * Length - words.Length + i]))]))];
    }
}

using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>Where token numbers become vectors.</summary>
internal static class Embedding
{
    private const int Suggested = 5;

    /// <summary>
    /// The tensors of the embeddings of an input of whole numbers: rows gathered from a table of trained numbers, or one-hot codes (times
    /// such a table, where that follows). What merely renames, reshapes or converts numbers or table hides neither.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public static IReadOnlyList<string> Of(Network network, string input) => Find(network, input) is { Count: > 0 } found ? found
        : throw new ArgumentException($"The input '{input}' holds {network.Input(input).Type}, and no embedding of it was found (a "
            + "Gather from a table of trained numbers, or one-hot codes). Name the layer to attribute to with "
                + $"{nameof(Attribution.ExplanationOptions)}.{nameof(Attribution.ExplanationOptions.Layer)} (--layer): "
                    + $"{string.Join(", ", Candidates(network, network.Definition(input)).Select(c => $"'{c}'"))}, for instance.");

    /// <summary>The same; none where there is none.</summary>
    public static IReadOnlyList<string> Find(Network network, string input)
    {
        var start = network.Definition(input);
        var (tokens, codes, trained) = (new HashSet<Value> { start }, new HashSet<Value>(), new HashSet<Value>());
        var found = new List<Value>();
        foreach (var node in start.Graph.Nodes)
        {
            var (inputs, output) = (node.Inputs, node.Outputs[0]);
            if (node.OperatorType == "Gather" && tokens.Contains(inputs[1]!) && IsTrained(inputs[0]!))
                found.Add(output);
            else if (node.OperatorType == "OneHot" && tokens.Contains(inputs[0]!))
                codes.Add(output);
            else if (node.OperatorType is "MatMul" or "Gemm" && codes.Contains(inputs[0]!) && IsTrained(inputs[1]!))
                found.Add(output);
            else if (node.Facts?.Has(OperatorTraits.SameElements) == true && tokens.Contains(inputs[0]!))
                tokens.Add(output);
            // Codes that are laid out otherwise are no codes of a token any more.
            else if (node.Facts?.Has(OperatorTraits.SameElements) == true && codes.Contains(inputs[0]!)
                && inputs[0]!.ShapeOrNull is { } shape && shape.Equals(output.ShapeOrNull))
                codes.Add(output);
            else if (inputs.All(i => i is null || IsTrained(i)) && node.Captures.Count == 0)
                trained.UnionWith(node.Outputs);
        }
        if (found.Count == 0)
            found.AddRange(codes.Where(c => c.Type.IsFloating()).Take(1));
        return [.. found.Select(f => f.Name)];

        bool IsTrained(Value value) => value.Constant is not null || trained.Contains(value);
    }

    // The first layers of floating-point numbers behind the input.
    private static IEnumerable<string> Candidates(Network network, Value start)
    {
        var behind = new HashSet<Value> { start };
        foreach (var node in start.Graph.Nodes.Where(n => n.Dependencies.Any(behind.Contains)))
            behind.UnionWith(node.Outputs);
        return network.Layers.Where(l => l.Type.IsFloating() && behind.Contains(network.Definition(l.Output))).Take(Suggested)
            .Select(l => l.Name);
    }
}

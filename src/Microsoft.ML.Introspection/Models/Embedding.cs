using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>Where token numbers become vectors.</summary>
internal static class Embedding
{
    /// <summary>The tensor of the embeddings of an input of token numbers: rows gathered from a trained table.</summary>
    /// <exception cref="ArgumentException">There is no such tensor, or there are several.</exception>
    public static string Of(Network network, string input)
    {
        var tokens = new HashSet<Value> { network.Definition(input) };
        var embeddings = new List<string>();
        foreach (var node in network.Definition(input).Graph.Nodes)
        {
            if (node.OperatorType == "Gather" && node.Inputs[0]!.Constant is { } table && table.Type.IsFloating()
                && tokens.Contains(node.Inputs[1]!))
                embeddings.Add(node.Outputs[0].Name);
            else if (node.Facts?.Has(OperatorTraits.SameElements) == true && tokens.Contains(node.Inputs[0]!))
                tokens.Add(node.Outputs[0]);
        }
        return embeddings switch
        {
            [var only] => only,
            [] => throw new ArgumentException($"The input '{input}' holds {network.Input(input).Type}, and no embedding of it was found "
                + "(a Gather from a table of trained numbers). Name the layer to attribute to with "
                    + $"{nameof(Attribution.ExplanationOptions)}.{nameof(Attribution.ExplanationOptions.Layer)}."),
            _ => throw new ArgumentException($"The input '{input}' has several embeddings: "
                + $"{string.Join(", ", embeddings.Select(e => $"'{e}'"))}. Name one of them with "
                    + $"{nameof(Attribution.ExplanationOptions)}.{nameof(Attribution.ExplanationOptions.Layer)}."),
        };
    }
}

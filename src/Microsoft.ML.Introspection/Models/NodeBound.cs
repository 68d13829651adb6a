using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>How large a network may be: what reading, differentiating and loading one takes grows faster than its nodes.</summary>
internal static class NodeBound
{
    /// <summary>The model, where it has no more nodes than that.</summary>
    /// <param name="model">A model without functions.</param>
    /// <param name="most">The most nodes, with those within branches and loops.</param>
    /// <exception cref="InvalidModelException">It has more.</exception>
    public static OnnxModel Checked(OnnxModel model, int most)
    {
        var nodes = BodyCost.Count(model.Proto.Graph);
        return nodes <= most ? model : throw new InvalidModelException(FormattableString.Invariant(
            $"It has {nodes:N0} nodes, those of branches and loops among them; {most:N0} are the most (one of very many outputs counts as ")
            + "many). If that is meant, allow more: NetworkOptions.MostNodes, or --most-nodes N.");
    }
}

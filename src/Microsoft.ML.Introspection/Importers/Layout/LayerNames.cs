using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Layout;

/// <summary>Gives what layers make the names of the layers, so that they are found by these.</summary>
internal sealed class LayerNames
{
    private readonly HashSet<Value> _named = [];

    /// <summary>
    /// A layer's result under its name: that of its node, and of its tensor within, before any transposition. What has a name already (an
    /// input, another layer that this one hands on) gets a node of its own.
    /// </summary>
    /// <param name="result">The result.</param>
    /// <param name="name">The layer, with the models that it stands in before it.</param>
    /// <param name="tensor">The tensor: the layer alone.</param>
    /// <returns>The result as later layers use it.</returns>
    public Value Name(Value result, string name, string tensor)
    {
        var sinking = result.Graph.Rewriting as TransposeSinking;
        var inner = sinking?.Inner(result) ?? result;
        if (inner.Producer is null || inner.Producer.Outputs.Any(_named.Contains))
        {
            inner = inner.Graph.Add("Identity", "", "", [inner], Attributes.None, [(null, inner.Type, inner.ShapeOrNull)], share: false)
                .Outputs[0];
            result = sinking?.SeenLike(inner, result) ?? inner;
        }
        _named.Add(inner);
        inner.Producer!.Name = name;
        inner.Name = inner.Graph.UniqueName(tensor);
        return result;
    }
}

using System.Text.Json.Nodes;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>A model as layers that call each other, of whatever version of Keras it comes from.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Layers">The layers, in the order of the file.</param>
/// <param name="Inputs">The tensors that come from outside.</param>
/// <param name="Outputs">The tensors that go out.</param>
internal sealed record ModelDefinition(
    string Name, IReadOnlyList<LayerDefinition> Layers, IReadOnlyList<TensorReference> Inputs, IReadOnlyList<TensorReference> Outputs)
{
    /// <summary>All layers that are no models, with the names of the models that they stand in.</summary>
    public IEnumerable<(string[] Models, LayerDefinition Layer)> Leaves(params string[] within) => Layers.SelectMany(layer =>
        layer.Model is { } model ? model.Leaves([.. within, layer.Name]) : [(within, layer)]);
}

/// <summary>A layer.</summary>
/// <param name="Name">Its name, unique in its model.</param>
/// <param name="Class">Its class.</param>
/// <param name="Config">What it is configured with.</param>
/// <param name="Calls">Where it is used, in order.</param>
/// <param name="FirstNode">The number that others know the first of these by.</param>
/// <param name="Model">The model that it is; null for a layer proper.</param>
/// <param name="IsOperation">Whether it is a function of <c>keras.ops</c>, not a layer of the same name.</param>
internal sealed record LayerDefinition(
    string Name, string Class, Settings Config, IReadOnlyList<Call> Calls, int FirstNode, ModelDefinition? Model, bool IsOperation);

/// <summary>One use of a layer.</summary>
internal sealed record Call(IReadOnlyList<Argument> Arguments, IReadOnlyDictionary<string, Argument> Keywords)
{
    /// <summary>All tensors of the arguments without a name, in order.</summary>
    public IEnumerable<TensorReference> Tensors => Arguments.SelectMany(a => a.Tensors);

    /// <summary>All tensors that the call needs.</summary>
    public IEnumerable<TensorReference> Needed => Tensors.Concat(Keywords.Values.SelectMany(a => a.Tensors));
}

/// <summary>An argument of a call: a tensor, a list, or a constant.</summary>
internal sealed record Argument(TensorReference? Tensor, IReadOnlyList<Argument>? List, JsonNode? Constant)
{
    public IEnumerable<TensorReference> Tensors => Tensor is { } tensor ? [tensor] : List?.SelectMany(a => a.Tensors) ?? [];
}

/// <summary>An output of a use of a layer.</summary>
internal readonly record struct TensorReference(string Layer, int Node, int Index);

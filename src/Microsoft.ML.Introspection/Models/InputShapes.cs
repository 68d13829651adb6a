using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Models;

/// <summary>Settles the shapes of a model's inputs: the first open axis is the batch, every other extent becomes a number.</summary>
internal static class InputShapes
{
    /// <summary>The symbol of the batch in every graph we build.</summary>
    public const string Batch = "batch";

    /// <summary>
    /// A copy of the model whose inputs are settled and whose other declared shapes are taken away, for they may contradict.
    /// </summary>
    public static OnnxModel Settle(OnnxModel model, NetworkOptions options)
    {
        var inputs = model.Inputs;
        foreach (var name in options.RowShapes.Keys.Where(name => inputs.All(i => i.Name != name)))
            throw new ArgumentException($"The model has no input '{name}'; it has {string.Join(", ", inputs.Select(i => $"'{i.Name}'"))}.",
                nameof(options));
        var settled = inputs.ToDictionary(i => i.Name, i => Settle(i, options));

        var proto = model.Proto.Clone();
        var initializers = proto.Graph.Initializer.Select(i => i.Name).ToHashSet();
        var graphInputs = proto.Graph.Input.Where(i => !initializers.Contains(i.Name)).ToList();
        proto.Graph.Input.Clear();
        proto.Graph.Input.AddRange(graphInputs);
        foreach (var input in graphInputs)
            input.Type = TensorInfo.ToProto(settled[input.Name].Type, settled[input.Name].Shape);
        proto.Graph.ValueInfo.Clear();
        foreach (var output in proto.Graph.Output)
            if (output.Type?.TensorType is { } tensor)
                tensor.Shape = null;
        return new OnnxModel(proto);
    }

    private static TensorInfo Settle(TensorInfo input, NetworkOptions options)
    {
        if (input.Type == ElementType.Undefined)
            throw new InvalidModelException($"The input '{input.Name}' is no tensor; only tensors can be explained.");
        var given = options.RowShapes.GetValueOrDefault(input.Name);
        if (input.Shape is null && given is null)
            throw new InvalidModelException(
                $"The model does not tell the rank of its input '{input.Name}'. Give the extents of a row with NetworkOptions.RowShapes.");
        var shape = input.Shape ?? new Shape([Dimension.Unknown, .. given!.Select(e => (Dimension)e)]);
        if (shape.Rank == 0)
            return input with { Shape = shape };
        if (given is not null && given.Count != shape.Rank - 1)
            throw new ArgumentException($"A row of the input '{input.Name}' has {shape.Rank - 1} axes ({shape} with the batch); extents "
                + $"for {given.Count} were given: [{string.Join(", ", given)}].", nameof(options));

        var result = new List<Dimension> { shape[0].IsKnown ? shape[0] : Dimension.Symbol(Batch) };
        for (var axis = 1; axis < shape.Rank; axis++)
        {
            var place = $"{input.Name}[{axis}]";
            var known = given is not null ? given[axis - 1]
                : options.Dimensions.TryGetValue(place, out var byPlace) ? byPlace
                : shape[axis].Name is { } symbol && options.Dimensions.TryGetValue(symbol, out var bySymbol) ? bySymbol
                : (long?)null;
            if (shape[axis].IsKnown && known is { } other && other != shape[axis].Value)
                throw new ArgumentException($"Axis {axis} of the input '{input.Name}' has {shape[axis]} elements in the model; {other} "
                    + "were given.", nameof(options));
            if (!shape[axis].IsKnown && known is null)
                throw new InvalidModelException($"Axis {axis} of the input '{input.Name}' {shape} is open, and only the first axis (the "
                    + $"batch) may be. Fix it: NetworkOptions.Dimensions[\"{shape[axis].Name ?? place}\"], or "
                        + $"RowShapes[\"{input.Name}\"], or a column with known dimensions.");
            result.Add(known ?? shape[axis]);
        }
        // Of one that no array holds no row can ever be given, and much would be worked out for it.
        Sizes.Count(result.Where(d => d.IsKnown));
        return input with { Shape = new Shape(result) };
    }
}

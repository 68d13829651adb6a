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
        model = WithConstants(model, options);
        var inputs = model.Inputs;
        foreach (var name in options.RowShapes.Keys.Where(name => inputs.All(i => i.Name != name)))
            throw new ArgumentException($"The model has no input '{name}'; it has {string.Join(", ", inputs.Select(i => $"'{i.Name}'"))}.",
                nameof(options));
        var settled = inputs.ToDictionary(i => i.Name, i => Settle(i, options));

        var proto = model.ProtoToChange();
        var initializers = proto.Graph.Initializer.Select(i => i.Name).ToHashSet();
        var graphInputs = proto.Graph.Input.Where(i => !initializers.Contains(i.Name)).Select(i => i.Clone()).ToList();
        proto.Graph.Input.Clear();
        proto.Graph.Input.AddRange(graphInputs);
        foreach (var input in graphInputs)
            input.Type = TensorInfo.ToProto(settled[input.Name].Type, settled[input.Name].Shape);
        proto.Graph.ValueInfo.Clear();
        var outputs = proto.Graph.Output.Select(o => o.Clone()).ToList();
        proto.Graph.Output.Clear();
        proto.Graph.Output.AddRange(outputs);
        foreach (var output in outputs)
            if (output.Type?.TensorType is { } tensor)
                tensor.Shape = null;
        return new OnnxModel(proto);
    }

    /// <summary>The model with inputs that the options give values for made constants.</summary>
    /// <exception cref="ArgumentException">There is no such input, or a value does not fit it.</exception>
    public static OnnxModel WithConstants(OnnxModel model, NetworkOptions options)
    {
        if (options.Constants.Count == 0)
            return model;
        var proto = model.ProtoToChange();
        foreach (var (name, given) in options.Constants)
        {
            if (proto.Graph.Initializer.Any(i => i.Name == name) && model.Inputs.All(i => i.Name != name))
                continue;
            if (model.Inputs.FirstOrDefault(i => i.Name == name) is not { } input)
                throw new ArgumentException($"The model has no input '{name}' to make constant; it has "
                    + $"{string.Join(", ", model.Inputs.Select(i => $"'{i.Name}'"))}.", nameof(options));
            proto.Graph.Input.Remove(proto.Graph.Input.First(i => i.Name == name));
            proto.Graph.Initializer.Add(Constant(input, given, options).ToProto(name));
        }
        return new OnnxModel(proto);
    }

    private static Tensor Constant(TensorInfo input, Tensor given, NetworkOptions options)
    {
        var isWhole = given.Count > 1 && given.Dimensions.Length == input.Shape?.Rank;
        long[]? extents = input.Shape is null ? null : [.. input.Shape.Select((d, axis) =>
            d.IsKnown ? d.Value : Fixed(input, axis, options) ?? (isWhole ? given.Dimensions[axis] : 1))];
        if (given.Count != 1 && extents is not null && !given.Dimensions.SequenceEqual(extents))
            throw new ArgumentException($"The input '{input.Name}' has the shape {input.Shape}; the constant for it has {given.Shape}. "
                + "Expected was that shape, or one number.", nameof(options));
        try
        {
            return given.Count == 1 && extents is not null ? Tensor.Filled(input.Type, given.ToDouble()[0], extents)
                : given.Type == input.Type ? given
                : Tensor.FromDoubles(input.Type, given.ToDouble(), given.Dimensions);
        }
        catch (NotSupportedException e)
        {
            throw new ArgumentException($"The input '{input.Name}' holds {input.Type}; no constant of that type can be made ({e.Message}).",
                nameof(options), e);
        }
    }

    // What is said of an extent by its place or its symbol.
    private static long? Fixed(TensorInfo input, int axis, NetworkOptions options) =>
        options.Dimensions.TryGetValue($"{input.Name}[{axis}]", out var byPlace) ? byPlace
        : input.Shape![axis].Name is { } symbol && options.Dimensions.TryGetValue(symbol, out var bySymbol) ? bySymbol
        : null;

    private static TensorInfo Settle(TensorInfo input, NetworkOptions options)
    {
        if (input.Type == ElementType.String)
            throw new InvalidModelException($"The input '{input.Name}' holds text; only numbers can be explained. Turn the text into "
                + "numbers before the network (the step of the export that reads text left out), and explain the network behind it.");
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

        var result = new List<Dimension>();
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            var place = $"{input.Name}[{axis}]";
            var known = given is not null && axis > 0 ? given[axis - 1] : Fixed(input with { Shape = shape }, axis, options);
            if (shape[axis].IsKnown && known is { } other && other != shape[axis].Value && !(options.ReplacesExtents && axis > 0))
                throw new ArgumentException($"Axis {axis} of the input '{input.Name}' has {shape[axis]} elements in the model; {other} "
                    + $"were given. A network that takes other extents is read with {nameof(NetworkOptions.ReplacesExtents)}.",
                    nameof(options));
            if (axis == 0 && known is null && (!shape[0].IsKnown || options.OpensRows && shape[0] == 1))
            {
                result.Add(Dimension.Symbol(Batch));
                continue;
            }
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

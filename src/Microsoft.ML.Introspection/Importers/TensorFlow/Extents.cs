using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>
/// Keeps what is known of integers that stand for extents: TensorFlow computes the shapes it reshapes to, mostly of an open batch and of
/// numbers. What is known wholly is a constant; what is made of open extents of the inputs is written from these anew.
/// </summary>
internal sealed class Extents
{
    private readonly Dictionary<Value, Dimension[]> _known = [];
    private readonly Dictionary<string, (Value Input, int Axis)> _symbols = [];

    /// <summary>Takes an input, of whose open extents others are made.</summary>
    public void Add(Value input)
    {
        for (var axis = 0; axis < input.Rank; axis++)
            if (input.Shape[axis] is { IsKnown: false, Name: { } name, Factor: 1 })
                _symbols.TryAdd(name, (input, axis));
    }

    /// <summary>The numbers that a scalar or a list of integers holds, as far as they are known; null where nothing is.</summary>
    public Dimension[]? Of(Value value)
    {
        if (_known.TryGetValue(value, out var known))
            return known;
        if (value.Type != ElementType.Int64 || value.ShapeOrNull is not { Rank: <= 1 })
            return null;
        // A negative number is no extent; what is computed with it stays arithmetic.
        return value.Constant is { } constant && constant.ToInt64() is var numbers && Array.TrueForAll(numbers, n => n >= 0)
            ? Array.ConvertAll(numbers, n => (Dimension)n) : null;
    }

    /// <summary>The value of some extents: a constant, or written from the extents of the inputs; null where one is unknown.</summary>
    public Value? Write(Graph graph, Dimension[] extents, bool isScalar)
    {
        if (Array.TrueForAll(extents, e => e.IsKnown))
            return isScalar ? graph.Scalar(extents[0].Value) : graph.Constant(Array.ConvertAll(extents, e => e.Value));
        if (!Array.TrueForAll(extents, e => e.IsKnown || e.Name is { } name && _symbols.ContainsKey(name)))
            return null;
        Value[] parts = [.. extents.Select(e => e.IsKnown ? graph.Constant([e.Value]) : Symbol(e))];
        var value = isScalar ? parts[0].Squeeze(0) : Operators.Concat(0, parts);
        _known[value] = extents;
        return value;
    }

    /// <summary>Says what a value of integers holds.</summary>
    public Value Note(Value value, Dimension[]? extents)
    {
        if (extents is not null && value.Constant is null)
            _known[value] = extents;
        return value;
    }

    private Value Symbol(Dimension extent)
    {
        var (input, axis) = _symbols[extent.Name!];
        var one = Operators.Emit("Shape", Attributes.Of(("start", axis), ("end", axis + 1)), input);
        return extent.Factor == 1 ? one : one * extent.Factor;
    }
}

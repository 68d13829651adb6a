using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// Arithmetic on constants, done while a graph is built, where the operator's row of <see cref="OperatorTable"/> has it. Weights
/// of a backward pass (flipped kernels, folded scales) and shape arithmetic of exported networks become plain initializers this way. What
/// is not, or is too large to be worth the file's growth, stays a node; ONNX Runtime folds it when it loads.
/// </summary>
internal static class ConstantFolding
{
    private const long MaximumElements = ConstantShaping.MaximumElements;

    /// <summary>The operators that are folded.</summary>
    public static IReadOnlyCollection<string> Operators => [.. OperatorFacts.All.Where(f => f.Fold is not null).Select(f => f.Name)];

    /// <summary>The results of a node whose inputs are known, or null where it has to stay a node.</summary>
    public static IReadOnlyList<Value>? TryFold(Graph graph, string operatorType, IReadOnlyList<Value?> inputs, Attributes attributes)
    {
        if (operatorType == "Constant" && inputs.Count == 0)
            return Literal(attributes) is { } literal ? [graph.Constant(literal)] : null;
        if (FromShapes(graph, operatorType, inputs, attributes) is { } extent)
            return [extent];
        if (inputs.Count == 0 || OperatorFacts.Of(operatorType)?.Fold is not { } fold)
            return null;
        var constants = new Tensor[inputs.Count];
        for (var i = 0; i < constants.Length; i++)
        {
            if (inputs[i] is null && i > 2 && operatorType == "Slice")
                constants[i] = Tensor.Vector([.. Enumerable.Range(0, (int)constants[1].Count).Select(axis => i == 3 ? axis : 1L)]);
            else if (inputs[i]?.Constant is { Opaque: null } constant && constant.Count <= MaximumElements)
                constants[i] = constant;
            else
                return null;
        }
        try
        {
            return graph.Folded(Graph.Key(operatorType, inputs, attributes), () => fold(constants, attributes)) is { } result
                ? [result]
                : null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or ArithmeticException or IndexOutOfRangeException)
        {
            // The node does not fit its inputs. That is for whoever checks or runs it to say, with the node's name.
            return null;
        }
    }

    /// <summary>What the attributes of a <c>Constant</c> node hold; null for kinds that stay nodes (text, sparse).</summary>
    internal static Tensor? Literal(Attributes attributes) =>
        attributes.Tensor("value")
        ?? (attributes.Has("value_float") ? Tensor.Scalar(attributes.Float("value_float"))
            : attributes.Has("value_int") ? Tensor.Scalar(attributes.Int("value_int"))
            : attributes.Floats("value_floats") is { } floats ? Tensor.Vector<float>(floats)
            : attributes.Ints("value_ints") is { } ints ? Tensor.Vector<long>(ints)
            : null);

    // Extents are often picked out of a shape of which only the batch is open: shape(x)[2] is known though shape(x) is not.
    private static Value? FromShapes(Graph graph, string operatorType, IReadOnlyList<Value?> inputs, Attributes attributes)
    {
        switch (operatorType)
        {
            case "Shape" when inputs[0]!.ShapeOrNull is { } shape:
                var range = SliceRange.Of(shape.Rank, attributes.Int("start"), attributes.Int("end", shape.Rank), 1);
                var asked = new Shape(shape.Skip((int)range.Start).Take((int)range.Count));
                return asked.IsKnown ? graph.Constant(Tensor.Vector<long>(asked.ToArray())) : null;
            case "Gather" when inputs[1]?.Constant is { Count: 1 } index && inputs[0] is { Constant: null, Type: ElementType.Int64 } source
                && ShapeInference.Spelled(source) is { } spelled && index.ToInt64()[0] is var at && at < spelled.Rank && at >= -spelled.Rank
                && spelled[(int)at].IsKnown:
                return graph.Constant(Tensor.From([spelled[(int)at].Value], index.Dimensions));
            default:
                return null;
        }
    }

    public static bool Fits(Tensor shape) => Fits(shape.ToInt64());

    private static bool Fits(IEnumerable<long> shape) => shape.Aggregate((BigInteger)1, (size, d) => size * d) <= MaximumElements;

    public enum Binary
    {
        Add,
        Subtract,
        Multiply,
        Divide,
        Maximum,
        Minimum,
    }

    public static FoldRule Arithmetic(Binary operation) => (inputs, _) =>
        inputs.Skip(1).Aggregate((Tensor?)inputs[0], (left, right) => left is null ? null : Apply(operation, left, right));

    private static Tensor? Apply(Binary operation, Tensor left, Tensor right) => left.Type != right.Type ? null : left.Type switch
    {
        ElementType.Float => Apply<float>(operation, left, right),
        ElementType.Double => Apply<double>(operation, left, right),
        ElementType.Int64 => Apply<long>(operation, left, right),
        ElementType.Int32 => Apply<int>(operation, left, right),
        _ => null,
    };

    private static Tensor? Apply<T>(Binary operation, Tensor left, Tensor right) where T : unmanaged, INumber<T>
    {
        var shape = Shape.Broadcast(left.Shape, right.Shape).ToArray();
        var a = ConstantShaping.Expand(left, shape).As<T>();
        var b = ConstantShaping.Expand(right, shape).As<T>();
        if (operation == Binary.Divide && typeof(T) != typeof(float) && typeof(T) != typeof(double)
            && (b.Contains(T.Zero) || b.Contains(-T.One)))
            return null;
        var bytes = new byte[MemoryMarshal.AsBytes(a).Length];
        var result = MemoryMarshal.Cast<byte, T>(bytes.AsSpan());
        switch (operation)
        {
            case Binary.Add: TensorPrimitives.Add(a, b, result); break;
            case Binary.Subtract: TensorPrimitives.Subtract(a, b, result); break;
            case Binary.Multiply: TensorPrimitives.Multiply(a, b, result); break;
            case Binary.Divide: TensorPrimitives.Divide(a, b, result); break;
            case Binary.Maximum: TensorPrimitives.Max(a, b, result); break;
            default: TensorPrimitives.Min(a, b, result); break;
        }
        return Tensor.FromBytes(left.Type, shape, bytes);
    }

    public static Tensor? Map(Tensor x, Func<double, double> function, Func<long, long>? integers = null) => x.Type switch
    {
        ElementType.Float => Tensor.From(Array.ConvertAll(x.As<float>().ToArray(), v => (float)function(v)), x.Dimensions),
        ElementType.Double => Tensor.From(Array.ConvertAll(x.As<double>().ToArray(), v => function(v)), x.Dimensions),
        ElementType.Int64 when integers is not null =>
            Tensor.From(Array.ConvertAll(x.As<long>().ToArray(), v => integers(v)), x.Dimensions),
        _ => null,
    };

    public static Tensor? Cast(Tensor x, ElementType to) => (x.Type, to) switch
    {
        _ when x.Type == to => x,
        (ElementType.Int64, ElementType.Int32) => Tensor.From(Array.ConvertAll(x.As<long>().ToArray(), v => (int)v), x.Dimensions),
        (ElementType.Int32, ElementType.Int64) => Tensor.From(x.ToInt64(), x.Dimensions),
        (ElementType.Bool, ElementType.Int64) => Tensor.From(Array.ConvertAll(x.As<bool>().ToArray(), v => v ? 1L : 0), x.Dimensions),
        (ElementType.Int64, ElementType.Float) => Tensor.From(Array.ConvertAll(x.ToInt64(), v => (float)v), x.Dimensions),
        (ElementType.Int32 or ElementType.Double or ElementType.Bool, ElementType.Float) =>
            Tensor.From(Array.ConvertAll(x.ToDouble(), v => (float)v), x.Dimensions),
        (ElementType.Int64 or ElementType.Int32 or ElementType.Float or ElementType.Bool, ElementType.Double) =>
            Tensor.From(x.ToDouble(), x.Dimensions),
        (ElementType.Float or ElementType.Double, ElementType.Int64) when x.ToDouble().All(double.IsFinite) =>
            Tensor.From(Array.ConvertAll(x.ToDouble(), v => (long)v), x.Dimensions),
        (ElementType.Int64 or ElementType.Int32, ElementType.Bool) => Tensor.From(Array.ConvertAll(x.ToInt64(), v => v != 0), x.Dimensions),
        _ => null,
    };

    public static Tensor? Range(Tensor start, Tensor limit, Tensor delta)
    {
        if (start.Type is not (ElementType.Int64 or ElementType.Int32))
            return null;
        var (from, to, step) = (start.ToInt64()[0], limit.ToInt64()[0], delta.ToInt64()[0]);
        var count = step == 0 ? -1 : Math.Max(0, (to - from + step - Math.Sign(step)) / step);
        if (count is < 0 or > MaximumElements)
            return null;
        var values = new long[count];
        for (var i = 0; i < count; i++)
            values[i] = from + i * step;
        return Cast(Tensor.Vector<long>(values), start.Type);
    }

    public static FoldRule Comparison(Func<long, long, bool> holds) => (x, _) =>
        x[0].Type == ElementType.Int64 && x[1].Type == ElementType.Int64 ? Compare(x[0], x[1], holds) : null;

    public static Tensor Compare<T>(Tensor left, Tensor right, Func<T, T, bool> holds) where T : unmanaged
    {
        var shape = Shape.Broadcast(left.Shape, right.Shape).ToArray();
        var a = ConstantShaping.Expand(left, shape).As<T>();
        var b = ConstantShaping.Expand(right, shape).As<T>();
        var result = new bool[a.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = holds(a[i], b[i]);
        return Tensor.From(result, shape);
    }

    public static Tensor Choose(Tensor condition, Tensor left, Tensor right)
    {
        var shape = Shape.Broadcast(condition.Shape, Shape.Broadcast(left.Shape, right.Shape)).ToArray();
        var chosen = ConstantShaping.Expand(condition, shape).Bytes.Span;
        var a = ConstantShaping.Expand(left, shape).As<long>();
        var b = ConstantShaping.Expand(right, shape).As<long>();
        var result = new long[a.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = chosen[i] != 0 ? a[i] : b[i];
        return Tensor.From(result, shape);
    }
}

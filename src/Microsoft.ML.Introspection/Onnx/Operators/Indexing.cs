namespace Microsoft.ML.Introspection.Onnx;

public static partial class Operators
{
    /// <summary>Slices picked along an axis by their positions.</summary>
    public static Value Gather(this Value x, Value indices, int axis = 0) => Emit("Gather", Attributes.Of(("axis", axis)), x, indices);

    /// <summary>Elements picked along an axis: result[…i…] = x[…indices[…i…]…].</summary>
    public static Value GatherElements(this Value x, Value indices, int axis) =>
        Emit("GatherElements", Attributes.Of(("axis", axis)), x, indices);

    /// <summary>x with <paramref name="updates"/> added at positions along an axis; positions that meet add up.</summary>
    public static Value ScatterAdd(this Value x, Value indices, Value updates, int axis) =>
        Emit("ScatterElements", Attributes.Of(("axis", axis), ("reduction", "add")), x, indices, updates);

    /// <summary>1 at each index along a new axis of extent <paramref name="depth"/>, 0 elsewhere.</summary>
    public static Value OneHot(this Value indices, long depth, ElementType type, int axis = -1) => Emit(
        "OneHot", Attributes.Of(("axis", axis)), indices, indices.Graph.Constant(depth), indices.Graph.Constant(OffOn(type)));

    private static Tensor OffOn(ElementType type) => ConstantShaping.Concat([Tensor.Filled(type, 0, 1), Tensor.Filled(type, 1, 1)], 0)!;

    /// <summary>0, 1, 2, … below a number.</summary>
    /// <param name="count">A scalar of 64-bit integers.</param>
    // Scalars: where the range is too long to be folded, ONNX Runtime takes no vectors of one.
    internal static Value Numbers(this Value count)
    {
        Value Scalar(long number) => count.Graph.Constant(Tensor.Scalar(number));
        return Emit("Range", Scalar(0), count, Scalar(1));
    }
}

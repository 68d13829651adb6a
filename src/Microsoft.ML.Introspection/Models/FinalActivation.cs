using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>The squashing at the end of a classifier: what lies before it are the logits.</summary>
internal static class FinalActivation
{
    /// <summary>The value before a final softmax, log-softmax or sigmoid, or the value itself where there is none.</summary>
    public static Value Before(Value output) => Find(output) is ({ } logits, _) ? logits : output;

    /// <summary>
    /// The value before a final squashing and the axis it runs along (null where that is no single one). An axis that is brought to the
    /// end and back again, as older operator sets want it, hides none.
    /// </summary>
    public static (Value? Logits, int? Axis) Find(Value output)
    {
        var value = Named(output);
        if (value.Producer is not { } last)
            return default;
        if (IsSquash(last))
            return (last.Inputs[0]!, AxisOf(last));
        if (last.OperatorType is not ("Reshape" or "Transpose") || Named(last.Inputs[0]!).Producer is not { } squash || !IsSquash(squash)
            || Named(squash.Inputs[0]!).Producer is not { } first || first.Inputs[0] is not { } logits
            || value.ShapeOrNull is not { } shape || !shape.Equals(logits.ShapeOrNull))
            return default;
        if (last.OperatorType == "Reshape")
            return first.OperatorType is not ("Flatten" or "Reshape") ? default
                // [outer, inner] of which only one extent is not 1.
                : (logits, first.OperatorType == "Flatten" && squash.Inputs[0]!.Rank == 2 && AxisOf(squash) == 1
                    ? Only(shape, Adjusted(first.Attributes.Int("axis", 1), shape.Rank)) : null);
        if (first.OperatorType != "Transpose" || first.Attributes.Ints("perm") is not { } to || last.Attributes.Ints("perm") is not { } back
            || !back.Select(axis => to[axis]).SequenceEqual(Enumerable.Range(0, to.Length).Select(i => (long)i)))
            return default;
        return (logits, AxisOf(squash) is { } axis ? (int)to[axis] : null);
    }

    /// <summary>Whether a final sigmoid squashes each score by itself: labels that do not exclude each other, not classes.</summary>
    public static bool IsOfEach(Value output)
    {
        var value = Named(output);
        while (value.Producer is { OperatorType: "Reshape" or "Transpose" or "Flatten" } moved)
            value = Named(moved.Inputs[0]!);
        return Find(output).Logits is not null && value.Producer is { Domain: "", OperatorType: "Sigmoid" };
    }

    private static bool IsSquash(Node node) => node is { Domain: "", OperatorType: "Softmax" or "LogSoftmax" or "Sigmoid" };

    private static int? AxisOf(Node squash) => squash.Is(OperatorKind.Softmax) && squash.Outputs[0].ShapeOrNull is { } shape
        ? Adjusted(squash.Attributes.Int("axis", -1), shape.Rank) : null;

    private static int Adjusted(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);

    private static int? Only(Shape shape, int from) =>
        Enumerable.Range(from, shape.Rank - from).Where(axis => shape[axis] != 1).ToList() is [var only] ? only : null;

    private static Value Named(Value value)
    {
        while (value.Producer is { OperatorType: "Identity" } identity)
            value = identity.Inputs[0]!;
        return value;
    }
}

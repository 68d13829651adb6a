using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>
/// A normalisation that is written in its parts, γ·(x − μ)/σ + β, and is one layer to relevance as its operator is: mean and deviation are
/// taken along the same axes, and nothing else reads what lies between.
/// </summary>
/// <param name="Centre">The node that takes the mean away, whose first input is x.</param>
/// <param name="Quotient">The node that divides by the deviation.</param>
/// <param name="Place">Which of its inputs is divided.</param>
/// <param name="Axes">The axes of mean and deviation.</param>
internal sealed record WrittenNormalization(Node Centre, Node Quotient, int Place, IReadOnlyList<long> Axes)
{
    /// <summary>γ; null for 1.</summary>
    public Value? Scale { get; private init; }

    /// <summary>The nodes behind, that scale and shift.</summary>
    public IReadOnlyList<Node> Behind { get; private init; } = [];

    /// <summary>What is made.</summary>
    public Value Output => Behind is [.., var last] ? last.Outputs[0] : Quotient.Outputs[0];

    /// <summary>The one whose division a node is; null where it is none.</summary>
    /// <param name="node">The node.</param>
    /// <param name="readers">The nodes that read a value.</param>
    public static WrittenNormalization? Of(Node node, ILookup<Value, Node> readers)
    {
        for (var place = 0; place < 2 && node is { Domain: "", OperatorType: "Div" or "Mul", Inputs.Count: 2 }; place++)
            if (node.Inputs[place] is { Producer: { Domain: "", OperatorType: "Sub" } centre } centred
                && Variance(node, 1 - place) is { } variance && AxesOfMean(variance, out var square) is { } axes
                && IsSquareOf(square, centred) && AxesOfMean(centre.Inputs[1]!, out var x) is { } own && own.SequenceEqual(axes)
                && ReferenceEquals(x, centre.Inputs[0])
                && readers[centred].All(n => ReferenceEquals(n, node) || ReferenceEquals(n, square!.Producer)))
                return new WrittenNormalization(centre, node, place, axes).WithBehind(readers);
        return null;
    }

    /// <summary>What 1/σ times a value is.</summary>
    public Value OverDeviation(Value value) =>
        Quotient.OperatorType == "Div" ? value / Quotient.Inputs[1]! : value * Quotient.Inputs[1 - Place]!;

    private WrittenNormalization WithBehind(ILookup<Value, Node> readers)
    {
        var found = this;
        foreach (var type in (string[])["Mul", "Add"])
            if (readers[found.Output].Take(2).ToList() is [{ Domain: "" } next] && next.OperatorType == type
                && next.Inputs.FirstOrDefault(i => !ReferenceEquals(i, found.Output)) is { Constant: not null } constant
                && next.Outputs[0].Shape.Equals(found.Output.Shape))
                found = found with { Scale = type == "Mul" ? constant : found.Scale, Behind = [.. found.Behind, next] };
        return found;
    }

    // σ² + ε without the ε, under a root that is divided by, or whose reciprocal is multiplied with.
    private static Value? Variance(Node quotient, int place)
    {
        if (quotient.OperatorType == "Div" && place == 0)
            return null;
        var power = quotient.OperatorType == "Div" ? 0.5 : -0.5;
        var root = quotient.Inputs[place]!.Producer;
        if (power < 0 && root is { Domain: "", OperatorType: "Reciprocal" })
            (root, power) = (root.Inputs[0]!.Producer, 0.5);
        else if (power < 0 && root is { Domain: "", OperatorType: "Div" } && IsNumber(root.Inputs[0]!, 1))
            (root, power) = (root.Inputs[1]!.Producer, 0.5);
        var isRoot = root is { Domain: "", OperatorType: "Sqrt" } && power > 0
            || root is { Domain: "", OperatorType: "Pow" } && IsNumber(root.Inputs[1]!, power);
        return isRoot && root!.Inputs[0]!.Producer is { Domain: "", OperatorType: "Add" } sum
            && sum.Inputs.FirstOrDefault(i => i!.Constant is { Count: 1 }) is { } epsilon
            ? sum.Inputs.First(i => !ReferenceEquals(i, epsilon)) : null;
    }

    private static bool IsSquareOf(Value? square, Value of) => square?.Producer is { Domain: "" } node
        && ReferenceEquals(node.Inputs[0], of) && (node.OperatorType == "Mul" && ReferenceEquals(node.Inputs[1], of)
            || node.OperatorType == "Pow" && IsNumber(node.Inputs[1]!, 2));

    private static bool IsNumber(Value value, double number) => value.Constant is { Count: 1 } one && one.ToDouble()[0] == number;

    // Counted from the last, so that they can be compared; null where the node is another, or takes the axes away.
    private static long[]? AxesOfMean(Value value, out Value? of)
    {
        of = value.Producer is { Domain: "", OperatorType: "ReduceMean" } node ? node.Inputs[0] : null;
        if (of is null || value.Producer!.Attributes.Int("keepdims", 1) != 1)
            return null;
        var rank = of.Rank;
        var axes = value.Producer.Attributes.Ints("axes") ?? value.Producer.Inputs.ElementAtOrDefault(1)?.Constant?.ToInt64();
        return axes is null ? null : [.. axes.Select(axis => axis < 0 ? axis : axis - rank).Order()];
    }
}

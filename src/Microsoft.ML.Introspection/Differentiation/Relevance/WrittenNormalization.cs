using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>
/// A normalisation that is written in its parts, γ·(x − μ)/σ + β, or x·(γ/σ) + (β − μ·(γ/σ)), and is one layer to relevance as its operator
/// is: mean and deviation are taken along the same axes, and nothing else reads what lies between.
/// </summary>
/// <param name="X">What is normalised.</param>
/// <param name="Quotient">The node that divides by the deviation.</param>
/// <param name="Place">Which of its inputs is divided.</param>
/// <param name="Axes">The axes of mean and deviation.</param>
internal sealed record WrittenNormalization(Value X, Node Quotient, int Place, IReadOnlyList<long> Axes)
{
    /// <summary>The node before the division that takes the mean away; null where that is done behind it.</summary>
    public Node? Centre { get; private init; }

    /// <summary>γ, where it comes behind the division; null for 1.</summary>
    public Value? Scale { get; private init; }

    /// <summary>The nodes behind, that scale and shift.</summary>
    public IReadOnlyList<Node> Behind { get; private init; } = [];

    /// <summary>All nodes that relevance passes.</summary>
    public IReadOnlyList<Node> Parts => [.. Centre is null ? Array.Empty<Node>() : [Centre], Quotient, .. Behind];

    /// <summary>What is made.</summary>
    public Value Output => Behind is [.., var last] ? last.Outputs[0] : Quotient.Outputs[0];

    /// <summary>The one whose division a node is; null where it is none.</summary>
    /// <param name="node">The node.</param>
    /// <param name="readers">The nodes that read a value.</param>
    public static WrittenNormalization? Of(Node node, ILookup<Value, Node> readers)
    {
        for (var place = 0; place < 2 && node is { Domain: "", OperatorType: "Div" or "Mul", Inputs.Count: 2 }; place++)
            if ((Centred(node, place, readers) ?? ShiftedBehind(node, place, readers)) is { } found)
                return found.WithBehind(readers);
        return null;
    }

    /// <summary>What 1/σ times a value is.</summary>
    public Value OverDeviation(Value value) =>
        Quotient.OperatorType == "Div" ? value / Quotient.Inputs[1]! : value * Quotient.Inputs[1 - Place]!;

    /// <summary>Whether what comes to a node beside the division goes to this of its inputs, and to no other.</summary>
    public bool Passes(Node node, int input) => ReferenceEquals(node, Centre) ? input == 0
        : node.Inputs[input]!.Producer is { } before && (ReferenceEquals(before, Quotient) || Behind.Contains(before));

    // (x − μ)/σ.
    private static WrittenNormalization? Centred(Node node, int place, ILookup<Value, Node> readers) =>
        node.Inputs[place] is { Producer: { Domain: "", OperatorType: "Sub" } centre } centred
            && (node.OperatorType == "Mul" || place == 0)
            && Variance(node.Inputs[1 - place]!, isReciprocal: node.OperatorType == "Mul") is { } variance
            && AxesOf(variance, centre.Inputs[0]!, centre.Inputs[1]!) is { } axes
            && readers[centred].All(n => ReferenceEquals(n, node) || n.Outputs.Any(o => IsSquareOf(o, centred)))
            ? new(centre.Inputs[0]!, node, place, axes) { Centre = centre } : null;

    // x·(γ/σ) and behind it − μ·(γ/σ), with or without β.
    private static WrittenNormalization? ShiftedBehind(Node node, int place, ILookup<Value, Node> readers)
    {
        var (x, factor) = (node.Inputs[place]!, node.Inputs[1 - place]!);
        if (node.OperatorType != "Mul" || readers[node.Outputs[0]].Take(2).ToList() is not [{ Domain: "", Inputs.Count: 2 } last]
            || Variance(WithoutConstant(factor, "Mul") ?? factor, isReciprocal: true) is not { } variance)
            return null;
        var shift = last.Inputs[ReferenceEquals(last.Inputs[0], node.Outputs[0]) ? 1 : 0]!;
        var mean = last.OperatorType == "Sub" && ReferenceEquals(last.Inputs[1], shift) ? Scaled(shift, factor)
            : last.OperatorType != "Add" ? null
            : shift.Producer is { Domain: "", OperatorType: "Sub" } less && less.Inputs[0]!.Constant is not null
                ? Scaled(less.Inputs[1]!, factor)
                : Negated(WithoutConstant(shift, "Add") ?? shift, factor);
        return mean is not null && AxesOf(variance, x, mean) is { } axes ? new(x, node, place, axes) { Behind = [last] } : null;
    }

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

    // μ of μ·factor, and of −(μ·factor) or (−μ)·factor.
    private static Value? Scaled(Value product, Value factor) => product.Producer is { Domain: "", OperatorType: "Mul" } node
        && node.Inputs.Any(i => ReferenceEquals(i, factor)) ? node.Inputs.First(i => !ReferenceEquals(i, factor)) : null;

    private static Value? Negated(Value product, Value factor) =>
        Opposite(product) is { } positive ? Scaled(positive, factor) : Scaled(product, factor) is { } less ? Opposite(less) : null;

    private static Value? Opposite(Value value) => value.Producer is { Domain: "", OperatorType: "Neg" } node ? node.Inputs[0] : null;

    private static Value? WithoutConstant(Value value, string type) =>
        value.Producer is { Domain: "" } node && node.OperatorType == type && node.Inputs.Any(i => i!.Constant is not null)
            ? node.Inputs.FirstOrDefault(i => i!.Constant is null) : null;

    // σ² without its ε, of σ, or of 1/σ.
    private static Value? Variance(Value deviation, bool isReciprocal)
    {
        var (root, power) = (deviation.Producer, isReciprocal ? -0.5 : 0.5);
        if (isReciprocal && root is { Domain: "", OperatorType: "Reciprocal" })
            (root, power) = (root.Inputs[0]!.Producer, 0.5);
        else if (isReciprocal && root is { Domain: "", OperatorType: "Div" } && IsNumber(root.Inputs[0]!, 1))
            (root, power) = (root.Inputs[1]!.Producer, 0.5);
        var isRoot = root is { Domain: "", OperatorType: "Sqrt" } && power > 0
            || root is { Domain: "", OperatorType: "Pow" } && IsNumber(root.Inputs[1]!, power);
        return isRoot && root!.Inputs[0]!.Producer is { Domain: "", OperatorType: "Add" } sum
            && sum.Inputs.FirstOrDefault(i => i!.Constant is { Count: 1 }) is { } epsilon
            ? sum.Inputs.First(i => !ReferenceEquals(i, epsilon)) : null;
    }

    // The axes of a mean of x and of its variance, mean (x − μ)² or mean x² − μ²; null where they are no such things.
    private static long[]? AxesOf(Value variance, Value x, Value mean)
    {
        if (AxesOfMean(mean, x) is not { } axes)
            return null;
        var isCentred = variance.Producer is { Domain: "", OperatorType: "ReduceMean" } && variance.Producer.Inputs[0] is { } square
            && Root(square)?.Producer is { Domain: "", OperatorType: "Sub" } away && away.Inputs.Contains(x) && away.Inputs.Contains(mean)
            && AxesOfMean(variance, square)?.SequenceEqual(axes) == true;
        return isCentred || variance.Producer is { Domain: "", OperatorType: "Sub" } less && IsSquareOf(less.Inputs[1], mean)
            && less.Inputs[0]!.Producer?.Inputs[0] is { } squared && IsSquareOf(squared, x)
            && AxesOfMean(less.Inputs[0]!, squared)?.SequenceEqual(axes) == true ? axes : null;
    }

    private static bool IsSquareOf(Value? square, Value of) => square is not null && ReferenceEquals(Root(square), of);

    private static Value? Root(Value square) => square.Producer is { Domain: "" } node
        && (node.OperatorType == "Mul" && ReferenceEquals(node.Inputs[0], node.Inputs[1])
            || node.OperatorType == "Pow" && IsNumber(node.Inputs[1]!, 2)) ? node.Inputs[0] : null;

    private static bool IsNumber(Value value, double number) => value.Constant is { Count: 1 } one && one.ToDouble()[0] == number;

    // Counted from the last, so that they can be compared; null where it is no mean of the value, or takes the axes away.
    private static long[]? AxesOfMean(Value mean, Value of)
    {
        if (mean.Producer is not { Domain: "", OperatorType: "ReduceMean" } node || !ReferenceEquals(node.Inputs[0], of)
            || node.Attributes.Int("keepdims", 1) != 1)
            return null;
        var axes = node.Attributes.Ints("axes") ?? node.Inputs.ElementAtOrDefault(1)?.Constant?.ToInt64();
        return axes is null ? null : [.. axes.Select(axis => axis < 0 ? axis : axis - of.Rank).Order()];
    }
}

using System.Globalization;
using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// What is explained: one number for each row, chosen from an output of shape [N, classes] (or [N], or of more axes, of which the
/// chosen class is summed over the others; classes lie on the axis of a final softmax, on axis 1 where there is none), or from inside
/// the network: a unit, a channel, or all of a layer.
/// </summary>
public abstract partial record Target
{
    private Target() { }

    /// <summary>The class with the highest score, row by row.</summary>
    public static Target ArgMax { get; } = new ArgMaxTarget();

    /// <summary>One class for all rows.</summary>
    /// <param name="index">The class, from 0.</param>
    public static Target Class(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new ClassTarget(index);
    }

    /// <summary>Why one class and not another: the score of the first less that of the second.</summary>
    public static Target Difference(int why, int whyNot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(why);
        ArgumentOutOfRangeException.ThrowIfNegative(whyNot);
        return new DifferenceTarget(why, whyNot);
    }

    /// <summary>The class that a column tells, row by row: a further input of shape [N, 1] of 64-bit integers.</summary>
    /// <param name="inputName">The name of that input (and, in a pipeline, of the column).</param>
    public static Target Label(string inputName)
    {
        ArgumentException.ThrowIfNullOrEmpty(inputName);
        return new LabelTarget(inputName);
    }

    /// <summary>
    /// Reads <c>argmax</c>, a class number, <c>3-5</c> for a difference, <c>label:NAME</c>, or, inside the network,
    /// <c>unit:LAYER:3,0,7</c>, <c>channel:LAYER:3</c>, <c>layer:LAYER</c>; or, told row by row by the input NAME,
    /// <c>weights:@NAME</c>, <c>unit:LAYER:@NAME</c>, <c>channel:LAYER:@NAME</c>, <c>weights:LAYER:@NAME</c>.
    /// </summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static Target Parse(string text) => TryParse(text) ?? throw new FormatException(
        $"'{text}' is no target; expected argmax, a class number, two class numbers joined by '-' (why the first and not the second), " +
        "label:INPUT, unit:LAYER:INDEX,INDEX…, channel:LAYER:INDEX, layer:LAYER, or, told row by row by an input, weights:@INPUT, " +
        "unit:LAYER:@INPUT, channel:LAYER:@INPUT, weights:LAYER:@INPUT.");

    /// <summary>The same, null where the text is none of these.</summary>
    internal static Target? TryParse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Equals("argmax", StringComparison.OrdinalIgnoreCase))
            return ArgMax;
        if (text.StartsWith("label:", StringComparison.OrdinalIgnoreCase) && text.Length > 6)
            return Label(text[6..]);
        if (ParseInner(text) is { } inner)
            return inner;
        int[] numbers =
            [.. text.Split('-').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1)];
        return numbers switch
        {
            [>= 0 and var index] => Class(index),
            [>= 0 and var why, >= 0 and var whyNot] => Difference(why, whyNot),
            _ => null,
        };
    }

    /// <summary>
    /// The score of several classes at once, each times the weight that a row of an input gives it: a further input of shape [N, classes]
    /// of the score's type. A mask of zeros and ones sums classes; 1 and -1 tell one from another. The class of a row is that of the
    /// largest weight.
    /// </summary>
    /// <param name="inputName">The name of that input (and, in a pipeline, of the column).</param>
    public static Target Weights(string inputName)
    {
        ArgumentException.ThrowIfNullOrEmpty(inputName);
        return new WeightsTarget(null, inputName);
    }

    /// <summary>The name of the input that tells the class, where the target has one.</summary>
    public string? LabelInput => this is LabelTarget label ? label.Name : null;

    /// <summary>
    /// The name of the input that tells what is explained of each row: a class, a unit, weights; null where the target has none.
    /// </summary>
    public virtual string? InputName => null;

    /// <summary>
    /// Whether that input holds weights, of the type of what is explained; otherwise it holds one 64-bit integer for each row.
    /// </summary>
    public virtual bool InputIsWeights => false;

    /// <summary>The input that tells what is explained of each row, where the target has one.</summary>
    /// <param name="network">The network.</param>
    /// <param name="output">The explained output; null for the network's default.</param>
    internal TargetInput? Given(Network network, string? output)
    {
        if (InputName is not { } name)
            return null;
        var (type, extent) = GivenOf(network, output);
        return new TargetInput(name, type, extent);
    }

    /// <summary>The layer inside the network that the target lies in; null where it is one of an output's scores.</summary>
    public virtual string? InnerLayer => null;

    /// <summary>The table that the score is chosen from, shape [N, scores].</summary>
    /// <param name="trace">The network, applied to something.</param>
    /// <param name="output">The explained output; null for the network's default.</param>
    internal virtual Value Table(NetworkTrace trace, string? output) =>
        ScoreTable.Of(trace, output ?? trace.Network.DefaultOutput);

    /// <summary>Chooses the class of each row of a score table.</summary>
    /// <param name="scores">Shape [N, classes].</param>
    /// <param name="given">The target's input, shape [N, …], where there is one.</param>
    /// <returns>
    /// What <see cref="Score"/> and <see cref="ClassOf"/> need to know: as a rule the class, 64-bit integers of shape [N, 1].
    /// </returns>
    internal abstract Value Choose(Value scores, Value? given);

    /// <summary>The explained number of each row, for a choice made before (perhaps on other inputs).</summary>
    /// <returns>Shape [N, 1].</returns>
    internal virtual Value Score(Value scores, Value choice) => scores.GatherElements(choice, 1);

    /// <summary>The class that was chosen, 64-bit integers of shape [N, 1].</summary>
    internal virtual Value ClassOf(Value choice) => choice;

    /// <summary>
    /// What the target makes of scores that are numbers: the score of one class, less that of another where there is one (-1 where not).
    /// </summary>
    /// <param name="scores">A score for each class.</param>
    /// <param name="label">The class that the label input tells, where there is one.</param>
    /// <exception cref="ArgumentException">The target lies inside a network.</exception>
    internal virtual (int Why, int WhyNot) Pick(ReadOnlySpan<double> scores, long label) =>
        throw new ArgumentException($"The target {this} lies inside a network; scores have classes only.");

    /// <summary>The class that must be there for the target, and the other where there is one; -1 where any will do.</summary>
    internal virtual (int Why, int WhyNot) Classes => (-1, -1);

    // The type and the number of items of a row of the target's input.
    private protected virtual (ElementType Type, Dimension Extent) GivenOf(Network network, string? output) => (ElementType.Int64, 1);

    // ONNX counts negative positions from the end; a negative one is a mistake, and becomes a position that is none.
    private static Value NotNegative(Value numbers, Dimension count) =>
        count.IsKnown ? numbers.Less(numbers.Like(0)).Where(numbers.Like(count.Value), numbers) : numbers;

    private static void CheckClass(int index, Value scores)
    {
        if (scores.Shape[1].IsKnown && index >= scores.Shape[1].Value)
            throw new ArgumentOutOfRangeException(nameof(index), index,
                $"The target class {index} is out of range: the output has {scores.Shape[1]} classes, 0 to {scores.Shape[1].Value - 1}.");
    }

    // One class for all rows, as many times as there are rows.
    private static Value Repeated(int index, Value scores)
    {
        CheckClass(index, scores);
        return Column(scores, index).FullIntegersLike(index);
    }

    private static Value Column(Value scores, int index) => scores.Slice([index], [index + 1], [1]);

    private sealed record ArgMaxTarget : Target
    {
        internal override Value Choose(Value scores, Value? given) => scores.ArgMax(1, keepDimensions: true);

        internal override (int Why, int WhyNot) Pick(ReadOnlySpan<double> scores, long label) => (TensorPrimitives.IndexOfMax(scores), -1);

        public override string ToString() => "argmax";
    }

    private sealed record ClassTarget(int Index) : Target
    {
        internal override Value Choose(Value scores, Value? given) => Repeated(Index, scores);

        internal override Value Score(Value scores, Value choice) => Column(scores, Index);

        internal override (int Why, int WhyNot) Classes => (Index, -1);

        internal override (int Why, int WhyNot) Pick(ReadOnlySpan<double> scores, long label) => (Index, -1);

        public override string ToString() => Index.ToString(CultureInfo.InvariantCulture);
    }

    private sealed record DifferenceTarget(int Why, int WhyNot) : Target
    {
        internal override Value Choose(Value scores, Value? given)
        {
            CheckClass(WhyNot, scores);
            return Repeated(Why, scores);
        }

        internal override Value Score(Value scores, Value choice) => Column(scores, Why) - Column(scores, WhyNot);

        internal override (int Why, int WhyNot) Classes => (Why, WhyNot);

        internal override (int Why, int WhyNot) Pick(ReadOnlySpan<double> scores, long label) => (Why, WhyNot);

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Why}-{WhyNot}");
    }

    private sealed record LabelTarget(string Name) : Target
    {
        public override string InputName => Name;

        internal override Value Choose(Value scores, Value? given) => NotNegative(given!, scores.Shape[1]);

        internal override (int Why, int WhyNot) Pick(ReadOnlySpan<double> scores, long label) => (checked((int)label), -1);

        public override string ToString() => $"label:{Name}";
    }
}

/// <summary>An input that a target adds to a graph, shape [N, extent].</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Extent">How many items a row has.</param>
internal sealed record TargetInput(string Name, ElementType Type, Dimension Extent);

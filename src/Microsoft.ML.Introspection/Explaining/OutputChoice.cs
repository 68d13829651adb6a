using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Explaining;

/// <summary>
/// Which of a model's outputs are explained: what a target chooses row by row, or all of them side by side. A slot is one explained output
/// of a row.
/// </summary>
public sealed record OutputChoice
{
    /// <summary>The word for all outputs.</summary>
    public const string AllWord = "all";

    /// <summary>Chooses.</summary>
    /// <param name="target">The target; null for all outputs.</param>
    /// <exception cref="ArgumentException">The target lies inside a network.</exception>
    public OutputChoice(Target? target) => Target = target?.InnerLayer is not { } layer ? target
        : throw new ArgumentException($"The target lies in the layer '{layer}' of a network; SHAP values are of a model's outputs. "
            + "Explain it by a method for networks (Attribution).", nameof(target));

    /// <summary>The same with numbers in the place of names of classes.</summary>
    /// <param name="classes">What the outputs are called; null where nobody named them.</param>
    /// <exception cref="ArgumentException">There is no class of such a name.</exception>
    public OutputChoice In(IReadOnlyList<string>? classes) => Target?.In(classes) is { } target && target != Target ? new(target) : this;

    /// <summary>All outputs.</summary>
    public static OutputChoice All { get; } = new((Target?)null);

    /// <summary>The target; null for all outputs.</summary>
    public Target? Target { get; }

    /// <summary>The name of the column that tells the class of each row, where there is one.</summary>
    public string? LabelColumn => Target?.LabelInput;

    /// <summary>Whether rows differ in what is explained of them.</summary>
    public bool Varies => Target is { Classes.Why: < 0 };

    /// <summary>Whether the score of one output less that of another is explained.</summary>
    public bool IsDifference => Target is { Classes.WhyNot: >= 0 };

    /// <summary>How many values a feature gets in each row: one for every output, or one.</summary>
    /// <param name="outputs">How many outputs the model has.</param>
    public int Slots(int outputs) => Target is null ? outputs : 1;

    /// <summary>The outputs that must be explained to tell what is asked.</summary>
    /// <param name="outputs">How many outputs the model has.</param>
    /// <exception cref="ArgumentOutOfRangeException">The model lacks one that is asked for.</exception>
    public IReadOnlyList<int> Needed(int outputs) => Target?.Classes switch
    {
        { } classes when Math.Max(classes.Why, classes.WhyNot) is var largest && largest >= outputs =>
            throw new ArgumentOutOfRangeException(
            nameof(outputs), $"The target class {largest} is out of range: the model has {outputs} "
                + $"output{(outputs == 1 ? ", number 0" : $"s, 0 to {outputs - 1}")}."),
        null or { Why: < 0 } => [.. Enumerable.Range(0, outputs)],
        (var why, < 0) => [why],
        var (why, whyNot) => [why, whyNot],
    };

    /// <summary>What is wrong with the class that a row's label tells; null where nothing is.</summary>
    /// <param name="label">The class.</param>
    /// <param name="outputs">How many outputs the model has.</param>
    public string? Fault(long label, int outputs) => LabelColumn is null || label >= 0 && label < outputs ? null
        : $"the class {label} is out of range; the model has {outputs} outputs, 0 to {outputs - 1}.";

    /// <summary>What a slot is called.</summary>
    /// <param name="output">The output that it explains; of a difference the first.</param>
    /// <param name="name">The names of outputs.</param>
    public string Name(int output, Func<int, string> name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return IsDifference ? $"{name(output)}-{name(Target!.Classes.WhyNot)}" : name(output);
    }

    /// <summary>
    /// Reads <c>all</c>, or a target: <c>argmax</c>, a class number, <c>class:NAME</c>, <c>3-5</c> for a difference, <c>label:NAME</c>.
    /// </summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static OutputChoice Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Equals(AllWord, StringComparison.OrdinalIgnoreCase))
            return All;
        return Target.TryParse(text) switch
        {
            { InnerLayer: null } target => new OutputChoice(target),
            null => throw new FormatException(
                $"'{text}' is no target; expected {AllWord}, argmax, a class number or class:NAME, two of them joined by '-' (why the "
                    + "first and not the second), or label:COLUMN."),
            _ => throw new FormatException($"'{text}' lies inside a network; SHAP values are of its outputs. 'introspect explain' "
                + "explains units, channels and layers."),
        };
    }

    /// <summary>Which of the needed outputs a slot explains, and less which other (-1 for none), by their places among these.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="scores">The scores of the needed outputs.</param>
    /// <param name="label">The class that the label column tells.</param>
    internal (int Why, int WhyNot) Places(int slot, ReadOnlySpan<double> scores, long label) => Target switch
    {
        null => (slot, -1),
        { Classes.Why: >= 0 } => (0, IsDifference ? 1 : -1),
        var target => target.Pick(scores, label),
    };

    /// <summary>Takes what a slot explains: the numbers of one output, less those of another where there is one.</summary>
    /// <param name="needed">Those of the needed outputs, side by side.</param>
    /// <param name="places">Which of them.</param>
    /// <param name="taken">Where to write.</param>
    internal static void Take(ReadOnlySpan<double> needed, (int Why, int WhyNot) places, Span<double> taken)
    {
        needed.Slice(places.Why * taken.Length, taken.Length).CopyTo(taken);
        if (places.WhyNot >= 0)
            TensorPrimitives.Subtract(taken, needed.Slice(places.WhyNot * taken.Length, taken.Length), taken);
    }
}

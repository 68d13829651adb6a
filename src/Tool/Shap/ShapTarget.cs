using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Which of a model's outputs are explained: what a target chooses, or all of them.</summary>
/// <param name="Chosen">The target; null for all outputs.</param>
internal sealed record ShapTarget(Target? Chosen)
{
    /// <summary>The word for all outputs.</summary>
    public const string AllWord = "all";

    /// <summary>The column that tells the class of each row, where there is one.</summary>
    public string? LabelColumn => Chosen?.LabelInput;

    /// <summary>Whether rows differ in what is explained of them.</summary>
    public bool Varies => Chosen is { Classes.Why: < 0 };

    /// <summary>How many values a feature gets in each row: one for every output, or one.</summary>
    /// <param name="outputs">How many outputs the model has.</param>
    public int Slots(int outputs) => Chosen is null ? outputs : 1;

    /// <summary>The outputs that must be explained to tell what is asked.</summary>
    /// <param name="outputs">How many outputs the model has.</param>
    public IReadOnlyList<int> Needed(int outputs) => Chosen?.Classes switch
    {
        null or { Why: < 0 } => [.. Enumerable.Range(0, outputs)],
        (var why, < 0) => [why],
        var (why, whyNot) => [why, whyNot],
    };

    /// <summary>Which output a slot explains, and less which other; -1 where there is none.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="scores">The scores of the needed outputs.</param>
    /// <param name="label">The class that the label column tells.</param>
    public (int Why, int WhyNot) Pick(int slot, ReadOnlySpan<double> scores, long label) => Chosen?.Pick(scores, label) ?? (slot, -1);

    /// <summary>What a slot is called.</summary>
    /// <param name="output">The output that it explains.</param>
    /// <param name="name">The names of outputs.</param>
    public string Name(int output, Func<int, string> name) => IsDifference ? $"{name(output)}-{name(Chosen!.Classes.WhyNot)}" : name(output);

    /// <summary>Whether the score of one output less that of another is explained.</summary>
    public bool IsDifference => Chosen is { Classes.WhyNot: >= 0 };

    /// <summary>Whether the model has what is asked for.</summary>
    /// <exception cref="InvalidDataException">It has not.</exception>
    public void Check(int outputs)
    {
        if (Chosen?.Classes is var (why, whyNot) && Math.Max(why, whyNot) is var largest && largest >= outputs)
            throw new InvalidDataException($"The target class {largest} is out of range: the model has {outputs} output{(outputs == 1 ? ", number 0" : $"s, 0 to {outputs - 1}")}.");
    }

    /// <summary>Reads what the command line says.</summary>
    /// <exception cref="FormatException">It is no target.</exception>
    public static ShapTarget Parse(string text)
    {
        if (text.Equals(AllWord, StringComparison.OrdinalIgnoreCase))
            return new ShapTarget((Target?)null);
        try
        {
            var target = Target.Parse(text);
            return target.InnerLayer is null
                ? new ShapTarget(target)
                : throw new FormatException($"'{text}' lies inside a network; SHAP values are of its outputs. 'introspect explain' explains units, channels and layers.");
        }
        catch (FormatException e) when (e.Message.Contains("is no target"))
        {
            throw new FormatException($"'{text}' is no target; expected {AllWord}, argmax, a class number, two class numbers joined by '-' (why the first and not the second), or label:COLUMN.", e);
        }
    }
}

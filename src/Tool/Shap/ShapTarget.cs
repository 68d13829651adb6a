using System.Globalization;
using Microsoft.ML.Introspection.Networks;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Which of a model's outputs are explained.</summary>
internal abstract record ShapTarget
{
    private ShapTarget() { }

    /// <summary>The word for all outputs.</summary>
    public const string AllWord = "all";

    /// <summary>The column that tells the class of each row, where there is one.</summary>
    public virtual string? LabelColumn => null;

    /// <summary>Whether rows differ in what is explained of them.</summary>
    public virtual bool Varies => false;

    /// <summary>How many values a feature gets in each row: one for every output, or one.</summary>
    /// <param name="outputs">How many outputs the model has.</param>
    public virtual int Slots(int outputs) => 1;

    /// <summary>The outputs that must be explained to tell what is asked.</summary>
    /// <param name="outputs">How many outputs the model has.</param>
    public virtual IReadOnlyList<int> Needed(int outputs) => [.. Enumerable.Range(0, outputs)];

    /// <summary>The target of the library for the explanation of one slot as a graph.</summary>
    public abstract Target OfGraph(int slot);

    /// <summary>What is explained in a slot, as a number of an output; negative where it is no single one.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="scores">The scores of the needed outputs.</param>
    /// <param name="label">The class that the label column tells.</param>
    public abstract int Output(int slot, ReadOnlySpan<double> scores, long label);

    /// <summary>Takes what is asked from what was computed of the needed outputs.</summary>
    /// <param name="output">What <see cref="Output"/> says.</param>
    /// <param name="needed">One block of numbers for every needed output.</param>
    /// <param name="chosen">Where to write one block.</param>
    public virtual void Take(int output, ReadOnlySpan<double> needed, Span<double> chosen) => needed.Slice(output * chosen.Length, chosen.Length).CopyTo(chosen);

    /// <summary>What a slot is called.</summary>
    /// <param name="output">What <see cref="Output"/> says.</param>
    /// <param name="name">The names of outputs.</param>
    public virtual string Name(int output, Func<int, string> name) => name(output);

    /// <summary>Whether the model has what is asked for.</summary>
    /// <exception cref="InvalidDataException">It has not.</exception>
    public virtual void Check(int outputs) { }

    /// <summary>Reads what the command line says.</summary>
    /// <exception cref="FormatException">It is no target.</exception>
    public static ShapTarget Parse(string text)
    {
        if (text.Equals(AllWord, StringComparison.OrdinalIgnoreCase))
            return new Every();
        Target target;
        try
        {
            target = Target.Parse(text);
        }
        catch (FormatException e)
        {
            throw new FormatException($"'{text}' is no target; expected all, argmax, a class number, two class numbers joined by '-' (why the first and not the second), or label:COLUMN.", e);
        }
        if (target.InnerLayer is not null)
            throw new FormatException($"'{text}' lies inside a network; SHAP values are of its outputs. 'introspect explain' explains units, channels and layers.");
        return target.LabelInput is { } column ? new Label(column)
            : target == Target.ArgMax ? new Best()
            : Array.ConvertAll(target.ToString()!.Split('-'), n => int.Parse(n, CultureInfo.InvariantCulture)) switch
            {
                [var why, var whyNot] => new Difference(why, whyNot),
                var numbers => new One(numbers[0]),
            };
    }

    private static void CheckClass(int index, int outputs)
    {
        if (index >= outputs)
            throw new InvalidDataException($"The target class {index} is out of range: the model has {outputs} output{(outputs == 1 ? "" : "s")}, {(outputs == 1 ? "number 0" : $"0 to {outputs - 1}")}.");
    }

    private sealed record Every : ShapTarget
    {
        public override int Slots(int outputs) => outputs;

        public override Target OfGraph(int slot) => Target.Class(slot);

        public override int Output(int slot, ReadOnlySpan<double> scores, long label) => slot;
    }

    private sealed record Best : ShapTarget
    {
        public override bool Varies => true;

        public override Target OfGraph(int slot) => Target.ArgMax;

        public override int Output(int slot, ReadOnlySpan<double> scores, long label) => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(scores);
    }

    private sealed record One(int Index) : ShapTarget
    {
        public override IReadOnlyList<int> Needed(int outputs) => [Index];

        public override Target OfGraph(int slot) => Target.Class(Index);

        public override int Output(int slot, ReadOnlySpan<double> scores, long label) => Index;

        public override void Take(int output, ReadOnlySpan<double> needed, Span<double> chosen) => needed.CopyTo(chosen);

        public override void Check(int outputs) => CheckClass(Index, outputs);
    }

    private sealed record Difference(int Why, int WhyNot) : ShapTarget
    {
        public override IReadOnlyList<int> Needed(int outputs) => [Why, WhyNot];

        public override Target OfGraph(int slot) => Target.Difference(Why, WhyNot);

        public override int Output(int slot, ReadOnlySpan<double> scores, long label) => -1;

        public override void Take(int output, ReadOnlySpan<double> needed, Span<double> chosen) =>
            System.Numerics.Tensors.TensorPrimitives.Subtract(needed[..chosen.Length], needed[chosen.Length..], chosen);

        public override string Name(int output, Func<int, string> name) => $"{name(Why)}-{name(WhyNot)}";

        public override void Check(int outputs)
        {
            CheckClass(Why, outputs);
            CheckClass(WhyNot, outputs);
        }
    }

    private sealed record Label(string Column) : ShapTarget
    {
        public override string? LabelColumn => Column;

        public override bool Varies => true;

        public override Target OfGraph(int slot) => Target.Label(Column);

        public override int Output(int slot, ReadOnlySpan<double> scores, long label) => (int)label;
    }
}

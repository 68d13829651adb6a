using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What a method would draw (noise, masks, places on a way), given to it: the same numbers for every row.</summary>
public abstract record Drawn
{
    private Drawn() { }

    /// <summary>Given numbers.</summary>
    /// <param name="values">One draw after the other, shape [draws, …].</param>
    public static Drawn Values(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new GivenValues(values);
    }

    /// <summary>An input of the graph, whose first axis are the draws, not the rows.</summary>
    /// <param name="name">Its name.</param>
    public static Drawn Input(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new GivenInput(name);
    }

    /// <summary>Given numbers.</summary>
    public static implicit operator Drawn(Tensor values) => Values(values);

    /// <summary>The draws as variants.</summary>
    /// <param name="question">The question.</param>
    /// <param name="count">How many there must be.</param>
    /// <param name="row">The extents of one; given numbers may have 1 in their place.</param>
    /// <exception cref="ArgumentException">The given numbers have another shape.</exception>
    internal Variants Of(Question question, int count, params ReadOnlySpan<long> row) =>
        Variants.Of(Table(question, question.Input.Type, count, row));

    /// <summary>The draws as they are given, shape [draws, row…].</summary>
    internal abstract Value Table(Question question, ElementType type, int count, ReadOnlySpan<long> row);

    private sealed record GivenValues(Tensor Tensor) : Drawn
    {
        internal override Value Table(Question question, ElementType type, int count, ReadOnlySpan<long> row)
        {
            long[] wanted = [count, .. row];
            var fits = Tensor.Dimensions.Length == wanted.Length && Tensor.Dimensions[0] == count;
            for (var axis = 1; fits && axis < wanted.Length; axis++)
                fits = Tensor.Dimensions[axis] == wanted[axis] || Tensor.Dimensions[axis] == 1;
            if (!fits)
                throw new ArgumentException(
                    $"What is given in the place of draws has the shape {Tensor.Shape}; expected was {Shape.Of(wanted)}, " +
                    "one draw for each sample.");
            return question.Graph.Constant(type == ElementType.Int64 ? Tensor.From(Tensor.ToInt64(), Tensor.Dimensions)
                : Tensor.Type == type ? Tensor : Tensor.FromDoubles(type, Tensor.ToDouble(), Tensor.Dimensions));
        }

        public override string ToString() => $"given {Tensor.Shape}";
    }

    private sealed record GivenInput(string Name) : Drawn
    {
        internal override Value Table(Question question, ElementType type, int count, ReadOnlySpan<long> row)
        {
            var graph = question.Graph;
            while (graph.Parent is { } around)
                graph = around;
            var shape = Shape.Of([count, .. row]);
            return graph.Inputs.FirstOrDefault(i => i.Name == Name) is not { } present ? graph.Input(Name, type, shape)
                : present.Type == type && present.Shape.Equals(shape) ? present
                : throw new ArgumentException($"The input '{Name}' is {present}; {type}{shape} was expected in the place of draws.");
        }

        public override string ToString() => $"input {Name}";
    }
}

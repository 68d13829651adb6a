namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// The types and shapes that operators give, for those that we emit. Networks read from a file do not need it (ONNX Runtime
/// tells their shapes), so a row of <see cref="OperatorTable"/> without it is an operator that no rule of ours emits.
/// </summary>
internal static partial class ShapeInference
{
    /// <summary>The operators that we write.</summary>
    public static IReadOnlyCollection<string> Operators => [.. OperatorFacts.All.Where(f => f.Infer is not null).Select(f => f.Name)];

    /// <summary>A node about to be made.</summary>
    internal sealed record Site(Graph Graph, string Operator, IReadOnlyList<Value?> Inputs, Attributes Attributes, int Outputs)
    {
        public Value X => Input(0);

        public Value Input(int index) =>
            Given(index) ?? throw new InvalidModelException($"The operator {Operator} needs its input {index}.");

        public Value? Given(int index) => index < Inputs.Count ? Inputs[index] : null;

        public int Axis(string name, long otherwise, int rank) => Normalise(Attributes.Int(name, otherwise), rank);

        public int Normalise(long axis, int rank) => axis >= -rank && axis < rank
            ? (int)(axis < 0 ? axis + rank : axis)
            : throw new InvalidModelException($"The operator {Operator} is given the axis {axis} of a tensor of rank {rank}.");

        /// <summary>The integers of a constant input; null where it is left out.</summary>
        public long[]? Constants(int index) => Given(index) is not { } value ? null
            : value.Constant?.ToInt64()
                ?? throw new InvalidModelException($"The operator {Operator} needs a constant for its input {index}.");

        public InvalidModelException Wrong(string why) =>
            new($"The operator {Operator} does not fit its inputs "
                + $"{string.Join(", ", Inputs.Where(i => i is not null).Select(i => $"{i!.Type}{i.ShapeOrNull}"))}: {why}");
    }

    /// <summary>What one output is.</summary>
    internal readonly record struct Outcome(ElementType Type, Shape Shape);

    /// <summary>The types and shapes of a node's outputs.</summary>
    public static IReadOnlyList<Outcome> Infer(Graph graph, string operatorType, IReadOnlyList<Value?> inputs, Attributes attributes,
        int outputs)
    {
        if (OperatorFacts.Of(operatorType)?.Infer is not { } rule)
            throw new UnsupportedOperatorException($"The operator '{operatorType}' cannot be written by the graph language: its row in "
                + "Onnx/Operators does not tell its result shapes.");
        var site = new Site(graph, operatorType, inputs, attributes, outputs);
        try
        {
            return [.. rule(site).Take(outputs)];
        }
        catch (ArgumentException e)
        {
            throw site.Wrong(e.Message);
        }
        catch (Exception e) when (e is IndexOutOfRangeException or ArithmeticException or NullReferenceException)
        {
            throw site.Wrong("an input, axis or attribute is missing or out of range.");
        }
    }

    /// <summary>
    /// The extents that a tensor of integers spells out, where they can be told without a run: a constant, the shape of
    /// something, or pieces of these put together.
    /// </summary>
    internal static Shape? Spelled(Value value) => value switch
    {
        { Constant: { } constant } => Shape.Of(constant.ToInt64()),
        { Producer: { OperatorType: "Shape" } node } when node.Inputs[0]!.ShapeOrNull is { } shape => new Shape(
            shape.Skip(Clamp(node.Attributes.Int("start"), shape.Rank))
                .Take(Clamp(node.Attributes.Int("end", shape.Rank), shape.Rank) - Clamp(node.Attributes.Int("start"), shape.Rank))),
        { Producer: { OperatorType: "Concat" } node } =>
            node.Inputs.Select(i => Spelled(i!)).ToList() is var parts && parts.TrueForAll(p => p is not null)
            ? new Shape(parts.SelectMany(p => p!))
            : null,
        _ => null,
    };

    private static int Clamp(long position, int rank) => (int)Math.Clamp(position < 0 ? position + rank : position, 0, rank);

    /// <summary>The first input's type and shape.</summary>
    public static InferRule Same { get; } = One(s => new(s.X.Type, s.X.Shape));

    /// <summary>The inputs' common type, and the shape they broadcast to.</summary>
    public static InferRule Spread { get; } = One(s => new(s.X.Type, BroadcastAll(s)));

    /// <summary>Truth values of the shape the inputs broadcast to.</summary>
    public static InferRule Truth { get; } = One(s => new(ElementType.Bool, BroadcastAll(s)));

    /// <summary>What is left along the axes of the second input.</summary>
    public static InferRule Along { get; } = One(s => new(s.X.Type, Reduced(s, s.Constants(1))));

    /// <summary>The rule of an operator with one output.</summary>
    public static InferRule One(Func<Site, Outcome> rule) => site => [rule(site)];

    public static Shape BroadcastAll(Site site)
    {
        // Integers and floats do not mix; the runtime would say so only when the model is loaded.
        var operands = site.Inputs.OfType<Value>().Skip(site.Operator == "Where" ? 1 : 0).ToList();
        if (site.Operator != "Pow" && operands.Any(o => o.Type != operands[0].Type))
            throw site.Wrong("all operands must have one element type.");
        return site.Inputs.OfType<Value>().Select(i => i.Shape).Aggregate(Shape.Broadcast);
    }

    public static Shape Reduced(Site s, long[]? axes)
    {
        if (axes is null or [])
        {
            if (s.Attributes.Int("noop_with_empty_axes") != 0)
                return s.X.Shape;
            axes = [.. Enumerable.Range(0, s.X.Rank).Select(i => (long)i)];
        }
        var reduced = axes.Select(a => s.Normalise(a, s.X.Rank)).ToHashSet();
        return s.Attributes.Int("keepdims", 1) != 0
            ? new Shape(s.X.Shape.Select((d, i) => reduced.Contains(i) ? 1 : d))
            : new Shape(s.X.Shape.Where((_, i) => !reduced.Contains(i)));
    }
}

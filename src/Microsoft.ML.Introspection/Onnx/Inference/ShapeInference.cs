namespace Microsoft.ML.Introspection.Onnx.Inference;

/// <summary>
/// The types and shapes that operators give: one table, a line for each operator that we emit. Networks read from a file
/// do not need it (ONNX Runtime tells their shapes), so an operator missing here is one that no rule of ours emits.
/// </summary>
internal static partial class ShapeInference
{
    private static readonly Dictionary<string, Func<Site, IReadOnlyList<Outcome>>> Rules = new([
        .. ElementwiseRules(), .. ShapingRules(), .. LinearRules(), .. ReductionRules(), .. IndexingRules()]);

    /// <summary>The operators of the table.</summary>
    public static IReadOnlyCollection<string> Operators => Rules.Keys;

    /// <summary>A node about to be made.</summary>
    internal sealed record Site(Graph Graph, string Operator, IReadOnlyList<Value?> Inputs, Attributes Attributes, int Outputs)
    {
        public Value X => Input(0);

        public Value Input(int index) => Given(index) ?? throw new InvalidModelException($"The operator {Operator} needs its input {index}.");

        public Value? Given(int index) => index < Inputs.Count ? Inputs[index] : null;

        public int Axis(string name, long otherwise, int rank) => Normalise(Attributes.Int(name, otherwise), rank);

        public int Normalise(long axis, int rank) => axis >= -rank && axis < rank
            ? (int)(axis < 0 ? axis + rank : axis)
            : throw new InvalidModelException($"The operator {Operator} is given the axis {axis} of a tensor of rank {rank}.");

        /// <summary>The integers of a constant input; null where it is left out.</summary>
        public long[]? Constants(int index) => Given(index) is not { } value ? null
            : value.Constant?.ToInt64() ?? throw new InvalidModelException($"The operator {Operator} needs a constant for its input {index}.");

        public InvalidModelException Wrong(string why) =>
            new($"The operator {Operator} does not fit its inputs {string.Join(", ", Inputs.Where(i => i is not null).Select(i => $"{i!.Type}{i.ShapeOrNull}"))}: {why}");
    }

    /// <summary>What one output is.</summary>
    internal readonly record struct Outcome(ElementType Type, Shape Shape);

    /// <summary>The types and shapes of a node's outputs.</summary>
    public static IReadOnlyList<Outcome> Infer(Graph graph, string operatorType, IReadOnlyList<Value?> inputs, Attributes attributes, int outputs)
    {
        if (!Rules.TryGetValue(operatorType, out var rule))
            throw new UnsupportedOperatorException($"The operator '{operatorType}' cannot be written by the graph language: its result shapes are not described in Onnx/Inference.");
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
        { Producer: { OperatorType: "Concat" } node } => node.Inputs.Select(i => Spelled(i!)).ToList() is var parts && parts.TrueForAll(p => p is not null)
            ? new Shape(parts.SelectMany(p => p!))
            : null,
        _ => null,
    };

    private static int Clamp(long position, int rank) => (int)Math.Clamp(position < 0 ? position + rank : position, 0, rank);

    private static Func<Site, IReadOnlyList<Outcome>> One(Func<Site, Outcome> rule) => site => [rule(site)];

    private static IEnumerable<KeyValuePair<string, Func<Site, IReadOnlyList<Outcome>>>> For(string operators, Func<Site, Outcome> rule) =>
        ForAll(operators, One(rule));

    private static IEnumerable<KeyValuePair<string, Func<Site, IReadOnlyList<Outcome>>>> ForAll(string operators, Func<Site, IReadOnlyList<Outcome>> rule) =>
        operators.Split(' ').Select(o => KeyValuePair.Create(o, rule));
}

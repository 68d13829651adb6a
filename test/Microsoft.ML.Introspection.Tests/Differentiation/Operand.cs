using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>One input of an operator under test: a variable of the graph or a constant in it, with its numbers.</summary>
internal sealed record Operand
{
    // Numbers of a distinct operand lie this far apart, and none lies at 0.
    private const double Gap = 0.15;

    private readonly Func<Random, ElementType, Tensor> _fill;

    private Operand(Func<Random, ElementType, Tensor> fill, bool isVariable = true) => (_fill, IsVariable) = (fill, isVariable);

    /// <summary>Whether it is an input of the graph, and differentiated by.</summary>
    public bool IsVariable { get; private init; }

    /// <summary>The same numbers as a constant of the graph.</summary>
    public Operand AsConstant => this with { IsVariable = false };

    /// <summary>Numbers of both signs, from 0.1 to 2 away from 0.</summary>
    public static Operand Any(params long[] dimensions) =>
        Numbers(dimensions, random => (0.1 + 1.9 * random.NextDouble()) * (random.Next(2) == 0 ? -1 : 1));

    /// <summary>Numbers from 0.3 to 2.</summary>
    public static Operand Positive(params long[] dimensions) => Between(0.3, 2, dimensions);

    /// <summary>Numbers of an interval.</summary>
    public static Operand Between(double low, double high, params long[] dimensions) =>
        Numbers(dimensions, random => low + (high - low) * random.NextDouble());

    /// <summary>Numbers far enough apart that a small step makes no other one the largest.</summary>
    public static Operand Distinct(params long[] dimensions) => new((random, type) =>
    {
        var places = Enumerable.Range(0, (int)Count(dimensions)).ToArray();
        random.Shuffle(places);
        return Convert([.. places.Select(p => (p - places.Length / 2 + 0.5) * Gap)], type, dimensions);
    });

    /// <summary>The numbers told.</summary>
    public static Operand Of(double[] numbers, params long[] dimensions) => new((_, type) => Convert(numbers, type, dimensions));

    /// <summary>A constant list of 64-bit integers: axes, sizes, pads.</summary>
    public static Operand Integers(params long[] elements) => Fixed(Tensor.Vector<long>(elements));

    /// <summary>A constant of its own type.</summary>
    public static Operand Fixed(Tensor tensor) => new((_, _) => tensor, isVariable: false);

    /// <summary>The operand in a graph, and its numbers.</summary>
    public (Value Value, Tensor Numbers) Write(Graph graph, string name, Random random, ElementType type, string? batch = null)
    {
        var tensor = _fill(random, type);
        if (!IsVariable)
            return (graph.Constant(tensor), tensor);
        var shape = batch is null ? tensor.Shape : tensor.Shape.With(0, Dimension.Symbol(batch));
        return (graph.Input(name, tensor.Type, shape), tensor);
    }

    private static Operand Numbers(long[] dimensions, Func<Random, double> number) => new((random, type) =>
        Convert([.. Enumerable.Range(0, (int)Count(dimensions)).Select(_ => number(random))], type, dimensions));

    internal static Tensor Convert(double[] numbers, ElementType type, long[] dimensions) => type == ElementType.Float
        ? Tensor.From(Array.ConvertAll(numbers, n => (float)n), dimensions)
        : Tensor.From(numbers, dimensions);

    private static long Count(long[] dimensions) => dimensions.Aggregate(1L, (p, d) => p * d);
}

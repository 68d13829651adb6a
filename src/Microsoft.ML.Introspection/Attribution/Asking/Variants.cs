using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// What a sum or an average over variants of a question runs over: points of a way, baselines, draws of noise, masks. Each variant has a
/// value (or several, side by side), and a weight.
/// </summary>
public sealed class Variants
{
    // From the numbers of some variants, shape [K], and the type of the input to their values, shape [K, …].
    private readonly Func<Value, ElementType, Value>[] _values;

    private Variants(int count, double[]? weights, params Func<Value, ElementType, Value>[] values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (Count, Weights, _values) = (count, weights, values);
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>What each counts; null where all count alike.</summary>
    internal double[]? Weights { get; }

    /// <summary>Variants whose values follow from their numbers.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="value">
    /// From the numbers of some of them, 64-bit integers of shape [K], to their values, shape [K, …]; what follows the first axis
    /// broadcasts to [N, row…] from the right.
    /// </param>
    public static Variants Numbered(int count, Func<Value, Value> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new Variants(count, null, (numbers, _) => value(numbers));
    }

    /// <summary>Values out of a table.</summary>
    /// <param name="table">Shape [variants, …]; what follows the first axis broadcasts to [N, row…] from the right.</param>
    public static Variants Of(Value table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return Numbered(Sizes.Extent(table.Shape[0]), numbers => table.Gather(numbers));
    }

    /// <summary>Numbers, in the input's type.</summary>
    /// <param name="numbers">One for each variant.</param>
    /// <param name="weights">What each counts; null for all alike.</param>
    public static Variants Of(double[] numbers, double[]? weights = null)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        return Of(new Tables(Tensor.From(numbers, numbers.Length)), weights);
    }

    /// <summary>Given numbers, in the input's type.</summary>
    /// <param name="table">
    /// Shape [variants, …], of real numbers; what follows the first axis broadcasts to [N, row…] from the right.
    /// </param>
    public static Variants Of(Tensor table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return Of(new Tables(table), null);
    }

    /// <summary>Every pair of one of these variants and one of others, of which the latter run faster; weights are multiplied.</summary>
    /// <param name="inner">The others.</param>
    public Variants Times(Variants inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        var (count, each) = (checked(Count * inner.Count), inner.Count);
        var weights = Weights is null && inner.Weights is null ? null
            : Enumerable.Range(0, count).Select(i => WeightOf(i / each) * inner.WeightOf(i % each)).ToArray();
        return new Variants(count, weights,
        [
            .. _values.Select(value => Place(value, Count, numbers => each == 1 ? numbers : numbers / each)),
            .. inner._values.Select(value => Place(value, each, numbers => Count == 1 ? numbers : numbers - numbers / each * each)),
        ]);
    }

    /// <summary>These variants with the values of others beside their own, number by number; the weights are these.</summary>
    /// <param name="others">As many.</param>
    public Variants With(Variants others)
    {
        ArgumentNullException.ThrowIfNull(others);
        return others.Count == Count
            ? new Variants(Count, Weights, [.. _values, .. others._values])
            : throw new ArgumentException($"{others.Count} variants cannot stand beside {Count}.", nameof(others));
    }

    /// <summary>The values of some variants, shape [K, …], laid out to meet values of [N, row…].</summary>
    /// <param name="numbers">Their numbers, shape [K].</param>
    /// <param name="type">The type of what they are to meet.</param>
    /// <param name="rank">The rank of what they are to meet; theirs is one more.</param>
    internal Value[] At(Value numbers, ElementType type, int rank) => [.. _values.Select(value => Laid(value(numbers, type), rank + 1))];

    // What there is but one of serves all.
    private static Func<Value, ElementType, Value> Place(Func<Value, ElementType, Value> value, int count, Func<Value, Value> place) =>
        (numbers, type) => value(count == 1 ? numbers.Graph.Constant(Tensor.Vector(0L)) : place(numbers), type);

    private static Variants Of(Tables tables, double[]? weights) =>
        new((int)tables.Count, weights, (numbers, type) => numbers.Graph.Constant(tables.Of(type)).Gather(numbers));

    private static Value Laid(Value value, int rank) =>
        value.Rank > rank
            ? throw new ArgumentException(
                $"The values of variants have the shape {value.Shape}; at most {rank} axes were expected, the variants first.")
        : value.Unsqueeze([.. Enumerable.Range(1, rank - value.Rank).Select(i => (long)i)]);

    private double WeightOf(int number) => Weights?[number] ?? 1.0 / Count;

    // One tensor for each type, however often it is asked for.
    private sealed class Tables(Tensor given)
    {
        private readonly Dictionary<ElementType, Tensor> _byType = [];

        public long Count => given.Dimensions.Length > 0 ? given.Dimensions[0] : 0;

        public Tensor Of(ElementType type)
        {
            if (!_byType.TryGetValue(type, out var table))
                _byType[type] = table = given.Type == type ? given : Tensor.FromDoubles(type, given.ToDouble(), given.Dimensions);
            return table;
        }
    }
}

/// <summary>A few variants that are computed together.</summary>
/// <param name="Numbers">Their numbers, from 0, 64-bit integers of shape [K].</param>
/// <param name="Count">How many there are: K.</param>
internal sealed record Portion(Value Numbers, int Count)
{
    /// <summary>
    /// The numbers taken as those of pairs, of which the second runs faster: number / inner and the remainder, each of shape [K].
    /// </summary>
    public (Value Outer, Value Inner) Pairs(int inner)
    {
        if (inner == 1)
            return (Numbers, Numbers.FullIntegersLike(0));
        var outer = Numbers / inner;
        return (outer, Numbers - outer * inner);
    }
}

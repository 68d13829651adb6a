using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>A few of the variants of a question that are computed together: their numbers, and how values are laid out for them.</summary>
public sealed class Variants
{
    // A batch of this many elements keeps the processor busy; more would only cost memory.
    private const long ElementsTogether = 1 << 14;

    internal Variants(Value numbers, int count) => (Numbers, Count) = (numbers, count);

    /// <summary>The numbers of these variants, from 0, 64-bit integers of shape [K].</summary>
    public Value Numbers { get; }

    /// <summary>How many there are: K.</summary>
    public int Count { get; }

    /// <summary>
    /// The numbers taken as those of pairs, of which the second runs faster: number / inner and the remainder, each of shape [K].
    /// </summary>
    /// <param name="inner">How many values the second of a pair takes.</param>
    public (Value Outer, Value Inner) Pairs(int inner)
    {
        if (inner == 1)
            return (Numbers, Numbers.FullIntegersLike(0));
        var outer = Numbers / inner;
        return (outer, Numbers - outer * inner);
    }

    /// <summary>A value of each row, repeated for each variant: shape [N, …] becomes [K·N, …], variant by variant.</summary>
    public Value Repeat(Value rows) => Count == 1 ? rows : rows.RepeatRows(Count);

    /// <summary>A constant of each variant, laid out to meet rows by broadcasting.</summary>
    /// <param name="table">Shape [all variants, …]; what follows the first axis broadcasts to a row, right-aligned.</param>
    /// <param name="rows">The value of shape [N, …] that it is to meet.</param>
    /// <returns>Shape [K, 1, …], of one rank more than <paramref name="rows"/>: product or sum with these has shape [K, N, …].</returns>
    public Value Pick(Tensor table, Value rows)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(rows);
        long[] row = [.. Enumerable.Repeat(1L, rows.Rank - table.Dimensions.Length), .. table.Dimensions[1..]];
        return Numbers.Graph.Constant(table).Gather(Numbers).Reshape([Count, 1, .. row]);
    }

    /// <summary>A number of each variant, laid out to meet their values.</summary>
    /// <param name="table">The numbers to choose from.</param>
    /// <param name="numbers">The place in the table for each of these variants, shape [K].</param>
    /// <param name="apart">What it is to meet, shape [K, N, …].</param>
    /// <returns>Shape [K, 1, …], of the rank of <paramref name="apart"/>.</returns>
    public Value Pick(double[] table, Value numbers, Value apart)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(apart);
        return apart.Graph.Constant(Tensor.FromDoubles(apart.Type, table, table.Length)).Gather(numbers).Reshape([Count, .. Enumerable.Repeat(1L, apart.Rank - 1)]);
    }

    /// <summary>1 at the number of each of these variants, 0 elsewhere; shape [K, all variants].</summary>
    public Value OneHot(long all, ElementType type) => Numbers.OneHot(all, type);

    /// <summary>Variants put one behind the other: shape [K, N, …] becomes [K·N, …].</summary>
    public Value Flat(Value apart) => apart.Reshape([-1, .. apart.Shape.Skip(2).Select(d => d.Value)]);

    /// <summary>Variants taken apart: shape [K·N, …] becomes [K, N, …].</summary>
    public Value Apart(Value flat) => flat.Reshape([Count, -1, .. flat.Shape.Skip(1).Select(d => d.Value)]);

    // The largest divisor of the number that fits, so that every turn computes equally many.
    internal static int Together(int count, Shape input)
    {
        var fitting = Math.Min(Fitting(input), count);
        while (count % fitting != 0)
            fitting--;
        return fitting;
    }

    /// <summary>How many variants of an input are enough at a time.</summary>
    internal static int Fitting(Shape input) => (int)Math.Max(ElementsTogether / Math.Max(input.Skip(1).Aggregate(1L, (p, d) => p * d.Value), 1), 1);
}

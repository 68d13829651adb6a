using System.Collections;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>The extents of a tensor, outermost first. Immutable.</summary>
public sealed class Shape : IReadOnlyList<Dimension>, IEquatable<Shape>
{
    private readonly Dimension[] _dimensions;

    /// <summary>Makes a shape from its extents; none makes a scalar's.</summary>
    public Shape(params IEnumerable<Dimension> dimensions) => _dimensions = [.. dimensions];

    /// <summary>The shape of a scalar.</summary>
    public static Shape Scalar { get; } = new();

    /// <summary>A shape of numbers; negative ones are unknown.</summary>
    public static Shape Of(params ReadOnlySpan<long> dimensions)
    {
        var result = new Dimension[dimensions.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = dimensions[i];
        return new Shape(result);
    }

    /// <summary>The number of axes.</summary>
    public int Rank => _dimensions.Length;

    /// <inheritdoc/>
    public int Count => _dimensions.Length;

    /// <summary>The extent of an axis; negative axes count from the end.</summary>
    public Dimension this[int axis] => _dimensions[axis < 0 ? axis + Rank : axis];

    /// <summary>Whether every extent is a number.</summary>
    public bool IsKnown => Array.TrueForAll(_dimensions, d => d.IsKnown);

    /// <summary>Whether some extent is neither a number nor a multiple of a symbol.</summary>
    public bool HasUnknown => Array.Exists(_dimensions, d => d.IsUnknown);

    /// <summary>The number of elements.</summary>
    public Dimension Size => _dimensions.Aggregate((Dimension)1, (product, d) => product * d);

    /// <summary>The extents as numbers.</summary>
    /// <exception cref="InvalidOperationException">An extent is not a number.</exception>
    public long[] ToArray() => Array.ConvertAll(_dimensions, d => d.Value);

    /// <summary>The extents as numbers with -1 for each that is symbolic or unknown.</summary>
    public long[] ToArrayOrMinusOne() => Array.ConvertAll(_dimensions, d => d.IsKnown ? d.Value : -1);

    /// <summary>This shape with one extent replaced.</summary>
    public Shape With(int axis, Dimension dimension)
    {
        var copy = (Dimension[])_dimensions.Clone();
        copy[axis < 0 ? axis + Rank : axis] = dimension;
        return new Shape(copy);
    }

    /// <summary>This shape where the symbol <paramref name="symbol"/> stands for <paramref name="replacement"/>.</summary>
    public Shape Substitute(string symbol, Dimension replacement) =>
        new(_dimensions.Select(d => d.Substitute(symbol, replacement)));

    /// <summary>The shape that two operands broadcast to (the rule of NumPy and ONNX).</summary>
    /// <exception cref="ArgumentException">Two known extents differ and neither is 1.</exception>
    public static Shape Broadcast(Shape left, Shape right)
    {
        var rank = Math.Max(left.Rank, right.Rank);
        var result = new Dimension[rank];
        for (var i = 1; i <= rank; i++)
        {
            Dimension a = i <= left.Rank ? left[-i] : 1, b = i <= right.Rank ? right[-i] : 1;
            result[rank - i] = a == 1 ? b
                : b == 1 || a == b ? a
                : a.IsKnown && b.IsKnown
                ? throw new ArgumentException($"The shapes {left} and {right} cannot be broadcast together: {a} against {b}.")
                : a.IsKnown ? a
                : b.IsKnown ? b
                : Dimension.Unknown;
        }
        return new Shape(result);
    }

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && _dimensions.AsSpan().SequenceEqual(other._dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode() => _dimensions.Aggregate(Rank, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", _dimensions)}]";

    /// <inheritdoc/>
    public IEnumerator<Dimension> GetEnumerator() => ((IEnumerable<Dimension>)_dimensions).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _dimensions.GetEnumerator();
}

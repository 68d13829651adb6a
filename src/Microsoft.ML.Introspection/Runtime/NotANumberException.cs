using System.Numerics;
using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Runtime;

/// <summary>An input row holds NaN, for which no network has an answer and no gradient means anything.</summary>
public sealed class NotANumberException(string input, int row, int element) : IntrospectionException(
    $"Row {row} of the batch has NaN at element {element} of the input '{input}'. Replace missing values before explaining "
        + "(ReplaceMissingValues in ML.NET), or filter such rows out.")
{
    /// <summary>The input's name.</summary>
    public string Input { get; } = input;

    /// <summary>The row within the batch.</summary>
    public int Row { get; } = row;

    /// <summary>The element within the row.</summary>
    public int Element { get; } = element;

    /// <summary>Refuses rows of which an element is NaN.</summary>
    /// <param name="rows">The rows, one behind the other.</param>
    /// <param name="rowSize">How many elements a row has.</param>
    /// <param name="input">The input's name.</param>
    /// <param name="first">The number of the first row.</param>
    internal static void ThrowIfAny<T>(ReadOnlySpan<T> rows, int rowSize, string input, int first = 0)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // A sum is NaN if a summand is (or if infinities of both signs meet): one pass without branches, then the place.
        if (!T.IsNaN(TensorPrimitives.Sum(rows)))
            return;
        for (var i = 0; i < rows.Length; i++)
            if (T.IsNaN(rows[i]))
                throw new NotANumberException(input, first + i / rowSize, i % rowSize);
    }
}

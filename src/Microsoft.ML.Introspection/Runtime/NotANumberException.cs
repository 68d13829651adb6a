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

    /// <summary>Why a result may be NaN.</summary>
    /// <param name="ofScore">Whether the score is.</param>
    public static string Reason(bool ofScore) => ofScore
        ? "the network's own score is not a number there (the logarithm or root of a negative number, 0/0, or numbers too large)."
        : "the score is a number, but what it is made of has no derivative there (a root or quotient at 0), or numbers on the way "
            + "are infinite (a mask of -∞, say) or too large.";

    /// <summary>Refuses rows of which an element is NaN.</summary>
    /// <param name="rows">The rows, one behind the other.</param>
    /// <param name="rowSize">How many elements a row has.</param>
    /// <param name="input">The input's name.</param>
    /// <param name="first">The number of the first row.</param>
    internal static void ThrowIfAny<T>(ReadOnlySpan<T> rows, int rowSize, string input, int first = 0)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (First(rows) is >= 0 and var place)
            throw new NotANumberException(input, first + place / rowSize, place % rowSize);
    }

    /// <summary>The place of the first NaN; -1 where there is none.</summary>
    internal static int First<T>(ReadOnlySpan<T> numbers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // A sum is NaN if a summand is (or if infinities of both signs meet): one pass without branches, then the place.
        if (!T.IsNaN(TensorPrimitives.Sum(numbers)))
            return -1;
        for (var i = 0; i < numbers.Length; i++)
            if (T.IsNaN(numbers[i]))
                return i;
        return -1;
    }
}

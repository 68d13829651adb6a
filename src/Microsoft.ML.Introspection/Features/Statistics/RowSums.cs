using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// Sums over numbers of a unit, away from some number near them so that little is lost: more numbers can be added, whichever their order.
/// </summary>
internal struct RowSums
{
    /// <summary>What is taken off each number before it is summed: the first that is not NaN.</summary>
    public double Shift { get; private set; }

    /// <summary>How many numbers.</summary>
    public double Count { get; private set; }

    /// <summary>The sum of the numbers, each less the shift.</summary>
    public double Sum { get; private set; }

    /// <summary>The sum of the squares of the same.</summary>
    public double Squares { get; private set; }

    /// <summary>The smallest.</summary>
    public double Minimum { get; private set; } = double.PositiveInfinity;

    /// <summary>The largest.</summary>
    public double Maximum { get; private set; } = double.NegativeInfinity;

    /// <summary>How many are zero.</summary>
    public double Zeros { get; private set; }

    public RowSums()
    {
    }

    /// <summary>The sums as numbers, to be written down.</summary>
    public readonly double[] Save() => [Shift, Count, Sum, Squares, Minimum, Maximum, Zeros];

    /// <summary>Sums from what <see cref="Save"/> gave.</summary>
    public static RowSums Load(ReadOnlySpan<double> saved) => new()
    {
        Shift = saved[0], Count = saved[1], Sum = saved[2], Squares = saved[3], Minimum = saved[4], Maximum = saved[5], Zeros = saved[6],
    };

    /// <summary>How many numbers <see cref="Save"/> gives.</summary>
    public const int Saved = 7;

    public readonly double Mean => Shift + Sum / Count;

    /// <summary>The mean of the squares of what lies between the numbers and their mean.</summary>
    public readonly double Variance => Math.Max(0, (Squares - Sum * Sum / Count) / Count);

    /// <summary>Adds numbers.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <returns>Their mean and the largest of them.</returns>
    public (double Mean, double Maximum) Add<T>(ReadOnlySpan<T> numbers) where T : unmanaged, INumber<T>
    {
        if (Count == 0)
            Shift = FirstOf(numbers);
        var sums = typeof(T) == typeof(float)
            ? Of(MemoryMarshal.Cast<T, float>(numbers)) : OneByOne(numbers, null);
        Count += numbers.Length;
        Sum += sums.Sum;
        Squares += sums.Squares;
        Minimum = Math.Min(Minimum, sums.Minimum);
        Maximum = Math.Max(Maximum, sums.Maximum);
        Zeros += sums.Zeros;
        return (Shift + sums.Sum / numbers.Length, sums.Maximum);
    }

    /// <summary>Adds the sums over other numbers.</summary>
    public void Add(RowSums other)
    {
        if (other.Count == 0)
            return;
        if (Count == 0)
            Shift = other.Shift;
        var away = other.Shift - Shift;
        Squares += other.Squares + 2 * away * other.Sum + away * away * other.Count;
        Sum += other.Sum + away * other.Count;
        Count += other.Count;
        Minimum = Math.Min(Minimum, other.Minimum);
        Maximum = Math.Max(Maximum, other.Maximum);
        Zeros += other.Zeros;
    }

    private readonly Sums Of(ReadOnlySpan<float> numbers)
    {
        var width = Vector<float>.Count;
        if (numbers.Length < width)
            return OneByOne(numbers, null);
        var shift = new Vector<double>(Shift);
        var (low, high, lowSquares, highSquares) = (Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero, Vector<double>.Zero);
        var (minimum, maximum, zeros, at) = (new Vector<float>(numbers), new Vector<float>(numbers), Vector<int>.Zero, 0);
        for (; at <= numbers.Length - width; at += width)
        {
            var some = new Vector<float>(numbers[at..]);
            minimum = Vector.Min(minimum, some);
            maximum = Vector.Max(maximum, some);
            zeros -= Vector.Equals(some, Vector<float>.Zero);
            Vector.Widen(some, out var first, out var second);
            (first, second) = (first - shift, second - shift);
            (low, high) = (low + first, high + second);
            (lowSquares, highSquares) = (lowSquares + first * first, highSquares + second * second);
        }
        var sums = new Sums(Vector.Sum(low + high), Vector.Sum(lowSquares + highSquares), double.PositiveInfinity, double.NegativeInfinity,
            Vector.Sum(zeros));
        for (var i = 0; i < width; i++)
            sums = sums with { Minimum = Math.Min(sums.Minimum, minimum[i]), Maximum = Math.Max(sums.Maximum, maximum[i]) };
        return OneByOne(numbers[at..], sums);
    }

    private readonly Sums OneByOne<T>(ReadOnlySpan<T> numbers, Sums? before) where T : unmanaged, INumber<T>
    {
        var (sum, squares, minimum, maximum, zeros) = before ?? new Sums(0, 0, double.PositiveInfinity, double.NegativeInfinity, 0);
        foreach (var value in numbers)
        {
            var number = double.CreateChecked(value);
            sum += number - Shift;
            squares += (number - Shift) * (number - Shift);
            minimum = Math.Min(minimum, number);
            maximum = Math.Max(maximum, number);
            zeros += number == 0 ? 1 : 0;
        }
        return new Sums(sum, squares, minimum, maximum, zeros);
    }

    private static double FirstOf<T>(ReadOnlySpan<T> numbers) where T : unmanaged, INumber<T>
    {
        foreach (var number in numbers)
            if (T.IsFinite(number))
                return double.CreateChecked(number);
        return 0;
    }

    private readonly record struct Sums(double Sum, double Squares, double Minimum, double Maximum, double Zeros);
}

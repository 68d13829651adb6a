namespace Microsoft.ML.Introspection.Reports;

/// <summary>Where the values of an axis lie in a drawing.</summary>
/// <param name="From">The value at <paramref name="Start"/>.</param>
/// <param name="To">The value at <paramref name="End"/>; not that of the start.</param>
/// <param name="Start">A coordinate.</param>
/// <param name="End">A coordinate; above the start where an axis points upward.</param>
internal readonly record struct LinearScale(double From, double To, double Start, double End)
{
    /// <summary>A scale that spans some values and leaves room beyond them.</summary>
    /// <param name="values">What is not finite does not count.</param>
    /// <param name="start">A coordinate.</param>
    /// <param name="end">A coordinate.</param>
    /// <param name="margin">The room at either end, as a share of the span.</param>
    public static LinearScale Spanning(IEnumerable<double> values, double start, double end, double margin = 0.03)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
            if (double.IsFinite(value))
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (low > high)
            (low, high) = (0, 0);
        if (low == high)
        {
            // A single value stands in the middle of a span of its own size.
            var half = Math.Max(Math.Abs(low) / 2, 1e-300);
            (low, high) = low == 0 ? (-1, 1) : (low - half, high + half);
        }

        // Halves first: the span of two huge numbers would overflow.
        var room = (high / 2 - low / 2) * 2 * margin;
        room = double.IsFinite(room) ? room : 0;
        return new LinearScale(
            Math.Max(low - room, -double.MaxValue), Math.Min(high + room, double.MaxValue), start, end);
    }

    /// <summary>The coordinate of a value; the nearer end for one outside, so that nothing leaves the drawing.</summary>
    public double At(double value)
    {
        var share = (value / 2 - From / 2) / (To / 2 - From / 2);
        return Start + Math.Clamp(double.IsNaN(share) ? 0 : share, 0, 1) * (End - Start);
    }

    /// <summary>Whether a value lies on the scale.</summary>
    public bool Holds(double value) => value >= Math.Min(From, To) && value <= Math.Max(From, To);
}

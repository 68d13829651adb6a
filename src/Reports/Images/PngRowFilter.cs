namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// PNG's prediction of a row from its neighbours (filter method 0): of the five kinds it takes the one whose differences
/// have the smallest sum of absolute values, as the specification advises.
/// </summary>
internal sealed class PngRowFilter(int rowBytes, int pixelBytes)
{
    private const int Kinds = 5;

    private readonly byte[] _previous = new byte[rowBytes];
    private byte[] _candidate = new byte[rowBytes + 1];
    private byte[] _best = new byte[rowBytes + 1];

    /// <summary>The filtered row behind its kind; valid until the next call.</summary>
    public ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> row)
    {
        var bestCost = long.MaxValue;
        for (var kind = 0; kind < Kinds; kind++)
        {
            var cost = Filter(kind, row);
            if (cost < bestCost)
            {
                bestCost = cost;
                (_best, _candidate) = (_candidate, _best);
            }
        }

        row.CopyTo(_previous);
        return _best;
    }

    private long Filter(int kind, ReadOnlySpan<byte> row)
    {
        _candidate[0] = (byte)kind;
        var cost = 0L;
        for (var i = 0; i < row.Length; i++)
        {
            int up = _previous[i];
            var (left, upLeft) = i < pixelBytes ? (0, 0) : (row[i - pixelBytes], _previous[i - pixelBytes]);
            var prediction = kind switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                _ => Paeth(left, up, upLeft),
            };
            var difference = (byte)(row[i] - prediction);
            _candidate[i + 1] = difference;
            cost += Math.Abs((int)(sbyte)difference);
        }

        return cost;
    }

    private static int Paeth(int left, int up, int upLeft)
    {
        var (toLeft, toUp, toUpLeft) = (Math.Abs(up - upLeft), Math.Abs(left - upLeft), Math.Abs(left + up - 2 * upLeft));
        return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    }
}

using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>Is given the numbers of a row.</summary>
internal delegate void RowTaker(ReadOnlySpan<double> row);

/// <summary>What one pass over a job keeps of its columns.</summary>
internal sealed class ColumnPass
{
    private const int Block = 256, HistogramBins = 30;
    private const double Tail = 0.005;

    private ColumnPass(int columns, int capacity, int seed) =>
        (Moments, Sample) = (new ColumnMoments[columns], new RowReservoir(columns, capacity, seed));

    public ColumnMoments[] Moments { get; }

    public RowReservoir Sample { get; }

    public long Rows => Sample.Seen;

    /// <summary>The rows of a source in blocks: the numbers of its tensors side by side.</summary>
    /// <param name="source">Before its first row.</param>
    /// <param name="take">Is given a row.</param>
    /// <param name="progress">Is told the number of rows and the share that is read, now and then.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static void Read(RowSource source, RowTaker take, Action<long, double>? progress, CancellationToken cancellation)
    {
        var widths = source.Tensors.Select(t => t.Width).ToArray();
        var row = new double[widths.Sum()];
        while (source.MoveNext())
        {
            var start = 0;
            for (var tensor = 0; tensor < widths.Length; start += widths[tensor++])
                source.Read(tensor, row.AsSpan(start, widths[tensor]));
            take(row);
            if (source.Row % Block != 0)
                continue;
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(source.Row + 1, source.Progress);
        }
    }

    /// <summary>The first pass over a job.</summary>
    public static ColumnPass Of(RowSource source, DriftOptions options, RowTaker? also, Action<long, double>? progress,
        CancellationToken cancellation)
    {
        var columns = source.Tensors.Sum(t => t.Width);
        var pass = new ColumnPass(columns, options.SampleOf(columns), options.Seed);
        Read(source, row =>
        {
            pass.Sample.Add(row);
            for (var column = 0; column < row.Length; column++)
                pass.Moments[column].Add(row[column]);
            also?.Invoke(row);
        }, progress, cancellation);
        return pass.Rows > 0 ? pass : throw new InvalidDataException($"'{source.Name}' has no rows; rows to compare were expected.");
    }

    /// <summary>How often numbers of two samples occur; a hundredth of them may lie beyond the ends.</summary>
    public static DriftHistogram? Histogram(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.IsEmpty || second.IsEmpty)
            return null;
        var from = Math.Min(At(first, Tail), At(second, Tail));
        var to = Math.Max(At(first, 1 - Tail), At(second, 1 - Tail));
        if (from == to)
            (from, to) = from == 0 ? (-1, 1) : (from - Math.Abs(from) / 2, to + Math.Abs(to) / 2);
        return new(from, to, Shares(first), Shares(second));

        static double At(ReadOnlySpan<double> sorted, double share) => sorted[(int)(share * (sorted.Length - 1))];

        double[] Shares(ReadOnlySpan<double> numbers)
        {
            var shares = new double[HistogramBins];
            foreach (var number in numbers)
                shares[(int)Math.Clamp((number / 2 - from / 2) / (to / 2 - from / 2) * HistogramBins, 0, HistogramBins - 1)]++;
            for (var bin = 0; bin < HistogramBins; bin++)
                shares[bin] /= numbers.Length;
            return shares;
        }
    }
}

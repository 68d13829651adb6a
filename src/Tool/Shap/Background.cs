using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>What the command line says of the background.</summary>
/// <param name="Text">A file, or one of the words.</param>
/// <param name="Rows">How many rows to take at most.</param>
internal sealed record BackgroundRequest(string Text, int Rows)
{
    /// <summary>Rows of the data themselves.</summary>
    public const string Data = "data";

    /// <summary>One row: the mean of the data.</summary>
    public const string Mean = "mean";

    /// <summary>One row: zeros, as the model sees them.</summary>
    public const string Zero = "zero";

    /// <summary>The file; null where it is none but a word.</summary>
    public string? File => Text is Data or Mean or Zero ? null : Text;
}

/// <summary>Rows that stand for what is usual: absent features take their values.</summary>
/// <param name="Rows">Shape [B, features], as the model sees them.</param>
/// <param name="Remark">Where they come from, for people.</param>
internal sealed record Background(float[] Rows, string Remark)
{
    /// <summary>Takes the rows that are asked for.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="features">How many features there are.</param>
    /// <param name="data">The file of the rows to explain.</param>
    /// <param name="open">Opens a file as rows for the model.</param>
    /// <param name="cancellation">Stops reading.</param>
    public static Background Read(BackgroundRequest request, int features, string data, Func<string, FeatureRows> open, CancellationToken cancellation) => request.Text switch
    {
        BackgroundRequest.Zero => new(new float[features], "against zeros"),
        BackgroundRequest.Mean => new(MeanRow(open, data, features, cancellation), $"against the mean of '{Path.GetFileName(data)}'"),
        var text => Sample(text == BackgroundRequest.Data ? data : text, request.Rows, open, cancellation),
    };

    /// <summary>Rows of a file, spread evenly over it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">How many rows to take at most.</param>
    /// <param name="open">Opens a file as rows for the model.</param>
    /// <param name="cancellation">Stops reading.</param>
    public static Background Sample(string path, int most, Func<string, FeatureRows> open, CancellationToken cancellation)
    {
        var all = 0L;
        using (var rows = open(path))
            all = rows.CountRows(cancellation);
        using var again = open(path);
        // The middle row of each of equal parts.
        var count = Math.Min(all, most);
        var taken = again.ReadAt([.. Enumerable.Range(0, (int)count).Select(i => (2L * i + 1) * all / (2 * count))], cancellation);
        return new(taken.SeenSingles.ToArray(), count == all ? $"against the {Counted(all)} of '{Path.GetFileName(path)}'" : FormattableString.Invariant($"against {count:N0} of the {Counted(all)} of '{Path.GetFileName(path)}'"));
    }

    // Of what is known: missing values have no part in it.
    private static float[] MeanRow(Func<string, FeatureRows> open, string path, int features, CancellationToken cancellation)
    {
        var (sums, counts) = (new double[features], new long[features]);
        using var rows = open(path);
        var block = rows.Block(256);
        while (rows.Read(block, cancellation))
        {
            for (var row = 0; row < block.Count; row++)
            {
                var values = block.SeenRow(row);
                for (var feature = 0; feature < features; feature++)
                {
                    if (double.IsNaN(values[feature]))
                        continue;
                    sums[feature] += values[feature];
                    counts[feature]++;
                }
            }
        }
        return [.. sums.Select((sum, feature) => (float)(sum / counts[feature]))];
    }

    private static string Counted(long count) => FormattableString.Invariant($"{count:N0} row{(count == 1 ? "" : "s")}");
}

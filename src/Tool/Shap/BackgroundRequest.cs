using Microsoft.ML.Introspection.Explaining;

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

    /// <summary>Takes the rows that are asked for.</summary>
    /// <param name="features">How many features there are.</param>
    /// <param name="data">The file of the rows to explain.</param>
    /// <param name="open">Opens a file as rows for the model.</param>
    /// <param name="cancellation">Stops reading.</param>
    public Background Read(int features, string data, Func<string, FeatureRows> open, CancellationToken cancellation) => Text switch
    {
        Zero => Background.Zero(features),
        Mean => new(MeanRow(open, data, features, cancellation), $"against the mean of '{Path.GetFileName(data)}'"),
        var text => Sample(text == Data ? data : text, open, cancellation),
    };

    private Background Sample(string path, Func<string, FeatureRows> open, CancellationToken cancellation)
    {
        var all = 0L;
        using (var rows = open(path))
            all = rows.CountRows(cancellation);
        using var again = open(path);
        var places = Background.Spread(all, Rows);
        var taken = again.ReadAt(places, cancellation).SeenSingles.ToArray();
        return new(taken, places.Length == all ? $"against the {Counted(all)} of '{Path.GetFileName(path)}'"
            : FormattableString.Invariant($"against {places.Length:N0} of the {Counted(all)} of '{Path.GetFileName(path)}'"));
    }

    // Of what is known: missing values have no part in it.
    private static float[] MeanRow(Func<string, FeatureRows> open, string path, int features, CancellationToken cancellation)
    {
        var (sums, counts) = (new double[features], new long[features]);
        using var rows = open(path);
        var block = rows.Block(256);
        while (rows.Read(block, cancellation))
        {
            for (var i = 0; i < block.Seen.Length; i++)
            {
                if (double.IsNaN(block.Seen[i]))
                    continue;
                sums[i % features] += block.Seen[i];
                counts[i % features]++;
            }
        }
        return [.. sums.Select((sum, feature) => (float)(sum / counts[feature]))];
    }

    private static string Counted(long count) => FormattableString.Invariant($"{count:N0} row{(count == 1 ? "" : "s")}");
}

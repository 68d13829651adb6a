using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A row, the copy that a network made of it, and where the two differ.</summary>
public static class ReconstructionReport
{
    // Three stand side by side in a card.
    private const int Shown = 128;

    /// <summary>The three side by side: pictures, or curves in one chart.</summary>
    /// <param name="name">What the row is called.</param>
    /// <param name="row">The row, shape [1, …].</param>
    /// <param name="copy">The copy, as many numbers.</param>
    /// <param name="errors">An error for each number, as many.</param>
    /// <param name="channelsLast">Whether the channels of a picture stand last.</param>
    public static ReportSection Row(string name, Tensor row, Tensor copy, Tensor errors, bool channelsLast = false)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(copy);
        ArgumentNullException.ThrowIfNull(errors);
        if (copy.Count != row.Count || errors.Count != row.Count)
            throw new ArgumentException($"A row of {row.Count} numbers has a copy of {copy.Count} and {errors.Count} errors; as many were "
                + "expected.", nameof(copy));
        var (given, made, apart) = (row.ToDouble(), copy.ToDouble(), errors.ToDouble());
        var extents = row.Dimensions[1..].ToArray();
        if (!ExamplePictures.IsImage(Tensor.From(given, extents), channelsLast))
            return new LineChart(new ChartLine("row", given), new ChartLine("copy", made), new ChartLine("error", apart))
            {
                Caption = name, XTitle = "place", YTitle = "value",
            };
        var form = new FoundImageForm { ChannelsLast = channelsLast, Range = FoundImageForm.RangeOf(given.Concat(made)) };
        Figure Picture(double[] values, string says) =>
            new(MaximizationReport.Pictures(Tensor.From(values, [1, .. extents]), form)[0], "", $"{name}, {says}")
            {
                Heading = says, DisplayWidth = Shown,
            };
        var (channels, height, width) = channelsLast ? ((int)extents[^1], (int)extents[^3], (int)extents[^2])
            : ((int)extents[0], (int)extents[^2], (int)extents[^1]);
        var map = new float[height * width];
        // Of volumes the middle slice, as of the others.
        var planes = apart.Length / channels / map.Length;
        for (var c = 0; c < channels; c++)
            for (var i = 0; i < map.Length; i++)
            {
                var at = channelsLast ? (planes / 2 * map.Length + i) * channels + c : (c * planes + planes / 2) * map.Length + i;
                map[i] += (float)(apart[at] / channels);
            }
        var drawn = new Heatmap(map, height, width, new() { Percentile = 100, Scale = TileSheet.ScaleFor(Math.Max(height, width), 160) });
        return new Section(name) { new Gallery(Picture(given, "row"), Picture(made, "copy"),
            Figure.Of(drawn, "", $"{name}, errors") with { Heading = "error", DisplayWidth = Shown }) };
    }
}

using System.Text.Json;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>What a network wants done to its inputs first: subtract the mean, divide by the standard deviation.</summary>
internal sealed class Scaling
{
    private const long MaximumBytes = 1 << 26;

    private readonly string _path;
    private readonly double[] _mean;
    private readonly double[] _deviation;
    private readonly string[]? _names;

    private Scaling(string path, double[] mean, double[] deviation, string[]? names)
    {
        (_path, _mean, _deviation, _names) = (path, mean, deviation, names);
        if (mean.Length != deviation.Length || mean.Length == 0)
            throw new InvalidDataException($"The scaling file '{path}' gives {mean.Length} means and {deviation.Length} standard "
                + "deviations; as many of one as of the other were expected.");
        if (names is not null && (names.Length != mean.Length || names.Distinct().Count() != names.Length))
            throw new InvalidDataException($"The scaling file '{path}' gives {names.Length} names for {mean.Length} means; one name, of "
                + "its own, for each was expected.");
        if (mean.Any(m => !double.IsFinite(m)) || deviation.Any(d => !double.IsFinite(d) || d == 0))
            throw new InvalidDataException(
                $"The scaling file '{path}' holds a mean that is not finite, or a standard deviation that is 0 or not finite.");
    }

    /// <summary>
    /// Reads <c>{ "mean": […], "std": […] }</c>: one number for each column, for each channel, or for all; with
    /// <c>"feature_names": […]</c> each goes to the column of that name.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is something else.</exception>
    public static Scaling Load(string path)
    {
        if (new FileInfo(path) is var file && !file.Exists)
            throw new FileNotFoundException($"The scaling file '{path}' does not exist.", path);
        if (file.Length > MaximumBytes)
            throw new InvalidDataException($"The scaling file '{path}' has {file.Length} bytes; at most {MaximumBytes} are read.");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            return new Scaling(path, Numbers(root.GetProperty("mean")), Numbers(root.GetProperty("std")),
                root.TryGetProperty("feature_names", out var names) ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException(
                $"The scaling file '{path}' is not {{ \"mean\": […], \"std\": […] }} with numbers: {Failure.Message(e)}", e);
        }
    }

    /// <summary>What is subtracted from and what divides each number of a row.</summary>
    /// <param name="source">The file that gives the rows.</param>
    /// <param name="rows">What it gives.</param>
    /// <param name="channels">The extent of the input's axis of channels; null where it has none.</param>
    /// <param name="areLast">Whether that axis is the last, not the first of a row.</param>
    public (double[] Mean, double[] Deviation) For(string source, RowTensor rows, int? channels, bool areLast = false)
    {
        var width = rows.Width;
        var places = _names is not null && rows.Items is { } columns ? ByName(columns)
            : _mean.Length == width ? [.. Enumerable.Range(0, width)]
            : _mean.Length == 1 ? new int[width]
            : _mean.Length == channels
                ? [.. Enumerable.Range(0, width).Select(i => areLast ? i % channels.Value : i / (width / channels.Value))]
            : throw new InvalidDataException($"The scaling file '{_path}' gives {_mean.Length} means; '{source}' has "
                + $"{rows.Description}{(channels is null ? "" : $", the input {channels} channels")}.");
        return (Array.ConvertAll(places, p => _mean[p]), Array.ConvertAll(places, p => _deviation[p]));
    }

    private int[] ByName(IReadOnlyList<string> columns) => [.. columns.Select(column => Array.IndexOf(_names!, column) is >= 0 and var place
        ? place
        : throw new InvalidDataException($"The scaling file '{_path}' has nothing for the column '{column}'. Leave the column out "
            + "(--columns, --label-column, --id-column), or add it there."))];

    private static double[] Numbers(JsonElement element) => element.ValueKind == JsonValueKind.Number
        ? [element.GetDouble()]
        : [.. element.EnumerateArray().Select(e => e.GetDouble())];
}

using System.Numerics.Tensors;
using System.Text.Encodings.Web;
using System.Text.Json;
using PureHDF;

namespace Microsoft.ML.Introspection.Evaluation.Clusters;

/// <summary>What is said of a project of ViRelAy, and of its data.</summary>
/// <param name="Name">The project's name.</param>
/// <param name="Model">The model's.</param>
/// <param name="Method">The name of the method behind the maps.</param>
public sealed record ViRelayNames(string Name, string Model, string Method)
{
    /// <summary>The names of the classes, from 0 on; those without one are called after their numbers.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>What is true of the rows, a class from 0 on for each; null where nobody knows: what is predicted then.</summary>
    public IReadOnlyList<int>? Labels { get; init; }
}

/// <summary>
/// Groups of heat maps as files that ViRelAy 1.0 opens (Anders et al. 2021, arXiv:2106.13200): <c>project.yaml</c>, <c>input.h5</c>,
/// <c>attribution.h5</c>, <c>analysis.h5</c>, <c>label_map.json</c>.
/// </summary>
public static class ViRelayProject
{
    private const int Colors = 3;

    /// <summary>
    /// Writes a folder, whole or not at all. Images go to 0 … 1 from their smallest number to their largest where they leave that range;
    /// grey ones, and maps of one channel, are written as three equal parts, for ViRelAy draws no others.
    /// </summary>
    /// <param name="folder">A new folder, or an empty one.</param>
    /// <param name="images">The rows, shape [rows, channels, height, width].</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="height">Their rows of pixels.</param>
    /// <param name="width">Their columns of pixels.</param>
    /// <param name="rows">The rows with their maps.</param>
    /// <param name="groups">What was grouped together: null for all rows, or the class.</param>
    /// <param name="names">What is said of it.</param>
    /// <exception cref="ArgumentException">Rows are no images, or counts differ.</exception>
    /// <exception cref="IOException">The folder is not empty, or cannot be written.</exception>
    public static void Save(string folder, ReadOnlySpan<double> images, int channels, int height, int width, MappedRows rows,
        IReadOnlyList<(int? Class, ClusteredMaps Found)> groups, ViRelayNames names)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(names);
        var count = rows.Maps.Count;
        if (channels is not (1 or Colors) || Math.Min(height, width) < Colors || images.Length != (long)count * channels * height * width)
            throw new ArgumentException($"ViRelAy shows images of 1 or 3 channels, 3 × 3 pixels at least; {images.Length} numbers as "
                + $"{count} rows of {channels} × {height} × {width} were given.", nameof(images));
        if (Math.Min(rows.Height, rows.Width) < Math.Max(rows.Channels, Colors))
            throw new ArgumentException($"ViRelAy takes the shortest side of a map for its channels; maps of {rows.Channels} × "
                + $"{rows.Height} × {rows.Width} cannot be shown.", nameof(rows));
        if (groups.Count == 0 || names.Labels is { } told && (told.Count != count || told.Any(l => l < 0)))
            throw new ArgumentException($"A group at least, and no label or one from 0 on for each of {count} rows, were "
                + "expected.", nameof(groups));
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(target) || Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new IOException($"Cannot write '{folder}': something is there already. Name a new folder, or empty it first.");
        var part = Directory.CreateDirectory($"{target}.{Guid.NewGuid():N}.part").FullName;
        try
        {
            WriteAll(part, Scaled(images), (channels, height, width), rows, groups, names);
            if (Directory.Exists(target))
                Directory.Delete(target);
            Directory.Move(part, target);
        }
        finally
        {
            if (Directory.Exists(part))
                Directory.Delete(part, recursive: true);
        }
    }

    private static void WriteAll(string part, float[] images, (int Channels, int Height, int Width) shape, MappedRows rows,
        IReadOnlyList<(int? Class, ClusteredMaps Found)> groups, ViRelayNames names)
    {
        var labels = (names.Labels ?? rows.Predicted).Select(l => (long)l).ToArray();
        var index = Enumerable.Range(0, labels.Length).Select(i => (long)i).ToArray();
        new H5File { ["data"] = Planes(images, labels.Length, shape, 1), ["label"] = labels, ["index"] = index }
            .Write(Path.Combine(part, "input.h5"));
        new H5File
        {
            ["attribution"] = Planes(Singles(rows.Attributions), labels.Length, (rows.Channels, rows.Height, rows.Width), 1f / Colors),
            ["prediction"] = new H5Dataset(Singles(rows.Predictions), fileDims: [(ulong)labels.Length, (ulong)rows.Outputs]),
            ["label"] = labels, ["index"] = index,
        }.Write(Path.Combine(part, "attribution.h5"));
        var analysis = new H5File();
        foreach (var (label, found) in groups)
            analysis[label is { } of ? Id(of) : "all"] = Category(found);
        analysis.Write(Path.Combine(part, "analysis.h5"));

        var classes = Math.Max(Math.Max(rows.Outputs, names.Classes.Count), (int)labels.Append(rows.Predicted.Max()).Max() + 1);
        File.WriteAllText(Path.Combine(part, "label_map.json"), JsonSerializer.Serialize(Enumerable.Range(0, classes).Select(c =>
            new Dictionary<string, object>
            {
                ["index"] = c, ["word_net_id"] = Id(c), ["name"] = c < names.Classes.Count ? names.Classes[c] : $"class {c}",
            }), new JsonSerializerOptions { WriteIndented = true }));
        var isTrue = names.Labels is { } told && told.SequenceEqual(rows.Explained);
        File.WriteAllText(Path.Combine(part, "project.yaml"), $"""
            project:
              name: {Quoted(names.Name)}
              model: {Quoted(names.Model)}
              label_map: label_map.json
              dataset:
                name: {Quoted(names.Name)}
                type: hdf5
                path: input.h5
              attributions:
                attribution_method: {Quoted(names.Method)}
                attribution_strategy: {(isTrue ? "true_label" : "predicted_label")}
                sources:
                  - attribution.h5
              analyses:
                - analysis_method: spectral
                  sources:
                    - analysis.h5

            """.ReplaceLineEndings("\n"));
    }

    private static H5Group Category(ClusteredMaps found)
    {
        var count = found.Rows.Count;
        var clusters = new H5Group();
        foreach (var way in found.Clusterings)
            clusters[way.Name] = new H5Dataset(way.Labels.ToArray())
            {
                Attributes = new() { ["embedding"] = "spectral", ["k"] = (long)way.Clusters.Count },
            };
        H5Dataset Plane(double[] points) => new(Singles(points), fileDims: [(ulong)count, (ulong)(points.Length / count)]);
        var spectral = Plane(found.Spectrum.Points);
        spectral.Attributes = new() { ["eigenvalue"] = Singles(found.Spectrum.Eigenvalues) };
        var plane = Plane([.. found.Layout]);
        plane.Attributes = new() { ["embedding"] = "spectral", ["index"] = (long[])[0, 1] };
        return new H5Group
        {
            ["index"] = found.Rows.Select(r => (uint)r).ToArray(), ["cluster"] = clusters,
            ["embedding"] = found.UsesTSne ? new H5Group { ["spectral"] = spectral, ["tsne"] = plane }
                : new H5Group { ["spectral"] = spectral, ["plane"] = plane },
        };
    }

    // One channel as three, each of so much of it.
    private static H5Dataset Planes(float[] values, int count, (int Channels, int Height, int Width) shape, float share)
    {
        var area = shape.Height * shape.Width;
        if (shape.Channels == 1)
        {
            var all = new float[values.Length * Colors];
            for (var plane = 0; plane < count * Colors; plane++)
                TensorPrimitives.Multiply(values.AsSpan(plane / Colors * area, area), share, all.AsSpan(plane * area, area));
            values = all;
        }
        return new H5Dataset(values, fileDims:
            [(ulong)count, (ulong)(shape.Channels == 1 ? Colors : shape.Channels), (ulong)shape.Height, (ulong)shape.Width]);
    }

    private static float[] Scaled(ReadOnlySpan<double> images)
    {
        var (low, high) = (TensorPrimitives.Min(images), TensorPrimitives.Max(images));
        var (from, size) = low >= 0 && high <= 1 ? (0, 1) : (low, high > low ? high - low : 1);
        var scaled = new float[images.Length];
        for (var i = 0; i < scaled.Length; i++)
            scaled[i] = (float)((images[i] - from) / size);
        return scaled;
    }

    private static float[] Singles(double[] values)
    {
        var singles = new float[values.Length];
        TensorPrimitives.ConvertTruncating<double, float>(values, singles);
        return singles;
    }

    private static string Id(int label) => $"n{label:00000000}";

    // What JSON quotes YAML reads.
    private static string Quoted(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}

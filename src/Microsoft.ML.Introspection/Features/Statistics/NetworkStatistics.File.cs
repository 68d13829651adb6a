using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Features;

/// <content>Statistics in files: taken here and there, merged later.</content>
public sealed partial class NetworkStatistics
{
    private const string Known = "statistics", Activations = "activation/", Gradients = "gradient/";

    /// <summary>Writes all that is known, so that it can be merged with others.</summary>
    /// <param name="path">The file, .npz.</param>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        NpzArchive.Save(path, _tensors.SelectMany(t => t.Arrays().Select(a =>
            KeyValuePair.Create($"{(t.IsGradient ? Gradients : Activations)}{t.Layer}/{a.Key}", a.Value)))
            .Prepend(KeyValuePair.Create(Known, NpyArray.From([_memory], 1))));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file, .npz.</param>
    /// <exception cref="InvalidDataException">It holds something else.</exception>
    public static NetworkStatistics Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var archive = NpzArchive.Open(path, 4L << 30);
        if (!archive.Contains(Known) || archive.Read(Known).ToInt64s() is not [>= 1 << 20 and var memory])
            throw Damaged($"the array '{Known}' is missing, or is no size of memory");
        const string last = $"/{UnitStatistics.FirstArray}";
        UnitStatistics[] tensors = [.. archive.Names.Where(n => n.EndsWith(last, StringComparison.Ordinal)
            && (n.StartsWith(Activations, StringComparison.Ordinal) || n.StartsWith(Gradients, StringComparison.Ordinal))).Select(n =>
        {
            var (isGradient, whole) = (n.StartsWith(Gradients, StringComparison.Ordinal), n[..^last.Length]);
            var layer = whole[(isGradient ? Gradients : Activations).Length..];
            return UnitStatistics.Load(layer, isGradient,
                name => archive.Contains($"{whole}/{name}") ? archive.Read($"{whole}/{name}") : null, why => Damaged($"'{layer}': {why}"));
        })];
        if (tensors.Length == 0 || tensors.Any(t => t.Rows != tensors[0].Rows))
            throw Damaged("it tells of no layers, or not of as many rows of each");
        return new NetworkStatistics(tensors, memory);

        InvalidDataException Damaged(string why) => new($"'{path}' holds no statistics of a network: {why}.");
    }
}

using System.Globalization;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>A layer of a network as the library that it comes from has it.</summary>
/// <param name="Name">The layer, with the models that it stands in before it.</param>
/// <param name="Class">Its class.</param>
/// <param name="Shape">The extents of what it gives, in the order that the library has them in.</param>
/// <param name="Parameters">How many numbers it has learnt, statistics among them.</param>
public sealed record LayerSummary(string Name, string Class, string Shape, long Parameters)
{
    private const string Key = "introspection.layers";

    /// <summary>What travels with a model that was translated: a line a layer.</summary>
    internal static (string Key, string Value) Entry(IEnumerable<LayerSummary> layers) => (Key, string.Join('\n', layers.Select(l =>
        FormattableString.Invariant($"{Line(l.Name)}\t{Line(l.Class)}\t{Line(l.Shape)}\t{l.Parameters}"))));

    /// <summary>The layers of a model that was translated; null of one that was not.</summary>
    /// <param name="model">The model.</param>
    public static IReadOnlyList<LayerSummary>? Of(Onnx.OnnxModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.Metadata.TryGetValue(Key, out var text))
            return null;
        var rows = text.Split('\n').Select(line => line.Split('\t')).ToList();
        return rows.TrueForAll(r => r.Length == 4 && long.TryParse(r[3], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? [.. rows.Select(r => new LayerSummary(r[0], r[1], r[2], long.Parse(r[3], CultureInfo.InvariantCulture)))] : null;
    }

    private static string Line(string text) => text.Replace('\t', ' ').Replace('\n', ' ');
}

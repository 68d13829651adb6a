using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>What is attributed to: an input with the file that feeds it, or a layer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="RowShape">The extents of one row of an input; null for a layer.</param>
/// <param name="Data">The file that feeds an input; null for a layer.</param>
internal sealed record ExplainedTensor(string Name, IReadOnlyList<int>? RowShape = null, DataFile? Data = null)
{
    /// <summary>An input.</summary>
    public static ExplainedTensor Input(TensorInfo input, DataFile data) =>
        new(input.Name, [.. input.Shape!.Skip(1).Select(d => (int)d.Value)], data);

    /// <summary>
    /// A name for each number of an attribution, as the method makes it from those of the features: these are named by the data, or else
    /// <c>input[0][3]</c>, the place in a row. What has another shape names its own places.
    /// </summary>
    public IReadOnlyList<string> Names(OutputPort attribution, AttributionMethod method)
    {
        IReadOnlyList<string>? features = RowShape is null ? null
            : Data?.Names is { } names && names.Count == Size(RowShape) ? names
            : Places(Name, RowShape);
        if (features is not null && method.Names(features) is var own && own.Count == attribution.Size)
            return own;
        return Places(attribution.Info.Name, attribution.RowShape);
    }

    private static int Size(IEnumerable<int> shape) => shape.Aggregate(1, (product, extent) => product * extent);

    private static string[] Places(string of, IReadOnlyList<int> shape) => [.. Enumerable.Range(0, Size(shape)).Select(flat =>
    {
        var place = "";
        for (var axis = shape.Count - 1; axis >= 0; axis--)
            (flat, place) = (flat / shape[axis], string.Create(CultureInfo.InvariantCulture, $"[{flat % shape[axis]}]{place}"));
        return of + place;
    })];
}

using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>What is attributed to: an input with the rows that feed it, or a layer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="RowShape">The extents of one row of an input; null for a layer.</param>
/// <param name="Data">The rows that feed an input; null for a layer.</param>
internal sealed record ExplainedTensor(string Name, IReadOnlyList<int>? RowShape = null, RowTensor? Data = null)
{
    /// <summary>An input.</summary>
    public static ExplainedTensor Input(TensorInfo input, RowTensor data) =>
        new(input.Name, [.. input.Shape!.Skip(1).Select(d => (int)d.Value)], data);

    /// <summary>
    /// A name for each number of an attribution, as the method makes it from those of the features: these are named by the data, or else
    /// <c>input[0][3]</c>, the place in a row. What has another shape names its own places.
    /// </summary>
    public IReadOnlyList<string> Names(ResultPort attribution, AttributionMethod method)
    {
        IReadOnlyList<string>? features = RowShape is null ? null
            : Data?.Items is { } names && names.Count == Size(RowShape) ? names
            : Places(Name, RowShape);
        if (features is not null && method.Names(features) is var own && own.Count == attribution.Width)
            return own;
        return Places(attribution.Name, attribution.RowShape);
    }

    /// <summary>A name for each place in a row: <c>input[0][3]</c>.</summary>
    public static string[] Places(string of, IReadOnlyList<int> shape) => [.. Enumerable.Range(0, Size(shape)).Select(flat =>
    {
        var place = "";
        for (var axis = shape.Count - 1; axis >= 0; axis--)
            (flat, place) = (flat / shape[axis], string.Create(CultureInfo.InvariantCulture, $"[{flat % shape[axis]}]{place}"));
        return of + place;
    })];

    private static int Size(IEnumerable<int> shape) => shape.Aggregate(1, (product, extent) => product * extent);
}

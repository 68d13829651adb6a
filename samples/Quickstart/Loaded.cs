using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Quickstart;

/// <summary>What a saved pipeline comes back as.</summary>
internal static class Loaded
{
    /// <summary>The largest difference between the items of a column of vectors in two views of the same rows.</summary>
    public static float LargestDifference(string column, IDataView one, IDataView other) => one.GetColumn<float[]>(column)
        .Zip(other.GetColumn<float[]>(column), (a, b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max())
        .Max();

    public static void Print(ITransformer model, float difference)
    {
        var parts = model is IEnumerable<ITransformer> chain ? chain : [model];
        Console.WriteLine($"""
            Saved and loaded, the pipeline is {string.Join(" > ", parts.Select(part => part.GetType().Name))}:
            it scores and explains without the plugin. Largest difference between its contributions and those above: {difference.ToString("G3", CultureInfo.InvariantCulture)}

            """);
    }
}

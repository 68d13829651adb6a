using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Files that take SHAP values, block by block, and appear only when all is written.</summary>
internal interface IShapResults : IDisposable
{
    /// <summary>Writes a block of rows.</summary>
    void Append(RowBlock rows, Explanations result);

    /// <summary>Moves the files into place. Without it, disposing leaves nothing.</summary>
    void Complete();
}

/// <summary>Where SHAP values lie.</summary>
/// <param name="Values">The values.</param>
/// <param name="Interactions">The interaction values; null where they are not asked for.</param>
/// <param name="Bases">What the values start from; null in tables, which have it beside the values.</param>
/// <param name="Scores">What the model says; likewise.</param>
/// <param name="Targets">The explained outputs; null in tables, and where they are the same for all rows.</param>
internal sealed record ShapPaths(string Values, string? Interactions, string? Bases = null, string? Scores = null, string? Targets = null)
{
    /// <summary>All files.</summary>
    public IEnumerable<string> All => ((string?[])[Values, Interactions, Bases, Scores, Targets]).OfType<string>();

    /// <summary>The values under the name given, all else beside it: <c>NAME.interactions.csv</c>, <c>NAME.base.npy</c>.</summary>
    public static ShapPaths Beside(string output, bool withInteractions, OutputChoice outputs)
    {
        var ending = Path.GetExtension(output);
        var isArray = Data.DataFile.Kind(output) == Data.DataKind.Npy;
        return new(output, withInteractions ? With("interactions") : null,
            isArray ? With("base") : null, isArray ? With("score") : null, isArray && outputs.Varies ? With("target") : null);

        string With(string name) => Path.ChangeExtension(output, $".{name}{ending}");
    }
}

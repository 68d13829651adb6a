using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>
/// Arrays side by side, in double precision: values [N, features], score and base value [N]; with an axis of outputs behind N where all of
/// several are explained. Base value and values of a row sum to its score.
/// </summary>
internal sealed class ShapArrays : IShapResults
{
    private readonly List<(NpyWriter Writer, Action<NpyWriter, Explanations> Append)> _arrays = [];

    /// <summary>Begins the files.</summary>
    /// <param name="paths">Where they lie.</param>
    /// <param name="explainer">What explains the rows.</param>
    public ShapArrays(ShapPaths paths, Explainer explainer)
    {
        int[] outputs = explainer.Slots is > 1 and var slots ? [slots] : [];
        try
        {
            Add(paths.Values, NpyType.Double, [.. outputs, .. explainer.PlayerShape], (npy, r) => npy.Append(r.Values));
            Add(paths.Interactions, NpyType.Double, [.. outputs, explainer.Players.Count, explainer.Players.Count],
                (npy, r) => npy.Append(r.Interactions));
            Add(paths.Bases, NpyType.Double, outputs, (npy, r) => npy.Append(r.BaseValues));
            Add(paths.Scores, NpyType.Double, outputs, (npy, r) => npy.Append(r.Scores));
            Add(paths.Targets, NpyType.Int64, outputs, (npy, r) => npy.Append(Array.ConvertAll(r.Outputs.ToArray(), o => (long)o)));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Append(RowBlock rows, Explanations result)
    {
        foreach (var (writer, append) in _arrays)
            append(writer, result);
    }

    public void Complete() => _arrays.ForEach(a => a.Writer.Complete());

    public void Dispose() => _arrays.ForEach(a => a.Writer.Dispose());

    private void Add(string? path, NpyType type, int[] rowShape, Action<NpyWriter, Explanations> append)
    {
        if (path is not null)
            _arrays.Add((NpyWriter.Create(path, type, rowShape), append));
    }
}

using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>
/// Arrays side by side, in double precision: values [N, features], score and base value [N]; with an axis of outputs behind N where all of
/// several are explained. Base value and values of a row sum to its score.
/// </summary>
internal sealed class ShapArrays : IShapResults
{
    private readonly List<(NpyWriter Writer, Action<NpyWriter, int, ShapResult> Append)> _arrays = [];

    /// <summary>Begins the files.</summary>
    /// <param name="paths">Where they lie.</param>
    /// <param name="explainer">What explains the rows.</param>
    /// <param name="target">What is explained of them.</param>
    public ShapArrays(ShapPaths paths, ShapExplainer explainer, ShapTarget target)
    {
        int[] outputs = target.Slots(explainer.OutputCount) is > 1 and var slots ? [slots] : [];
        try
        {
            Add(paths.Values, NpyType.Double, [.. outputs, .. explainer.PlayerShape], (npy, rows, r) => npy.Append(r.Values.AsSpan(0, rows * r.Slots * r.Players)));
            Add(paths.Interactions, NpyType.Double, [.. outputs, explainer.Players.Count, explainer.Players.Count],
                (npy, rows, r) => npy.Append(r.Interactions.AsSpan(0, rows * r.Slots * r.Players * r.Players)));
            Add(paths.Bases, NpyType.Double, outputs, (npy, rows, r) => npy.Append(r.Bases.AsSpan(0, rows * r.Slots)));
            Add(paths.Scores, NpyType.Double, outputs, (npy, rows, r) => npy.Append(r.Scores.AsSpan(0, rows * r.Slots)));
            Add(paths.Targets, NpyType.Int64, outputs, (npy, rows, r) => npy.Append(Array.ConvertAll(r.Outputs[..(rows * r.Slots)], o => (long)o)));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Append(RowBlock rows, ShapResult result)
    {
        foreach (var (writer, append) in _arrays)
            append(writer, rows.Count, result);
    }

    public void Complete() => _arrays.ForEach(a => a.Writer.Complete());

    public void Dispose() => _arrays.ForEach(a => a.Writer.Dispose());

    private void Add(string? path, NpyType type, int[] rowShape, Action<NpyWriter, int, ShapResult> append)
    {
        if (path is not null)
            _arrays.Add((NpyWriter.Create(path, type, rowShape), append));
    }
}

using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>A model that is ready to be explained, and the rows to explain.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Explainer">What explains them.</param>
/// <param name="Groups">Features that are explained as one; null where each is by itself.</param>
internal sealed record ShapModel(RowSource Rows, ShapExplainer Explainer, PlayerGroups? Groups) : IDisposable
{
    private static ReadOnlySpan<byte> ZipStart => "PK\x03\x04"u8;

    /// <summary>Reads a model of whatever kind its content is, opens the rows, and prepares the algorithm.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="InvalidDataException">Model, rows, background and algorithm do not fit each other.</exception>
    public static ShapModel Open(ShapJob job, Action<string> note, CancellationToken cancellation)
    {
        var path = job.Model.Path;
        if (!path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            if (!TreeFile.IsOfBoosting(path) && IsZip(path))
                return PipelineModel.Open(job, note, cancellation);
            if (!TreeFile.IsOnnx(path))
                return TreeModel.Open(job, TreeFile.Load(path), note, cancellation);
        }
        var model = OnnxModel.Load(path);
        return OnnxTrees.TryFind(model, out var trees, out var reason) ? TreeModel.Open(job, trees, note, cancellation)
            : job.Request.Algorithm == ShapAlgorithm.Tree ? throw new InvalidDataException($"The model '{path}' cannot be explained as trees: {reason} Choose another --algorithm.")
            : NetworkModel.Open(job, model, cancellation);
    }

    public void Dispose()
    {
        Explainer.Dispose();
        Rows.Dispose();
    }

    private static bool IsZip(string path)
    {
        Span<byte> start = stackalloc byte[4];
        using var file = File.OpenRead(path);
        return start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)].SequenceEqual(ZipStart);
    }
}

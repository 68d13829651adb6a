using Microsoft.ML.Introspection.Importers;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>A model that is ready to be explained, and the rows to explain.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Explainer">What explains them.</param>
/// <param name="Groups">Features that are explained as one; null where each is by itself.</param>
internal sealed record ShapModel(FeatureRows Rows, ShapExplainer Explainer, PlayerGroups? Groups) : IDisposable
{
    /// <summary>Reads a model of whatever kind its content is, opens the rows, and prepares the algorithm.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="InvalidDataException">Model, rows, background and algorithm do not fit each other.</exception>
    public static ShapModel Open(ShapJob job, Action<string> note, CancellationToken cancellation)
    {
        var path = job.Model.Path;
        if (ModelFile.KindOf(path) == ModelKind.Pipeline)
            return PipelineModel.Open(job, note, cancellation);
        var file = ModelFile.Open(path);
        return file.Trees is { } trees ? TreeModel.Open(job, trees, note, cancellation)
            : job.Request.Algorithm == ShapAlgorithm.Tree ? throw new InvalidDataException($"The model '{path}' cannot be explained as trees: {file.WhyNoTrees} Choose another --algorithm.")
            : NetworkModel.Open(job, file.Onnx!, cancellation);
    }

    public void Dispose()
    {
        Explainer.Dispose();
        Rows.Dispose();
    }
}

using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Sources = Microsoft.ML.Introspection.Tool.Explaining.Sources;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>A model that is ready to be explained, and the rows to explain.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Explainer">What explains them.</param>
internal sealed record ShapModel(FeatureRows Rows, Explainer Explainer) : IDisposable
{
    /// <summary>What was asked for.</summary>
    public required ExplainerOptions Options { get; init; }

    /// <summary>Explains the same model by other options.</summary>
    public required Func<ExplainerOptions, Explainer> Explain { get; init; }

    /// <summary>Whether a feature's numbers are codes.</summary>
    public Func<int, bool> IsCode { get; init; } = _ => false;

    /// <summary>Prepares a model.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="explain">Explains the model by options.</param>
    public static ShapModel Of(FeatureRows rows, ExplainerOptions options, Func<ExplainerOptions, Explainer> explain) =>
        new(rows, explain(options)) { Options = options, Explain = explain };

    /// <summary>Reads a model of whatever kind its content is, opens the rows, and prepares the algorithm.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <param name="known">The file of a model that is no pipeline, where it has been read already.</param>
    /// <exception cref="InvalidDataException">Model, rows and background do not fit each other.</exception>
    /// <exception cref="ArgumentException">Model and algorithm do not fit each other.</exception>
    public static ShapModel Open(ShapJob job, Action<string> note, CancellationToken cancellation, ModelFile? known = null)
    {
        var path = job.Model.Path;
        if (ModelFile.KindOf(path) == ModelKind.Pipeline)
            return PipelineModel.Open(job, note, cancellation);
        var file = known ?? job.Model.Open(note);
        return file.Trees is { } trees ? OfTrees(job, trees, note, cancellation)
            : job.Request.Algorithm.Algorithm == ShapAlgorithm.Tree
                ? throw new InvalidDataException(
                    $"The model '{path}' cannot be explained as trees: {file.WhyNoTrees} Choose another --algorithm.")
            : OfNetwork(job, job.Model.Constant(file.Onnx!), note, cancellation);
    }

    /// <summary>What is asked for, as the engine takes it.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="features">The names of the features.</param>
    /// <param name="open">Opens a file as rows for the model.</param>
    /// <param name="note">Is told where covers come from.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <param name="blocks">The model's own one-hot blocks; null where it knows none.</param>
    public static ExplainerOptions Read(
        ShapJob job, IReadOnlyList<string> features, Func<string, FeatureRows> open, Action<string> note, CancellationToken cancellation,
        OneHotBlocks? blocks = null)
    {
        var request = job.Request;
        return new ExplainerOptions
        {
            Algorithm = request.Algorithm,
            Outputs = request.Outputs,
            Players = request.Groups?.Read(features, blocks),
            Background = request.Background?.Read(features.Count, job.Data, open, cancellation),
            Otherwise = why => throw new InvalidDataException(
                $"{why} Give --background FILE with rows like the training data; or --background data for rows of the data themselves, "
                    + "mean for their mean, zero for zeros."),
            Covers = (Path.GetFileName(job.Data), Covering),
            Predictions = request.Predictions,
            Output = request.Output,
            FeatureNames = features,
            Runtime = job.Runtime,
        };

        // All rows pass, so that even nodes that few of them reach have their share.
        IEnumerable<ReadOnlyMemory<float>> Covering()
        {
            note($"the model does not tell how much data passed each node of its trees; covers are taken from '{job.Data}'. With "
                + "--background, values need none.");
            using var rows = open(job.Data);
            var (block, row) = (rows.Block(256), new float[features.Count]);
            while (rows.Read(block, cancellation))
            {
                for (var i = 0; i < block.Count; i++)
                {
                    System.Numerics.Tensors.TensorPrimitives.ConvertTruncating<double, float>(block.SeenRow(i), row);
                    yield return row;
                }
            }
        }
    }

    public void Dispose()
    {
        Explainer.Dispose();
        Rows.Dispose();
    }

    private static ShapModel OfTrees(ShapJob job, TreeEnsemble trees, Action<string> note, CancellationToken cancellation)
    {
        var files = new NumberFiles(job, trees.FeatureNames, allowsMissing: true);
        try
        {
            files.Fit(trees.FeatureCount);
            var rows =
                files.Named(trees.FeatureNames ?? files.Given.Items ?? [.. Enumerable.Range(0, trees.FeatureCount).Select(i => $"f{i}")]);
            return Of(rows, Read(job, files.Features, files.Open, note, cancellation), o => Explainer.For(trees, o));
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private static ShapModel OfNetwork(ShapJob job, OnnxModel model, Action<string> note, CancellationToken cancellation)
    {
        var files = new NumberFiles(job, null, allowsMissing: false);
        try
        {
            // The rows of one input may tell the extents that the model leaves open.
            var shapes = model.Inputs.Count == 1 ? Sources.RowShapes(model, job.Model.Options, _ => files.Given.RowShape) : null;
            var network = job.Model.Load(model, shapes);
            long[] extents = [.. network.Inputs.Select(i => i.Shape!.Skip(1).Aggregate(1L, (size, d) => checked(size * d.Value)))];
            files.Fit(checked((int)extents.Sum()),
                network.Inputs.Count == 1 ? [.. network.Inputs[0].Shape!.Skip(1).Select(d => d.Value)] : null);
            var rows = files.Named(files.Given.Items ?? NetworkScorer.PlacesOf(network));
            return Of(rows, Read(job, files.Features, files.Open, note, cancellation), o => Explainer.For(network, o));
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }
}

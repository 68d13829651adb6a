using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Images;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Images;

/// <summary>A network of images, and how files become its rows.</summary>
/// <param name="Network">The network.</param>
/// <param name="Reading">How it sees images.</param>
/// <param name="Reason">Why it sees them so, for people.</param>
internal sealed record ImageModel(Network Network, ImageReading Reading, string Reason) : IDisposable
{
    private IDisposable? _of;

    /// <summary>The output that is explained where nobody says.</summary>
    public string Output { get; private init; } = Network.DefaultOutput;

    /// <summary>The names of classes, as the model tells them.</summary>
    public IReadOnlyList<string> ClassNames { get; private init; } = [];

    /// <summary>A network of a file: how its images are prepared is asked of the model, or of the command line.</summary>
    /// <param name="network">The file.</param>
    /// <param name="request">What is asked of images.</param>
    /// <param name="input">The input of pictures; null for the only one.</param>
    public static ImageModel Of(NetworkRequest network, ImageRequest request, string? input)
    {
        var model = network.ReadModel();
        var loaded = network.Load(model);
        var prepared = request.Prepared(PictureInput.Of(loaded, input), () => PreprocessingGuess.Of(loaded, model.Metadata, input));
        return new ImageModel(loaded, ImageReading.By(prepared.Preprocessing), prepared.Reason) { ClassNames = ClassNamesOf(network.Path) };
    }

    /// <summary>A pipeline of ML.NET, whose own steps prepare the images; what stands behind them is the network.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="request">What is asked of images.</param>
    /// <param name="options">What the pipeline's networks leave open.</param>
    /// <param name="output">The column of scores that is explained; null for that of the last model.</param>
    public static ImageModel Of(FittedModel pipeline, ImageRequest request, NetworkOptions options, string? output)
    {
        if (request.Preprocessing is not null)
            throw new UsageException("A pipeline of ML.NET prepares its images itself; leave --preprocess out.");
        var images = Opened(pipeline, new ImageExplanationOptions { NetworkOptions = options, ExplainedColumnName = output });
        return new ImageModel(images.Network, images.Reading, "the pipeline's own steps")
        {
            Output = images.Output, ClassNames = images.ClassNames, _of = images,
        };
    }

    private static ImagePipeline Opened(FittedModel pipeline, ImageExplanationOptions options)
    {
        try
        {
            return new ImagePipeline(pipeline.Pipeline, pipeline.InputSchema, options);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException(Failure.Message(e), e);
        }
    }

    // Image classifications of ML.NET are networks in archives of pipelines.
    private static IReadOnlyList<string> ClassNamesOf(string path)
    {
        try
        {
            return File.Exists(path) ? SavedPipeline.ClassNamesOf(path) : [];
        }
        catch (InvalidModelException)
        {
            return [];
        }
    }

    public void Dispose() => _of?.Dispose();
}

using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Images.Networks;
using Microsoft.ML.Introspection.Images.Pictures;
using Microsoft.ML.Introspection.Images.Steps;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;

namespace Microsoft.ML.Introspection.Images;

/// <summary>
/// A fitted pipeline of images in two parts: ML.NET's own steps from the file to the pixels, and all that stands behind them as one
/// network. What <c>mlContext.Transforms.ExplainImage</c> explains, for programs that run it themselves: the command line does.
/// </summary>
/// <example><code>
/// using var pipeline = new ImagePipeline(model, schema);
/// var graph = Explanation.Compile(pipeline.Network, new CompilationOptions(), [new Ask(new GradCam(), Target.ArgMax, "why")]);
/// using var rows = new ImageRows([new LabelledImage("cat.png")], pipeline.Reading);
/// </code></example>
public sealed class ImagePipeline : IDisposable
{
    private readonly PipelineReading _reading;

    /// <summary>Follows the steps of a pipeline.</summary>
    /// <param name="model">The fitted pipeline.</param>
    /// <param name="inputSchema">The columns of the data that it is for.</param>
    /// <param name="options">What is explained of it, where the pipeline leaves that open.</param>
    /// <exception cref="ArgumentException">
    /// A step stands between the image and the scores that cannot be followed; the message names it and says what to do.
    /// </exception>
    public ImagePipeline(ITransformer model, DataViewSchema inputSchema, ImageExplanationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputSchema);
        options ??= new ImageExplanationOptions();
        var (pixels, network) = PixelNetwork.Find(PictureTrace.Of(model, inputSchema), options);
        (Network, Input, Output, ClassNames) = (network.Network, network.Input, network.Output, network.Classes ?? []);
        _reading = new PipelineReading(pixels, options.Carrying);
    }

    /// <summary>What stands behind the pixels: the pixels of a batch in, scores out.</summary>
    public Network Network { get; }

    /// <summary>Its input.</summary>
    public string Input { get; }

    /// <summary>The output that is explained.</summary>
    public string Output { get; }

    /// <summary>What the classes are called; none where nobody says.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>How files become pixels, and maps of them maps of the images.</summary>
    public ImageReading Reading => _reading;

    /// <summary>Closes ML.NET's steps.</summary>
    public void Dispose() => _reading.Dispose();
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Images;

namespace Microsoft.ML;

/// <summary>Explanation columns for pipelines of images.</summary>
public static class ImageExplanationCatalog
{
    /// <summary>
    /// Explains the images that a fitted pipeline reads: which of their pixels speak for the network's score, and which against it. The
    /// pipeline's own steps are followed, from the file, the bytes or the image in memory through <c>ResizeImages</c>,
    /// <c>ConvertToGrayscale</c> and <c>ExtractPixels</c> to the network of <c>ApplyOnnxModel</c>.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="model">The fitted pipeline. It belongs to the caller, and is not needed any more once the estimator is fitted.</param>
    /// <param name="method">How to explain.</param>
    /// <param name="imageColumn">
    /// The column of the data that images come from: paths, images, or bytes of encoded ones; null for the one that the pipeline reads.
    /// </param>
    /// <param name="outputColumnName">The name of the explanation column.</param>
    /// <param name="form">What it holds: a map, an image, or PNG.</param>
    /// <param name="options">What is explained, in which size, how it is drawn; null for the defaults.</param>
    /// <example><code>
    /// var explained = mlContext.Transforms.ExplainImage(model, new GradCam(), form: ImageForm.Png).Fit(data).Transform(data);
    /// </code></example>
    public static ImageExplanationEstimator ExplainImage(this TransformsCatalog catalog, ITransformer model, AttributionMethod method,
        string? imageColumn = null, string outputColumnName = "Why", ImageForm form = ImageForm.Map,
        ImageExplanationOptions? options = null) =>
        new(catalog, model, imageColumn, [new ImageAsk(outputColumnName, method, form)], options ?? new ImageExplanationOptions());

    /// <summary>Several explanations of the images that a fitted pipeline reads, from one pass of one session.</summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="model">The fitted pipeline.</param>
    /// <param name="ask">Asks, column by column. The same method and target in several forms is computed once.</param>
    /// <param name="imageColumn">
    /// The column of the data that images come from: paths, images, or bytes of encoded ones; null for the one that the pipeline reads.
    /// </param>
    /// <param name="options">What is explained, in which size, how it is drawn; null for the defaults.</param>
    /// <example><code>
    /// mlContext.Transforms.ExplainImage(model, e => e
    ///     .Add("Map", new GradCam())
    ///     .Add("Picture", new GradCam(), ImageForm.Png)
    ///     .Add("Relevance", new LayerwiseRelevance(), ImageForm.Overlay, Target.Class("cat")));
    /// </code></example>
    public static ImageExplanationEstimator ExplainImage(this TransformsCatalog catalog, ITransformer model,
        Action<ImageExplanationBuilder> ask, string? imageColumn = null, ImageExplanationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ask);
        var builder = new ImageExplanationBuilder();
        ask(builder);
        return new ImageExplanationEstimator(catalog, model, imageColumn, builder.Asks, options ?? new ImageExplanationOptions());
    }
}

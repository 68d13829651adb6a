using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Images.Scoring;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Introspection.Images;

/// <summary>
/// Explains the images that a fitted pipeline reads. Made by <c>mlContext.Transforms.ExplainImage</c>. There is nothing to learn; fitting
/// follows the pipeline's steps and compiles the explanation.
/// </summary>
public sealed class ImageExplanationEstimator : IEstimator<ImageExplanationTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly ITransformer _model;
    private readonly string? _imageColumn;

    internal ImageExplanationEstimator(
        TransformsCatalog catalog, ITransformer model, string? imageColumn, IReadOnlyList<ImageAsk> asks, ImageExplanationOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        if (asks.Count == 0)
            throw new ArgumentException("Nothing is asked.", nameof(asks));
        (_catalog, _model, _imageColumn, Asks, Options) = (catalog, model, imageColumn, asks, options);
    }

    /// <summary>The explanation columns.</summary>
    public IReadOnlyList<ImageAsk> Asks { get; }

    /// <summary>What else is asked.</summary>
    public ImageExplanationOptions Options { get; }

    /// <summary>Follows the pipeline and compiles the explanation.</summary>
    /// <param name="input">Data with the column that the pipeline reads images from; its rows are not read.</param>
    /// <exception cref="ArgumentException">
    /// A step of the pipeline stands between the image and the scores that cannot be followed; the message names it and says what to do.
    /// </exception>
    /// <exception cref="Onnx.UnsupportedOperatorException">The network has an operator that cannot be differentiated.</exception>
    public ImageExplanationTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ImageExplanationTransformer(_catalog, ImagePlan.Compile(_model, input.Schema, _imageColumn, Asks, Options), Asks);
    }

    /// <summary>The columns that come out, before there is data.</summary>
    /// <param name="inputSchema">The columns that go in.</param>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var shape = inputSchema;
        foreach (var ask in Asks)
            Promise(ask.Name, ask.Form switch
            {
                ImageForm.Map => nameof(Promised.Numbers),
                ImageForm.Overlay => nameof(Promised.Image),
                _ => nameof(Promised.Bytes),
            }, ImagePlan.TypeOf(ask.Form, null, Options));
        Promise(Options.SizeColumnName, nameof(Promised.Integers), new VectorDataViewType(NumberDataViewType.Int32, 2));
        Promise(Options.TargetColumnName, nameof(Promised.Number), NumberDataViewType.Int64);
        Promise(Options.ScoreColumnName, nameof(Promised.Score), NumberDataViewType.Single);
        Promise(Options.ProblemColumnName, nameof(Promised.Text), TextDataViewType.Instance);
        return shape;

        void Promise(string? name, string member, DataViewType type)
        {
            if (name is null)
                return;
            // Third parties cannot make the parts of a schema shape; a mapping that does nothing can.
            var definition = SchemaDefinition.Create(typeof(Promised));
            definition.RemoveAll(c => c.MemberName != member);
            (definition[0].ColumnName, definition[0].ColumnType) = (name, type);
            shape = _catalog.CustomMapping<Nothing, Promised>((_, _) => { }, null, null, definition).GetOutputSchema(shape);
        }

    }

    private sealed class Nothing;

    private sealed class Promised
    {
        public VBuffer<float> Numbers { get; set; }

        // Of any size: the definition says so.
        [Transforms.Image.ImageType(1, 1)]
        public MLImage? Image { get; set; }

        public VBuffer<byte> Bytes { get; set; }

        [VectorType(2)]
        public VBuffer<int> Integers { get; set; }

        public long Number { get; set; }

        public float Score { get; set; }

        public ReadOnlyMemory<char> Text { get; set; }
    }
}

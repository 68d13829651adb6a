using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Introspection.Images.Steps;

/// <summary>
/// Follows images through the steps of a fitted pipeline, by the names of columns: from files or images of the data through resizing and
/// the loss of colours to columns of pixels.
/// </summary>
internal sealed class PictureTrace
{
    private readonly Dictionary<string, (PictureSource Source, IReadOnlyList<PictureStep> Steps)> _pictures = [];
    private readonly Dictionary<string, ITransformer> _unknown = [];
    private readonly List<ITransformer> _steps;
    private DataViewSchema _schema;
    private int _place;

    private PictureTrace(ITransformer pipeline, DataViewSchema schema)
    {
        _steps = [.. ChainSteps.Of(pipeline)];
        _schema = Schema = WithImages(schema, _steps);
    }

    /// <summary>The steps of the pipeline.</summary>
    public IReadOnlyList<ITransformer> Steps => _steps;

    /// <summary>The columns of the data, those of encoded images as images.</summary>
    public DataViewSchema Schema { get; }

    /// <summary>The columns of pixels that are there at the end or at any step before.</summary>
    public List<PixelColumn> Pixels { get; } = [];

    /// <summary>Follows the images of a pipeline.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="schema">The columns of the data.</param>
    /// <exception cref="ArgumentException">Images pass through a step that cannot be followed, or there are none.</exception>
    public static PictureTrace Of(ITransformer pipeline, DataViewSchema schema)
    {
        var trace = new PictureTrace(pipeline, schema);
        foreach (var step in trace._steps)
            trace.Take(step);
        return trace;
    }

    private void Take(ITransformer step)
    {
        _place++;
        switch (step)
        {
            case ImageLoadingTransformer loader when UnpublishedSteps.Decodes(loader):
                foreach (var (output, input) in UnpublishedSteps.Columns(loader).ToList())
                    Set(output, (new PictureSource(input, loader.ImageFolder ?? ""), []));
                break;
            case ImageResizingTransformer resizing:
                var resized = UnpublishedSteps.Columns(resizing);
                Map(step, [.. resized.Select(c => (c.Name, c.Input))], i => PictureStep.Geometry(resized[i]));
                break;
            case ImageGrayscalingTransformer gray:
                Map(step, [.. UnpublishedSteps.Columns(gray)], _ => null);
                break;
            case ImagePixelExtractingTransformer extracting:
                Extract(extracting);
                break;
            case ColumnCopyingTransformer copying:
                Copy([.. UnpublishedSteps.Columns(copying)]);
                break;
            default:
                PassBy(step);
                break;
        }
        _schema = StepNames.Behind(step, _schema) ?? _schema;
    }

    private void Map(ITransformer step, (string Output, string Input)[] columns, Func<int, Imaging.Preprocessing?> geometry)
    {
        string[] inputs = [.. columns.Select(c => c.Input).Distinct()];
        var before = columns.Select(c => Picture(c.Input, step)).ToList();
        for (var i = 0; i < columns.Length; i++)
            Set(columns[i].Output, (before[i].Source,
                [.. before[i].Steps, new PictureStep(step, inputs, columns[i].Input, columns[i].Output, geometry(i))]));
    }

    private void Extract(ImagePixelExtractingTransformer step)
    {
        var columns = UnpublishedSteps.Columns(step);
        string[] inputs = [.. columns.Select(c => c.Input).Distinct()];
        var behind = new Lazy<DataViewSchema>(() => step.GetOutputSchema(_schema));
        foreach (var column in columns)
        {
            var (source, steps) = Picture(column.Input, step);
            var pixels = new PixelColumn(column.Name, source, steps, step, inputs,
                column.IsInterleaved, (VectorDataViewType)behind.Value[column.Name].Type, _place);
            _pictures.Remove(column.Name);
            Pixels.Add(pixels);
        }
    }

    private void Copy((string Output, string Input)[] columns)
    {
        foreach (var (output, picture) in columns.Select(c => (c.Output, Picture: Known(c.Input))).ToList())
        {
            if (picture is { } known)
                Set(output, known);
            else
                _pictures.Remove(output);
        }
    }

    // Whatever else: what it makes of images is none that could be followed.
    private void PassBy(ITransformer step)
    {
        if (StepNames.Behind(step, _schema) is not { } behind)
            return;
        var made = StepNames.Added(_schema, behind).ToList();
        var touches = made.Count > 0 && StepNames.Read(step, _schema, made).Any(name => _pictures.ContainsKey(name)
            || _unknown.ContainsKey(name) || _schema.GetColumnOrNull(name)?.Type is ImageDataViewType);
        foreach (var column in made)
        {
            _pictures.Remove(column.Name);
            _unknown.Remove(column.Name);
            if (touches || column.Type is ImageDataViewType)
                _unknown[column.Name] = step;
        }
    }

    private (PictureSource, IReadOnlyList<PictureStep>)? Known(string column) =>
        _pictures.TryGetValue(column, out var known) ? known
        : !_unknown.ContainsKey(column) && Schema.GetColumnOrNull(column)?.Type is ImageDataViewType ? (new PictureSource(column, null), [])
        : null;

    private (PictureSource Source, IReadOnlyList<PictureStep> Steps) Picture(string column, ITransformer step) => Known(column)
        ?? (_unknown.TryGetValue(column, out var maker)
            ? throw new ArgumentException($"The images of the column '{column}' are made by the step {StepNames.Of(maker)}, through which "
                + "a map cannot be carried back. Apply that step to the data by itself, and give the pipeline that stands behind it: what "
                + $"is explained then is the image of '{column}'.", "model")
            : throw new ArgumentOutOfRangeException(nameof(column), $"The step {StepNames.Of(step)} reads images from the column "
                + $"'{column}', which the data does not have, or not as images: a column of MLImage, or the bytes of encoded images, was "
                + "expected."));

    private void Set(string column, (PictureSource, IReadOnlyList<PictureStep>) picture)
    {
        _unknown.Remove(column);
        _pictures[column] = picture;
    }

    // Bytes in the place of images are decoded by us.
    private static DataViewSchema WithImages(DataViewSchema schema, IEnumerable<ITransformer> steps)
    {
        var read = steps.SelectMany(step => step switch
        {
            ImageResizingTransformer resizing => UnpublishedSteps.Columns(resizing).Select(c => c.Input),
            ImagePixelExtractingTransformer extracting => UnpublishedSteps.Columns(extracting).Select(c => c.Input),
            ImageGrayscalingTransformer gray => UnpublishedSteps.Columns(gray).Select(c => c.Input),
            _ => [],
        }).ToHashSet();
        var builder = new DataViewSchema.Builder();
        foreach (var column in schema.Where(c => !c.IsHidden))
            builder.AddColumn(column.Name, read.Contains(column.Name) && IsBytes(column.Type) ? new ImageDataViewType() : column.Type,
                column.Annotations);
        return builder.ToSchema();
    }

    /// <summary>Whether a column holds encoded images.</summary>
    public static bool IsBytes(DataViewType type) => type is VectorDataViewType { ItemType: var item } && item == NumberDataViewType.Byte;
}

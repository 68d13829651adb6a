using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Images.Networks;
using Microsoft.ML.Introspection.Images.Pictures;
using Microsoft.ML.Introspection.Images.Steps;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Introspection.Images.Scoring;

/// <summary>An explanation of images, compiled: the graph, what is done to images before it, and the columns that come out.</summary>
internal sealed class ImagePlan
{
    private const string TargetName = "target";
    private const string ScoreName = "score";

    private ImagePlan(PixelColumn pixels, ExplanationGraph graph, MapGeometry geometry, IReadOnlyList<ImageColumn> columns,
        ImageExplanationOptions options) =>
        (Pixels, Model, Geometry, Columns, Options) = (pixels, graph.Model, geometry, columns, options);

    /// <summary>The column of pixels that is explained, and where it comes from.</summary>
    public PixelColumn Pixels { get; }

    /// <summary>The graph: pixels in, attributions out.</summary>
    public OnnxModel Model { get; }

    /// <summary>What makes maps of attributions.</summary>
    public MapGeometry Geometry { get; }

    /// <summary>The columns that come out.</summary>
    public IReadOnlyList<ImageColumn> Columns { get; }

    /// <summary>What is asked.</summary>
    public ImageExplanationOptions Options { get; }

    /// <summary>Whether maps have the image's own size.</summary>
    public static bool MapsAreOwn(ImageExplanationOptions options) => options.OwnSize ?? false;

    /// <summary>Whether overlays have the image's own size.</summary>
    public static bool OverlaysAreOwn(ImageExplanationOptions options) => options.OwnSize ?? true;

    /// <summary>Compiles.</summary>
    /// <param name="model">The fitted pipeline.</param>
    /// <param name="schema">The columns of the data.</param>
    /// <param name="imageColumn">The column of the user's images; null for the one that the pipeline reads.</param>
    /// <param name="asks">The explanations.</param>
    /// <param name="options">What else is asked.</param>
    /// <exception cref="ArgumentException">Something in the pipeline cannot be followed, or a name is unknown.</exception>
    public static ImagePlan Compile(
        ITransformer model, DataViewSchema schema, string? imageColumn, IReadOnlyList<ImageAsk> asks, ImageExplanationOptions options)
    {
        var (pixels, network) = PixelNetwork.Find(PictureTrace.Of(model, schema), options);
        if (imageColumn is not null && imageColumn != pixels.Source.Column)
            throw new ArgumentException($"The images of the pipeline come from the column '{pixels.Source.Column}'; '{imageColumn}' was "
                + "given.", nameof(imageColumn));
        // The same explanation in several forms is computed once.
        var questions = asks.Select(a => (a.Method, Target: (a.Target ?? options.Target).In(network.Classes))).ToList();
        var distinct = questions.Distinct().ToList();
        if (distinct.Select(q => q.Target).FirstOrDefault(t => t.InputName is not null) is { } told)
            throw new ArgumentException($"The target {told} takes the input '{told.InputName}' row by row, which images do not give; name "
                + "a class.", nameof(asks));
        var graph = Explanation.Compile(network.Network, new CompilationOptions(), [.. distinct.Select((q, i) =>
            new Ask(q.Method, q.Target, NameOf(i))
            {
                Of = [network.Input], Output = network.Output,
                TargetName = i == 0 && options.TargetColumnName is not null ? TargetName : null,
                ScoreName = i == 0 && options.ScoreColumnName is not null ? ScoreName : null,
            })]);
        var geometry = new MapGeometry(pixels, options.Carrying);
        for (var i = 0; i < distinct.Count; i++)
            geometry.Check(asks[questions.IndexOf(distinct[i])].Name, RowOf(graph.Model.Outputs[graph[NameOf(i)].Index]));
        var columns = asks.Select((a, i) => new ImageColumn(a.Name, TypeOf(a.Form, pixels, options), KindOf(a.Form),
            graph[NameOf(distinct.IndexOf(questions[i]))].Index, a.Style ?? options.Style)).ToList();
        Add(options.SizeColumnName, new VectorDataViewType(NumberDataViewType.Int32, 2), ImageColumnKind.Size, null);
        Add(options.TargetColumnName, NumberDataViewType.Int64, ImageColumnKind.Target, TargetName);
        Add(options.ScoreColumnName, NumberDataViewType.Single, ImageColumnKind.Score, ScoreName);
        Add(options.ProblemColumnName, TextDataViewType.Instance, ImageColumnKind.Problem, null);
        if (columns.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"Two columns are named '{twice.Key}'.", nameof(asks));
        var plan = new ImagePlan(pixels, graph, geometry, columns, options);
        plan.Find(schema);
        // Whether the steps can be taken is better known now than with the first image.
        using var lane = plan.OpenLane(schema);
        return plan;

        void Add(string? name, DataViewType type, ImageColumnKind kind, string? output)
        {
            if (name is not null)
                columns.Add(new ImageColumn(name, type, kind, output is null ? -1 : graph[output].Index, options.Style));
        }
    }

    /// <summary>What the forms hold, before there is data.</summary>
    public static DataViewType TypeOf(ImageForm form, PixelColumn? pixels, ImageExplanationOptions options) => form switch
    {
        ImageForm.Map => MapsAreOwn(options) ? new VectorDataViewType(NumberDataViewType.Single, 0, 0)
            // Before there is data, that the size is known is all that is told of it.
            : new VectorDataViewType(NumberDataViewType.Single, pixels?.Height ?? 1, pixels?.Width ?? 1),
        ImageForm.Overlay => OverlaysAreOwn(options) || pixels is null ? new ImageDataViewType()
            : new ImageDataViewType(pixels.Height, pixels.Width),
        _ => new VectorDataViewType(NumberDataViewType.Byte),
    };

    /// <summary>The column of images.</summary>
    /// <param name="schema">The columns of some data.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or does not fit.</exception>
    public DataViewSchema.Column Find(DataViewSchema schema)
    {
        var source = Pixels.Source;
        var column = schema.GetColumnOrNull(source.Column) ?? throw new ArgumentOutOfRangeException(nameof(schema),
            $"The data has no column '{source.Column}' of images; it has "
                + $"{string.Join(", ", schema.Where(c => !c.IsHidden).Select(c => $"'{c.Name}'"))}.");
        var fits = source.Folder is not null ? column.Type is TextDataViewType
            : column.Type is ImageDataViewType || PictureTrace.IsBytes(column.Type);
        return fits ? column : throw new ArgumentOutOfRangeException(nameof(schema), $"The column '{source.Column}' holds {column.Type}; "
            + (source.Folder is not null ? "paths of images were expected." : "images, or the bytes of encoded ones, were expected."));
    }

    /// <summary>Opens ML.NET's steps.</summary>
    public PictureLane OpenLane(DataViewSchema schema) => new(Pixels,
        Find(schema).Type is ImageDataViewType type ? type : new ImageDataViewType(), Options.MaximumPixels);

    /// <summary>The extents of a row of an output.</summary>
    public static IReadOnlyList<long> RowOf(TensorInfo output) => [.. output.Shape!.Skip(1).Select(d => d.Value)];

    private static string NameOf(int number) => $"explanation{number}";

    private static ImageColumnKind KindOf(ImageForm form) => form switch
    {
        ImageForm.Map => ImageColumnKind.Map,
        ImageForm.Overlay => ImageColumnKind.Overlay,
        _ => ImageColumnKind.Png,
    };
}

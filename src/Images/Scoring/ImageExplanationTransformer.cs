using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Images.Scoring;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Images;

/// <summary>Adds explanations of images to data: the fitted form of <see cref="ImageExplanationEstimator"/>.</summary>
/// <remarks>
/// <para><see cref="Transform"/> is lazy: nothing is read until a cursor that asks for an explanation is. Such a cursor reads two batches
/// of rows ahead and decodes their images on several threads; several cursors share one session of ONNX Runtime.</para>
/// <para>Images and PNG are made by code, not by a graph: the transformer cannot be saved. Save the pipeline that it explains, and make the
/// explanation anew when that is loaded; or, of maps, save <see cref="Explanation"/> and put it behind the pipeline's pixels by
/// <c>ApplyOnnxModel</c>.</para>
/// </remarks>
public sealed class ImageExplanationTransformer : ITransformer, IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<WeakReference<SingleImage>> _rows = [];

    internal ImageExplanationTransformer(TransformsCatalog catalog, ImagePlan plan, IReadOnlyList<ImageAsk> asks)
    {
        (Plan, Asks, Host) = (plan, asks, MlHost.Of(catalog));
        Session = new SharedSession(plan.Model, plan.Options.Runtime);
    }

    /// <summary>The explanation columns.</summary>
    public IReadOnlyList<ImageAsk> Asks { get; }

    /// <summary>
    /// The explanation graph, for any ONNX Runtime: the column of pixels goes in, the attributions to them come out.
    /// </summary>
    public OnnxModel Explanation => Plan.Model;

    bool ITransformer.IsRowToRowMapper => true;

    internal ImagePlan Plan { get; }

    internal MlHost Host { get; }

    internal SharedSession Session { get; }

    /// <summary>The columns of the data, then the explanations.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column of images is missing or does not fit.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bound(inputSchema).Whole;

    /// <summary>The data with its explanations, computed as they are read.</summary>
    /// <param name="input">The data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column of images is missing or does not fit.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ImageDataView(this, input, Bound(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new ImageRowMapper(this, Bound(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException(
        "Explanations of images are made by code, and a file of ML.NET's holds none. Save the pipeline that is explained by itself, load "
            + $"it, and make the explanation anew: mlContext.Transforms.{nameof(ImageExplanationCatalog.ExplainImage)}(loaded, …). Maps at "
            + $"the pixels are a graph: save {nameof(ImageExplanationTransformer)}.{nameof(Explanation)}, and put it behind the pipeline "
            + "by ApplyOnnxModel.");

    /// <summary>
    /// Frees what is held. Cursors that are at work finish undisturbed; new ones, and rows that were made by a prediction engine, fail with
    /// <see cref="ObjectDisposedException"/>.
    /// </summary>
    public void Dispose()
    {
        // ML.NET's prediction engine disposes of its transformer but not of the rows that it got from it.
        lock (_lock)
        {
            foreach (var reference in _rows)
                if (reference.TryGetTarget(out var row))
                    row.Dispose();
            _rows.Clear();
        }
        Session.Dispose();
    }

    internal void Lend(SingleImage row)
    {
        lock (_lock)
        {
            _rows.RemoveAll(reference => !reference.TryGetTarget(out _));
            _rows.Add(new WeakReference<SingleImage>(row));
        }
    }

    // Which of the added columns are read.
    internal bool[] Wanted(SchemaBinding binding, bool[] active)
    {
        var wanted = new bool[Plan.Columns.Count];
        for (var i = 0; i < active.Length; i++)
            if (active[i] && !binding.IsPassedThrough(i, out var index))
                wanted[index] = true;
        return wanted;
    }

    private SchemaBinding Bound(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new SchemaBinding(schema, [Plan.Find(schema)],
            Plan.Columns.Select(c => new DataViewSchema.DetachedColumn(c.Name, c.Type)));
    }
}

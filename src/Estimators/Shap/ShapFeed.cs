using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Saving;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Where the rows of numbers come from that are explained.</summary>
internal abstract record ShapFeed
{
    /// <summary>The columns that are read.</summary>
    public abstract IEnumerable<DataViewSchema.Column> Find(DataViewSchema schema);

    /// <summary>How slots are named after those of the data.</summary>
    /// <param name="names">Makes names of those of the features.</param>
    public abstract SlotNaming Naming(Func<IReadOnlyList<string>, IReadOnlyList<string>> names);

    /// <summary>What takes a source's current row to a place in memory.</summary>
    public abstract Action<int> Reader(DataViewRow source, Func<string, ColumnBuffer?> kept, IRowMemory memory);

    /// <summary>Is told that rows are explained and will not be asked for again.</summary>
    public virtual void Done()
    {
    }
}

/// <summary>One vector column: the features of a model.</summary>
internal abstract record VectorFeed : ShapFeed
{
    /// <summary>Blocks of slots that are one feature; null for none.</summary>
    public OneHotBlocks? Blocks { get; init; }

    /// <summary>The name of the input of a graph that explains the vectors.</summary>
    public abstract string Name { get; }

    /// <summary>The vectors of all rows, one by one, in the memory of the one before.</summary>
    /// <exception cref="ArgumentException">A column is missing or does not fit.</exception>
    public abstract IEnumerable<ReadOnlyMemory<float>> Rows(IDataView data);

    /// <summary>The vectors of some rows, spread evenly over the data.</summary>
    public abstract float[] Sample(IDataView data, int maximumRows);

    /// <summary>Who gets a value, where the feed knows better than the options.</summary>
    public virtual Players? Players => null;

    /// <summary>Saves an explanation of the vectors as ML.NET's own transformers.</summary>
    public abstract void Save(TransformsCatalog catalog, OnnxModel graph, ShapColumns columns, ModelSaveContext context);

    /// <summary>Saves it together with the pipeline that the vectors come from.</summary>
    public virtual void SaveWhole(TransformsCatalog catalog, OnnxModel graph, ShapColumns columns, ModelSaveContext context) =>
        Save(catalog, graph, columns, context);
}

/// <summary>The feature column of data that has been prepared.</summary>
/// <param name="Column">The column.</param>
internal sealed record FeatureFeed(InputColumn Column) : VectorFeed
{
    /// <summary>Takes a column.</summary>
    /// <param name="name">The column.</param>
    /// <param name="size">How many slots it has.</param>
    public FeatureFeed(string name, int size)
        : this(new InputColumn(name, "features", ElementType.Float, Shape.Of(size)) { Use = $"the model's {size} features" })
    {
    }

    public override string Name => Column.Name;

    /// <summary>How many slots there are.</summary>
    public int Size => checked((int)Column.Row.Size.Value);

    /// <summary>What the slots are called, where that is known better than their column tells; null where it is not.</summary>
    public IReadOnlyList<string>? Known { get; init; }

    /// <summary>What the model calls its features; null where it does not.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    public override IEnumerable<DataViewSchema.Column> Find(DataViewSchema schema) => [Column.Find(schema)];

    public override SlotNaming Naming(Func<IReadOnlyList<string>, IReadOnlyList<string>> names) => new SlotsOf(this, names);

    public override Action<int> Reader(DataViewRow source, Func<string, ColumnBuffer?> kept, IRowMemory memory) =>
        InputReader.Of(source, Column, memory, 0, kept(Name)).Read;

    public override IEnumerable<ReadOnlyMemory<float>> Rows(IDataView data) => FeatureVectors.Rows(data, Name);

    public override float[] Sample(IDataView data, int maximumRows) => FeatureVectors.Sample(data, Name, maximumRows);

    public override void Save(TransformsCatalog catalog, OnnxModel graph, ShapColumns columns, ModelSaveContext context) =>
        OnnxTransformerForm.Save(catalog, graph, columns.Inputs(Column), columns.Outputs, context);

    // After the slots of the explained column, or what the model calls its features.
    private sealed record SlotsOf(FeatureFeed Feed, Func<IReadOnlyList<string>, IReadOnlyList<string>> Make) : SlotNaming
    {
        public override Func<IReadOnlyList<string>>? In(DataViewSchema schema)
        {
            if (Feed.Known is { } known)
                return () => Make(Feed.Blocks?.Names(known) ?? known);
            if (schema.GetColumnOrNull(Feed.Name) is { } explained && SlotNames.Has(explained, Feed.Size))
                return () => SlotNames.Read(explained, Feed.Size) is { } slots ? Make(Feed.Blocks?.Names(slots) ?? slots) : [];
            return Feed.Names is null ? null : () => Make(Feed.Names);
        }
    }
}

/// <summary>The raw columns of a pipeline, as a scorer encodes them.</summary>
/// <param name="Scorer">The scorer; what it remembers by now, the background, it keeps.</param>
internal sealed record PipelineFeed(PipelineScorer Scorer) : ShapFeed
{
    private readonly IReadOnlyList<int> _remembered = Scorer.Remembered;

    public override IEnumerable<DataViewSchema.Column> Find(DataViewSchema schema) => Scorer.FindColumns(schema);

    public override SlotNaming Naming(Func<IReadOnlyList<string>, IReadOnlyList<string>> names) =>
        new FixedSlots(names(Scorer.FeatureNames));

    public override Action<int> Reader(DataViewRow source, Func<string, ColumnBuffer?> kept, IRowMemory memory)
    {
        var write = Scorer.Encoder(source);
        return row => write(memory.Row<float>(0, row));
    }

    public override void Done() => Scorer.ForgetAfter(_remembered);
}

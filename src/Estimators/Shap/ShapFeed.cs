using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Pipelines;
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
/// <param name="Name">The column.</param>
/// <param name="Size">How many slots it has.</param>
internal sealed record FeatureFeed(string Name, int Size) : ShapFeed
{
    /// <summary>The column.</summary>
    public InputColumn Column { get; } = new(Name, "features", ElementType.Float, Shape.Of(Size)) { Use = $"the model's {Size} features" };

    /// <summary>What the model calls its features; null where it does not.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Blocks of slots that are one feature; null for none.</summary>
    public OneHotBlocks? Blocks { get; init; }

    public override IEnumerable<DataViewSchema.Column> Find(DataViewSchema schema) => [Column.Find(schema)];

    public override SlotNaming Naming(Func<IReadOnlyList<string>, IReadOnlyList<string>> names) => new SlotsOf(this, names);

    public override Action<int> Reader(DataViewRow source, Func<string, ColumnBuffer?> kept, IRowMemory memory) =>
        InputReader.Of(source, Column, memory, 0, kept(Name)).Read;

    // After the slots of the explained column, or what the model calls its features.
    private sealed record SlotsOf(FeatureFeed Feed, Func<IReadOnlyList<string>, IReadOnlyList<string>> Make) : SlotNaming
    {
        public override Func<IReadOnlyList<string>>? In(DataViewSchema schema)
        {
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

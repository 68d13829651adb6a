using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Saving;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>
/// The feature vectors that a pipeline makes of raw columns, where each slot comes from one of those that get a value. Rows are prepared
/// once, and then put together slot by slot.
/// </summary>
internal sealed record PreparedFeed : VectorFeed
{
    private const int TriedRows = 24;

    private readonly FittedModel _model;
    private readonly PipelineScorer _raw;
    private readonly IReadOnlyList<string> _names;
    private readonly int[] _players;
    private readonly ITransformer? _preparation;
    private Players _groups;

    private PreparedFeed(FittedModel model, PipelineScorer raw, IReadOnlyList<string> names, int[] players)
    {
        (_model, _raw, _names, _players) = (model, raw, names, players);
        _preparation = model.Steps.Count == 0 ? null : new TransformerChain<ITransformer>([.. model.Steps]);
        _groups = PlayersOf(players);
    }

    public override string Name => _model.FeatureColumnName!;

    /// <summary>How many slots a vector has.</summary>
    public int Size => _players.Length;

    public override Players Players => _groups;

    /// <summary>Looks whether a pipeline prepares every slot from one of those that get a value.</summary>
    /// <param name="model">The pipeline.</param>
    /// <param name="raw">Its raw columns.</param>
    /// <param name="given">Who gets a value: raw columns, or groups of them.</param>
    /// <param name="data">Rows to try it with.</param>
    /// <param name="reason">Why it does not.</param>
    public static PreparedFeed? Of(FittedModel model, PipelineScorer raw, Players given, IDataView data, out string reason)
    {
        reason = "";
        if (model.Predictor is null || model.FeatureColumnName is null || model.FeatureCount is not { } size)
        {
            reason = "it holds no model of one feature column";
            return null;
        }
        var columns = raw.Columns.ToDictionary(c => raw.Schema[c.Name].Index);
        if (SlotOrigins.Of(model.Steps, raw.Schema, c => columns.TryGetValue(c.Index, out var own)
            ? [.. Enumerable.Range(own.FirstFeature, own.FeatureCount)] : [], model.FeatureColumnName) is not { } origins)
        {
            reason = "a step of it does not map row by row";
            return null;
        }
        var names = given.Names(raw.FeatureNames);
        var players = new int[size];
        for (var slot = 0; slot < size; slot++)
        {
            int[] own = [.. origins[slot].Select(f => given.Of?[f] ?? f).Distinct()];
            if (own.Length > 1)
            {
                reason = $"slots of '{model.FeatureColumnName}' are made of {Listing.Of(own.Select(p => names[p]))} together";
                return null;
            }
            players[slot] = own.Length == 1 ? own[0] : 0;
        }
        var feed = new PreparedFeed(model, raw, names, players);
        if (feed.KeepsApart(data, given))
            return feed;
        reason = "its steps do not treat columns by themselves";
        return null;
    }

    /// <summary>The same with blocks of slots that are one feature.</summary>
    public PreparedFeed Merged(OneHotBlocks blocks) => this with
    {
        Blocks = blocks, _groups = PlayersOf([.. Enumerable.Range(0, blocks.FeatureCount).Select(f => _players[blocks.FirstSlot(f)])]),
    };

    /// <summary>The data that the model itself is given.</summary>
    public IDataView Prepare(IDataView data) => _model.Prepare(_raw.Raw(data.Schema).View(data));

    public override IEnumerable<DataViewSchema.Column> Find(DataViewSchema schema) => _raw.FindColumns(schema);

    public override SlotNaming Naming(Func<IReadOnlyList<string>, IReadOnlyList<string>> names) =>
        new FixedSlots(names(new string[Players.FeatureCount]));

    public override Action<int> Reader(DataViewRow source, Func<string, ColumnBuffer?> kept, IRowMemory memory)
    {
        var row = _raw.Raw(source.Schema).Row(source);
        if (_preparation is not null)
        {
            var mapper = _preparation.GetRowToRowMapper(row.Schema);
            row = mapper.GetRow(row, [mapper.OutputSchema[Name]]);
        }
        var getter = row.GetGetter<VBuffer<float>>(row.Schema[Name]);
        VBuffer<float> value = default;
        return place =>
        {
            getter(ref value);
            value.CopyTo(memory.Row<float>(0, place));
        };
    }

    public override IEnumerable<ReadOnlyMemory<float>> Rows(IDataView data) => FeatureVectors.Rows(Prepare(data), Name);

    public override float[] Sample(IDataView data, int maximumRows) => FeatureVectors.Sample(Prepare(data), Name, maximumRows);

    public override void Save(TransformsCatalog catalog, OnnxModel graph, ShapColumns columns, ModelSaveContext context) =>
        OnnxTransformerForm.Use(catalog, graph, InputsOf(columns), columns.Outputs, explanation =>
            ((ICanSaveModel)KeptColumns.Chain(catalog, _raw.Schema, [.. _model.Steps, explanation],
                name => columns.Outputs.Any(o => o.Name == name))).Save(context));

    public override void SaveWhole(TransformsCatalog catalog, OnnxModel graph, ShapColumns columns, ModelSaveContext context) =>
        OnnxTransformerForm.Use(catalog, graph, InputsOf(columns), columns.Outputs, explanation =>
            ((ICanSaveModel)KeptColumns.Chain(catalog, _raw.Schema,
                [.. _model.Steps, explanation, _model.Predictor!, .. _model.StepsAfter], name => !RawNames.Contains(name))).Save(context));

    /// <summary>The raw columns that are read.</summary>
    public IReadOnlySet<string> RawNames => _raw.Columns.Select(c => c.Name).ToHashSet();

    private IReadOnlyList<InputColumn> InputsOf(ShapColumns columns) => columns.Inputs(new FeatureFeed(Name, Size).Column);

    private Players PlayersOf(int[] players) => Explaining.Players.Named(players.Length, players.Index().GroupBy(p => p.Item)
        .OrderBy(g => g.Key).Select(g => (_names[g.Key], (IReadOnlyList<int>)[.. g.Select(p => p.Index)])));

    // What ML.NET says of dependencies is tried: rows whose raw columns are put together of two must come out as their slots put together.
    private bool KeepsApart(IDataView data, Players given)
    {
        var rows = _raw.EncodeSample(data, TriedRows);
        var (features, count) = (_raw.FeatureNames.Count, rows.Length / Math.Max(1, _raw.FeatureNames.Count));
        if (count == 0)
            return true;
        var random = new Random(1);
        var other = Enumerable.Range(0, count).Select(i => (i + 1 + random.Next(Math.Max(1, count - 1))) % count).ToArray();
        var taken = Enumerable.Range(0, count).Select(_ => _names.Select(_ => random.Next(2) == 1).ToArray()).ToArray();
        var mixed = new float[rows.Length];
        for (var i = 0; i < mixed.Length; i++)
        {
            var (row, feature) = (i / features, i % features);
            mixed[i] = taken[row][given.Of?[feature] ?? feature] ? rows[other[row] * features + feature] : rows[i];
        }
        var (whole, made) = (Vectors(rows), Vectors(mixed));
        for (var i = 0; i < made.Length; i++)
        {
            var (row, slot) = (i / Size, i % Size);
            if (!made[i].Equals(taken[row][_players[slot]] ? whole[other[row] * Size + slot] : whole[i]))
                return false;
        }
        return true;

        float[] Vectors(float[] encoded) => FeatureVectors.Read(_model.Prepare(_raw.Decoded(encoded)), Name);
    }
}

using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Saving;
using Microsoft.ML.Introspection.Estimators.Uncertainty;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Adds intervals that hold the truth with the promised chance, for any model of ML.NET's or of ONNX: split conformal prediction, locally
/// weighted, around quantiles, by groups. Fitted to scored rows that the model has not learnt from; made by
/// <c>mlContext.Transforms.PredictionInterval</c>.
/// </summary>
public sealed class PredictionIntervalEstimator : IEstimator<PredictionIntervalTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly string _output, _label;
    private readonly PredictionIntervalOptions _options;

    internal PredictionIntervalEstimator(TransformsCatalog catalog, string outputColumnName, string labelColumnName,
        PredictionIntervalOptions options)
    {
        (_catalog, _output, _label, _options) = (catalog, outputColumnName, labelColumnName, options);
        CalibratedColumn.CheckNames(outputColumnName, [.. Names]);
    }

    // What is read: predictions or lower quantiles, upper ones, uncertainties, groups.
    private string?[] Columns =>
        [_options.ScoreColumnName, _options.UpperColumnName, _options.UncertaintyColumnName, _options.GroupColumnName];

    private IEnumerable<string> Names => Columns.OfType<string>();

    /// <summary>Learns how far intervals must reach.</summary>
    /// <param name="input">Rows for calibration, with scores and labels.</param>
    /// <exception cref="ArgumentException">A column is missing or does not fit, a number is NaN, or there are no rows.</exception>
    public PredictionIntervalTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var groupType = _options.GroupColumnName is { } name
            && input.Schema.GetColumnOrNull(name) is { } column ? GroupType(ColumnTypes.ItemOf(column.Type)) : ElementType.Int64;
        var inputs = Inputs(groupType);
        foreach (var read in inputs)
            read.Find(input.Schema);
        var (bands, truths, groups) = (new List<Band>(), new List<double>(), new List<int>());
        int[] places = [.. Columns.Select(c => c is null ? -1 : inputs.FindIndex(i => i.Name == c))];
        CalibrationRows.Read(input, [.. Names, _label], null, (row, _) =>
        {
            double Number(int which) => row[places[which]].Row[0];
            var (low, high) = (Number(0), Number(places[1] < 0 ? 0 : 1));
            bands.Add(new Band(low, high, places[2] < 0 ? 1 : Band.Around(low, Number(2)).Scale));
            if (places[3] >= 0)
                groups.Add(checked((int)Number(3)));
            truths.Add(row[^1].Row[0]);
        });
        var intervals = ConformalIntervals.Calibrate(bands, truths, _options.Alpha, _options.IsSymmetric, groups is [] ? null : groups);
        var graph = intervals.ToModel(_output, new BandInputs(_options.ScoreColumnName, _options.UpperColumnName,
            _options.UncertaintyColumnName, _options.GroupColumnName) { GroupType = groupType });
        return new(CalibratedColumn.Fitted(_catalog, graph, inputs, ["lower", "upper"], ElementType.Float, _options.Runtime), intervals);
    }

    /// <summary>The columns that come out: the interval is a vector of two numbers.</summary>
    /// <param name="inputSchema">The columns that go in.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or does not fit.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var group = inputSchema.FirstOrDefault(c => c.Name == _options.GroupColumnName);
        foreach (var input in Inputs(group.Name is null ? ElementType.Int64 : GroupType(group.ItemType)))
            input.Check(inputSchema);
        return PromisedColumns.Add(_catalog, [(_output, ElementType.Float)], inputSchema);
    }

    private List<InputColumn> Inputs(ElementType groupType) => [.. Names.Select(name =>
        new InputColumn(name, name, name == _options.GroupColumnName ? groupType : ElementType.Float, Shape.Of(1))
        {
            Use = "an interval",
        })];

    private static ElementType GroupType(DataViewType item) => item switch
    {
        KeyDataViewType => ElementType.UInt32,
        _ when ColumnTypes.ElementOf(item) is { } type && !type.IsFloating() && type != ElementType.Bool => type,
        _ => ElementType.Int64,
    };
}

/// <summary>The fitted form of <see cref="PredictionIntervalEstimator"/>.</summary>
public sealed class PredictionIntervalTransformer : AttributionTransformer
{
    internal PredictionIntervalTransformer(FittedExplanation fitted, ConformalIntervals intervals)
        : base(fitted) => Intervals = intervals;

    /// <summary>What was learnt.</summary>
    public ConformalIntervals Intervals { get; }
}

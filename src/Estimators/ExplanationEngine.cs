using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Pipelines;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Predicts and explains one object at a time, as ML.NET's <c>PredictionEngine</c> predicts. Like that, it is for one thread at a time:
/// services keep several in a pool. Made by <c>mlContext.Model.CreateExplanationEngine</c>.
/// </summary>
/// <typeparam name="TInput">The class of the rows.</typeparam>
public sealed class ExplanationEngine<TInput> : IDisposable where TInput : class
{
    private const string PredictedLabel = "PredictedLabel", Probability = "Probability";

    private readonly PredictionEngine<TInput, Row> _engine;
    private readonly string[] _columns, _classes;
    private readonly bool _hasClasses, _hasProbability;
    private readonly Func<Row, string?> _label;
    private Row _row = new();

    internal ExplanationEngine(ModelOperationsCatalog catalog, ExplainedPredictions explained, SchemaDefinition? inputSchemaDefinition)
    {
        var input = inputSchemaDefinition ?? SchemaDefinition.Create(typeof(TInput));
        var schema = explained.GetOutputSchema(SchemaOf(input));
        _columns = [.. SlotNames.Read(schema[explained.ColumnName],
            ((VectorDataViewType)schema[explained.ColumnName].Type).Size) ?? []];
        var score = schema[ScoreReader.Score];
        _hasClasses = score.Type is VectorDataViewType;
        _classes = _hasClasses ? [.. ScoreReader.Names(score)] : [];
        var output = SchemaDefinition.Create(typeof(Row));
        var wanted = new Dictionary<string, string>
        {
            [nameof(Row.Values)] = explained.ColumnName, [nameof(Row.Base)] = explained.BaseValueColumnName,
            [_hasClasses ? nameof(Row.ScoreVector) : nameof(Row.ScoreNumber)] = ScoreReader.Score,
        };
        if (explained.ClassColumnName is { } classes && schema.GetColumnOrNull(classes) is not null)
            wanted[nameof(Row.Class)] = classes;
        _hasProbability = schema.GetColumnOrNull(Probability)?.Type.RawType == typeof(float);
        if (_hasProbability)
            wanted[nameof(Row.ProbabilityNumber)] = Probability;
        _label = Label(schema.GetColumnOrNull(PredictedLabel), wanted);
        output.RemoveAll(c => !wanted.ContainsKey(c.MemberName));
        foreach (var column in output)
            column.ColumnName = wanted[column.MemberName];
        // The explained pipeline belongs to the caller, who may make several engines of it.
        _engine = catalog.CreatePredictionEngine<TInput, Row>(explained, new PredictionEngineOptions
        {
            IgnoreMissingColumns = false, InputSchemaDefinition = input, OutputSchemaDefinition = output, OwnsTransformer = false,
        });
    }

    /// <summary>Predicts and explains.</summary>
    /// <param name="input">The row; what is true of it may be left at its default.</param>
    public ExplainedPrediction Explain(TInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _engine.Predict(input, ref _row);
        var reasons = new Reason[_columns.Length];
        var (values, total) = (_row.Values.DenseValues(), _row.Base.GetItemOrDefault(0));
        var start = total;
        foreach (var (place, value) in values.Index())
        {
            reasons[place] = new Reason(_columns[place], value);
            total += value;
        }
        // Equals stay in the order of the columns.
        reasons = [.. reasons.OrderByDescending(r => Math.Abs(r.Value))];
        float[] scores = _hasClasses ? [.. _row.ScoreVector.DenseValues()] : [_row.ScoreNumber];
        var explained = _hasClasses ? _classes[(int)_row.Class.GetItemOrDefault(0)] : ScoreReader.Score;
        return new ExplainedPrediction(
            _label(_row), scores, _hasProbability ? _row.ProbabilityNumber : null, _classes, explained, start, total, reasons);
    }

    /// <summary>Frees what is held; the explained pipeline stays as it is.</summary>
    public void Dispose() => _engine.Dispose();

    private static DataViewSchema SchemaOf(SchemaDefinition definition) =>
        new MLContext().Data.LoadFromEnumerable<TInput>([], definition).Schema;

    // Where the label is none of these, the class with the highest score is what is predicted.
    private Func<Row, string?> Label(DataViewSchema.Column? column, Dictionary<string, string> wanted)
    {
        switch (column?.Type)
        {
            case TextDataViewType:
                wanted[nameof(Row.LabelText)] = PredictedLabel;
                return row => row.LabelText.ToString();
            case BooleanDataViewType:
                wanted[nameof(Row.LabelTruth)] = PredictedLabel;
                return row => row.LabelTruth ? "true" : "false";
            case NumberDataViewType when column.Value.Type.RawType == typeof(float):
                wanted[nameof(Row.LabelNumber)] = PredictedLabel;
                return row => row.LabelNumber.ToString(CultureInfo.InvariantCulture);
            default:
                return !_hasClasses ? _ => null : row =>
                {
                    var scores = row.ScoreVector.DenseValues().ToArray();
                    return _classes[Array.IndexOf(scores, scores.Max())];
                };
        }
    }

    // A member for every type that a column may have; only those are read that fit.
    private sealed class Row
    {
        public VBuffer<float> Values { get; set; }

        public VBuffer<float> Base { get; set; }

        public VBuffer<long> Class { get; set; }

        public float ScoreNumber { get; set; }

        public VBuffer<float> ScoreVector { get; set; }

        public float ProbabilityNumber { get; set; }

        public ReadOnlyMemory<char> LabelText { get; set; }

        public bool LabelTruth { get; set; }

        public float LabelNumber { get; set; }
    }
}

using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Saving;
using Microsoft.ML.Introspection.Estimators.Uncertainty;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Adds sets of classes that hold the true one with the promised chance, for any classifier of ML.NET's or of ONNX: a truth value for each
/// class. Fitted to scored rows that the model has not learnt from; made by <c>mlContext.Transforms.PredictionSet</c>.
/// </summary>
public sealed class PredictionSetEstimator : IEstimator<PredictionSetTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly string _output, _label;
    private readonly PredictionSetOptions _options;

    internal PredictionSetEstimator(
        TransformsCatalog catalog, string outputColumnName, string labelColumnName, PredictionSetOptions options)
    {
        (_catalog, _output, _label, _options) = (catalog, outputColumnName, labelColumnName, options);
        CalibratedColumn.CheckNames(outputColumnName, [options.ProbabilityColumnName]);
    }

    /// <summary>Learns which classes belong to sets.</summary>
    /// <param name="input">
    /// Rows for calibration, with probabilities and labels: classes as keys, as texts, as numbers from 0, or as truth values.
    /// </param>
    /// <exception cref="ArgumentException">A column is missing or does not fit, a number is NaN, or there are no rows.</exception>
    public PredictionSetTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var probabilities = Input.Find(input.Schema);
        var label = ReadColumn.Of(input.Schema, _label).Column;
        var isOfSecond = probabilities.Type is not VectorDataViewType { Size: > 1 };
        var classes = probabilities.Type is VectorDataViewType { Size: > 1 and var size } ? size : 2;
        var names = ClassNames.Of(probabilities)
            ?? (isOfSecond ? ["False", "True"]
            : ClassNames.OfKey(label) is { } values && values.Count == classes ? values
            : [.. Enumerable.Range(0, classes).Select(k => $"{k}")]);
        if (names.Count != classes)
            names = ["False", "True"];
        var (numbers, labels) = (new List<double>(), new List<int>());
        CalibrationRows.Read(input, [probabilities.Name], new LabelReader(label, names), (row, truth) =>
        {
            foreach (double p in row[0].Row)
                numbers.AddRange(isOfSecond ? [1 - p, p] : [p]);
            if (truth != (int)truth)
                throw new ArgumentException($"The label {truth} of the column '{_label}' is none of the {classes} classes.");
            labels.Add((int)truth);
        });
        var all = numbers.ToArray();
        double[]? draws = _options.DrawSeed is not { } seed ? null
            : [.. labels.Select((_, row) => ConformalSets.DrawOf(all.AsSpan(row * classes, classes), seed))];
        var sets = ConformalSets.Calibrate(_options.Score, all, labels, _options.Alpha, _options.IsClassWise, draws);
        return new(CalibratedColumn.Fitted(_catalog, sets.ToModel(_output, probabilities.Name, _options.WithCrossing, isOfSecond,
                _options.DrawSeed),
            [Input with { Row = Shape.Of(isOfSecond ? 1 : classes) }], names, ElementType.Bool, _options.Runtime), sets);
    }

    /// <summary>The columns that come out: the set is a vector of truth values, one for each class.</summary>
    /// <param name="inputSchema">The columns that go in.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or does not fit.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        Input.Check(inputSchema);
        return PromisedColumns.Add(_catalog, [(_output, ElementType.Bool)], inputSchema);
    }

    private InputColumn Input => new(_options.ProbabilityColumnName, _options.ProbabilityColumnName, ElementType.Float,
        new Shape(Dimension.Symbol("classes"))) { Use = "a set of classes" };
}

/// <summary>The fitted form of <see cref="PredictionSetEstimator"/>.</summary>
public sealed class PredictionSetTransformer : AttributionTransformer
{
    internal PredictionSetTransformer(FittedExplanation fitted, ConformalSets sets) : base(fitted) => Sets = sets;

    /// <summary>What was learnt.</summary>
    public ConformalSets Sets { get; }
}

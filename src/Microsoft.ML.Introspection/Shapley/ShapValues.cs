using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// The SHAP values of one output for some rows, with all that it takes to show them. Immutable. However they were computed, they are
/// additive: the base value and a row's values sum to its score. Attributions of other methods are shown alike (<see cref="Method"/>),
/// also where they do not add up (<see cref="AddsUp"/>).
/// </summary>
/// <remarks>Lundberg, Lee 2017, arXiv:1705.07874; Lundberg et al. 2020, Nature Machine Intelligence 2, 56–67.</remarks>
/// <example><code>
/// var values = new ShapValues(names, baseValue, shap, rows) { OutputName = "malignant", Link = ScoreLink.Logistic };
/// ShapReport.Of(values).Save("report.html");
/// </code></example>
public sealed partial class ShapValues
{
    private readonly string[] _names;
    private readonly float[] _features;

    // Never changed but by Map, before anybody else sees the copy.
    private double[] _values;
    private double[] _predictions;
    private double[] _meanAbsolute;
    private int[] _ranking;

    private IReadOnlyDictionary<int, IReadOnlyList<string>> _texts = new Dictionary<int, IReadOnlyList<string>>();
    private double[] _interactions = [];

    /// <summary>Copies the values and checks that they fit each other.</summary>
    /// <param name="featureNames">The names of the features; one at least.</param>
    /// <param name="baseValue">What is expected of the output before any feature is known, in the unit of the values.</param>
    /// <param name="values">The SHAP values, shape [rows, features], row by row; finite. Positive ones raise the score.</param>
    /// <param name="features">What the features are in these rows, same shape; NaN for missing ones.</param>
    /// <exception cref="ArgumentException">
    /// There is no row, lengths do not fit, or a value is not finite; the message says which.
    /// </exception>
    public ShapValues(IReadOnlyList<string> featureNames, double baseValue, ReadOnlySpan<double> values, ReadOnlySpan<float> features)
    {
        ArgumentNullException.ThrowIfNull(featureNames);
        if (featureNames.Count == 0 || featureNames.Any(name => name is null))
            throw new ArgumentException("One feature at least was expected, each with a name (which may be empty).", nameof(featureNames));
        if (!double.IsFinite(baseValue))
            throw new ArgumentOutOfRangeException(nameof(baseValue), baseValue, "A finite base value was expected.");
        if (values.IsEmpty || values.Length % featureNames.Count != 0)
            throw new ArgumentException($"Rows of {featureNames.Count} SHAP values, at least one, were expected; given were "
                + $"{values.Length} values.", nameof(values));
        if (features.Length != values.Length)
            throw new ArgumentException($"As many feature values as SHAP values were expected; given were {features.Length} and "
                + $"{values.Length}.", nameof(features));
        (_names, BaseValue, _values, _features) = ([.. featureNames], baseValue, values.ToArray(), features.ToArray());
        CheckFinite(_values, FeatureCount, "SHAP value");

        _predictions = Sums();
        _meanAbsolute = MeanMagnitudes();
        _ranking = ByWeight();
    }

    /// <summary>Splits the values of several outputs, as methods compute them together.</summary>
    /// <param name="featureNames">The names of the features; one at least.</param>
    /// <param name="outputNames">The names of the outputs; one at least.</param>
    /// <param name="baseValues">A base value for every output.</param>
    /// <param name="values">The SHAP values, shape [N, outputs, features].</param>
    /// <param name="features">What the features are in these rows, shape [N, features].</param>
    /// <param name="details">What else is known of the rows.</param>
    /// <returns>The values of each output by themselves.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit, or a value is not finite; the message says which.</exception>
    public static IReadOnlyList<ShapValues> PerOutput(
        IReadOnlyList<string> featureNames, IReadOnlyList<string> outputNames, ReadOnlySpan<double> baseValues, ReadOnlySpan<double> values,
        ReadOnlySpan<float> features, ShapDetails? details = null)
    {
        ArgumentNullException.ThrowIfNull(featureNames);
        ArgumentNullException.ThrowIfNull(outputNames);
        details ??= new();
        var (width, outputs) = (featureNames.Count, outputNames.Count);
        if (outputs == 0 || baseValues.Length != outputs)
            throw new ArgumentException($"A base value for each of the outputs, one at least, was expected; there are {outputs} outputs "
                + $"and {baseValues.Length} base values.", nameof(baseValues));
        if (width == 0 || features.Length % width != 0 || values.Length != (long)features.Length * outputs)
            throw new ArgumentException($"Rows of {outputs} × {width} SHAP values and of {width} feature values were expected; given "
                + $"were {values.Length} and {features.Length}.", nameof(values));
        var rows = features.Length / width;
        if (details.Scores.Length != 0 && details.Scores.Length != (long)rows * outputs)
            throw new ArgumentException($"{rows} × {outputs} scores were expected; given were {details.Scores.Length}.", nameof(details));
        if (details.Interactions.Length % ((long)outputs * width * width) != 0)
            throw new ArgumentException($"Rows of {outputs} × {width} × {width} interaction values were expected; given were "
                + $"{details.Interactions.Length} values.", nameof(details));

        var split = new ShapValues[outputs];
        for (var output = 0; output < outputs; output++)
        {
            split[output] = new ShapValues(featureNames, baseValues[output], Slices(values, output, outputs, width), features)
            {
                OutputName = outputNames[output],
                Link = details.Link,
                RowNames = details.RowNames,
                Labels = details.Labels,
                Scores = details.Scores.IsEmpty ? null : Slices(details.Scores.Span, output, outputs, 1),
                Interactions = Slices(details.Interactions.Span, output, outputs, width * width),
                Texts = details.Texts,
            };
        }
        return split;
    }

    /// <summary>The names of the features.</summary>
    public IReadOnlyList<string> FeatureNames => _names;

    /// <summary>The number of features.</summary>
    public int FeatureCount => _names.Length;

    /// <summary>The number of rows.</summary>
    public int RowCount => _values.Length / _names.Length;

    /// <summary>What is expected of the output before any feature is known.</summary>
    public double BaseValue { get; }

    /// <summary>
    /// A base value for every row, where rows do not have theirs in common because not the same is explained of them
    /// (<see cref="RowOutputs"/>); null where all start at <see cref="BaseValue"/>.
    /// </summary>
    public IReadOnlyList<double>? BaseValues
    {
        get;
        init
        {
            field = CheckedRows(value, nameof(BaseValues));
            _predictions = Sums(field);
        }
    }

    /// <summary>What is explained of every row, such as its own class; null where it is the same of all.</summary>
    public IReadOnlyList<string>? RowOutputs { get; init => field = CheckedRows(value, nameof(RowOutputs)); }

    /// <summary>What is explained: a class, a target.</summary>
    public string OutputName { get; init => field = value ?? throw new ArgumentNullException(nameof(OutputName)); } = "score";

    /// <summary>What the values are called in drawings: those of "SHAP", or of another method of attribution.</summary>
    public string Method
    {
        get;
        init => field = !string.IsNullOrWhiteSpace(value) ? value : throw new ArgumentException("A name was expected.", nameof(Method));
    } = "SHAP";

    /// <summary>
    /// Whether base value and values of a row sum to its score, as SHAP values do. Gradients do not: what a row is said to score is then
    /// what <see cref="Scores"/> tell.
    /// </summary>
    public bool AddsUp { get; init; } = true;

    /// <summary>
    /// How scores become predictions: where it is a logistic curve, drawings have an axis of probabilities too, and where it is the
    /// exponential, one of predictions. A softmax needs the scores of all classes and adds nothing.
    /// </summary>
    public ScoreLink Link { get; init => field = value ?? throw new ArgumentNullException(nameof(Link)); } = ScoreLink.Identity;

    /// <summary>A name for every row; null for their numbers.</summary>
    public IReadOnlyList<string>? RowNames { get; init => field = CheckedRows(value, nameof(RowNames)); }

    /// <summary>What is true of every row, such as its class; null where that is not known.</summary>
    public IReadOnlyList<string>? Labels { get; init => field = CheckedRows(value, nameof(Labels)); }

    /// <summary>
    /// What the model itself says of every row, in the unit of the values, to hold against their sums; null where that was not asked.
    /// </summary>
    public IReadOnlyList<double>? Scores { get; init => field = CheckedRows(value, nameof(Scores)); }

    /// <summary>
    /// The features that are categories or texts, whose numbers are codes without an order, by their place: what stands in every row.
    /// </summary>
    public IReadOnlyDictionary<int, IReadOnlyList<string>> Texts
    {
        get => _texts;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Texts));
            foreach (var feature in value.Keys)
                Checked(feature, FeatureCount, "feature");
            _texts =
                value.ToDictionary(pair => pair.Key,
                    pair => CheckedRows(pair.Value, nameof(Texts))
                        ?? throw new ArgumentException($"Feature {pair.Key} has no texts.", nameof(Texts)));
        }
    }

    /// <summary>
    /// SHAP interaction values, shape [M, features, features], of the first M rows (they cost as much as there are features, so a
    /// part of the rows may do); main effects on the diagonal, each half of a pair's interaction on either side of it. Empty for none.
    /// </summary>
    public ReadOnlyMemory<double> Interactions
    {
        get => _interactions;
        init
        {
            var size = (long)FeatureCount * FeatureCount;
            if (value.Length % size != 0 || value.Length / size > RowCount)
                throw new ArgumentException($"{FeatureCount} × {FeatureCount} interaction values for at most {RowCount} rows were "
                    + $"expected; given were {value.Length} values.", nameof(Interactions));
            _interactions = value.ToArray();
            CheckFinite(_interactions, (int)Math.Min(size, int.MaxValue), "interaction value");
        }
    }

    /// <summary>For how many rows, from the first on, there are interaction values.</summary>
    public int InteractionRowCount => (int)(_interactions.Length / ((long)FeatureCount * FeatureCount));

    /// <summary>The mean of the absolute SHAP values of every feature: how much it matters on the whole.</summary>
    public IReadOnlyList<double> MeanAbsolute => _meanAbsolute;

    /// <summary>The features' places, the one that matters most first; equals in their own order.</summary>
    public IReadOnlyList<int> Ranking => _ranking;

    /// <summary>What the values say of every row: base value and sum; of values that do not add up, the score.</summary>
    public IReadOnlyList<double> Predictions => AddsUp ? _predictions : Scores ?? _predictions;

    /// <summary>
    /// Local accuracy: the largest difference between a row's sum and what the model says of it; null without <see cref="Scores"/>, and
    /// where nothing should add up.
    /// </summary>
    public double? LargestGap => !AddsUp ? null : Scores?.Zip(_predictions, (score, prediction) => Math.Abs(score - prediction)).Max();

    /// <summary>What is expected of a row's output before any feature is known.</summary>
    public double BaseValueOf(int row) => BaseValues is { } own ? own[Checked(row, RowCount, "row")] : BaseValue;

    /// <summary>The SHAP values of a row, one for every feature.</summary>
    public ReadOnlySpan<double> ForRow(int row) => _values.AsSpan(Checked(row, RowCount, "row") * FeatureCount, FeatureCount);

    /// <summary>What the features are in a row.</summary>
    public ReadOnlySpan<float> FeaturesOf(int row) => _features.AsSpan(Checked(row, RowCount, "row") * FeatureCount, FeatureCount);

    /// <summary>The SHAP values of a feature, one for every row; copied.</summary>
    public double[] ForFeature(int feature) => Column(_values, feature);

    /// <summary>What a feature is in every row; copied.</summary>
    public float[] FeatureColumn(int feature) => Column(_features, feature);

    /// <summary>
    /// The interaction values of a row, shape [features, features]; only for the first <see cref="InteractionRowCount"/>.
    /// </summary>
    public ReadOnlySpan<double> InteractionsOf(int row)
    {
        var size = FeatureCount * FeatureCount;
        return _interactions.AsSpan(Checked(row, InteractionRowCount, "row with interactions") * size, size);
    }

    /// <summary>The features' places in the order of their weight in a row, the strongest first, for or against.</summary>
    /// <param name="row">The row.</param>
    /// <param name="count">How many at most.</param>
    public IReadOnlyList<int> Strongest(int row, int count = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var values = ForRow(row).ToArray();
        return [.. Enumerable.Range(0, FeatureCount).OrderByDescending(feature => Math.Abs(values[feature])).Take(count)];
    }

    /// <summary>What stands in a row where the feature is a category or a text; null where it is a number.</summary>
    public string? TextOf(int row, int feature) =>
        _texts.TryGetValue(Checked(feature, FeatureCount, "feature"), out var texts) ? texts[Checked(row, RowCount, "row")] : null;

    /// <summary>
    /// The feature that explains most of what this feature's own value leaves open in its SHAP values: by the interaction values where
    /// there are any, else by an approximation. Null if no other feature varies.
    /// </summary>
    public int? StrongestPartner(int feature) => PartnerSearch.Strongest(this, Checked(feature, FeatureCount, "feature"));

    /// <summary>The prediction that belongs to a score: a probability behind a logistic curve. Null where the link does not tell.</summary>
    public double? PredictionAt(double score)
    {
        if (Link is ScoreLink.IdentityLink || Link.MixesOutputs)
            return null;
        Link.Apply(new Span<double>(ref score));
        return score;
    }

    /// <summary>The same with other values and interaction values, each made of the one that stood there.</summary>
    /// <param name="change">Makes a finite number of another.</param>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public ShapValues Map(Func<double, double> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var copy = (ShapValues)MemberwiseClone();
        copy._values = Array.ConvertAll(_values, value => change(value));
        copy._interactions = Array.ConvertAll(_interactions, value => change(value));
        copy.CheckFinite(copy._values, FeatureCount, "SHAP value");
        copy._predictions = copy.Sums(BaseValues);
        copy._meanAbsolute = copy.MeanMagnitudes();
        copy._ranking = copy.ByWeight();
        return copy;
    }

    /// <summary>What belongs to one output, of data that have a slice for every row and output.</summary>
    private static double[] Slices(ReadOnlySpan<double> all, int output, int outputs, int length)
    {
        var own = new double[all.Length / outputs];
        for (var at = 0; at < own.Length; at += length)
            all.Slice(at * outputs + output * length, length).CopyTo(own.AsSpan(at));
        return own;
    }

    private T[] Column<T>(T[] rows, int feature)
    {
        var place = Checked(feature, FeatureCount, "feature");
        return [.. Enumerable.Range(0, RowCount).Select(row => rows[row * FeatureCount + place])];
    }

    private int[] ByWeight() => [.. Enumerable.Range(0, FeatureCount).OrderByDescending(feature => _meanAbsolute[feature])];

    private double[] Sums(IReadOnlyList<double>? bases = null) =>
        [.. Enumerable.Range(0, RowCount).Select(row => (bases?[row] ?? BaseValue) + TensorPrimitives.Sum(ForRow(row)))];

    private double[] MeanMagnitudes()
    {
        var sums = new double[FeatureCount];
        for (var row = 0; row < RowCount; row++)
            for (var feature = 0; feature < sums.Length; feature++)
                sums[feature] += Math.Abs(_values[row * FeatureCount + feature]) / RowCount;
        return sums;
    }

    private IReadOnlyList<T>? CheckedRows<T>(IReadOnlyList<T>? given, string name)
    {
        if (given is null)
            return null;
        if (given.Count != RowCount)
            throw new ArgumentException($"One of {name} for each of the {RowCount} rows was expected; given were {given.Count}.", name);
        for (var row = 0; row < given.Count; row++)
            if (given[row] is null or double.NaN or double.PositiveInfinity or double.NegativeInfinity)
                throw new ArgumentException($"In {name} that of row {row} is {(object?)given[row] ?? "null"}.", name);
        return [.. given];
    }

    private void CheckFinite(double[] values, int rowLength, string what)
    {
        for (var i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i]))
            {
                var feature = i % rowLength % FeatureCount;
                throw new ArgumentException($"The {what} of row {i / rowLength} and feature {feature} ('{_names[feature]}') is "
                    + $"{values[i]}; finite ones were expected.");
            }
    }

    private static int Checked(int index, int count, string what) => (uint)index < (uint)count
        ? index
        : throw new ArgumentOutOfRangeException(what, index, $"A {what} from 0 to {count - 1} was expected.");
}

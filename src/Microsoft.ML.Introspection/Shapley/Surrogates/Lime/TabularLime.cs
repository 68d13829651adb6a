using System.Globalization;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Random;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// LIME for tables: rows are drawn feature by feature from the training values, and a linear model that counts near ones more follows the
/// scores by whether each value lies in the same range as that of the explained row, or is the same category. Works for any
/// <see cref="IScorer"/>. Ribeiro, Singh, Guestrin 2016, arXiv:1602.04938. Not for use from several threads.
/// </summary>
/// <remarks>
/// Values within a range are training values, not draws from a normal distribution fitted to them, so that codes and counts stay what
/// they are. The rows that are drawn do not depend on the explained one (but around it), so that they are scored once.
/// </remarks>
/// <example>
/// <code>
/// var lime = new TabularLime(scorer, training);
/// Console.WriteLine(lime.Explain(row));   // malignant = 0.94 ≈ 0.31 +0.28 [worst radius > 18.4] +0.17 […] (R² 0.81)
/// </code>
/// </example>
public sealed class TabularLime
{
    private readonly IScorer _scorer;
    private readonly TabularLimeOptions _options;
    private readonly float[] _training;
    private readonly RowTable _table;
    private readonly FeatureBins?[] _bins;
    private readonly double[] _means;
    private readonly double[] _deviations;
    private (float[] Rows, double[] Scores)? _drawn;

    /// <summary>Takes the model and the training values.</summary>
    /// <param name="scorer">The model.</param>
    /// <param name="training">Rows of training data, or a sample of them, shape [N, features].</param>
    /// <param name="options">How to explain.</param>
    /// <param name="labels">The class of each training row, where ranges are to tell classes apart.</param>
    /// <exception cref="ArgumentException">There are no rows, or the lengths do not fit each other.</exception>
    public TabularLime(IScorer scorer, ReadOnlySpan<float> training, TabularLimeOptions? options = null,
        ReadOnlySpan<double> labels = default)
    {
        _table = RowTable.Of(scorer, training, "training rows");
        (_scorer, _options, _training) = (scorer, options ?? new TabularLimeOptions(), training.ToArray());
        if (_options.Binning == LimeBinning.Entropy ? labels.Length != _table.Rows : !labels.IsEmpty)
            throw new ArgumentException(_options.Binning == LimeBinning.Entropy
                ? $"Ranges that tell classes apart need a label for each of the {_table.Rows} training rows; given were {labels.Length}."
                : $"Labels serve {nameof(LimeBinning)}.{nameof(LimeBinning.Entropy)} only; the binning is {_options.Binning}.",
                    nameof(labels));
        if (_options.AroundRow && _options.Binning != LimeBinning.None)
            throw new ArgumentException(
                $"Values are drawn around the row only where they are not binned; the binning is {_options.Binning}.", nameof(options));

        _bins = new FeatureBins?[_table.Features];
        for (var f = 0; f < _bins.Length; f++)
            _bins[f] = scorer.IsCategorical(f) || _options.Binning == LimeBinning.None ? null : Bins(Column(f), labels);
        if (_options.Binning == LimeBinning.None)
            _table.CheckFinite(training, scorer.FeatureNames, "training rows");
        (_means, _deviations) = (_table.Means(training), _table.Deviations(training));
    }

    /// <summary>Explains a row.</summary>
    /// <param name="row">The values of the features.</param>
    /// <param name="output">The score to explain; null for the highest of this row.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">The length does not fit, or the scorer gives numbers that are not finite.</exception>
    public LimeExplanation Explain(ReadOnlySpan<float> row, int? output = null, CancellationToken cancellation = default)
    {
        if (row.Length != _table.Features)
            throw new ArgumentException($"A row of {_table.Features} values was expected; given were {row.Length}.", nameof(row));
        if (_options.Binning == LimeBinning.None)
            _table.CheckFinite(row, _scorer.FeatureNames, "row");
        var own = new double[_scorer.OutputNames.Count];
        SurrogateScores.Of(_scorer, row, own, cancellation);
        var explained = SurrogateScores.Choose(own, output);

        var (rows, scores) = _options.AroundRow ? Draw(row.ToArray(), cancellation) : _drawn ??= Draw(null, cancellation);
        var columns = Columns(row, rows);
        var surrogate = new LocalSurrogate(
            Matrix<double>.Build.Dense(_options.Samples, _table.Features, columns), Vector<double>.Build.Dense(Nearness(columns)));
        var fit = surrogate.Fit(
            SurrogateScores.Vector(own, scores, explained), _options.Features, _options.Selection, _options.Ridge);
        var values = row.ToArray();
        return LimeExplanation.Of(_scorer.OutputNames[explained], fit, f => Describe(f, values[f]), own[explained]);
    }

    private FeatureBins Bins(double[] values, ReadOnlySpan<double> labels) => _options.Binning switch
    {
        LimeBinning.Entropy => FeatureBins.Entropy(values, labels),
        LimeBinning.Deciles => FeatureBins.Quantiles(values, 10),
        _ => FeatureBins.Quantiles(values, 4),
    };

    private (float[] Rows, double[] Scores) Draw(float[]? around, CancellationToken cancellation)
    {
        var random = new Xoshiro256StarStar(_options.Seed);
        var rows = new float[(_options.Samples - 1) * _table.Features];
        for (var i = 0; i < rows.Length; i++)
        {
            var f = i % _table.Features;
            rows[i] = _options.Binning == LimeBinning.None && !_scorer.IsCategorical(f)
                ? (float)Normal.Sample(random, around?[f] ?? _means[f], _deviations[f])
                : _training[random.Next(_table.Rows) * _table.Features + f];
        }
        var scores = new double[(_options.Samples - 1) * _scorer.OutputNames.Count];
        SurrogateScores.Of(_scorer, rows, scores, cancellation);
        return (rows, scores);
    }

    // What the linear model sees, the explained row first, column by column.
    private double[] Columns(ReadOnlySpan<float> row, float[] rows)
    {
        var columns = new double[_options.Samples * _table.Features];
        for (var f = 0; f < _table.Features; f++)
        {
            var column = columns.AsSpan(f * _options.Samples, _options.Samples);
            var (own, bins, scale) = (row[f], _bins[f], _deviations[f] > 0 ? _deviations[f] : 1);
            var bin = bins?.Of(own);
            for (var s = 0; s < column.Length; s++)
            {
                var value = s == 0 ? own : rows[(s - 1) * _table.Features + f];
                column[s] = bins is not null ? bins.Of(value) == bin ? 1 : 0
                    : _scorer.IsCategorical(f) ? value.Equals(own) ? 1 : 0
                    : (value - _means[f]) / scale;
            }
        }
        return columns;
    }

    // √exp(−d²/width²), the distances taken from the explained row.
    private double[] Nearness(double[] columns)
    {
        var width = _options.KernelWidth ?? 0.75 * Math.Sqrt(_table.Features);
        var near = new double[_options.Samples];
        for (var start = 0; start < columns.Length; start += near.Length)
            for (var s = 0; s < near.Length; s++)
                near[s] += (columns[start + s] - columns[start]) * (columns[start + s] - columns[start]);
        for (var s = 0; s < near.Length; s++)
            near[s] = Math.Sqrt(Math.Exp(-near[s] / (width * width)));
        return near;
    }

    private string Describe(int feature, float value)
    {
        var name = _scorer.FeatureNames[feature];
        return _bins[feature]?.Describe(value, name)
            ?? (_scorer.IsCategorical(feature)
                ? $"{name} = {_options.CategoryName?.Invoke(feature, value) ?? value.ToString(CultureInfo.InvariantCulture)}" : name);
    }

    private double[] Column(int feature) =>
        [.. Enumerable.Range(0, _table.Rows).Select(r => (double)_training[r * _table.Features + feature])];
}

using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// The statistics of the units, or channels, of a layer, or of the gradients by them, over all rows and positions that went by. Arrays
/// have a number for each unit.
/// </summary>
public sealed class UnitStatistics
{
    private readonly Moments[] _units;
    private readonly QuantileSketch[] _sketches;
    private readonly SortedDictionary<long, (long Rows, double[] Sums)> _classes = [];
    private readonly double[]? _products;
    private readonly double[] _rowMeans;

    internal UnitStatistics(string layer, bool isGradient, bool canSaturate, int units, int positions, bool correlations)
    {
        (Layer, IsGradient, CanSaturate, Positions) = (layer, isGradient, canSaturate, positions);
        (_units, _sketches) = (new Moments[units], [.. Enumerable.Range(0, units).Select(_ => new QuantileSketch())]);
        _products = correlations ? new double[units * units] : null;
        _rowMeans = new double[units];
        for (var unit = 0; unit < units; unit++)
            _units[unit] = Moments.None;
    }

    /// <summary>The layer.</summary>
    public string Layer { get; }

    /// <summary>Whether these are statistics of the gradients of the target by the layer.</summary>
    public bool IsGradient { get; }

    /// <summary>Whether the layer's numbers have bounds that they approach, as those of tanh and sigmoid have.</summary>
    public bool CanSaturate { get; }

    /// <summary>How many positions a map has.</summary>
    public int Positions { get; }

    /// <summary>How many units or channels there are.</summary>
    public int Units => _units.Length;

    /// <summary>How many rows went by.</summary>
    public long Rows { get; private set; }

    /// <summary>The means.</summary>
    public double[] Means => Each(u => u.Mean);

    /// <summary>The standard deviations, of all the numbers there are (divided by their number).</summary>
    public double[] Deviations => Each(u => Math.Sqrt(u.Squares / Numbers));

    /// <summary>The smallest numbers.</summary>
    public double[] Minima => Each(u => u.Minimum);

    /// <summary>The largest numbers.</summary>
    public double[] Maxima => Each(u => u.Maximum);

    /// <summary>The shares of numbers that are exactly zero.</summary>
    public double[] Zeros => Each(u => u.Zeros / Numbers);

    /// <summary>The shares of rows in which a unit is nowhere above zero.</summary>
    public double[] Silent => Each(u => (double)u.SilentRows / Rows);

    /// <summary>
    /// The shares of numbers within a hundredth of a bound: above 0.99 by magnitude behind a tanh, outside of 0.01 to 0.99 behind a
    /// sigmoid; 0 where there are no bounds.
    /// </summary>
    public double[] Saturated => Each(u => u.Saturated / Numbers);

    /// <summary>The units that are above zero in no row.</summary>
    public int[] Dead => [.. Enumerable.Range(0, Units).Where(u => _units[u].SilentRows == Rows)];

    /// <summary>The classes that were seen, in order.</summary>
    public IReadOnlyList<long> Classes => [.. _classes.Keys];

    /// <summary>Whether quantiles are exact: of all numbers, not of a sketch.</summary>
    public bool HasExactQuantiles => _sketches.All(s => s.IsExact && s.Count == (long)Numbers);

    /// <summary>Quantiles, between two numbers as NumPy has them by default.</summary>
    /// <param name="shares">From 0 to 1, rising.</param>
    /// <returns>For each unit a number for each share.</returns>
    public double[][] Quantiles(params IReadOnlyList<double> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        for (var i = 0; i < shares.Count; i++)
            if (!(shares[i] is >= 0 and <= 1) || i > 0 && shares[i] < shares[i - 1])
                throw new ArgumentOutOfRangeException(nameof(shares), shares[i], "Shares from 0 to 1 in rising order were expected.");
        return Array.ConvertAll(_sketches, s => s.Quantiles(shares));
    }

    /// <summary>The means over the rows of a class.</summary>
    /// <param name="label">One of <see cref="Classes"/>.</param>
    public double[] ClassMeans(long label) => _classes.TryGetValue(label, out var seen)
        ? Array.ConvertAll(seen.Sums, sum => sum / seen.Rows)
        : throw new ArgumentOutOfRangeException(nameof(label), label,
            $"There were no rows of that class; there were {string.Join(", ", Classes)}.");

    /// <summary>How many rows of a class there were.</summary>
    /// <param name="label">One of <see cref="Classes"/>.</param>
    public long ClassRows(long label) => _classes.TryGetValue(label, out var seen) ? seen.Rows : 0;

    /// <summary>
    /// The correlations of any two units over rows and positions, units × units, row by row; 0 where one is constant; null where they were
    /// not asked for.
    /// </summary>
    public double[]? Correlations()
    {
        if (_products is null)
            return null;
        var correlations = new double[_products.Length];
        for (var i = 0; i < Units; i++)
        {
            for (var j = 0; j < Units; j++)
            {
                var size = Math.Sqrt(_products[i * Units + i]) * Math.Sqrt(_products[j * Units + j]);
                correlations[i * Units + j] = size > 0 ? _products[i * Units + j] / size : 0;
            }
        }
        return correlations;
    }

    internal double Numbers => (double)Rows * Positions;

    internal long KeptNumbers => _sketches.Sum(s => s.Kept);

    /// <summary>Takes a row.</summary>
    /// <param name="moments">For each unit mean, squares away from it, smallest, largest, zeros, saturated.</param>
    /// <param name="products">The products of any two units away from their means, summed over positions; empty if not asked for.</param>
    /// <param name="label">The row's class; null where they are not told apart.</param>
    internal void Add<T>(ReadOnlySpan<T> moments, ReadOnlySpan<T> products, long? label) where T : unmanaged, System.Numerics.INumber<T>
    {
        AddProducts(products, moments);
        for (var unit = 0; unit < Units; unit++)
        {
            var of = moments.Slice(unit * StatisticsGraph.Moments, StatisticsGraph.Moments);
            var (mean, maximum) = (double.CreateChecked(of[0]), double.CreateChecked(of[3]));
            _rowMeans[unit] = mean;
            _units[unit] = Moments.Joined(_units[unit], Numbers, new Moments(mean, double.CreateChecked(of[1]), double.CreateChecked(of[2]),
                maximum, double.CreateChecked(of[4]), double.CreateChecked(of[5]), maximum > 0 ? 0 : 1), Positions);
        }
        Rows++;
        if (label is not { } known)
            return;
        if (!_classes.TryGetValue(known, out var seen))
            seen = (0, new double[Units]);
        TensorPrimitives.Add<double>(seen.Sums, _rowMeans, seen.Sums);
        _classes[known] = (seen.Rows + 1, seen.Sums);
    }

    internal void AddNumbers(int unit, ReadOnlySpan<float> numbers) => _sketches[unit].Add(numbers);

    internal void Limit(int capacity)
    {
        foreach (var sketch in _sketches)
            sketch.Limit(capacity);
    }

    internal void Merge(UnitStatistics other)
    {
        if ((other.Layer, other.IsGradient, other.Units, other.Positions) != (Layer, IsGradient, Units, Positions)
            || other._products is null != _products is null)
            throw new ArgumentException($"Statistics of '{Layer}' ({Units} units of {Positions} positions) cannot be merged with those of "
                + $"'{other.Layer}' ({other.Units} of {other.Positions}): those of the same layers, taken with the same options, can.");
        if (_products is not null)
            Join(_products, Means, Numbers, other._products!, other.Means, other.Numbers);
        for (var unit = 0; unit < Units; unit++)
        {
            _units[unit] = Moments.Joined(_units[unit], Numbers, other._units[unit], other.Numbers);
            _sketches[unit].Merge(other._sketches[unit]);
        }
        Rows += other.Rows;
        foreach (var (label, (rows, sums)) in other._classes)
        {
            var seen = _classes.TryGetValue(label, out var own) ? own : (Rows: 0, Sums: new double[Units]);
            TensorPrimitives.Add<double>(seen.Sums, sums, seen.Sums);
            _classes[label] = (seen.Rows + rows, seen.Sums);
        }
    }

    private void AddProducts<T>(ReadOnlySpan<T> products, ReadOnlySpan<T> moments) where T : unmanaged, System.Numerics.INumber<T>
    {
        if (_products is null)
            return;
        var (own, means) = (new double[_products.Length], new double[Units]);
        TensorPrimitives.ConvertChecked(products, own.AsSpan());
        for (var unit = 0; unit < Units; unit++)
            means[unit] = double.CreateChecked(moments[unit * StatisticsGraph.Moments]);
        Join(_products, Means, Numbers, own, means, Positions);
    }

    // Sums of products away from the means of either part become those away from the means of both (Chan, Golub, LeVeque 1983).
    private static void Join(double[] products, double[] means, double count, double[] added, double[] addedMeans, double addedCount)
    {
        var (units, weight) = (means.Length, count == 0 ? 0 : count * addedCount / (count + addedCount));
        for (var i = 0; i < units; i++)
            for (var j = 0; j < units; j++)
                products[i * units + j] += added[i * units + j]
                    + (weight == 0 ? 0 : weight * (addedMeans[i] - means[i]) * (addedMeans[j] - means[j]));
    }

    private double[] Each(Func<Moments, double> of) => Array.ConvertAll(_units, u => of(u));

    private readonly record struct Moments(
        double Mean, double Squares, double Minimum, double Maximum, double Zeros, double Saturated, long SilentRows)
    {
        public static Moments None => new(0, 0, double.PositiveInfinity, double.NegativeInfinity, 0, 0, 0);

        public static Moments Joined(Moments a, double countOfA, Moments b, double countOfB)
        {
            var (count, away) = (countOfA + countOfB, b.Mean - a.Mean);
            return new Moments(
                countOfA == 0 ? b.Mean : a.Mean + away * (countOfB / count),
                a.Squares + b.Squares + (countOfA == 0 ? 0 : away * away * (countOfA * countOfB / count)),
                Math.Min(a.Minimum, b.Minimum), Math.Max(a.Maximum, b.Maximum), a.Zeros + b.Zeros, a.Saturated + b.Saturated,
                a.SilentRows + b.SilentRows);
        }
    }
}

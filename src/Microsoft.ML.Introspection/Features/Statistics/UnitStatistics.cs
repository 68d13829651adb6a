using System.Numerics;
using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// The statistics of the units, or channels, of a layer, or of the gradients by them, over all rows and positions that went by. Arrays
/// have a number for each unit.
/// </summary>
public sealed partial class UnitStatistics
{
    private readonly RowSums[] _units;
    private readonly long[] _silent;
    private readonly double[] _saturated;
    private readonly (float Middle, float Half)? _bounds;
    private readonly QuantileSketch[] _sketches;
    private readonly SortedDictionary<long, (long Rows, double[] Sums)> _classes = [];
    private readonly double[]? _products;
    private readonly double[] _productMeans;

    internal UnitStatistics(WatchedTensor tensor, (float Middle, float Half)? bounds, bool correlations)
    {
        (Layer, IsGradient, Positions, _bounds) = (tensor.Layer, tensor.IsGradient, tensor.Positions, bounds);
        var units = tensor.Units;
        (_units, _silent, _saturated) = (new RowSums[units], new long[units], new double[units]);
        Array.Fill(_units, new RowSums());
        _sketches = [.. Enumerable.Range(0, units).Select(_ => new QuantileSketch())];
        _products = correlations ? new double[units * units] : null;
        _productMeans = new double[units];
    }

    /// <summary>The layer.</summary>
    public string Layer { get; }

    /// <summary>Whether these are statistics of the gradients of the target by the layer.</summary>
    public bool IsGradient { get; }

    /// <summary>Whether the layer's numbers have bounds that they approach, as those of tanh and sigmoid have.</summary>
    public bool CanSaturate => _bounds is not null;

    /// <summary>How many positions a map has.</summary>
    public int Positions { get; }

    /// <summary>How many units or channels there are.</summary>
    public int Units => _units.Length;

    /// <summary>How many rows went by.</summary>
    public long Rows { get; private set; }

    /// <summary>The means.</summary>
    public double[] Means => Each(u => u.Mean);

    /// <summary>The standard deviations, of all the numbers there are (divided by their number).</summary>
    public double[] Deviations => Each(u => Math.Sqrt(u.Variance));

    /// <summary>The smallest numbers.</summary>
    public double[] Minima => Each(u => u.Minimum);

    /// <summary>The largest numbers.</summary>
    public double[] Maxima => Each(u => u.Maximum);

    /// <summary>The shares of numbers that are exactly zero.</summary>
    public double[] Zeros => Each(u => u.Zeros / Numbers);

    /// <summary>The shares of rows in which a unit is nowhere above zero.</summary>
    public double[] Silent => Array.ConvertAll(_silent, rows => (double)rows / Rows);

    /// <summary>
    /// The shares of numbers within a hundredth of a bound: above 0.99 by magnitude behind a tanh, outside of 0.01 to 0.99 behind a
    /// sigmoid; 0 where there are no bounds.
    /// </summary>
    public double[] Saturated => Array.ConvertAll(_saturated, count => count / Numbers);

    /// <summary>The units that are above zero in no row.</summary>
    public int[] Dead => [.. Enumerable.Range(0, Units).Where(u => _silent[u] == Rows)];

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

    /// <summary>Takes the numbers of a unit in a row.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="numbers">One for each position.</param>
    /// <param name="sampled">Those that go into quantiles.</param>
    /// <returns>Their mean and the largest.</returns>
    internal (double Mean, double Maximum) Add<T>(int unit, ReadOnlySpan<T> numbers, ReadOnlySpan<float> sampled)
        where T : unmanaged, INumber<T>
    {
        var (mean, maximum) = _units[unit].Add(numbers);
        if (!(maximum > 0))
            _silent[unit]++;
        if (_bounds is var (middle, half))
            foreach (var number in numbers)
                // Nearer to a bound than a hundredth of the way from one to the other, or of that from zero.
                if (MathF.Abs(float.CreateChecked(number) - middle) > half * (half == 1 ? 0.99f : 0.98f))
                    _saturated[unit]++;
        _sketches[unit].Add(sampled);
        return (mean, maximum);
    }

    /// <summary>Says that rows went by of which nothing is told but of units alone.</summary>
    internal void AddRows(int rows) => Rows += rows;

    /// <summary>Takes what of a row is not of one unit alone.</summary>
    /// <param name="means">The mean of each unit.</param>
    /// <param name="products">The products of any two units away from their means, summed over positions; empty if not asked for.</param>
    /// <param name="label">The row's class; null where they are not told apart.</param>
    internal void AddRow<T>(ReadOnlySpan<double> means, ReadOnlySpan<T> products, long? label) where T : unmanaged, INumber<T>
    {
        if (_products is not null)
        {
            var own = new double[_products.Length];
            TensorPrimitives.ConvertChecked(products, own.AsSpan());
            Join(_products, _productMeans, Numbers, own, means, Positions);
            for (var unit = 0; unit < Units; unit++)
                _productMeans[unit] += (means[unit] - _productMeans[unit]) / (Rows + 1);
        }
        Rows++;
        if (label is not { } known)
            return;
        if (!_classes.TryGetValue(known, out var seen))
            seen = (0, new double[Units]);
        TensorPrimitives.Add<double>(seen.Sums, means, seen.Sums);
        _classes[known] = (seen.Rows + 1, seen.Sums);
    }

    internal void Reserve(long numbers)
    {
        foreach (var sketch in _sketches)
            sketch.Reserve(numbers);
    }

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
        {
            Join(_products, _productMeans, Numbers, other._products!, other._productMeans, other.Numbers);
            for (var unit = 0; unit < Units && Rows + other.Rows > 0; unit++)
                _productMeans[unit] += (other._productMeans[unit] - _productMeans[unit]) * other.Rows / (Rows + other.Rows);
        }
        for (var unit = 0; unit < Units; unit++)
        {
            _units[unit].Add(other._units[unit]);
            _silent[unit] += other._silent[unit];
            _saturated[unit] += other._saturated[unit];
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

    // Sums of products away from the means of either part become those away from the means of both (Chan, Golub, LeVeque 1983).
    private static void Join(
        double[] products, double[] means, double count, double[] added, ReadOnlySpan<double> addedMeans, double addedCount)
    {
        var (units, weight) = (means.Length, count == 0 ? 0 : count * addedCount / (count + addedCount));
        for (var i = 0; i < units; i++)
            for (var j = 0; j < units; j++)
                products[i * units + j] += added[i * units + j]
                    + (weight == 0 ? 0 : weight * (addedMeans[i] - means[i]) * (addedMeans[j] - means[j]));
    }

    private double[] Each(Func<RowSums, double> of) => Array.ConvertAll(_units, u => of(u));
}

// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Measures one column and gives each slot's offset and scale.</summary>
internal interface INormalizingStatistics
{
    /// <summary>Whether more rows are wanted.</summary>
    bool AddRow();

    AffineMap Finish();
}

internal sealed class NormalizingStatistics<T> : INormalizingStatistics
    where T : struct, IFloatingPointIeee754<T>
{
    private readonly NormalizingColumn _options;
    private readonly Action _read;
    private readonly T[] _values;
    private readonly T[] _min;
    private readonly T[] _max;
    private readonly double[] _mean;
    private readonly double[] _squares;
    private readonly long[] _nonZero;
    private readonly long[] _notFinite;
    private long _rows;

    public NormalizingStatistics(NormalizingColumn options, DataViewRow row, DataViewSchema.Column column)
    {
        Contracts.CheckParam(options.MaximumRows > 1, "MaximumExampleCount", "More than one row must be looked at.");
        _options = options;
        var slots = column.Type.ValueCount();
        _values = new T[slots];
        _min = [.. Enumerable.Repeat(T.PositiveInfinity, slots)];
        _max = [.. Enumerable.Repeat(T.NegativeInfinity, slots)];
        _mean = new double[slots];
        _squares = new double[slots];
        _nonZero = new long[slots];
        _notFinite = new long[slots];
        _read = Reader(row, column);
    }

    public bool AddRow()
    {
        if (_rows == _options.MaximumRows)
            return false;
        _rows++;
        _read();
        for (var i = 0; i < _values.Length; i++)
            Add(i, _values[i]);
        return true;
    }

    public AffineMap Finish()
    {
        var offset = new T[_values.Length];
        var scale = new T[_values.Length];
        for (var i = 0; i < _values.Length; i++)
            (offset[i], scale[i]) = _options.Mode == NormalizingMode.MinMax ? MinMax(_min[i], _max[i]) : MeanVariance(i);
        return new AffineMap<T>(offset, scale);
    }

    private Action Reader(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType)
        {
            var scalar = row.GetGetter<T>(column);
            return () => scalar(ref _values[0]);
        }
        var vector = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            vector(ref value);
            Contracts.Check(value.Length == _values.Length, $"Column '{column.Name}' has {value.Length} values where its type says {_values.Length}.");
            value.CopyTo(_values);
        };
    }

    // Running mean and sum of squares over what is neither 0 nor infinite; the zeros are added together at the end.
    private void Add(int slot, T value)
    {
        if (value < _min[slot])
            _min[slot] = value;
        if (value > _max[slot])
            _max[slot] = value;
        if (value == T.Zero)
            return;
        if (!T.IsFinite(value))
        {
            _notFinite[slot]++;
            return;
        }
        var number = double.CreateChecked(value);
        _nonZero[slot]++;
        var delta = number - _mean[slot];
        _mean[slot] += delta / _nonZero[slot];
        _squares[slot] += delta * (number - _mean[slot]);
    }

    private (T Offset, T Scale) MeanVariance(int slot)
    {
        var zeros = _rows - _notFinite[slot] - _nonZero[slot];
        var count = _nonZero[slot] + zeros;
        var (mean, squares) = (_mean[slot], _squares[slot]);
        if (zeros > 0)
        {
            var delta = -mean;
            mean += delta * zeros / count;
            squares += delta * -mean * zeros;
        }
        // A slot that never changes says nothing and becomes 0.
        if (squares == 0)
            return (T.Zero, T.Zero);
        var variance = squares / count;
        if (_options.FixZero)
            return (T.Zero, T.One / T.CreateChecked(Math.Sqrt(variance + (mean * mean))));
        var scale = T.One / T.CreateChecked(Math.Sqrt(variance));
        return (scale == T.Zero ? T.Zero : T.CreateChecked(mean), scale);
    }

    private (T Offset, T Scale) MinMax(T min, T max)
    {
        if (!(max > min))
            return (T.Zero, T.Zero);
        if (_options.FixZero)
            return (T.Zero, T.One / T.Max(T.Abs(max), T.Abs(min)));
        var scale = T.One / (max - min);
        return (scale == T.Zero ? T.Zero : min, scale);
    }
}

using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Rows of a NumPy array: entries of its first dimension.</summary>
internal sealed class NpyDataFile : DataFile
{
    private readonly NpyReader _reader;
    private readonly bool _allowsMissing;
    private long _row = -1;
    private long[] _integers = [];
    private float[] _halves = [];

    public NpyDataFile(string path, bool allowsMissing = false)
    {
        _allowsMissing = allowsMissing;
        if (!File.Exists(path))
            throw new FileNotFoundException($"The data file '{path}' does not exist.", path);
        Path = path;
        _reader = NpyReader.Open(path);
        if (_reader.Rows > 0)
            return;
        _reader.Dispose();
        throw new InvalidDataException($"'{path}' holds no rows: its first dimension is 0.");
    }

    public override string Path { get; }

    public override IReadOnlyList<int> RowShape => _reader.RowShape;

    public override double Progress => (double)(_row + 1) / _reader.Rows;

    public override string Description => RowShape.Count == 0 ? "one number in a row" : $"rows of shape [{string.Join(", ", RowShape)}]";

    public override string Place => $"{Path}, row {_row}";

    public override bool MoveNext() => ++_row < _reader.Rows;

    public override void Read<T>(Span<T> row)
    {
        if (typeof(T) == typeof(float))
            _reader.Read(_row, MemoryMarshal.Cast<T, float>(row));
        else if (typeof(T) == typeof(double))
            _reader.Read(_row, MemoryMarshal.Cast<T, double>(row));
        else if (typeof(T) == typeof(long))
            _reader.Read(_row, MemoryMarshal.Cast<T, long>(row));
        else if (typeof(T) == typeof(Half))
            ReadHalves(row);
        else
            ReadIntegers(row);
        if (!_allowsMissing)
            RefuseNaN(row);
    }

    public override void Dispose() => _reader.Dispose();

    private void ReadHalves<T>(Span<T> row) where T : unmanaged, INumber<T>
    {
        Array.Resize(ref _halves, row.Length);
        _reader.Read(_row, _halves.AsSpan());
        for (var i = 0; i < row.Length; i++)
            row[i] = T.CreateSaturating(_halves[i]);
    }

    private void ReadIntegers<T>(Span<T> row) where T : unmanaged, INumber<T>
    {
        Array.Resize(ref _integers, row.Length);
        _reader.Read(_row, _integers.AsSpan());
        for (var i = 0; i < row.Length; i++)
        {
            try
            {
                row[i] = T.CreateChecked(_integers[i]);
            }
            catch (OverflowException e)
            {
                throw new InvalidDataException($"{Place}{Element(i)}: {_integers[i]} does not fit the type of the input ({typeof(T).Name}).", e);
            }
        }
    }

    private void RefuseNaN<T>(ReadOnlySpan<T> row) where T : unmanaged, INumber<T>
    {
        for (var i = 0; i < row.Length; i++)
            if (T.IsNaN(row[i]))
                throw new InvalidDataException($"{Place}{Element(i)}: NaN, for which no network has an answer. Fill in or remove missing values first.");
    }

    private string Element(int flat)
    {
        var index = new int[RowShape.Count];
        for (var axis = index.Length - 1; axis >= 0; axis--)
            (flat, index[axis]) = (flat / RowShape[axis], flat % RowShape[axis]);
        return index.Length == 0 ? "" : $", element [{string.Join(", ", index)}]";
    }
}

using System.Numerics;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Rows;

/// <summary>
/// Rows of NumPy arrays, which are the entries of their first dimension: of a <c>.npy</c> file, of a <c>.npz</c> file with as many in each
/// array, or in memory.
/// </summary>
public sealed class ArrayRows : RowSource
{
    private readonly (RowTensor Tensor, NpyReader Reader)[] _arrays;
    private readonly IDisposable? _owner;
    private readonly bool _allowsMissing;
    private long[] _integers = [];
    private float[] _halves = [];

    private ArrayRows(string name, IEnumerable<(string Name, NpyReader Reader)> arrays, IDisposable? owner, bool allowsMissing)
    {
        (Name, _owner, _allowsMissing) = (name, owner, allowsMissing);
        _arrays = [.. arrays.Select(a => (new RowTensor(a.Name, a.Reader.Type.Element(), a.Reader.RowShape), a.Reader))];
        Tensors = [.. _arrays.Select(a => a.Tensor)];
        if (_arrays.Length == 0)
            throw new InvalidDataException($"'{name}' holds no array.");
        var (first, other) = (_arrays[0], _arrays.FirstOrDefault(a => a.Reader.Rows != _arrays[0].Reader.Rows));
        if (other.Reader is not null)
        {
            throw new InvalidDataException(
                $"'{name}' holds {first.Reader.Rows} rows of '{first.Tensor.Name}' and {other.Reader.Rows} of '{other.Tensor.Name}'; " +
                $"as many of each were expected.");
        }
        if (first.Reader.Rows == 0)
            throw new InvalidDataException($"'{name}' holds no rows: its first dimension is 0.");
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<RowTensor> Tensors { get; }

    /// <inheritdoc/>
    public override long? Count => Rows;

    /// <inheritdoc/>
    public override double Progress => Math.Min(1, (double)(Row + 1) / Rows);

    private long Rows => _arrays[0].Reader.Rows;

    /// <summary>Opens a <c>.npy</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allowsMissing">Whether NaN is a value like others: missing.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged, is no array of numbers, or has no rows.</exception>
    public static ArrayRows OpenNpy(string path, bool allowsMissing = false)
    {
        Check(path);
        return Owned(NpyReader.Open(path), reader => new ArrayRows(path, [("", reader)], reader, allowsMissing));
    }

    /// <summary>Opens some arrays of a <c>.npz</c> file, which must have as many rows each.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allowsMissing">Whether NaN is a value like others: missing.</param>
    /// <param name="choose">Which of its arrays to open, by their names; null for all.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged, holds no arrays of numbers, or these have no rows, or differ in
    /// them.</exception>
    public static ArrayRows OpenNpz(string path, bool allowsMissing = false,
        Func<IReadOnlyList<string>, IEnumerable<string>>? choose = null)
    {
        Check(path);
        return Owned(NpzArchive.Open(path), archive => new ArrayRows(
            path, (choose?.Invoke(archive.Names) ?? archive.Names).Select(n => (n, archive.OpenRows(n))), archive, allowsMissing));
    }

    /// <summary>Takes arrays from memory, which must have as many rows each.</summary>
    /// <param name="name">What to call them in messages.</param>
    /// <param name="arrays">The arrays by name.</param>
    /// <param name="allowsMissing">Whether NaN is a value like others: missing.</param>
    public static ArrayRows Of(string name, IEnumerable<KeyValuePair<string, NpyArray>> arrays, bool allowsMissing = false) =>
        new(name, arrays.Select(a => (a.Key, a.Value.ToReader(name))), null, allowsMissing);

    /// <inheritdoc/>
    public override void Read<T>(int tensor, Span<T> row)
    {
        var reader = _arrays[tensor].Reader;
        if (typeof(T) == typeof(Half) && reader.Type != NpyType.Half)
            ReadHalves(reader, row);
        else if (T.IsZero(T.One / (T.One + T.One)) && typeof(T) != typeof(long))
            ReadIntegers(tensor, row);
        else
            reader.Read(Row, row);
        if (!_allowsMissing)
            RefuseNaN<T>(tensor, row);
    }

    /// <inheritdoc/>
    public override void Dispose() => _owner?.Dispose();

    /// <inheritdoc/>
    protected override long Advance(long rows) => Math.Min(rows, Math.Max(0, Rows - 1 - Row));

    private static void Check(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"The data file '{path}' does not exist.", path);
    }

    private static ArrayRows Owned<T>(T owner, Func<T, ArrayRows> open) where T : IDisposable
    {
        try
        {
            return open(owner);
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    // What is too large for the type is infinite.
    private void ReadHalves<T>(NpyReader reader, Span<T> row) where T : unmanaged, INumber<T>
    {
        Array.Resize(ref _halves, row.Length);
        reader.Read(Row, _halves.AsSpan());
        for (var i = 0; i < row.Length; i++)
            row[i] = T.CreateSaturating(_halves[i]);
    }

    private void ReadIntegers<T>(int tensor, Span<T> row) where T : unmanaged, INumber<T>
    {
        Array.Resize(ref _integers, row.Length);
        _arrays[tensor].Reader.Read(Row, _integers.AsSpan());
        for (var i = 0; i < row.Length; i++)
        {
            try
            {
                row[i] = T.CreateChecked(_integers[i]);
            }
            catch (OverflowException e)
            {
                throw new InvalidDataException(
                    $"{Place}{Element(tensor, i)}: {_integers[i]} does not fit the type of the input ({typeof(T).Name}).", e);
            }
        }
    }

    private void RefuseNaN<T>(int tensor, ReadOnlySpan<T> row) where T : unmanaged, INumber<T>
    {
        for (var i = 0; i < row.Length; i++)
            if (T.IsNaN(row[i]))
            {
                throw new InvalidDataException(
                    $"{Place}{Element(tensor, i)}: NaN, for which no network has an answer. Fill in or remove missing values first.");
            }
    }

    private string Element(int tensor, int flat)
    {
        var shape = Tensors[tensor].RowShape;
        var index = new int[shape.Count];
        for (var axis = index.Length - 1; axis >= 0; axis--)
            (flat, index[axis]) = (flat / shape[axis], flat % shape[axis]);
        return (Tensors[tensor].Name is { Length: > 0 } name ? $", array '{name}'" : "")
            + (index.Length == 0 ? "" : $", element [{string.Join(", ", index)}]");
    }
}

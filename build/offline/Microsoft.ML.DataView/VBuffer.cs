// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Collections;
using Microsoft.ML.Internal.DataView;

namespace Microsoft.ML.Data;

/// <summary>A vector, dense or sparse; a sparse one holds sorted indices and the values at them, all others being the default.</summary>
public readonly struct VBuffer<T> : IEnumerable
{
    private readonly T[] _values;
    private readonly int[] _indices;
    private readonly int _count;

    public readonly int Length;

    public VBuffer(int length, T[] values, int[] indices = null)
    {
        Guard.Param(length >= 0, nameof(length));
        Guard.Param(Size(values) >= length, nameof(values));
        Length = _count = length;
        _values = values;
        _indices = indices;
    }

    public VBuffer(int length, int count, T[] values, int[] indices)
    {
        Guard.Param(length >= 0, nameof(length));
        Guard.Param(count >= 0 && count <= length, nameof(count));
        Guard.Param(Size(values) >= count, nameof(values));
        Guard.Param(count == length || Size(indices) >= count, nameof(indices));
        Length = length;
        _count = count;
        _values = values;
        _indices = indices;
    }

    public bool IsDense => _count == Length;

    public ReadOnlySpan<T> GetValues() => _values.AsSpan(0, _count);

    public ReadOnlySpan<int> GetIndices() => IsDense ? default : _indices.AsSpan(0, _count);

    public void CopyToDense(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, Length);
        CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination)
    {
        var editor = VBufferEditor.Create(ref destination, Length, _count);
        GetValues().CopyTo(editor.Values);
        GetIndices().CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    public void CopyTo(ref VBuffer<T> destination, int sourceIndex, int length)
    {
        Guard.Param(sourceIndex >= 0 && sourceIndex <= Length, nameof(sourceIndex));
        Guard.Param(length >= 0 && sourceIndex <= Length - length, nameof(length));
        var first = IsDense ? sourceIndex : LowerBound(sourceIndex);
        var count = (IsDense ? sourceIndex + length : LowerBound(sourceIndex + length)) - first;
        var editor = VBufferEditor.Create(ref destination, length, count);
        GetValues().Slice(first, count).CopyTo(editor.Values);
        for (var i = 0; i < editor.Indices.Length; i++)
            editor.Indices[i] = (IsDense ? first + i : _indices[first + i]) - sourceIndex;
        destination = editor.Commit();
    }

    public void CopyTo(Span<T> destination) => CopyTo(destination, 0);

    public void CopyTo(Span<T> destination, int destinationIndex, T defaultValue = default)
    {
        Guard.Param(destinationIndex >= 0 && destinationIndex <= destination.Length - Length, nameof(destination), "There is no room for the values.");
        var target = destination.Slice(destinationIndex, Length);
        if (IsDense)
        {
            GetValues().CopyTo(target);
            return;
        }
        target.Fill(defaultValue);
        for (var i = 0; i < _count; i++)
            target[_indices[i]] = _values[i];
    }

    public static void Copy(T[] source, int sourceIndex, ref VBuffer<T> destination, int length)
    {
        Guard.Param(length >= 0 && length <= Size(source), nameof(length));
        Guard.Param(sourceIndex >= 0 && sourceIndex <= Size(source) - length, nameof(sourceIndex));
        var editor = VBufferEditor.Create(ref destination, length);
        source.AsSpan(sourceIndex, length).CopyTo(editor.Values);
        destination = editor.Commit();
    }

    public IEnumerable<KeyValuePair<int, T>> Items(bool all = false)
    {
        for (int slot = 0, next = 0; slot < Length; slot++)
        {
            var isExplicit = IsDense || (next < _count && _indices[next] == slot);
            if (isExplicit)
                yield return new KeyValuePair<int, T>(slot, _values[next++]);
            else if (all)
                yield return new KeyValuePair<int, T>(slot, default);
        }
    }

    public IEnumerable<T> DenseValues() => Items(all: true).Select(item => item.Value);

    public void GetItemOrDefault(int index, ref T destination) => destination = GetItemOrDefault(index);

    public T GetItemOrDefault(int index)
    {
        Guard.Param(index >= 0 && index < Length, nameof(index));
        if (IsDense)
            return _values[index];
        var at = LowerBound(index);
        return at < _count && _indices[at] == index ? _values[at] : default;
    }

    public override string ToString()
        => IsDense ? $"Dense vector of size {Length}" : $"Sparse vector of size {Length}, {_count} explicit values";

    public IEnumerator GetEnumerator() => _values.GetEnumerator();

    internal VBufferEditor<T> Edit(int length, int? valuesCount, int? maxCapacity, bool keepOld, bool requireIndices)
    {
        Guard.Param(length >= 0, nameof(length), "A length is not negative.");
        var count = valuesCount ?? length;
        Guard.Param(count >= 0 && count <= length, nameof(valuesCount), "There are between none and as many values as the length.");
        var values = _values;
        var newValues = Ensure(ref values, count, maxCapacity, keepOld);
        var indices = _indices;
        var newIndices = (count < length || requireIndices) && Ensure(ref indices, count, maxCapacity, keepOld);
        return new VBufferEditor<T>(length, count, values, indices, requireIndices, newValues, newIndices);
    }

    // Grows by doubling so that buffers that creep up in length are not allocated at each row.
    private static bool Ensure<TItem>(ref TItem[] array, int size, int? maxCapacity, bool keepOld)
    {
        if (array != null && array.Length >= size || (array == null && size == 0))
            return false;
        var capacity = Math.Max(size, Math.Min(2 * (array?.Length ?? 0), maxCapacity ?? Array.MaxLength));
        if (keepOld && array != null)
            Array.Resize(ref array, capacity);
        else
            array = new TItem[capacity];
        return true;
    }

    private int LowerBound(int index)
    {
        var at = Array.BinarySearch(_indices ?? [], 0, _count, index);
        return at >= 0 ? at : ~at;
    }

    private static int Size(Array array) => array?.Length ?? 0;
}

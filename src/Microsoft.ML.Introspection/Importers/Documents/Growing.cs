namespace Microsoft.ML.Introspection.Importers.Documents;

/// <summary>A list of numbers whose length shows only at its end.</summary>
internal struct Growing<T>() where T : unmanaged
{
    private T[] _items = new T[64];
    private int _count;

    public void Add(T item)
    {
        if (_count == _items.Length)
            Array.Resize(ref _items, (int)Math.Min(2L * _count, Array.MaxLength));
        _items[_count++] = item;
    }

    public readonly T[] ToArray() => _items[.._count];
}

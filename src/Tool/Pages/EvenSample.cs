namespace Microsoft.ML.Introspection.Tool.Pages;

/// <summary>
/// Some of the items that go by, spread evenly over all of them however many they are. When there are too many, every second one is
/// dropped, and from then on every second one is not kept.
/// </summary>
/// <param name="capacity">How many are kept at most; half of them at least, where there are so many.</param>
internal sealed class EvenSample<T>(int capacity)
{
    private readonly List<(long Number, T Item)> _kept = [];
    private long _stride = 1;

    /// <summary>The items that are kept, in their order.</summary>
    public IEnumerable<T> Items => _kept.Select(k => k.Item);

    /// <summary>Whether an item would be kept.</summary>
    /// <param name="number">Its number, from 0.</param>
    public bool Wants(long number) => number % _stride == 0;

    /// <summary>Sees an item.</summary>
    /// <param name="number">Its number, from 0 without gaps.</param>
    /// <param name="make">Makes it, where it is kept.</param>
    public void Add(long number, Func<T> make)
    {
        if (!Wants(number))
            return;
        _kept.Add((number, make()));
        if (_kept.Count <= capacity)
            return;
        _stride *= 2;
        _kept.RemoveAll(k => k.Number % _stride != 0);
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Makes the rows that a coalition asks for: its features from one row, all others from another, a vector of them at a time.
/// </summary>
internal sealed class RowMask
{
    private static readonly Vector<int> Lanes = new(Enumerable.Range(0, Vector<int>.Count).Select(lane => 1 << lane).ToArray());

    // All bits of an element set where its feature is present.
    private readonly int[] _mask;
    private readonly int _features;

    public RowMask(int features)
    {
        _features = features;
        _mask = new int[(features + Vector<int>.Count - 1) / Vector<int>.Count * Vector<int>.Count];
    }

    /// <summary>Takes the features that are present.</summary>
    /// <param name="bits">One bit for each feature.</param>
    public void Set(ReadOnlySpan<ulong> bits)
    {
        ref var mask = ref MemoryMarshal.GetArrayDataReference(_mask);
        // A vector never needs bits of two words: 64 is a multiple of its length.
        for (var i = 0; i < _mask.Length; i += Vector<int>.Count)
        {
            var chunk = new Vector<int>((int)(bits[i >> 6] >> i));
            Vector.Equals(chunk & Lanes, Lanes).StoreUnsafe(ref mask, (nuint)i);
        }
    }

    /// <summary>Writes rows: one for each row that absent features are taken from.</summary>
    /// <param name="present">The row that present features come from.</param>
    /// <param name="absent">The rows that the others come from, [N, features].</param>
    /// <param name="rows">Where to write, [N, features].</param>
    public void Select(ReadOnlySpan<float> present, ReadOnlySpan<float> absent, Span<float> rows)
    {
        ref var mask = ref MemoryMarshal.GetArrayDataReference(_mask);
        ref var from = ref MemoryMarshal.GetReference(present[.._features]);
        ref var other = ref MemoryMarshal.GetReference(absent);
        ref var to = ref MemoryMarshal.GetReference(rows[..absent.Length]);
        var last = _features - Vector<int>.Count;
        for (var i = 0; i < last; i += Vector<int>.Count)
            Column(ref mask, ref from, ref other, ref to, i, absent.Length);
        // The last vector may overlap the one before.
        if (last >= 0)
            Column(ref mask, ref from, ref other, ref to, last, absent.Length);
        else
            for (var i = 0; i < absent.Length; i++)
                Unsafe.Add(ref to, i) =
                    Unsafe.Add(ref mask, i % _features) != 0 ? Unsafe.Add(ref from, i % _features) : Unsafe.Add(ref other, i);
    }

    // A few features of all rows: what is the same for all of these is loaded once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Column(ref int mask, ref float from, ref float other, ref float to, int start, int length)
    {
        var present = Vector.LoadUnsafe(ref mask, (nuint)start);
        var ours = Vector.LoadUnsafe(ref from, (nuint)start);
        for (var at = (nuint)start; at < (nuint)length; at += (nuint)_features)
            Vector.ConditionalSelect(present, ours, Vector.LoadUnsafe(ref other, at)).StoreUnsafe(ref to, at);
    }
}

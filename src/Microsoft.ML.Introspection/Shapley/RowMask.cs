using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>Makes the rows that a coalition asks for: its features from one row, all others from another, a vector of them at a time.</summary>
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

    /// <summary>Writes one row.</summary>
    /// <param name="present">Where present features come from.</param>
    /// <param name="absent">Where the others come from.</param>
    /// <param name="row">Where to write.</param>
    public void Select(ReadOnlySpan<float> present, ReadOnlySpan<float> absent, Span<float> row)
    {
        ref var mask = ref MemoryMarshal.GetArrayDataReference(_mask);
        ref var from = ref MemoryMarshal.GetReference(present[.._features]);
        ref var other = ref MemoryMarshal.GetReference(absent[.._features]);
        ref var to = ref MemoryMarshal.GetReference(row[.._features]);
        var last = _features - Vector<int>.Count;
        if (last < 0)
        {
            for (var i = 0; i < _features; i++)
                Unsafe.Add(ref to, i) = Unsafe.Add(ref mask, i) != 0 ? Unsafe.Add(ref from, i) : Unsafe.Add(ref other, i);
            return;
        }
        for (var i = 0; i < last; i += Vector<int>.Count)
            Piece(ref mask, ref from, ref other, ref to, (nuint)i);
        // The last vector may overlap the one before.
        Piece(ref mask, ref from, ref other, ref to, (nuint)last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Piece(ref int mask, ref float from, ref float other, ref float to, nuint at) => Vector.ConditionalSelect(
        Vector.LoadUnsafe(ref mask, at), Vector.LoadUnsafe(ref from, at), Vector.LoadUnsafe(ref other, at)).StoreUnsafe(ref to, at);
}

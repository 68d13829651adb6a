using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Shapley.Trees.Lanes;

/// <summary>Numbers at an address that stays where it is and suits the widest register.</summary>
internal sealed unsafe class Buffer<T>
    where T : unmanaged
{
    private const int Alignment = 64;

    // Kept so that the memory stays.
    private readonly byte[] _memory;

    public Buffer(long count)
    {
        Count = checked((int)count);
        _memory = GC.AllocateArray<byte>(checked((int)(count * sizeof(T)) + Alignment), pinned: true);
        var address = (nint)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        At = (T*)((address + Alignment - 1) & -Alignment);
    }

    public int Count { get; }

    public T* At { get; }

    public Span<T> Span => new(At, Count);
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Introspection.Shapley.Trees.Lanes;

/// <summary>Lanes of the register that the platform has for vectors: 256 bits with AVX2, 128 elsewhere.</summary>
internal readonly struct PlatformLanes<T>(Vector<T> value) : ILanes<PlatformLanes<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector<T> _value = value;

    public static int Count => Vector<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlatformLanes<T> All(T value) => new(new Vector<T>(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PlatformLanes<T> Load(T* from) => new(Vector.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Store(T* to) => _value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlatformLanes<T> operator +(PlatformLanes<T> left, PlatformLanes<T> right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlatformLanes<T> operator -(PlatformLanes<T> left, PlatformLanes<T> right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlatformLanes<T> operator *(PlatformLanes<T> left, PlatformLanes<T> right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlatformLanes<T> operator &(PlatformLanes<T> left, PlatformLanes<T> right) => new(left._value & right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlatformLanes<T> operator ^(PlatformLanes<T> left, PlatformLanes<T> right) => new(left._value ^ right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlatformLanes<T> MultiplyAdd(PlatformLanes<T> left, PlatformLanes<T> right, PlatformLanes<T> addend)
    {
        if (Vector<byte>.Count == Vector256<byte>.Count)
            return new(
                Registers.MultiplyAdd(left._value.AsVector256(), right._value.AsVector256(), addend._value.AsVector256()).AsVector());
        if (Vector<byte>.Count == Vector128<byte>.Count)
            return new(
                Registers.MultiplyAdd(left._value.AsVector128(), right._value.AsVector128(), addend._value.AsVector128()).AsVector());
        return new(left._value * right._value + addend._value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlatformLanes<T> Less(PlatformLanes<T> left, PlatformLanes<T> right) => new(Vector.LessThan(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlatformLanes<T> Select(PlatformLanes<T> mask, PlatformLanes<T> then, PlatformLanes<T> otherwise) =>
        new(Vector.ConditionalSelect(mask._value, then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlatformLanes<T> Mask(uint bits)
    {
        if (typeof(T) == typeof(float))
        {
            var lanes = new Vector<int>(Bits32);
            return new(Vector.Equals(new Vector<int>((int)bits) & lanes, lanes).As<int, T>());
        }
        else
        {
            var lanes = new Vector<long>(Bits64);
            return new(Vector.Equals(new Vector<long>((long)bits) & lanes, lanes).As<long, T>());
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PlatformLanes<T> Pick(T* table, PlatformLanes<T> places)
    {
        if (Vector<byte>.Count == Vector256<byte>.Count && Avx2.IsSupported)
            return new(Registers.Pick(Vector256.Load(table), places._value.AsVector256()).AsVector());
        var picked = stackalloc T[Vector<T>.Count];
        for (var i = 0; i < Vector<T>.Count; i++)
            picked[i] = table[int.CreateTruncating(places._value[i])];
        return Load(picked);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Sum() => Vector.Sum(_value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void AddTo(double* sums)
    {
        if (typeof(T) == typeof(float))
        {
            Vector.Widen(_value.As<T, float>(), out var lower, out var upper);
            (Vector.Load(sums) + lower).Store(sums);
            (Vector.Load(sums + Vector<double>.Count) + upper).Store(sums + Vector<double>.Count);
        }
        else
        {
            (Vector.Load(sums) + _value.As<T, double>()).Store(sums);
        }
    }

    private static ReadOnlySpan<int> Bits32 => [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768];

    private static ReadOnlySpan<long> Bits64 => [1, 2, 4, 8, 16, 32, 64, 128];
}

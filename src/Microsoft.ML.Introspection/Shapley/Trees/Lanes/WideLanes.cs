using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Introspection.Shapley.Trees.Lanes;

/// <summary>Lanes of a register of 512 bits.</summary>
internal readonly struct WideLanes<T>(Vector512<T> value) : ILanes<WideLanes<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Vector512<T> _value = value;

    public static int Count => Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideLanes<T> All(T value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe WideLanes<T> Load(T* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Store(T* to) => _value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideLanes<T> operator +(WideLanes<T> left, WideLanes<T> right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideLanes<T> operator -(WideLanes<T> left, WideLanes<T> right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideLanes<T> operator *(WideLanes<T> left, WideLanes<T> right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideLanes<T> operator &(WideLanes<T> left, WideLanes<T> right) => new(left._value & right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideLanes<T> operator ^(WideLanes<T> left, WideLanes<T> right) => new(left._value ^ right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideLanes<T> MultiplyAdd(WideLanes<T> left, WideLanes<T> right, WideLanes<T> addend) =>
        new(Registers.MultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideLanes<T> Less(WideLanes<T> left, WideLanes<T> right) => new(Vector512.LessThan(left._value, right._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideLanes<T> Select(WideLanes<T> mask, WideLanes<T> then, WideLanes<T> otherwise) =>
        new(Vector512.ConditionalSelect(mask._value, then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideLanes<T> Mask(uint bits)
    {
        if (typeof(T) == typeof(float))
        {
            var lanes = Vector512.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
            return new(Vector512.Equals(Vector512.Create((int)bits) & lanes, lanes).As<int, T>());
        }
        else
        {
            var lanes = Vector512.Create(1L, 2, 4, 8, 16, 32, 64, 128);
            return new(Vector512.Equals(Vector512.Create((long)bits) & lanes, lanes).As<long, T>());
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe WideLanes<T> Pick(T* table, WideLanes<T> places) => new(Registers.Pick(Vector512.Load(table), places._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Sum() => Vector512.Sum(_value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void AddTo(double* sums)
    {
        if (typeof(T) == typeof(float))
        {
            var (lower, upper) = Vector512.Widen(_value.AsSingle());
            (Vector512.Load(sums) + lower).Store(sums);
            (Vector512.Load(sums + Vector512<double>.Count) + upper).Store(sums + Vector512<double>.Count);
        }
        else
        {
            (Vector512.Load(sums) + _value.AsDouble()).Store(sums);
        }
    }
}

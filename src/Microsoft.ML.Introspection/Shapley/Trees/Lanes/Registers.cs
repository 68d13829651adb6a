using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Introspection.Shapley.Trees.Lanes;

/// <summary>
/// What a processor does in one instruction and .NET 8 says only by the processor's name for it. Where there is no such instruction the
/// same is computed in several.
/// </summary>
internal static class Registers
{
    /// <summary>left·right + addend, rounded once where the processor can.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd<T>(Vector128<T> left, Vector128<T> right, Vector128<T> addend)
    {
        if (typeof(T) == typeof(float))
        {
            if (Fma.IsSupported)
                return Fma.MultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>();
            if (AdvSimd.IsSupported)
                return AdvSimd.FusedMultiplyAdd(addend.AsSingle(), left.AsSingle(), right.AsSingle()).As<float, T>();
        }
        else if (typeof(T) == typeof(double))
        {
            if (Fma.IsSupported)
                return Fma.MultiplyAdd(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();
            if (AdvSimd.Arm64.IsSupported)
                return AdvSimd.Arm64.FusedMultiplyAdd(addend.AsDouble(), left.AsDouble(), right.AsDouble()).As<double, T>();
        }
        return left * right + addend;
    }

    /// <inheritdoc cref="MultiplyAdd{T}(Vector128{T}, Vector128{T}, Vector128{T})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd<T>(Vector256<T> left, Vector256<T> right, Vector256<T> addend)
    {
        if (typeof(T) == typeof(float) && Fma.IsSupported)
            return Fma.MultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>();
        if (typeof(T) == typeof(double) && Fma.IsSupported)
            return Fma.MultiplyAdd(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();
        return left * right + addend;
    }

    /// <inheritdoc cref="MultiplyAdd{T}(Vector128{T}, Vector128{T}, Vector128{T})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd<T>(Vector512<T> left, Vector512<T> right, Vector512<T> addend)
    {
        if (typeof(T) == typeof(float) && Avx512F.IsSupported)
            return Avx512F.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).As<float, T>();
        if (typeof(T) == typeof(double) && Avx512F.IsSupported)
            return Avx512F.FusedMultiplyAdd(left.AsDouble(), right.AsDouble(), addend.AsDouble()).As<double, T>();
        return left * right + addend;
    }

    /// <summary>Elements of a table at whole places, each below the number of elements; needs AVX2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Pick<T>(Vector256<T> table, Vector256<T> places)
    {
        if (typeof(T) == typeof(float))
            return Avx2.PermuteVar8x32(table.AsSingle(), Avx.ConvertToVector256Int32WithTruncation(places.AsSingle())).As<float, T>();
        // Each number of 64 bits is two of 32 beside each other.
        var lower = Avx2.ConvertToVector256Int64(Avx.ConvertToVector128Int32WithTruncation(places.AsDouble())) * 2;
        var halves = lower | (lower + Vector256<long>.One) << 32;
        return Avx2.PermuteVar8x32(table.AsSingle(), halves.AsInt32()).As<float, T>();
    }

    /// <summary>Elements of a table at whole places, each below the number of elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Pick<T>(Vector512<T> table, Vector512<T> places)
    {
        if (typeof(T) == typeof(float))
        {
            if (Avx512F.IsSupported)
                return Avx512F.PermuteVar16x32(table.AsSingle(), Avx512F.ConvertToVector512Int32WithTruncation(places.AsSingle()))
                    .As<float, T>();
            return Vector512.Shuffle(table.AsSingle(), Vector512.ConvertToInt32(places.AsSingle())).As<float, T>();
        }
        if (Avx512DQ.IsSupported)
            return Avx512F.PermuteVar8x64(table.AsDouble(), Avx512DQ.ConvertToVector512Int64WithTruncation(places.AsDouble()))
                .As<double, T>();
        return Vector512.Shuffle(table.AsDouble(), Vector512.ConvertToInt64(places.AsDouble())).As<double, T>();
    }
}

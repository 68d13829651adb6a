using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Files;

/// <summary>Elements of NumPy arrays between their bytes (in this machine's byte order) and numbers.</summary>
internal static class NpyElements
{
    /// <summary>Whether a value of type <typeparamref name="T"/> has the very bytes of an element of this type.</summary>
    public static bool Stores<T>(this NpyType type) => type switch
    {
        NpyType.Single => typeof(T) == typeof(float),
        NpyType.Double => typeof(T) == typeof(double),
        NpyType.Int64 => typeof(T) == typeof(long),
        _ => false,
    };

    /// <summary>Converts elements to numbers.</summary>
    /// <exception cref="InvalidDataException">An integer is asked for and an element is none.</exception>
    public static void Decode<T>(NpyType type, ReadOnlySpan<byte> from, Span<T> to, string source) where T : unmanaged, INumber<T>
    {
        switch (type)
        {
            case NpyType.Boolean: DecodeBooleans(from, to); break;
            case NpyType.Int8: Convert(MemoryMarshal.Cast<byte, sbyte>(from), to, source); break;
            case NpyType.UInt8: Convert(from, to, source); break;
            case NpyType.Int16: Convert(MemoryMarshal.Cast<byte, short>(from), to, source); break;
            case NpyType.UInt16: Convert(MemoryMarshal.Cast<byte, ushort>(from), to, source); break;
            case NpyType.Int32: Convert(MemoryMarshal.Cast<byte, int>(from), to, source); break;
            case NpyType.UInt32: Convert(MemoryMarshal.Cast<byte, uint>(from), to, source); break;
            case NpyType.Int64: Convert(MemoryMarshal.Cast<byte, long>(from), to, source); break;
            case NpyType.UInt64: Convert(MemoryMarshal.Cast<byte, ulong>(from), to, source); break;
            case NpyType.Half: Convert(MemoryMarshal.Cast<byte, Half>(from), to, source); break;
            case NpyType.Single: Convert(MemoryMarshal.Cast<byte, float>(from), to, source); break;
            case NpyType.Double: Convert(MemoryMarshal.Cast<byte, double>(from), to, source); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, null);
        }
    }

    /// <summary>Reverses the bytes of every element in place.</summary>
    public static void ReverseBytes(Span<byte> elements, int size)
    {
        switch (size)
        {
            case 2:
                var shorts = MemoryMarshal.Cast<byte, ushort>(elements);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, uint>(elements);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, ulong>(elements);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }

    private static void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> from, Span<TTo> to, string source)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        if (typeof(TFrom) == typeof(TTo))
        {
            MemoryMarshal.Cast<TFrom, TTo>(from).CopyTo(to);
            return;
        }

        // A fraction is never dropped silently: floating point becomes an integer only where it is one.
        var mustBeInteger = IsInteger<TTo>() && !IsInteger<TFrom>();
        var i = 0;
        try
        {
            for (; i < from.Length; i++)
            {
                if (mustBeInteger && !TFrom.IsInteger(from[i]))
                    throw Unrepresentable<TFrom, TTo>(from[i], i, source);
                to[i] = TTo.CreateChecked(from[i]);
            }
        }
        catch (OverflowException)
        {
            throw Unrepresentable<TFrom, TTo>(from[i], i, source);
        }
    }

    // Any byte but 0 counts as true: other programs write 255.
    private static void DecodeBooleans<T>(ReadOnlySpan<byte> from, Span<T> to) where T : unmanaged, INumber<T>
    {
        for (var i = 0; i < from.Length; i++)
            to[i] = from[i] == 0 ? T.Zero : T.One;
    }

    private static bool IsInteger<T>() where T : INumber<T> => T.IsZero(T.One / (T.One + T.One));

    private static InvalidDataException Unrepresentable<TFrom, TTo>(TFrom value, int index, string source) =>
        new(FormattableString.Invariant(
            $"'{source}': value {value} (number {index} of those being converted) cannot be had as {typeof(TTo).Name}."));
}

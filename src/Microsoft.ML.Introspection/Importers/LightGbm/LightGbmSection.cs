using System.Buffers.Text;
using System.Numerics;
using System.Text;
using Microsoft.ML.Introspection.Importers.Documents;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.LightGbm;

/// <summary>Lines of a name and a value each, up to a blank line: the head of a file, or a tree.</summary>
internal sealed class LightGbmSection
{
    private readonly ReadOnlyMemory<byte> _text;
    private readonly Dictionary<string, Range> _values = [];

    /// <summary>Takes lines up to a blank one or one that starts something else.</summary>
    /// <param name="text">The file.</param>
    /// <param name="position">Where to start; afterwards, the line that is not taken.</param>
    public LightGbmSection(ReadOnlyMemory<byte> text, ref int position)
    {
        _text = text;
        while (position < text.Length)
        {
            var line = LineAt(text.Span, position, out var next);
            if (line.IsEmpty || line.StartsWith("Tree="u8))
                return;
            var equals = line.IndexOf((byte)'=');
            var name = Encoding.UTF8.GetString(equals < 0 ? line : line[..equals]);
            _values[name] = equals < 0 ? new Range(position, position) : (position + equals + 1)..(position + line.Length);
            position = next;
        }
    }

    /// <summary>A line without its end.</summary>
    public static ReadOnlySpan<byte> LineAt(ReadOnlySpan<byte> text, int position, out int next)
    {
        var rest = text[position..];
        var end = rest.IndexOf((byte)'\n');
        next = end < 0 ? text.Length : position + end + 1;
        return (end < 0 ? rest : rest[..end]).TrimEnd((byte)'\r');
    }

    /// <summary>Whether there is a line of this name.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The value of a line.</summary>
    /// <exception cref="InvalidModelException">There is none of that name.</exception>
    public string Text(string name) => Encoding.UTF8.GetString(Value(name));

    /// <summary>The value of a line as a whole number.</summary>
    /// <exception cref="InvalidModelException">
    /// There is none of that name, or it is no number from <paramref name="least"/> to <paramref name="most"/>.
    /// </exception>
    public int Whole(string name, int least, int most) =>
        Utf8Parser.TryParse(Value(name), out int value, out var length) && length == Value(name).Length && value >= least && value <= most
            ? value
            : throw new InvalidModelException(
                $"'{name}' is {Shortened.Text(Value(name))}; a whole number from {least} to {most:N0} was expected.");

    /// <summary>The value of a line as numbers with a space between them.</summary>
    /// <typeparam name="T">32-bit integers with or without a sign, or double precision.</typeparam>
    /// <param name="name">The line.</param>
    /// <param name="count">How many they must be.</param>
    /// <exception cref="InvalidModelException">There is no such line, it holds something else, or not as many numbers.</exception>
    public T[] Numbers<T>(string name, int count) where T : unmanaged, INumber<T>
    {
        var value = Value(name).Trim((byte)' ');
        // A number takes a digit and a space.
        if (count > (value.Length + 1) / 2)
            throw WrongCount(name, value.Count((byte)' ') + (value.IsEmpty ? 0 : 1), count);
        var numbers = new T[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryParse<T>(value, out numbers[i], out var length) || length < value.Length && value[length] != ' ')
                throw value.IsEmpty ? WrongCount(name, i, count)
                    : new InvalidModelException($"Number {i} of '{name}' is "
                        + $"{Shortened.Text(value[..(value.IndexOf((byte)' ') is >= 0 and var end ? end : value.Length)])}; "
                            + $"{(typeof(T) == typeof(double) ? "a number" : "a whole number of 32 bits")} was expected.");
            value = value[length..].TrimStart((byte)' ');
        }
        return value.IsEmpty ? numbers : throw WrongCount(name, count + value.Count((byte)' ') + 1, count);
    }

    private ReadOnlySpan<byte> Value(string name) => _values.TryGetValue(name, out var range)
        ? _text.Span[range]
        : throw new InvalidModelException($"It has no '{name}'. The file is truncated or damaged.");

    private static bool TryParse<T>(ReadOnlySpan<byte> text, out T number, out int length) where T : unmanaged, INumber<T>
    {
        bool isNumber;
        if (typeof(T) == typeof(int))
        {
            isNumber = Utf8Parser.TryParse(text, out int whole, out length);
            number = T.CreateTruncating(whole);
        }
        else if (typeof(T) == typeof(uint))
        {
            isNumber = Utf8Parser.TryParse(text, out uint bits, out length);
            number = T.CreateTruncating(bits);
        }
        else
        {
            isNumber = Utf8Parser.TryParse(text, out double real, out length) || IsInfinite(text, out real, out length);
            number = T.CreateTruncating(real);
        }
        return isNumber;
    }

    // Thresholds behind which only missing values lie.
    private static bool IsInfinite(ReadOnlySpan<byte> text, out double value, out int length)
    {
        (value, length) = text.StartsWith("inf"u8) ? (double.PositiveInfinity, 3)
            : text.StartsWith("-inf"u8) ? (double.NegativeInfinity, 4) : (double.NaN, 0);
        return length > 0;
    }

    private static InvalidModelException WrongCount(string name, int found, int expected) => new(
        $"'{name}' holds {found:N0} numbers; {expected:N0} were expected. The file is truncated or damaged.");
}

using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Documents;

/// <summary>
/// Reads JSON as XGBoost writes it: numbers may be <c>NaN</c> and <c>Infinity</c>, which no reader of the standard takes. What is
/// skipped is only searched for its end.
/// </summary>
internal struct JsonDocumentReader(ReadOnlyMemory<byte> json) : IDocumentReader
{
    private static readonly SearchValues<byte> Structure = SearchValues.Create("{}[]\""u8);

    private readonly ReadOnlyMemory<byte> _json = json;
    private int _position;
    private int _depth;

    // Of each open container a bit: whether it has had a member or element.
    private ulong _begun;

    private readonly ReadOnlySpan<byte> Json => _json.Span;

    public void BeginObject() => Begin((byte)'{', "an object");

    public bool NextMember([NotNullWhen(true)] out string? name)
    {
        name = null;
        if (!Advance((byte)'}'))
            return false;
        name = Text();
        Expect((byte)':', "':'");
        return true;
    }

    public void BeginList() => Begin((byte)'[', "a list");

    public bool NextElement() => Advance((byte)']');

    public string Text()
    {
        SkipSpace();
        var quoted = Quoted();
        try
        {
            var reader = new Utf8JsonReader(quoted);
            reader.Read();
            return reader.GetString()!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidModelException(
                $"At byte {_position - quoted.Length:N0} a text was expected; found was {Shortened.Text(quoted)}.", e);
        }
    }

    // Compiled at its best at once: nearly all of a file is read within a few calls.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public T[] Numbers<T>() where T : unmanaged, INumber<T>
    {
        Expect((byte)'[', "a list of numbers");
        var numbers = new Growing<T>();
        SkipSpace();
        if (Accept((byte)']'))
            return [];
        while (true)
        {
            numbers.Add(Number<T>());
            SkipSpace();
            if (Accept((byte)']'))
                return numbers.ToArray();
            Expect((byte)',', "',' or ']'");
            SkipSpace();
        }
    }

    public void Skip()
    {
        SkipSpace();
        switch (Peek())
        {
            case (byte)'"':
                Quoted();
                break;
            case (byte)'{' or (byte)'[':
                SkipContainer();
                break;
            default:
                // A number or a word.
                var length = Json[_position..].IndexOfAny(",]} \t\r\n"u8);
                if (length <= 0)
                    throw Unexpected("a value");
                _position += length;
                break;
        }
    }

    public void End()
    {
        SkipSpace();
        if (_position < Json.Length)
            throw Unexpected("the end of the file");
    }

    private T Number<T>() where T : unmanaged, INumber<T>
    {
        var rest = Json[_position..];
        bool isNumber;
        T number;
        int length;
        if (typeof(T) == typeof(int))
        {
            isNumber = Utf8Parser.TryParse(rest, out int whole, out length);
            number = T.CreateTruncating(whole);
        }
        else
        {
            isNumber = Utf8Parser.TryParse(rest, out float single, out length);
            number = T.CreateTruncating(single);
        }
        if (!isNumber)
            (number, length) = rest.StartsWith("true"u8) ? (T.One, 4)
                : rest.StartsWith("false"u8) ? (T.Zero, 5)
                : throw Unexpected(typeof(T) == typeof(int) ? "a whole number of 32 bits" : "a number");
        _position += length;
        return number;
    }

    // Brackets are matched, texts are passed over; what lies between is nobody's concern.
    private void SkipContainer()
    {
        var (depth, objects) = (0, 0UL);
        do
        {
            var next = Json[_position..].IndexOfAny(Structure);
            _position = next < 0 ? Json.Length : _position + next;
            var symbol = Peek();
            switch (symbol)
            {
                case (byte)'"':
                    Quoted();
                    continue;
                case (byte)'{' or (byte)'[':
                    CheckDepth(_depth + depth);
                    objects = objects << 1 | (symbol == '{' ? 1UL : 0);
                    depth++;
                    break;
                default:
                    if (symbol != ((objects & 1) == 1 ? '}' : ']'))
                        throw Unexpected((objects & 1) == 1 ? "'}'" : "']'");
                    objects >>= 1;
                    depth--;
                    break;
            }
            _position++;
        }
        while (depth > 0);
    }

    // A text with its quotation marks.
    private ReadOnlySpan<byte> Quoted()
    {
        var start = _position;
        Expect((byte)'"', "a text");
        while (true)
        {
            var next = Json[_position..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0 || _position + next + 1 >= Json.Length)
            {
                _position = Json.Length;
                throw Unexpected("the end of a text");
            }
            _position += next + 1;
            if (Json[_position - 1] == '"')
                return Json[start.._position];
            _position++;
        }
    }

    private void Begin(byte bracket, string expected)
    {
        Expect(bracket, expected);
        CheckDepth(_depth);
        _begun &= ~(1UL << _depth++);
    }

    // Goes to the next member or element of the innermost container, or leaves it.
    private bool Advance(byte end)
    {
        if (_depth == 0)
            throw new InvalidOperationException("No list or object is open.");
        SkipSpace();
        if (Accept(end))
        {
            _depth--;
            return false;
        }
        var bit = 1UL << _depth - 1;
        if ((_begun & bit) != 0)
            Expect((byte)',', $"',' or '{(char)end}'");
        _begun |= bit;
        SkipSpace();
        return true;
    }

    private readonly void CheckDepth(int depth)
    {
        if (depth == IDocumentReader.MaximumDepth)
            throw new InvalidModelException(
                $"At byte {_position:N0} values lie more than {IDocumentReader.MaximumDepth} deep in each other.");
    }

    private void Expect(byte symbol, string expected)
    {
        SkipSpace();
        if (!Accept(symbol))
            throw Unexpected(expected);
    }

    private bool Accept(byte symbol)
    {
        if (_position == Json.Length || Json[_position] != symbol)
            return false;
        _position++;
        return true;
    }

    private readonly byte Peek() => _position < Json.Length ? Json[_position] : throw Unexpected("more");

    private void SkipSpace()
    {
        while (_position < Json.Length && Json[_position] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            _position++;
    }

    private readonly InvalidModelException Unexpected(string expected) => new(_position < Json.Length
        ? $"At byte {_position:N0} {expected} was expected; found was "
            + $"{Shortened.Text(Json.Slice(_position, Math.Min(12, Json.Length - _position)))}."
        : $"{expected} was expected; the file ends at byte {_position:N0}. It is truncated.");
}

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Text;
using System.Text.Unicode;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Documents;

/// <summary>
/// Reads Universal Binary JSON (specification draft 12): a marker for the type, then the value, numbers in big-endian order.
/// Lists and objects may tell their length beforehand, and one type for all their elements.
/// </summary>
internal struct UbjsonDocumentReader(ReadOnlyMemory<byte> bytes) : IDocumentReader
{
    private const byte None = 0;

    private readonly ReadOnlyMemory<byte> _bytes = bytes;
    private readonly Stack<Container> _open = new();
    private int _position;

    // The type of the next value where it has been read before: by NextElement, or once for all elements of a list.
    private byte _marker;

    // Which of the open containers are objects, a bit for each depth.
    private ulong _objects;

    /// <summary>An open list or object.</summary>
    /// <param name="Type">The one type of all elements, or none.</param>
    /// <param name="Left">How many elements are left; -1 where an end marker tells.</param>
    private readonly record struct Container(byte Type, long Left)
    {
        public bool IsCounted => Left >= 0;
    }

    private readonly ReadOnlySpan<byte> Bytes => _bytes.Span;

    public void BeginObject() => Begin((byte)'{', "an object");

    public bool NextMember([NotNullWhen(true)] out string? name)
    {
        name = Advance((byte)'}') ? Characters("a name") : null;
        return name is not null;
    }

    public void BeginList() => Begin((byte)'[', "a list");

    public bool NextElement() => Advance((byte)']');

    public string Text()
    {
        var marker = Marker();
        return marker switch
        {
            (byte)'S' => Characters("a text"),
            (byte)'C' => ((char)Take(1)[0]).ToString(),
            _ => throw Unexpected("a text", marker),
        };
    }

    public T[] Numbers<T>() where T : unmanaged, INumber<T>
    {
        Expect((byte)'[', "a list of numbers");
        var (type, count) = Header();
        if (type != None)
        {
            // A file cannot claim more numbers than it has bytes.
            var width = Width(type) is > 0 and var w ? w : throw Unexpected("a list of numbers", type);
            var packed = new T[Fitting(count, width)];
            for (var i = 0; i < packed.Length; i++)
                packed[i] = Number<T>(type);
            return packed;
        }
        var numbers = new Growing<T>();
        for (var i = 0L; count < 0 ? !Accept((byte)']') : i < count; i++)
            numbers.Add(Number<T>(Marker()));
        return numbers.ToArray();
    }

    public void Skip() => Skip(Marker());

    public readonly void End()
    {
        if (_position < Bytes.Length)
            throw new InvalidModelException(
                $"At byte {_position:N0} the end of the file was expected; {Bytes.Length - _position:N0} bytes follow.");
    }

    // Lists within lists are walked with the stack that reading uses too, so that depth is bounded in one place.
    private void Skip(byte marker)
    {
        var depth = _open.Count;
        SkipHead(marker);
        while (_open.Count > depth)
        {
            var isObject = _objects >> (_open.Count - 1) & 1;
            if (!Advance(isObject == 1 ? (byte)'}' : (byte)']'))
                continue;
            if (isObject == 1)
                Take(Length());
            SkipHead(Marker());
        }
    }

    // Passes over a value that holds no others; enters one that does.
    private void SkipHead(byte marker)
    {
        switch (marker)
        {
            case (byte)'S' or (byte)'H':
                Take(Length());
                break;
            case (byte)'{' or (byte)'[':
                Open(marker);
                var container = _open.Peek();
                if (container.Type != None && Width(container.Type) is >= 0 and var width && marker == '[')
                {
                    // Numbers at once; true, false and null take no bytes, however many there are.
                    if (width > 0)
                        Take(Fitting(container.Left, width) * width);
                    _open.Pop();
                }
                break;
            default:
                Take(Width(marker) is >= 0 and var fixedWidth ? fixedWidth : throw Unexpected("a value", marker));
                break;
        }
    }

    private void Begin(byte bracket, string expected)
    {
        Expect(bracket, expected);
        Open(bracket);
    }

    private void Open(byte bracket)
    {
        if (_open.Count == IDocumentReader.MaximumDepth)
            throw new InvalidModelException(
                $"At byte {_position:N0} values lie more than {IDocumentReader.MaximumDepth} deep in each other.");
        var bit = 1UL << _open.Count;
        _objects = bracket == '{' ? _objects | bit : _objects & ~bit;
        var (type, count) = Header();
        _open.Push(new Container(type, count));
    }

    /// <summary>What a list or object tells beforehand: type and number of its elements.</summary>
    private (byte Type, long Count) Header()
    {
        var type = None;
        if (Accept((byte)'$'))
        {
            type = Take(1)[0];
            if (!Accept((byte)'#'))
                throw new InvalidModelException($"At byte {_position:N0} the number of elements was expected behind their type.");
            return (type, Length());
        }
        return Accept((byte)'#') ? (type, Length()) : (type, -1);
    }

    // Goes to the next element of the innermost container, or leaves it.
    private bool Advance(byte end)
    {
        if (!_open.TryPop(out var container))
            throw new InvalidOperationException("No list or object is open.");
        if (container.IsCounted ? container.Left == 0 : Accept(end))
            return false;
        _open.Push(container.IsCounted ? container with { Left = container.Left - 1 } : container);
        _marker = container.Type;
        return true;
    }

    private T Number<T>(byte type) where T : unmanaged, INumber<T>
    {
        var at = _position;
        try
        {
            if (type is (byte)'d' or (byte)'D')
            {
                var real = type == 'd' ? BinaryPrimitives.ReadSingleBigEndian(Take(4)) : BinaryPrimitives.ReadDoubleBigEndian(Take(8));
                return typeof(T) == typeof(float) || real == Math.Floor(real) ? T.CreateChecked(real) : throw NoWholeNumber(at, $"{real}");
            }
            return type switch
            {
                (byte)'T' => T.One,
                (byte)'F' => T.Zero,
                _ => T.CreateChecked(Whole(type)),
            };
        }
        catch (OverflowException)
        {
            throw NoWholeNumber(at, "a larger one");
        }
    }

    private static InvalidModelException NoWholeNumber(int at, string found) => new(
        $"At byte {at:N0} a whole number of 32 bits was expected; found was {found}.");

    private long Whole(byte type) => type switch
    {
        (byte)'i' => (sbyte)Take(1)[0],
        (byte)'U' => Take(1)[0],
        (byte)'I' => BinaryPrimitives.ReadInt16BigEndian(Take(2)),
        (byte)'l' => BinaryPrimitives.ReadInt32BigEndian(Take(4)),
        (byte)'L' => BinaryPrimitives.ReadInt64BigEndian(Take(8)),
        _ => throw Unexpected("a number", type),
    };

    private string Characters(string expected)
    {
        var at = _position;
        var utf8 = Take(Length());
        return Utf8.IsValid(utf8)
            ? Encoding.UTF8.GetString(utf8)
            : throw new InvalidModelException($"At byte {at:N0} {expected} in UTF-8 was expected.");
    }

    // A length: a whole number of whatever type, not negative. Elements without bytes may be as many as one likes.
    private long Length()
    {
        var at = _position;
        return Whole(Take(1)[0]) is >= 0 and var length
            ? length
            : throw new InvalidModelException($"At byte {at:N0} a length was expected; found was a negative number.");
    }

    private readonly int Fitting(long count, int width) => count <= (Bytes.Length - _position) / width
        ? (int)count
        : throw new InvalidModelException($"At byte {_position:N0} {count:N0} elements of {width} bytes were expected; the file ends "
            + $"after {Bytes.Length - _position:N0} bytes. It is truncated or damaged.");

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count > Bytes.Length - _position)
            throw new InvalidModelException($"At byte {_position:N0} {count:N0} bytes were expected; the file ends after "
                + $"{Bytes.Length - _position:N0}. It is truncated or damaged.");
        var taken = Bytes.Slice(_position, (int)count);
        _position += (int)count;
        return taken;
    }

    private bool Accept(byte marker)
    {
        SkipNothing();
        if (_position == Bytes.Length || Bytes[_position] != marker)
            return false;
        _position++;
        return true;
    }

    private byte Marker()
    {
        var known = _marker;
        _marker = None;
        if (known != None)
            return known;
        SkipNothing();
        return Take(1)[0];
    }

    private void Expect(byte expected, string what)
    {
        var marker = Marker();
        if (marker != expected)
            throw Unexpected(what, marker);
    }

    // The marker N stands for nothing at all.
    private void SkipNothing()
    {
        while (_position < Bytes.Length && Bytes[_position] == 'N')
            _position++;
    }

    /// <summary>The bytes of a value of a type; -1 where the value itself tells, or the type is unknown.</summary>
    private static int Width(byte type) => type switch
    {
        (byte)'Z' or (byte)'T' or (byte)'F' or (byte)'N' => 0,
        (byte)'i' or (byte)'U' or (byte)'C' => 1,
        (byte)'I' => 2,
        (byte)'l' or (byte)'d' => 4,
        (byte)'L' or (byte)'D' => 8,
        _ => -1,
    };

    private readonly InvalidModelException Unexpected(string expected, byte marker) => new(
        $"Before byte {_position:N0} {expected} was expected; found was the marker "
            + $"{(marker is > 32 and < 127 ? $"'{(char)marker}'" : marker)}.");
}

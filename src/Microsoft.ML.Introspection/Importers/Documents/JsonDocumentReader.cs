using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Text.Json;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Documents;

/// <summary>Reads JSON.</summary>
internal ref struct JsonDocumentReader(ReadOnlySpan<byte> json) : IDocumentReader
{
    private Utf8JsonReader _reader = new(json, new JsonReaderOptions { MaxDepth = IDocumentReader.MaximumDepth });

    // NextElement has to look at what follows; the value's own method then must not go on.
    private bool _ahead;

    public void BeginObject() => Expect(JsonTokenType.StartObject, "an object");

    public bool NextMember([NotNullWhen(true)] out string? name)
    {
        Read();
        name = _reader.TokenType == JsonTokenType.PropertyName ? Text("a name") : null;
        return name is not null;
    }

    public void BeginList() => Expect(JsonTokenType.StartArray, "a list");

    public bool NextElement()
    {
        Read();
        _ahead = _reader.TokenType != JsonTokenType.EndArray;
        return _ahead;
    }

    public string Text()
    {
        Expect(JsonTokenType.String, "a text");
        return Text("a text");
    }

    public T[] Numbers<T>() where T : unmanaged, INumber<T>
    {
        Expect(JsonTokenType.StartArray, "a list of numbers");
        var numbers = new Growing<T>();
        while (true)
        {
            Read();
            switch (_reader.TokenType)
            {
                case JsonTokenType.EndArray: return numbers.ToArray();
                case JsonTokenType.Number: numbers.Add(Number<T>()); break;
                case JsonTokenType.True: numbers.Add(T.One); break;
                case JsonTokenType.False: numbers.Add(T.Zero); break;
                default: throw Unexpected("a number");
            }
        }
    }

    public void Skip()
    {
        Next();
        try { _reader.Skip(); }
        catch (JsonException e) { throw Damaged(e); }
    }

    public void End()
    {
        try
        {
            if (_reader.Read())
                throw Unexpected("the end of the file");
        }
        catch (JsonException e)
        {
            throw Damaged(e);
        }
    }

    private readonly T Number<T>() where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(int))
            return _reader.TryGetInt32(out var whole) ? T.CreateChecked(whole) : throw Unexpected("a whole number of 32 bits");
        return _reader.TryGetSingle(out var single) ? T.CreateChecked(single) : throw Unexpected("a number of single precision");
    }

    private readonly string Text(string expected)
    {
        try { return _reader.GetString()!; }
        catch (InvalidOperationException) { throw Unexpected($"{expected} in UTF-8"); }
    }

    private void Expect(JsonTokenType type, string expected)
    {
        Next();
        if (_reader.TokenType != type)
            throw Unexpected(expected);
    }

    private void Next()
    {
        if (!_ahead)
            Read();
        _ahead = false;
    }

    private void Read()
    {
        try
        {
            if (!_reader.Read())
                throw Unexpected("more");
        }
        catch (JsonException e)
        {
            throw Damaged(e);
        }
    }

    private readonly InvalidModelException Unexpected(string expected) => new(
        $"At byte {_reader.TokenStartIndex:N0} {expected} was expected; found was {Found}.");

    private readonly string Found => _reader.TokenType switch
    {
        JsonTokenType.Number or JsonTokenType.String => Shortened.Text(_reader.ValueSpan),
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        var other => other.ToString().ToLowerInvariant(),
    };

    private readonly InvalidModelException Damaged(JsonException e) => new(
        $"At byte {_reader.BytesConsumed:N0} it is no JSON, or it is truncated: {e.Message}", e);
}

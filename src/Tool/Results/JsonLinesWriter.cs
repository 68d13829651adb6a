using System.Buffers;
using System.Text.Json;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>JSON lines: an object a row; numbers that JSON has not, NaN and infinite ones, are null.</summary>
internal sealed class JsonLinesWriter : ITableWriter
{
    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;
    private readonly (JsonEncodedText Name, CellKind Kind)[] _columns;
    private int _column;

    public JsonLinesWriter(Stream stream, IReadOnlyList<(string Name, CellKind Kind)> columns)
    {
        (_stream, _json) = (stream, new Utf8JsonWriter(_line));
        _columns = [.. columns.Select(c => (JsonEncodedText.Encode(c.Name), c.Kind))];
    }

    public void Cell(string text)
    {
        if (_column == 0)
            _json.WriteStartObject();
        var (name, kind) = _columns[_column++];
        _json.WritePropertyName(name);
        if (kind == CellKind.Text)
            _json.WriteStringValue(text);
        else if (char.IsAsciiDigit(text[^1]))
            _json.WriteRawValue(text);
        else
            _json.WriteNullValue();
    }

    public void EndRow()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _line.Write("\n"u8);
        _stream.Write(_line.WrittenSpan);
        _line.ResetWrittenCount();
        _column = 0;
    }

    public void Complete() => _stream.Flush();
}

using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.Introspection.Projects;

/// <summary>Reads a JSON text (RFC 8259), with its depth bounded. Comments are refused, as the standard has it.</summary>
internal sealed class JsonReader
{
    private const int MaximumDepth = 64;

    private readonly string _text;
    private int _at;

    private JsonReader(string text) => _text = text;

    /// <summary>Reads a text.</summary>
    /// <exception cref="InvalidProjectException">It is no JSON; the message says where.</exception>
    public static JsonNode Read(string text)
    {
        var reader = new JsonReader(text);
        if (text.Length > 0 && text[0] == '\uFEFF')
            reader._at = 1;
        var node = reader.Value(0);
        reader.Blanks();
        return reader._at == text.Length ? node : throw reader.Fault("the end of the text was expected");
    }

    private JsonNode Value(int depth)
    {
        if (depth > MaximumDepth)
            throw Fault($"it is nested deeper than {MaximumDepth} times");
        Blanks();
        switch (Peek())
        {
            case '{':
                return Object(depth);
            case '[':
                return Array(depth);
            case '"':
                return new JsonNode(String());
            case 't':
                return Word("true", true);
            case 'f':
                return Word("false", false);
            case 'n':
                return Word("null", null);
            case '-' or (>= '0' and <= '9'):
                return Number();
            default:
                throw Fault("a value was expected");
        }
    }

    private JsonNode Object(int depth)
    {
        var members = new List<KeyValuePair<string, JsonNode>>();
        _at++;
        for (Blanks(); Peek() != '}'; Blanks())
        {
            if (members.Count > 0)
            {
                Take(',');
                Blanks();
            }
            var name = Peek() == '"' ? String() : throw Fault("a name in quotation marks was expected");
            Blanks();
            Take(':');
            members.Add(new(name, Value(depth + 1)));
        }
        _at++;
        return new JsonNode(members);
    }

    private JsonNode Array(int depth)
    {
        var items = new List<JsonNode>();
        _at++;
        for (Blanks(); Peek() != ']'; Blanks())
        {
            if (items.Count > 0)
                Take(',');
            items.Add(Value(depth + 1));
        }
        _at++;
        return new JsonNode(items);
    }

    private string String()
    {
        var text = new StringBuilder();
        for (_at++; Peek() != '"'; _at++)
        {
            var c = _text[_at];
            if (c < ' ')
                throw Fault("a text in quotation marks is not closed on its line");
            if (c != '\\')
            {
                text.Append(c);
                continue;
            }
            _at++;
            text.Append(Peek() switch
            {
                '"' or '\\' or '/' => _text[_at],
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => Escaped(),
                _ => throw Fault("there is no such escape"),
            });
        }
        _at++;
        return text.ToString();
    }

    private char Escaped()
    {
        if (_at + 4 >= _text.Length || !ushort.TryParse(
            _text.Substring(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            throw Fault("four hexadecimal digits were expected");
        _at += 4;
        return (char)code;
    }

    private JsonNode Number()
    {
        var start = _at;
        while (_at < _text.Length && _text[_at] is '-' or '+' or '.' or 'e' or 'E' or (>= '0' and <= '9'))
            _at++;
        return double.TryParse(_text.Substring(start, _at - start), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? new JsonNode(number)
            : throw Fault("a number was expected");
    }

    private JsonNode Word(string word, object? value)
    {
        if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0)
            throw Fault("a value was expected");
        _at += word.Length;
        return new JsonNode(value);
    }

    private void Blanks()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\r' or '\n')
            _at++;
    }

    private char Peek() => _at < _text.Length ? _text[_at] : throw Fault("the text ends too early");

    private void Take(char expected)
    {
        if (Peek() != expected)
            throw Fault($"'{expected}' was expected");
        _at++;
    }

    private InvalidProjectException Fault(string what)
    {
        var (line, start) = (1, 0);
        for (var i = 0; i < _at && i < _text.Length; i++)
            if (_text[i] == '\n')
                (line, start) = (line + 1, i + 1);
        return new InvalidProjectException($"It is no JSON: line {line}, column {_at - start + 1}: {what}.");
    }
}

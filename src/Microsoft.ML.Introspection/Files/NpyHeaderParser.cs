using System.Globalization;

namespace Microsoft.ML.Introspection.Files;

/// <summary>Reads the Python dictionary literal of a NumPy header, and nothing else that Python could say.</summary>
internal ref struct NpyHeaderParser(string text, string source)
{
    private int _position;

    /// <summary>What the dictionary says.</summary>
    public readonly record struct Fields(string Description, bool FortranOrder, long[] Shape);

    /// <summary>Reads the whole text.</summary>
    /// <exception cref="InvalidDataException">It is no dictionary of just <c>descr</c>, <c>fortran_order</c>, <c>shape</c>.</exception>
    public Fields Parse()
    {
        string? description = null;
        bool? fortran = null;
        long[]? shape = null;

        Expect('{');
        while (!Accept('}'))
        {
            var key = ParseString();
            Expect(':');
            switch (key)
            {
                case "descr" when description is null:
                    description = ParseDescription();
                    break;
                case "fortran_order" when fortran is null:
                    fortran = ParseBoolean();
                    break;
                case "shape" when shape is null:
                    shape = ParseShape();
                    break;
                default:
                    throw Malformed($"the keys 'descr', 'fortran_order' and 'shape', each once, but found '{Shorten(key)}'");
            }

            if (!Accept(','))
            {
                Expect('}');
                break;
            }
        }

        SkipSpace();
        if (_position < text.Length)
            throw Malformed($"nothing after the dictionary, but found '{Shorten(text[_position..])}'");
        if (description is null || fortran is null || shape is null)
            throw Malformed("the keys 'descr', 'fortran_order' and 'shape', but one is missing");
        return new Fields(description, fortran.Value, shape);
    }

    private string ParseDescription()
    {
        SkipSpace();
        if (_position < text.Length && text[_position] is '[' or '(')
        {
            throw new InvalidDataException(
                $"'{source}' cannot be read: it holds a structured array (records with named fields). " +
                "Save each field as an array of its own.");
        }

        return ParseString();
    }

    private string ParseString()
    {
        SkipSpace();
        if (_position >= text.Length || text[_position] is not ('\'' or '"'))
            throw Malformed("a quoted string");
        var end = text.IndexOf(text[_position], _position + 1);
        if (end < 0)
            throw Malformed("a closing quote");
        var value = text[(_position + 1)..end];
        _position = end + 1;
        return value;
    }

    private bool ParseBoolean()
    {
        SkipSpace();
        foreach (var value in (ReadOnlySpan<bool>)[true, false])
        {
            var word = value ? "True" : "False";
            if (text.AsSpan(_position).StartsWith(word, StringComparison.Ordinal))
            {
                _position += word.Length;
                return value;
            }
        }

        throw Malformed("True or False");
    }

    private long[] ParseShape()
    {
        var shape = new List<long>();
        Expect('(');
        while (!Accept(')'))
        {
            shape.Add(ParseDimension());
            if (!Accept(','))
            {
                if (shape.Count == 1)
                    throw Malformed("a comma after the only dimension");
                Expect(')');
                break;
            }
        }

        return [.. shape];
    }

    private long ParseDimension()
    {
        SkipSpace();
        var start = _position;
        while (_position < text.Length && char.IsAsciiDigit(text[_position]))
            _position++;
        if (!long.TryParse(text.AsSpan(start, _position - start), NumberStyles.None, CultureInfo.InvariantCulture, out var dimension))
            throw Malformed("a dimension between 0 and 2⁶³ − 1");

        // Python 2 wrote long integers as 12L.
        if (_position < text.Length && text[_position] == 'L')
            _position++;
        return dimension;
    }

    private void Expect(char symbol)
    {
        if (!Accept(symbol))
            throw Malformed($"'{symbol}'");
    }

    private bool Accept(char symbol)
    {
        SkipSpace();
        if (_position >= text.Length || text[_position] != symbol)
            return false;
        _position++;
        return true;
    }

    private void SkipSpace()
    {
        while (_position < text.Length && text[_position] is ' ' or '\n' or '\t' or '\r')
            _position++;
    }

    private readonly InvalidDataException Malformed(string expected) =>
        new($"The header of '{source}' is malformed at character {_position}: expected {expected}. It reads: {Shorten(text)}");

    private static string Shorten(string value)
    {
        var trimmed = value.Trim();
        return trimmed.Length <= 120 ? trimmed : trimmed[..120] + "…";
    }
}

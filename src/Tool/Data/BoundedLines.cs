namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Text whose lines end within bounds, so that a file that is no text cannot fill the memory.</summary>
internal sealed class BoundedLines(TextReader inner, string path) : TextReader
{
    /// <summary>The longest line accepted, in characters: a row of some millions of numbers.</summary>
    public const int MaximumLine = 1 << 26;

    private int _sinceLineEnd;

    public override int Peek() => inner.Peek();

    public override int Read()
    {
        var read = inner.Read();
        if (read >= 0)
            Check([(char)read]);
        return read;
    }

    public override int Read(char[] buffer, int index, int count)
    {
        var read = inner.Read(buffer, index, count);
        Check(buffer.AsSpan(index, read));
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void Check(ReadOnlySpan<char> text)
    {
        if (text.Contains('\0'))
            throw new InvalidDataException($"'{path}' is no text: it holds the character 0. Save it as text in UTF-8.");
        var lineEnd = text.LastIndexOfAny('\r', '\n');
        _sinceLineEnd = lineEnd < 0 ? _sinceLineEnd + text.Length : text.Length - lineEnd - 1;
        if (_sinceLineEnd > MaximumLine)
            throw new InvalidDataException($"'{path}' has a line of more than {MaximumLine} characters.");
    }
}

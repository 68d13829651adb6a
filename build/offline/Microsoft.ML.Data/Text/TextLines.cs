// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>Splits lines into fields.</summary>
internal sealed class TextLines(TextLoader.Options options)
{
    private readonly bool _separatesAtSpace = options.Separators.Contains(' ');

    /// <summary>The lines of all files that hold data or a header: neither empty nor a comment.</summary>
    public static IEnumerable<(string Line, long Number, bool IsFirst)> Read(IMultiStreamSource source)
    {
        for (var i = 0; i < source.Count; i++)
        {
            using var reader = source.OpenTextReader(i);
            var number = 0L;
            var isFirst = true;
            while (reader.ReadLine() is { } line)
            {
                number++;
                if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal) || (isFirst && line[0] == '#'))
                    continue;
                yield return (line, number, isFirst);
                isFirst = false;
            }
        }
    }

    public List<string> Split(string line)
    {
        if (options.TrimWhitespace)
            line = line.TrimEnd();
        var fields = new List<string>();
        for (var at = 0; at >= 0;)
            fields.Add(Next(line, ref at));
        return fields;
    }

    // Takes one field; the position after its separator stays, or -1 after the last field.
    private string Next(string line, ref int at)
    {
        while (!_separatesAtSpace && at < line.Length && line[at] == ' ')
            at++;
        if (options.AllowQuoting && at < line.Length && line[at] == '"')
            return Quoted(line, ref at);
        var end = line.IndexOfAny(options.Separators, at);
        var field = end < 0 ? line[at..] : line[at..end];
        at = end < 0 ? -1 : end + 1;
        return field;
    }

    // A quote within quotes is written twice. What is not well quoted is read as empty.
    private string Quoted(string line, ref int at)
    {
        var text = new StringBuilder();
        var isClosed = false;
        for (at++; at < line.Length && !isClosed; at++)
        {
            if (line[at] != '"')
                text.Append(line[at]);
            else if (at + 1 < line.Length && line[at + 1] == '"')
                text.Append(line[at++]);
            else
                isClosed = true;
        }
        var end = line.IndexOfAny(options.Separators, Math.Min(at, line.Length));
        var rest = end < 0 ? line[Math.Min(at, line.Length)..] : line[at..end];
        at = end < 0 ? -1 : end + 1;
        return isClosed && string.IsNullOrWhiteSpace(rest) ? text.ToString() : "";
    }
}

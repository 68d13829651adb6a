using System.Text;

namespace Microsoft.ML.Introspection.Text.Normalizing;

/// <summary>
/// A text as code points, each with the stretch of the original that it came from. What is normalised stays aligned by the rules of Hugging
/// Face's tokenizers: what is put in has the stretch of what stands before it, and what is put together that of its first part.
/// </summary>
internal sealed class AlignedText
{
    private List<int> _codes;
    private List<TextSpan> _spans;

    private AlignedText(List<int> codes, List<TextSpan> spans) => (_codes, _spans) = (codes, spans);

    /// <summary>A text as it is; a lone half of a pair becomes U+FFFD, as in UTF-8.</summary>
    /// <param name="text">The original.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="end">Where to end.</param>
    public static AlignedText Of(string text, int start, int end)
    {
        var (codes, spans) = (new List<int>(end - start), new List<TextSpan>(end - start));
        for (var at = start; at < end;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at, end - at), out var rune, out var units);
            codes.Add(rune.Value);
            spans.Add(new TextSpan(at, at + units));
            at += units;
        }
        return new AlignedText(codes, spans);
    }

    /// <summary>How many code points there are.</summary>
    public int Count => _codes.Count;

    /// <summary>A code point.</summary>
    public int this[int place] => _codes[place];

    /// <summary>The code points.</summary>
    public IReadOnlyList<int> Codes => _codes;

    /// <summary>The stretch of the original that a code point came from.</summary>
    public TextSpan SpanOf(int place) => _spans[place];

    /// <summary>The stretch of the original that some code points came from, first to last.</summary>
    public TextSpan SpanOf(int start, int end) => start >= end ? default : new TextSpan(_spans[start].Start, _spans[end - 1].End);

    /// <summary>Some of the code points.</summary>
    public AlignedText Slice(int start, int end) => new(_codes.GetRange(start, end - start), _spans.GetRange(start, end - start));

    /// <summary>Leaves out what does not fit.</summary>
    public void Keep(Func<int, bool> keeps) =>
        Replace(Enumerable.Range(0, Count).Where(i => keeps(_codes[i])).Select(i => (_codes[i], _spans[i])));

    /// <summary>Replaces every code point by one or by several, which all have its stretch; by none, it is gone.</summary>
    public void Map(Func<int, IReadOnlyList<int>> map) =>
        Replace(Enumerable.Range(0, Count).SelectMany(i => map(_codes[i]).Select(code => (code, _spans[i]))));

    /// <summary>
    /// Replaces all: each code point says how it changes the count, 0 in the place of one, 1 put in, −n in the place of one and of the n
    /// behind it.
    /// </summary>
    public void Transform(IReadOnlyList<(int Code, int Change)> codes)
    {
        var (spans, next) = (new List<TextSpan>(codes.Count), 0);
        foreach (var (_, change) in codes)
        {
            spans.Add(change > 0 ? (next == 0 ? default : _spans[next - 1]) : _spans[next]);
            next += change > 0 ? 0 : 1 - change;
        }
        (_codes, _spans) = ([.. codes.Select(c => c.Code)], spans);
    }

    /// <summary>Puts code points in front, which came from nowhere.</summary>
    public void Prepend(IReadOnlyList<int> codes)
    {
        _codes.InsertRange(0, codes);
        _spans.InsertRange(0, codes.Select(_ => default(TextSpan)));
    }

    /// <summary>Replaces stretches by the same code points; these have the stretch of the last that is replaced.</summary>
    /// <param name="matches">The stretches, in order.</param>
    /// <param name="by">What comes in their place.</param>
    public void Replace(IEnumerable<(int Start, int End)> matches, IReadOnlyList<int> by)
    {
        var (codes, spans, done) = (new List<int>(Count), new List<TextSpan>(Count), 0);
        foreach (var (start, end) in matches)
        {
            CopyTo(start);
            foreach (var code in by)
            {
                codes.Add(code);
                spans.Add(end == 0 ? default : _spans[end - 1]);
            }
            done = end;
        }
        CopyTo(Count);
        (_codes, _spans) = (codes, spans);

        void CopyTo(int end)
        {
            codes.AddRange(_codes.GetRange(done, end - done));
            spans.AddRange(_spans.GetRange(done, end - done));
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Text(0, Count);

    /// <summary>Some of the code points as a text.</summary>
    public string Text(int start, int end)
    {
        var text = new StringBuilder(end - start);
        for (var i = start; i < end; i++)
            text.Append(char.ConvertFromUtf32(_codes[i]));
        return text.ToString();
    }

    private void Replace(IEnumerable<(int Code, TextSpan Span)> all)
    {
        var list = all.ToList();
        (_codes, _spans) = ([.. list.Select(c => c.Code)], [.. list.Select(c => c.Span)]);
    }
}

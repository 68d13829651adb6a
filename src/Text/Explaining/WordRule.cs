using System.Globalization;

namespace Microsoft.ML.Introspection.Text;

/// <summary>What of a text gets a score.</summary>
public enum TextUnits
{
    /// <summary>What stands between white space: of languages that put none between words, whole sentences.</summary>
    Words,

    /// <summary>What the tokenizer cut before it looked into its vocabulary: words and punctuation by themselves.</summary>
    Pieces,

    /// <summary>Every character as it is seen.</summary>
    Characters,
}

/// <summary>How a text falls into what gets a score.</summary>
internal static class WordRule
{
    /// <summary>The stretches of a text that get a score, in order; white space belongs to none.</summary>
    public static List<TextSpan> Spans(TokenizedText text, int sequence, TextUnits units)
    {
        var whole = sequence == 0 ? text.First : text.Second!;
        return units switch
        {
            TextUnits.Words => Runs(whole, _ => true),
            TextUnits.Characters => Runs(whole, IsWithin(whole)),
            _ => Runs(whole, HasSameOwner(text, sequence, whole.Length)),
        };
    }

    // Runs of what is no white space, as long as the next unit goes with the one before it.
    private static List<TextSpan> Runs(string text, Func<int, bool> goesOn)
    {
        var (spans, start) = (new List<TextSpan>(), -1);
        for (var i = 0; i <= text.Length; i++)
        {
            var isBlank = i == text.Length || char.IsWhiteSpace(text[i]);
            if (start >= 0 && (isBlank || !goesOn(i)))
            {
                spans.Add(new TextSpan(start, i));
                start = -1;
            }
            if (start < 0 && !isBlank)
                start = i;
        }
        return spans;
    }

    private static Func<int, bool> HasSameOwner(TokenizedText text, int sequence, int length)
    {
        var owners = new int[length];
        Array.Fill(owners, -1);
        foreach (var token in text.Tokens.Where(t => t.Sequence == sequence))
            for (var i = token.Span.Start; i < token.Span.End; i++)
                owners[i] = token.Word ?? -1;
        return place => owners[place] == owners[place - 1];
    }

    private static Func<int, bool> IsWithin(string text)
    {
        var starts = new HashSet<int>();
        for (var at = 0; at < text.Length; at += StringInfo.GetNextTextElementLength(text, at))
            starts.Add(at);
        return place => !starts.Contains(place);
    }
}

namespace Microsoft.ML.Introspection.Text.Normalizing;

/// <summary>Changes a text before it is cut into tokens.</summary>
internal delegate void Normalizer(AlignedText text);

/// <summary>The normalisers of Hugging Face's tokenizers.</summary>
internal static class Normalizers
{
    /// <summary>BERT's.</summary>
    /// <param name="clean">Whether control characters go, and white space becomes blanks.</param>
    /// <param name="chinese">Whether Chinese characters are set apart.</param>
    /// <param name="stripAccents">Whether accents go; null for where it lowers case.</param>
    /// <param name="lower">Whether it lowers case.</param>
    public static Normalizer Bert(bool clean, bool chinese, bool? stripAccents, bool lower) => text =>
    {
        if (clean)
        {
            text.Keep(code => code is not (0 or CodePoints.Replacement) && (code is '\t' or '\n' or '\r' || !CodePoints.IsControl(code)));
            text.Map(code => [CodePoints.IsSpace(code) ? ' ' : code]);
        }
        if (chinese)
            text.Map(code => CodePoints.IsChinese(code) ? [' ', code, ' '] : [code]);
        if (stripAccents ?? lower)
        {
            UnicodeForms.Apply(text, compose: false, compatible: false);
            StripAccents(text);
        }
        if (lower)
            Lower(text);
    };

    /// <summary>Lowers case, character by character.</summary>
    public static void Lower(AlignedText text) => text.Map(CodePoints.Lower);

    /// <summary>Takes marks out.</summary>
    public static void StripAccents(AlignedText text) => text.Keep(code => !CodePoints.IsNonSpacingMark(code));

    /// <summary>Takes white space off the ends.</summary>
    public static Normalizer Strip(bool left, bool right) => text =>
    {
        var (start, end) = (0, text.Count);
        while (left && start < end && CodePoints.IsSpace(text[start]))
            start++;
        while (right && end > start && CodePoints.IsSpace(text[end - 1]))
            end--;
        var place = 0;
        text.Keep(_ => place++ is var at && at >= start && at < end);
    };

    /// <summary>Replaces what matches.</summary>
    public static Normalizer Replace(Pattern pattern, string by) => text => text.Replace(pattern.Matches(text), CodesOf(by));

    /// <summary>Puts a text in front of what is not empty.</summary>
    public static Normalizer Prepend(string what) => text =>
    {
        if (text.Count > 0)
            text.Prepend(CodesOf(what));
    };

    /// <summary>One after the other.</summary>
    public static Normalizer Sequence(IReadOnlyList<Normalizer> all) => text =>
    {
        foreach (var one in all)
            one(text);
    };

    /// <summary>The code points of a text.</summary>
    public static int[] CodesOf(string text) => [.. text.EnumerateRunes().Select(r => r.Value)];
}

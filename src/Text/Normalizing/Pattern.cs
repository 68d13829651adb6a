using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Introspection.Text.Normalizing;

/// <summary>
/// A regular expression over code points. .NET's own look at halves of pairs, so that a letter beyond U+FFFF is none: such a character is
/// shown to the expression as one of its category that needs no pair.
/// </summary>
internal sealed class Pattern
{
    private const int LongestPattern = 4096;

    // What a hostile text may cost a pattern that goes back and forth.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Regex _regex;

    /// <summary>Compiles an expression.</summary>
    /// <exception cref="InvalidDataException">It is none, or too long.</exception>
    public Pattern(string expression)
    {
        if (expression.Length > LongestPattern)
            throw new InvalidDataException($"A pattern of at most {LongestPattern} characters was expected; one has {expression.Length}.");
        try
        {
            _regex = new Regex(expression, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"The pattern '{expression}' is not understood: {e.Message}", e);
        }
    }

    /// <summary>A pattern for a text as it stands.</summary>
    public static Pattern Literal(string text) => new(Regex.Escape(text));

    /// <summary>Where it matches, in order; empty matches are left out.</summary>
    public IReadOnlyList<(int Start, int End)> Matches(AlignedText text)
    {
        var shown = string.Create(text.Count, text, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++)
                to[i] = Shown(from[i]);
        });
        var found = new List<(int, int)>();
        try
        {
            foreach (var match in _regex.EnumerateMatches(shown))
                if (match.Length > 0)
                    found.Add((match.Index, match.Index + match.Length));
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new InvalidDataException($"The tokenizer's pattern {_regex} takes longer than {Patience.TotalSeconds:0} s on a text of "
                + $"{text.Count} characters.", e);
        }
        return found;
    }

    private static char Shown(int code) => code < 0x10000 ? (char)code : CodePoints.CategoryOf(code) switch
    {
        UnicodeCategory.UppercaseLetter => 'À',
        UnicodeCategory.LowercaseLetter => 'à',
        UnicodeCategory.TitlecaseLetter => 'ǅ',
        UnicodeCategory.ModifierLetter => 'ʰ',
        UnicodeCategory.OtherLetter => 'א',
        UnicodeCategory.NonSpacingMark => '\u0300',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.EnclosingMark => '\u0488',
        UnicodeCategory.DecimalDigitNumber => '٠',
        UnicodeCategory.LetterNumber => 'ⅷ',
        UnicodeCategory.OtherNumber => '²',
        UnicodeCategory.ConnectorPunctuation => '‿',
        UnicodeCategory.DashPunctuation => '‐',
        UnicodeCategory.OpenPunctuation => '༺',
        UnicodeCategory.ClosePunctuation => '༻',
        UnicodeCategory.InitialQuotePunctuation => '«',
        UnicodeCategory.FinalQuotePunctuation => '»',
        UnicodeCategory.OtherPunctuation => '¡',
        UnicodeCategory.MathSymbol => '±',
        UnicodeCategory.CurrencySymbol => '£',
        UnicodeCategory.ModifierSymbol => '¨',
        UnicodeCategory.OtherSymbol => '©',
        UnicodeCategory.Format => '\u00AD',
        UnicodeCategory.PrivateUse => '\uE000',
        _ => '\uFFFF',
    };
}

namespace Microsoft.ML.Introspection.Reports;

/// <summary>The share of one token of a text in a prediction.</summary>
/// <param name="Token">The token as the reader is to see it.</param>
/// <param name="Attribution">How much it speaks for (positive) or against (negative) what is explained.</param>
public readonly record struct TokenAttribution(string Token, double Attribution);

/// <summary>
/// A text in reading order, behind each of its tokens a colour that says how much it speaks in favour (red) or against
/// (blue, underlined). The scale is symmetric around zero; the numbers appear when one points at a token, and are read aloud.
/// </summary>
/// <example><code>
/// new ColoredText([new("not", -0.8), new("very", 0.1), new("clever", 0.6)]) { Caption = "Integrated gradients, summed per token" }
/// </code></example>
public sealed class ColoredText : ReportSection
{
    private readonly TokenAttribution[] _tokens;
    private readonly ColoredTextOptions _options;
    private readonly TextTones _tones;
    private readonly double _reach;

    /// <summary>Fixes the scale.</summary>
    /// <param name="tokens">
    /// The tokens in reading order. NaN has no colour, and white space with NaN stands between the others as it is; what is infinite has
    /// the strongest.
    /// </param>
    /// <param name="options">How they are coloured.</param>
    public ColoredText(IEnumerable<TokenAttribution> tokens, ColoredTextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        (_tokens, _options) = ([.. tokens], options ?? new());
        _tones = _options.Signed ? TextTones.Diverging : TextTones.Magnitudes;
        _reach = _options.Reach ?? _tokens.Select(token => Math.Abs(token.Attribution)).Where(double.IsFinite).DefaultIfEmpty().Max();
    }

    /// <summary>What the colours show.</summary>
    public string? Caption { get; init; }

    /// <summary>The tokens and the numbers that a network and a method give for them.</summary>
    /// <param name="tokens">The tokens in reading order.</param>
    /// <param name="attributions">A number for every token.</param>
    /// <param name="options">How they are coloured.</param>
    /// <exception cref="ArgumentException">There are not as many numbers as tokens.</exception>
    public static ColoredText Of(IReadOnlyList<string> tokens, ReadOnlySpan<float> attributions, ColoredTextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Count != attributions.Length)
        {
            throw new ArgumentException(
                $"A number for each of the {tokens.Count} tokens was expected; {attributions.Length} given.",
                nameof(attributions));
        }

        var numbers = attributions.ToArray();
        return new ColoredText(tokens.Select((token, i) => new TokenAttribution(token, numbers[i])), options);
    }

    internal override PageParts Parts => _tokens.Length > 0 ? PageParts.Words : PageParts.None;

    internal override void Write(HtmlWriter html)
    {
        html.Open("figure", ("class", "tokens"));
        if (_tokens.Length == 0)
            html.Element("p", "There are no tokens.", ("class", "note"));
        else
            WriteText(html);
        html.Element("figcaption", Caption ?? DefaultCaption).Close();
    }

    private string DefaultCaption => _options.Signed
        ? "Red speaks in favour; blue, underlined, against."
        : "The stronger the colour, the more a token matters, for or against.";

    private void WriteText(HtmlWriter html)
    {
        html.Open("p", ("class", _options.ShowValues ? "running tall" : "running"), ("dir", "auto"));
        foreach (var token in _tokens.Take(_options.MaximumTokens))
            WriteToken(html, token);
        html.Close();
        if (_tokens.Length > _options.MaximumTokens)
            html.Element("p", $"{_tokens.Length - _options.MaximumTokens} more tokens are not shown.", ("class", "note"));
        ColorBar.Write(html, _tones, _reach);
    }

    private void WriteToken(HtmlWriter html, TokenAttribution token)
    {
        // What only parts words is part of the text, and nothing to point at.
        if (double.IsNaN(token.Attribution) && token.Token is { Length: > 0 } && string.IsNullOrWhiteSpace(token.Token))
        {
            html.Element("span", token.Token, ("class", "word"));
            return;
        }
        var (seen, breaksLine) = Seen(token.Token);
        var amount = _options.Signed ? Numbers.Signed(token.Attribution) : Numbers.Format(Math.Abs(token.Attribution));
        var against = _options.Signed && token.Attribution < 0;
        html.Open(
                "span",
                ("class", against ? "token tone minus" : "token tone"),
                ("style", _tones.StyleAt(ShareOf(token.Attribution))),
                ("title", $"{seen.Trim()}: {amount}"))
            .Element("span", seen, ("class", "word"))
            .Element("span", " " + amount, ("class", _options.ShowValues ? "number" : "unseen"))
            .Close();
        if (breaksLine)
            html.Open("span", ("class", "newline")).Close();
        else if (_options.Spaced)
            html.Text(" ");
    }

    /// <summary>Where on the scale a number lies, −1 to 1; divided first, so that no number is too large or too small.</summary>
    private double ShareOf(double attribution) =>
        double.IsNaN(attribution) || attribution == 0 ? 0
        : _reach == 0 ? Math.Sign(attribution)
        : Math.Clamp(attribution / _reach, -1, 1);

    /// <summary>Tokens of nothing but space leave something to colour and to point at.</summary>
    private static (string Seen, bool BreaksLine) Seen(string? token) => token switch
    {
        null or "" => ("∅", false),
        _ when !string.IsNullOrWhiteSpace(token) => (token, false),
        _ when token.Contains('\n') => ("↵", true),
        _ => (new string('␣', Math.Min(token.Length, 8)), false),
    };
}

namespace Microsoft.ML.Introspection.Text;

/// <summary>A stretch of a text, in UTF-16 units, as C# counts characters.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Behind its last unit.</param>
public readonly record struct TextSpan(int Start, int End)
{
    /// <summary>How many units it has.</summary>
    public int Length => End - Start;

    /// <summary>Whether it holds nothing.</summary>
    public bool IsEmpty => End <= Start;

    /// <summary>The stretch of a text.</summary>
    /// <param name="text">The text that it is a stretch of.</param>
    public ReadOnlySpan<char> Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IsEmpty ? [] : text.AsSpan(Start, Length);
    }
}

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>What goes where texts are too long.</summary>
internal static class Lengths
{
    /// <summary>Shortens texts.</summary>
    /// <param name="first">The tokens of the first.</param>
    /// <param name="second">Those of the second; null where there is none.</param>
    /// <param name="room">How many there may be.</param>
    /// <param name="how">What gives way.</param>
    /// <exception cref="ArgumentException">Not enough may go.</exception>
    public static void Shorten(List<TextToken> first, List<TextToken>? second, int room, Truncation how)
    {
        var (a, b) = (first.Count, second?.Count ?? 0);
        var over = a + b - room;
        if (over <= 0)
            return;
        if (room < 0)
            throw new ArgumentException($"The length leaves no room for a text: the tokens that are added alone are {-room} too many.");
        if (how == Truncation.LongestFirst)
            (a, b) = second is null ? (room, 0) : Halved(a, b, room);
        else if (how == Truncation.OnlyFirst && a > over)
            a -= over;
        else if (how == Truncation.OnlySecond && b > over)
            b -= over;
        else
            throw new ArgumentException(how == Truncation.None
                ? $"A text of at most {room} tokens (without those that are added) was expected; there are {a + b}."
                : $"{over} tokens must go, and the {(how == Truncation.OnlyFirst ? $"first text has {a}" : $"second text has {b}")}: "
                    + "it would become empty. Let the longest go first, or allow more tokens.");
        first.RemoveRange(a, first.Count - a);
        second?.RemoveRange(b, second.Count - b);
    }

    // What is odd goes to the longer one, to the second where both are equal.
    private static (int First, int Second) Halved(int first, int second, int room)
    {
        var (shorter, longer) = (Math.Min(first, second), 0);
        longer = shorter > room ? shorter : Math.Max(shorter, room - shorter);
        if (shorter + longer > room)
            (shorter, longer) = (room / 2, room / 2 + room % 2);
        return first > second ? (longer, shorter) : (shorter, longer);
    }
}

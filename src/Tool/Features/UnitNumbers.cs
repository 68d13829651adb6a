using System.Globalization;

namespace Microsoft.ML.Introspection.Tool.Features;

/// <summary>Which units or channels a command line names: <c>0-7,12</c>.</summary>
internal static class UnitNumbers
{
    private const int MostUnnamed = 16;

    /// <summary>Reads the numbers.</summary>
    /// <param name="text">What was given; null for the first.</param>
    /// <param name="option">The option, for messages.</param>
    /// <param name="most">How many there are.</param>
    public static long[] Read(string? text, string option, long most)
    {
        if (text is null)
            return [.. Enumerable.Range(0, (int)Math.Min(most, MostUnnamed)).Select(i => (long)i)];
        var units = new List<long>();
        foreach (var part in text.Split(','))
        {
            long[] ends = [.. part.Split('-').Select(end =>
                long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)];
            if (ends is not ([>= 0] or [>= 0, >= 0]) || ends[0] > ends[^1])
                throw new UsageException($"{option} takes numbers and ranges of them, such as 0-7,12; '{part}' is neither.");
            if (ends[^1] >= most)
                throw new InvalidDataException($"There are {most} channels, 0 to {most - 1}; {ends[^1]} was asked for.");
            for (var unit = ends[0]; unit <= ends[^1]; unit++)
                units.Add(unit);
        }
        return [.. units];
    }
}

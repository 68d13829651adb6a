using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>
/// Changes one or a few numbers of a file that is otherwise left as it is, so that it is mostly read, and what comes after reading is tried:
/// numbers of JSON, of lines of a text, and what looks like a real number among bytes.
/// </summary>
internal static partial class NumberMutation
{
    /// <summary>The file with other numbers; null where it has none.</summary>
    public static byte[]? Of(string extension, byte[] content, Random random) => extension switch
    {
        ".json" => OfJson(content, random),
        ".txt" => OfText(content, random),
        ".zip" => ByteMutation.OfArchive(content, random, (_, bytes) => OfBytes(bytes, random) ?? bytes),
        _ => OfBytes(content, random),
    };

    // Another number of the same list is one that its reader may take; the others are at the edge of what can be.
    private static double Other(double number, IReadOnlyList<double> alike, Random random) => random.Next(10) switch
    {
        0 => -number,
        1 => number * 2,
        2 => number + 1,
        3 => 0,
        4 => 1e30,
        5 => number / 1e20,
        _ => alike[random.Next(alike.Count)],
    };

    // A list of numbers anywhere; numbers that JSON has no word for may stand elsewhere.
    private static byte[]? OfJson(byte[] content, Random random)
    {
        var text = Encoding.UTF8.GetString(content);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var lists = Lists().Matches(text);
            if (lists.Count == 0)
                return null;
            var list = lists[random.Next(lists.Count)];
            var texts = list.Value[1..^1].Split(',');
            var numbers = texts.Select(t => double.Parse(t, CultureInfo.InvariantCulture)).ToList();
            var at = random.Next(texts.Length);
            texts[at] = Other(numbers[at], numbers, random).ToString(CultureInfo.InvariantCulture);
            text = string.Concat(text.AsSpan(0, list.Index), $"[{string.Join(',', texts)}]", text.AsSpan(list.Index + list.Length));
        }
        return Encoding.UTF8.GetBytes(text);
    }

    // Lines such as "leaf_value=0.1 0.2".
    private static byte[]? OfText(byte[] content, Random random)
    {
        var lines = Encoding.UTF8.GetString(content).Split('\n');
        var places = Enumerable.Range(0, lines.Length).Where(i => Numbers().IsMatch(lines[i])).ToList();
        if (places.Count == 0)
            return null;
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var line = places[random.Next(places.Count)];
            var (name, texts) = (lines[line][..(lines[line].IndexOf('=') + 1)], lines[line][(lines[line].IndexOf('=') + 1)..].Split(' '));
            var numbers = texts.Select(t => double.Parse(t, CultureInfo.InvariantCulture)).ToList();
            var at = random.Next(texts.Length);
            texts[at] = Other(numbers[at], numbers, random).ToString(CultureInfo.InvariantCulture);
            lines[line] = name + string.Join(' ', texts);
        }
        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }

    // Four or eight bytes that are a real number of ordinary size with digits are one, most of the time.
    private static byte[]? OfBytes(byte[] content, Random random)
    {
        static bool IsOrdinary(double value) => Math.Abs(value) is > 1e-4 and < 1e6;
        var bytes = (byte[])content.Clone();
        var isDouble = random.Next(2) == 0;
        var size = isDouble ? 8 : 4;
        double At(int i) => isDouble ? BitConverter.ToDouble(bytes, i) : BitConverter.ToSingle(bytes, i);
        var places = Enumerable.Range(0, Math.Max(0, bytes.Length - size + 1)).Where(i => IsOrdinary(At(i))).ToList();
        if (places.Count == 0)
            return null;
        var place = places[random.Next(places.Count)];
        var other = Other(At(place), [At(places[random.Next(places.Count)])], random);
        (isDouble ? BitConverter.GetBytes(other) : BitConverter.GetBytes((float)other)).CopyTo(bytes, place);
        return bytes;
    }

    [GeneratedRegex(@"\[-?[0-9][-+0-9.eE]*(,\s*-?[0-9][-+0-9.eE]*)*\]")]
    private static partial Regex Lists();

    [GeneratedRegex(@"^\w+=-?[0-9][-+0-9.eE]*( -?[0-9][-+0-9.eE]*)*$")]
    private static partial Regex Numbers();
}

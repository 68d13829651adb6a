using System.Globalization;

namespace Microsoft.ML.Introspection.Text.Normalizing;

/// <summary>
/// The four normalisation forms of Unicode, from a table that is carried along: what the runtime has of it depends on the machine.
/// </summary>
internal static class UnicodeForms
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28, HangulCount = LeadCount * VowelCount * TrailCount;

    private static readonly Lazy<Tables> Known = new(Tables.Read);

    /// <summary>Brings a text into a form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="compose">Whether what can be put together is (C) or stays apart (D).</param>
    /// <param name="compatible">Whether what merely looks otherwise is replaced (K).</param>
    public static void Apply(AlignedText text, bool compose, bool compatible)
    {
        if (text.Codes.All(code => code < 0x80))
            return;
        var apart = Apart(text, compatible);
        text.Transform(compose ? Together(apart) : [.. apart.Select(c => (c.Code, c.Change))]);
    }

    private static List<(int Code, int Class, int Change)> Apart(AlignedText text, bool compatible)
    {
        var (all, unordered) = (new List<(int Code, int Class, int Change)>(text.Count), 0);
        for (var i = 0; i < text.Count; i++)
        {
            var change = 0;
            Decompose(text[i], compatible, code =>
            {
                var own = Known.Value.ClassOf(code);
                if (own == 0)
                {
                    Order(all, unordered);
                    unordered = all.Count + 1;
                }
                all.Add((code, own, change));
                change = 1;
            });
        }
        Order(all, unordered);
        return all;
    }

    // Marks behind a character stand by their classes, those of one class as they came.
    private static void Order(List<(int Code, int Class, int Change)> all, int from)
    {
        if (all.Count - from < 2)
            return;
        var ordered = all.Skip(from).OrderBy(c => c.Class).ToList();
        all.RemoveRange(from, all.Count - from);
        all.AddRange(ordered);
    }

    private static void Decompose(int code, bool compatible, Action<int> emit)
    {
        if (code - HangulBase is >= 0 and < HangulCount and var syllable)
        {
            emit(LeadBase + syllable / (VowelCount * TrailCount));
            emit(VowelBase + syllable % (VowelCount * TrailCount) / TrailCount);
            if (syllable % TrailCount is > 0 and var trail)
                emit(TrailBase + trail);
            return;
        }
        if (code < 0x80 || !Known.Value.Parts(code, compatible, out var parts))
        {
            emit(code);
            return;
        }
        foreach (var part in parts)
            Decompose(part, compatible, emit);
    }

    private static List<(int Code, int Change)> Together(List<(int Code, int Class, int Change)> apart)
    {
        var done = new List<(int Code, int Class, int Change)>(apart.Count);
        var (starter, before) = (-1, -1);
        foreach (var (code, own, change) in apart)
        {
            if (starter >= 0 && (before < own || before < 0) && Compose(done[starter].Code, code) is { } whole)
            {
                done[starter] = (whole, 0, done[starter].Change + change - 1);
                continue;
            }
            if (own == 0)
                (starter, before) = (done.Count, -1);
            else
                before = own;
            done.Add((code, own, change));
        }
        return [.. done.Select(c => (c.Code, c.Change))];
    }

    private static int? Compose(int first, int second)
    {
        if (first - LeadBase is >= 0 and < LeadCount and var lead && second - VowelBase is >= 0 and < VowelCount and var vowel)
            return HangulBase + (lead * VowelCount + vowel) * TrailCount;
        if (first - HangulBase is >= 0 and < HangulCount and var syllable && syllable % TrailCount == 0
            && second - TrailBase is > 0 and < TrailCount and var trail)
            return first + trail;
        return Known.Value.Whole(first, second);
    }

    private sealed class Tables
    {
        private readonly Dictionary<int, int[]> _canonical = [], _compatible = [];
        private readonly Dictionary<(int, int), int> _wholes = [];
        private readonly Dictionary<int, byte> _classes = [];

        public static Tables Read()
        {
            var tables = new Tables();
            using var reader = new StreamReader(typeof(UnicodeForms).Assembly.GetManifestResourceStream("unicode.txt")!);
            while (reader.ReadLine() is { } line)
                if (line[0] == 'c')
                    tables.AddClass(line[2..].Split(' '));
                else if (line[0] != '#')
                    foreach (var entry in line[2..].Split(';'))
                        tables.Add(line[0], [.. entry.Split(' ').Select(Number)]);
            return tables;
        }

        public int ClassOf(int code) => code < 0x300 ? 0 : _classes.GetValueOrDefault(code);

        public bool Parts(int code, bool compatible, out int[] parts) =>
            _canonical.TryGetValue(code, out parts!) || compatible && _compatible.TryGetValue(code, out parts!);

        public int? Whole(int first, int second) => _wholes.TryGetValue((first, second), out var whole) ? whole : null;

        private void Add(char kind, int[] numbers)
        {
            (kind == 'k' ? _compatible : _canonical)[numbers[0]] = numbers[1..];
            if (kind == 'C')
                _wholes[(numbers[1], numbers[2])] = numbers[0];
        }

        private void AddClass(string[] parts)
        {
            var own = byte.Parse(parts[0], CultureInfo.InvariantCulture);
            foreach (var range in parts.Skip(1).Select(p => p.Split('-')))
                for (var code = Number(range[0]); code <= Number(range[^1]); code++)
                    _classes[code] = own;
        }

        private static int Number(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}

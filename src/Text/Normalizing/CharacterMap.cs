using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Introspection.Text.Normalizing;

/// <summary>
/// SentencePiece's precompiled map from what is written to what is meant: a trie in a double array, and the texts that it leads to. What it
/// holds comes from a file, and every step is checked.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly byte[] _texts;

    private CharacterMap(uint[] units, byte[] texts) => (_units, _texts) = (units, texts);

    /// <summary>Reads a map; null where there is none.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="InvalidDataException">The map is damaged.</exception>
    public static CharacterMap? Read(ReadOnlySpan<byte> content, string source)
    {
        if (content.IsEmpty)
            return null;
        var size = content.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(content) : 0;
        if (size == 0 || size % 4 != 0 || size > content.Length - 4)
            throw new InvalidDataException($"'{source}' holds a map of characters whose trie has {size} of {content.Length} bytes; a "
                + "multiple of 4 that leaves room for the texts was expected. The file is damaged.");
        var units = new uint[size / 4];
        for (var i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(content[(4 + 4 * i)..]);
        return new CharacterMap(units, content[(4 + (int)size)..].ToArray());
    }

    /// <summary>What the beginning of some bytes becomes.</summary>
    /// <param name="bytes">UTF-8.</param>
    /// <param name="longest">Whether the longest beginning counts that the map knows; else the shortest.</param>
    /// <returns>How many bytes are replaced, and by what; null where the map knows no beginning.</returns>
    public (int Length, string By)? Beginning(ReadOnlySpan<byte> bytes, bool longest)
    {
        (int Length, uint Place)? found = null;
        var node = Offset(_units[0]);
        for (var i = 0; i < bytes.Length; i++)
        {
            node ^= bytes[i];
            if (node >= _units.Length || Label(_units[node]) != bytes[i])
                break;
            var unit = _units[node];
            node ^= Offset(unit);
            if ((unit >> 8 & 1) == 0 || node >= _units.Length)
                continue;
            found = (i + 1, _units[node] & 0x7FFF_FFFF);
            if (!longest)
                break;
        }
        if (found is not { } match || match.Place >= _texts.Length)
            return null;
        var text = _texts.AsSpan((int)match.Place);
        var end = text.IndexOf((byte)0);
        return (match.Length, Encoding.UTF8.GetString(end < 0 ? text : text[..end]));
    }

    /// <summary>Writes a text as Hugging Face's tokenizers do: what is seen as one character first, then each of its parts.</summary>
    public void Apply(AlignedText text)
    {
        var (whole, all) = (text.ToString(), new List<(int Code, int Change)>(text.Count));
        for (var at = 0; at < whole.Length;)
        {
            var seen = whole.Substring(at, System.Globalization.StringInfo.GetNextTextElementLength(whole, at));
            at += seen.Length;
            var count = Count(seen);
            if (Encoding.UTF8.GetByteCount(seen) < 6 && Whole(seen) is { } by)
                Add(count, by);
            else
                foreach (var rune in seen.EnumerateRunes())
                    Add(1, Whole(rune.ToString()) ?? rune.ToString());
        }
        // What shrinks to nothing at the very beginning has nothing to be counted with.
        if (all.Count > 0 && all.Sum(c => c.Change > 0 ? 0 : 1 - c.Change) <= text.Count)
            text.Transform(all);
        else
            text.Keep(_ => false);

        void Add(int before, string by)
        {
            var from = all.Count;
            foreach (var rune in by.EnumerateRunes())
                all.Add((rune.Value, all.Count - from < before ? 0 : 1));
            if (all.Count - from - before is < 0 and var fewer && all.Count > 0)
                all[^1] = (all[^1].Code, all[^1].Change + fewer);
        }
    }

    private string? Whole(string text) => Beginning(Encoding.UTF8.GetBytes(text), longest: false)?.By;

    private static int Count(string text) => text.EnumerateRunes().Count();

    private static uint Label(uint unit) => unit & 0x8000_00FF;

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 0x200) >> 6);
}

using System.IO.Compression;
using System.Text;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>Changes bytes, numbers and lines of a file, whatever it is.</summary>
internal static class ByteMutation
{
    private static readonly string[] Wild =
    [
        "0", "-1", "1e999", "-1e999", "NaN", "inf", "2147483647", "2147483648", "-2147483649", "9223372036854775808", "4294967296", "",
        "null",
        "true", "[]", "{}", "\"", "1e-400", "0x10", "1,5", ";", "\t", "\0", "é", "18446744073709551616",
    ];

    public static byte[] Of(byte[] content, Random random)
    {
        var bytes = content.ToList();
        for (var times = random.Next(1, 5); times > 0 && bytes.Count > 0; times--)
        {
            // Headers are short, and most is decided there.
            var at = random.Next(random.Next(2) == 0 ? Math.Min(bytes.Count, 200) : bytes.Count);
            switch (random.Next(7))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at))); break;
                case 4: bytes.RemoveRange(at, bytes.Count - at); break;
                case 5: bytes.InsertRange(at, Enumerable.Repeat((byte)0xff, random.Next(1, 9))); break;
                default: Number(bytes, at, random); break;
            }
        }
        return [.. bytes];
    }

    // The next number behind a place becomes a wild one.
    private static void Number(List<byte> bytes, int at, Random random)
    {
        static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9' or (byte)'.' or (byte)'-';
        while (at < bytes.Count && !IsDigit(bytes[at]))
            at++;
        var end = at;
        while (end < bytes.Count && IsDigit(bytes[end]))
            end++;
        bytes.RemoveRange(at, end - at);
        bytes.InsertRange(at, Encoding.UTF8.GetBytes(Wild[random.Next(Wild.Length)]));
    }

    /// <summary>Changes what lies in one of the entries of an archive, which a name tells.</summary>
    public static byte[] OfArchive(byte[] content, Random random, Func<string, byte[], byte[]>? change = null)
    {
        using var source = new ZipArchive(new MemoryStream(content));
        var result = new MemoryStream();
        using (var target = new ZipArchive(result, ZipArchiveMode.Create, leaveOpen: true))
        {
            int[] filled = [.. Enumerable.Range(0, source.Entries.Count).Where(i => source.Entries[i].Length > 0)];
            var chosen = filled[random.Next(filled.Length)];
            for (var i = 0; i < source.Entries.Count; i++)
            {
                using var from = source.Entries[i].Open();
                var bytes = new MemoryStream();
                from.CopyTo(bytes);
                using var to = target.CreateEntry(source.Entries[i].FullName).Open();
                to.Write(i != chosen ? bytes.ToArray() : change is null ? Of(bytes.ToArray(), random)
                    : change(source.Entries[i].Name, bytes.ToArray()));
            }
        }
        return result.ToArray();
    }
}

using System.IO.Compression;

namespace Microsoft.ML.Introspection.Importers.MlNet;

/// <summary>A stream of a pipeline of ML.NET's that holds a network, with the header beside it that says what it is.</summary>
/// <param name="Key">The header.</param>
/// <param name="Signature">What its format is called.</param>
/// <param name="Stream">The stream.</param>
internal sealed record SavedStream(byte[] Key, string Signature, ZipArchiveEntry Stream)
{
    /// <summary>The bytes of a header in front of what a step keeps there.</summary>
    public const int HeaderBytes = 256;

    private const string Header = "Model.key";
    private const int MaximumHeader = 1 << 20, SignatureAt = 64, SignatureBytes = 8, Beginning = 128;

    /// <summary>The streams of an archive that have a name, stand beside a header with one of some signatures, and begin well.</summary>
    public static IReadOnlyList<SavedStream> Find(ZipArchive archive, string stream, IReadOnlyList<string> signatures,
        Func<byte[], bool> begins)
    {
        var entries = archive.Entries.ToLookup(e => e.FullName.Replace('\\', '/'), StringComparer.Ordinal);
        var found = new List<SavedStream>();
        foreach (var entry in archive.Entries)
        {
            if (entry.FullName.Replace('\\', '/').Split('/') is not [.. var folder, var name] || name != stream)
                continue;
            if (entries[string.Join('/', [.. folder, Header])].FirstOrDefault() is { Length: >= HeaderBytes and <= MaximumHeader } header
                && Content(header, MaximumHeader) is { Length: >= HeaderBytes } key && key.AsSpan().StartsWith("ML\0MODEL"u8)
                && System.Text.Encoding.ASCII.GetString(key, SignatureAt, SignatureBytes) is var signature && signatures.Contains(signature)
                && begins(Content(entry, Beginning)))
                found.Add(new SavedStream(key, signature, entry));
        }
        return found;
    }

    private static byte[] Content(ZipArchiveEntry entry, int most)
    {
        using var stream = entry.Open();
        var bytes = new byte[Math.Min(entry.Length, most)];
        return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }
}

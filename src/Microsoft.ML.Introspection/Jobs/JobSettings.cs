using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>What makes the results of a job what they are: its parts fit together only where all of this is the same.</summary>
public sealed class JobSettings
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<string, string?> _values = [];

    /// <summary>The settings by name; of files the checksum of their content.</summary>
    public IReadOnlyDictionary<string, string?> Values => _values;

    /// <summary>Adds a setting.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value; null where it is not set. It stands in manifests as it is: no secrets.</param>
    /// <exception cref="ArgumentException">There is a setting of that name already.</exception>
    public JobSettings Add(string name, string? value)
    {
        _values.Add(name, value);
        AddText(name);
        AddText(value);
        return this;
    }

    /// <summary>Adds the content of a file.</summary>
    /// <param name="name">What it is for.</param>
    /// <param name="path">The file; its name does not matter.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public JobSettings AddFile(string name, string path) => Add(name, FileHash(path));

    /// <summary>A text that differs where a setting does.</summary>
    public override string ToString() => Hex(_hash.GetCurrentHash());

    internal static string FileHash(string path)
    {
        using var stream = File.OpenRead(path);
        return Hex(SHA256.HashData(stream));
    }

    private static string Hex(byte[] hash) => Convert.ToHexString(hash).ToLowerInvariant();

    // Each text with its length before it, so that none runs into the next.
    private void AddText(string? text)
    {
        Span<byte> length = stackalloc byte[4];
        var bytes = Encoding.UTF8.GetBytes(text ?? "");
        BinaryPrimitives.WriteInt32LittleEndian(length, text is null ? -1 : bytes.Length);
        _hash.AppendData(length);
        _hash.AppendData(bytes);
    }
}

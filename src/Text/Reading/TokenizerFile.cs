using System.Text;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>Files of tokenizers, told apart by their names.</summary>
internal static class TokenizerFile
{
    /// <summary>The most bytes of a file: the largest vocabularies have some tens of millions.</summary>
    public const int MostBytes = 1 << 28;

    private const string Kinds =
        "tokenizer.json, vocab.txt, vocab.json with merges.txt beside it, dict.txt with encoder.json "
        + "and vocab.bpe, *.model (SentencePiece) or *.tiktoken";

    private static readonly string[] InFolders =
        ["tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "tokenizer.model", "dict.txt"];

    /// <summary>Reads a file, or the one that a folder holds.</summary>
    public static TokenizerDefinition Read(string path, TokenizerOptions options)
    {
        if (Directory.Exists(path))
            path = InFolders.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
                ?? throw new FileNotFoundException($"The folder '{path}' holds no tokenizer: {Kinds} was expected.", path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            _ when Path.GetFileName(path) is "dict.txt" or "encoder.json" or "vocab.bpe" => BytePairFiles.ReadRanked(
                Beside(path, "encoder.json"), Beside(path, "vocab.bpe"), Beside(path, "dict.txt"), options),
            ".txt" => IsMerges(path) ? BytePairFiles.Read(Beside(path, "vocab.json"), path, options) : WordPieceFile.Read(path, options),
            ".json" => JsonTokenizer.Read(path) ?? BytePairFiles.Read(path, Beside(path, "merges.txt"), options),
            ".model" => SentencePieceFile.Read(path, options),
            ".tiktoken" => TiktokenFile.Read(path, options),
            _ => throw new InvalidDataException($"'{path}' is no tokenizer by its name: {Kinds} was expected."),
        };
    }

    /// <summary>All bytes of a file.</summary>
    /// <exception cref="InvalidDataException">There are too many.</exception>
    public static byte[] Bytes(string path)
    {
        using var stream = File.OpenRead(path);
        if (stream.Length > MostBytes)
            throw new InvalidDataException($"'{path}' has {stream.Length} bytes; at most {MostBytes} were expected of a tokenizer.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>All lines of a file.</summary>
    public static string[] Lines(string path)
    {
        var text = Encoding.UTF8.GetString(Bytes(path)).TrimStart('\uFEFF');
        var lines = text.Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }

    private static bool IsMerges(string path) => Path.GetFileName(path) is "merges.txt" or "bpe.txt";

    private static string Beside(string path, string name)
    {
        var other = Path.Combine(Path.GetDirectoryName(path) ?? "", name);
        return File.Exists(other) ? other
            : throw new FileNotFoundException($"'{path}' is half a tokenizer: '{name}' was expected beside it, and is not there.", other);
    }
}

using System.Buffers.Binary;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Reads files of sounds: WAVE (RIFF), PCM of 8, 16, 24 or 32 bits, or floating-point numbers of 32 or 64 bits.</summary>
/// <remarks>
/// Samples are divided as is customary: 8 bits are (v − 128) / 128, others v / 2ⁿ⁻¹. Files are untrusted: what they claim is compared with
/// their size before memory is taken.
/// </remarks>
public static class WaveFile
{
    private const int MostChannels = 64;
    private const int MostRate = 1 << 20;
    private const int Pcm = 1, Floats = 3, Extensible = 0xFFFE;

    /// <summary>The most samples of all channels together: more than six minutes of stereo at 44,100 a second.</summary>
    public const int DefaultMaximumSamples = 1 << 25;

    private static readonly Dictionary<int, string> Packed = new()
    {
        [2] = "Microsoft's ADPCM", [6] = "A-law", [7] = "µ-law", [17] = "IMA ADPCM", [0x31] = "GSM 6.10", [0x50] = "MPEG", [0x55] = "MP3",
        [0xFF] = "AAC",
    };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumSamples">The most samples, of all channels together.</param>
    /// <exception cref="SoundFormatException">It is damaged, too long, or of a kind that is not read.</exception>
    public static Sound Read(string path, int maximumSamples = DefaultMaximumSamples)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var size = new FileInfo(path).Length;
        // Eight bytes a sample at most, and some room for what else stands in a file.
        var most = maximumSamples * 8L + (1 << 20);
        if (size > most)
            throw Problem(path, $"the file has {size:N0} bytes, and {most:N0} at most are read", "cut it into parts");
        return Decode(File.ReadAllBytes(path), path, maximumSamples);
    }

    /// <summary>Reads what stands in a file.</summary>
    /// <param name="file">The bytes of the file.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <param name="maximumSamples">The most samples, of all channels together.</param>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static Sound Decode(ReadOnlySpan<byte> file, string name, int maximumSamples = DefaultMaximumSamples)
    {
        CheckKind(file, name);
        (int Format, int Channels, int Rate, int Bits, int Block)? form = null;
        for (var rest = file[12..]; ;)
        {
            if (rest.Length < 8)
                throw Problem(name, form is null ? "it has no part that says what its samples are" : "it has no samples", "fetch it again");
            var kind = rest[..4];
            var claimed = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            var content = rest[8..];
            // What writes to a pipe does not know the length beforehand, and claims the largest.
            var isOpen = kind.SequenceEqual("data"u8) && claimed == uint.MaxValue;
            if (!isOpen && claimed > content.Length)
                throw Problem(name, $"it ends early: {claimed:N0} bytes were announced, {content.Length:N0} are there", "fetch it again");
            content = isOpen ? content : content[..(int)claimed];
            if (kind.SequenceEqual("fmt "u8))
                form = Form(content, name);
            else if (kind.SequenceEqual("data"u8))
                return Samples(content, form ?? throw Problem(name, "its samples come before what says what they are", "write it again"),
                    name, maximumSamples);
            var next = 8 + (long)content.Length + (content.Length & 1);
            rest = next >= rest.Length ? [] : rest[(int)next..];
        }
    }

    private static void CheckKind(ReadOnlySpan<byte> file, string name)
    {
        if (file.IsEmpty)
            throw Problem(name, "the file is empty (0 bytes)", "write it again");
        if (file.StartsWith("RIFF"u8) && file.Length >= 12 && file[8..].StartsWith("WAVE"u8))
            return;
        var other = file.StartsWith("ID3"u8) || file is [0xFF, >= 0xE0, ..] ? "MP3"
            : file.StartsWith("OggS"u8) ? "Ogg (Vorbis or Opus)"
            : file.StartsWith("fLaC"u8) ? "FLAC"
            : file.StartsWith("FORM"u8) ? "AIFF"
            : file.StartsWith("RF64"u8) || file.StartsWith("RIFX"u8) ? "a variant of WAVE, RF64 or RIFX"
            : file.Length >= 8 && file[4..].StartsWith("ftyp"u8) ? "MP4 (AAC)" : null;
        throw other is null ? Problem(name, "it is no sound that is read here, by its first bytes", "give a WAVE file (.wav)")
            : Problem(name, $"it is {other}, which is not read", "convert it to WAVE (.wav), PCM or floating-point");
    }

    private static (int Format, int Channels, int Rate, int Bits, int Block) Form(ReadOnlySpan<byte> content, string name)
    {
        if (content.Length < 16)
            throw Problem(name, $"the part that says what its samples are has {content.Length} bytes, and 16 at least were expected",
                "write it again");
        int U16(ReadOnlySpan<byte> from) => BinaryPrimitives.ReadUInt16LittleEndian(from);
        var (format, channels, bits) = (U16(content), U16(content[2..]), U16(content[14..]));
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(content[4..]);
        if (format == Extensible && content.Length >= 26)
            format = U16(content[24..]);
        if (format is not (Pcm or Floats))
            throw Problem(name, $"its samples are packed as {Packed.GetValueOrDefault(format, $"format {format}")}, which is not read",
                "convert it to PCM or floating-point");
        if (channels is < 1 or > MostChannels || rate is < 1 or > MostRate)
            throw Problem(name, $"it claims {channels} channels and {rate} samples a second", "write it again");
        if (format == Pcm ? bits is not (8 or 16 or 24 or 32) : bits is not (32 or 64))
            throw Problem(name, $"its samples have {bits} bits, and {(format == Pcm ? "8, 16, 24 or 32" : "32 or 64")} are read",
                "convert it");
        var block = U16(content[12..]);
        return block == channels * bits / 8 ? (format, channels, (int)rate, bits, block)
            : throw Problem(name, $"it claims {block} bytes for the samples of one time, where {channels} channels of {bits} bits have "
                + $"{channels * bits / 8}", "write it again");
    }

    private static Sound Samples(ReadOnlySpan<byte> content, (int Format, int Channels, int Rate, int Bits, int Block) form, string name,
        int maximumSamples)
    {
        var count = content.Length / (form.Bits / 8);
        if (content.Length % form.Block != 0)
            throw Problem(name, $"it ends within a sample: {content.Length:N0} bytes are no multiple of {form.Block}", "fetch it again");
        if (count == 0)
            throw Problem(name, "it has no samples", "record it again");
        if (count > maximumSamples)
            throw Problem(name, $"it has {count:N0} samples, and {maximumSamples:N0} at most are read", "cut it into parts");
        var samples = new float[count];
        switch (form.Format, form.Bits)
        {
            case (Floats, 64):
                for (var i = 0; i < count; i++)
                    samples[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(content[(8 * i)..]);
                break;
            case (Floats, _):
                for (var i = 0; i < count; i++)
                    samples[i] = BinaryPrimitives.ReadSingleLittleEndian(content[(4 * i)..]);
                break;
            case (_, 8):
                for (var i = 0; i < count; i++)
                    samples[i] = (content[i] - 128) / 128f;
                break;
            case (_, 16):
                for (var i = 0; i < count; i++)
                    samples[i] = BinaryPrimitives.ReadInt16LittleEndian(content[(2 * i)..]) / 32768f;
                break;
            case (_, 24):
                for (var i = 0; i < count; i++)
                    samples[i] = (content[3 * i] | content[3 * i + 1] << 8 | (sbyte)content[3 * i + 2] << 16) / 8388608f;
                break;
            default:
                for (var i = 0; i < count; i++)
                    samples[i] = (float)(BinaryPrimitives.ReadInt32LittleEndian(content[(4 * i)..]) / 2147483648.0);
                break;
        }
        return Array.Exists(samples, sample => !float.IsFinite(sample))
            ? throw Problem(name, "it holds samples that are no finite numbers", "write it again")
            : Sound.Owning(samples, form.Channels, form.Rate);
    }

    private static SoundFormatException Problem(string name, string found, string remedy) => new($"'{name}': {found}; {remedy}.");
}

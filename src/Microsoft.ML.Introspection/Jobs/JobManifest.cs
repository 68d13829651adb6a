using System.Text.Json;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>
/// What a folder of parts holds, written anew whenever a part is done; or what a file is that is a part by itself, beside which it lies.
/// </summary>
/// <param name="Settings">What made the results.</param>
/// <param name="Ports">What each row has, in order.</param>
/// <param name="First">The first row of the shard.</param>
/// <param name="End">The row behind its last; null for all that follow.</param>
/// <param name="Total">How many rows the source has of which this is a share; null where nobody counted.</param>
/// <param name="IsComplete">Whether all rows are done.</param>
/// <param name="Parts">The parts, one after the other without gaps.</param>
internal sealed record JobManifest(IReadOnlyDictionary<string, string?> Settings, IReadOnlyList<string> Ports,
    long First, long? End, long? Total, bool IsComplete, IReadOnlyList<JobPart> Parts)
{
    private const string FileName = "manifest.json", BesideFile = ".manifest.json";
    private const long MaximumBytes = 1 << 26;

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>The row behind the last that is done.</summary>
    public long Next => Parts.Count == 0 ? First : Parts[^1].First + Parts[^1].Rows;

    /// <summary>Where the manifest lies of a folder, or of a file that is a part by itself.</summary>
    public static string PathOf(string part) => Directory.Exists(part) ? Path.Combine(part, FileName)
        : part.EndsWith(BesideFile, StringComparison.Ordinal) ? part : part + BesideFile;

    /// <summary>The folder in which its files lie.</summary>
    public static string FolderOf(string part) => Path.GetDirectoryName(Path.GetFullPath(PathOf(part)))!;

    /// <summary>Reads the manifest of a folder or file; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or a part is not what it says.</exception>
    public static JobManifest? Load(string part)
    {
        var (path, folder) = (PathOf(part), FolderOf(part));
        if (!File.Exists(path))
            return null;
        if (new FileInfo(path).Length > MaximumBytes)
            throw new InvalidDataException($"'{path}' has more than {MaximumBytes} bytes, which no manifest has.");
        try
        {
            var manifest = JsonSerializer.Deserialize<JobManifest>(File.ReadAllBytes(path)) ?? throw new JsonException("It is empty.");
            if (manifest is { Settings: null } or { Ports: null } or { Parts: null }
                || manifest.Parts.Any(p => p is null or { Files: null } || p.Files.Any(f => f is null or { Suffix: null })))
                throw new JsonException("Something is missing.");
            manifest.CheckParts(folder, What(part));
            return manifest;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The manifest '{path}' is damaged: {e.Message} Remove {What(part)} to begin anew.", e);
        }
    }

    /// <summary>Writes the manifest, whole or not at all.</summary>
    public void Save(string folder) =>
        SaveAs(Path.Combine(folder, FileName));

    /// <summary>The same, to a file of any name.</summary>
    public void SaveAs(string path) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, Format));

    /// <summary>In which settings others were made, for people.</summary>
    public string Difference(IReadOnlyDictionary<string, string?> other)
    {
        string[] names = [.. Settings.Keys.Union(other.Keys).Where(n => Settings.GetValueOrDefault(n) != other.GetValueOrDefault(n))];
        return string.Join("; ", names.Select(n => $"{n} is {Said(Settings, n)} and {Said(other, n)}"));

        static string Said(IReadOnlyDictionary<string, string?> settings, string name) =>
            settings.GetValueOrDefault(name) is { } value ? $"'{value}'" : "not set";
    }

    private static string What(string part) => $"the {(Directory.Exists(part) ? "folder" : "part")} '{part}'";

    private void CheckParts(string folder, string what)
    {
        var next = First;
        foreach (var part in Parts)
        {
            if (part.First != next || part.Rows < 0 || next + part.Rows > (End ?? long.MaxValue))
            {
                throw new JsonException(
                    $"A part has the rows {part.First} to {part.First + part.Rows - 1}; it should begin at row {next}.");
            }
            foreach (var file in part.Files)
            {
                // A name that leads elsewhere is not ours, to read or, by its end, to write.
                var path = Path.GetFileName(file.Name) == file.Name && Path.GetFileName(file.Suffix) == file.Suffix
                    ? Path.Combine(folder, file.Name)
                    : throw new JsonException($"A part lies in '{file.Name}', or goes to '{file.Suffix}', outside of the folder.");
                if (!File.Exists(path) || new FileInfo(path).Length != file.Bytes || JobSettings.FileHash(path) != file.Sha256)
                {
                    throw new InvalidDataException(
                        $"The part '{path}' is {(File.Exists(path) ? "not what the manifest says; it is damaged" : "missing")}. " +
                        $"Remove {what} to begin anew.");
                }
            }
            next += part.Rows;
        }
    }
}

/// <summary>Results of some rows.</summary>
/// <param name="First">The first row.</param>
/// <param name="Rows">How many.</param>
/// <param name="Files">The files that hold them.</param>
internal sealed record JobPart(long First, long Rows, IReadOnlyList<JobPartFile> Files);

/// <summary>A file of a part.</summary>
/// <param name="Name">Its name in the folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its checksum.</param>
/// <param name="Suffix">What stands behind the name that all files of the part have in common: ".csv", ".base.npy".</param>
internal sealed record JobPartFile(string Name, long Bytes, string Sha256, string Suffix)
{
    /// <summary>Describes a file that has been written.</summary>
    public static JobPartFile Of(string path, string suffix) =>
        new(Path.GetFileName(path), new FileInfo(path).Length, JobSettings.FileHash(path), suffix);
}

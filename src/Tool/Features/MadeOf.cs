using System.Collections;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;

namespace Microsoft.ML.Introspection.Tool.Features;

/// <summary>All that the pages of a folder depend on, so that a later call goes on with the same or says what is another.</summary>
/// <param name="Network">A hash of the network's files.</param>
/// <param name="Data">One of the rows.</param>
/// <param name="Concepts">One of the labelled images; null for none.</param>
/// <param name="Preprocessing">How images become numbers; null for rows of numbers.</param>
/// <param name="Layers">The layers, in the order of the pages.</param>
/// <param name="Options">The options that say what pages show, by their names.</param>
internal sealed record MadeOf(string Network, string Data, string? Concepts, string? Preprocessing, IReadOnlyList<string> Layers,
    IReadOnlyDictionary<string, string> Options)
{
    private const long MaximumBytes = 1 << 24;

    // Of a file of a folder, what is looked at.
    private const int Looked = 1 << 16;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Begins a folder, or checks that one that was begun was made of the same.</summary>
    /// <param name="folder">The folder; what holds something else is left alone.</param>
    /// <param name="name">The name of the file that tells.</param>
    public void Begin(string folder, string name)
    {
        var file = Path.Combine(folder, name);
        if (File.Exists(file))
        {
            if (Difference(Read(file)) is { } other)
                throw new InvalidDataException($"The pages in '{folder}' cannot go on: {other}. Take the same, or another folder.");
            return;
        }
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new IOException($"Cannot write '{folder}': the folder is not empty, and this command did not begin it.");
        if (Path.GetDirectoryName(Path.GetFullPath(folder)) is { } above && !Directory.Exists(above))
            throw new DirectoryNotFoundException($"Cannot write '{folder}': the folder '{above}' does not exist. Create it first.");
        Directory.CreateDirectory(folder);
        AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, this, Indented));
    }

    /// <summary>The values of a command's options, given or by default, but for some.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="but">The names of those that say nothing of what is made.</param>
    public static IReadOnlyDictionary<string, string> OptionsOf(ParseResult parsed, params IEnumerable<string> but) =>
        new SortedDictionary<string, string>(parsed.CommandResult.Command.Options.Where(o => !but.Contains(o.Name))
            .Select(o => (o.Name, Value: parsed.GetResult(o)?.GetValueOrDefault<object?>())).Where(o => o.Value is not null)
            .ToDictionary(o => o.Name, o => o.Value is IEnumerable several and not string
                ? string.Join(' ', several.Cast<object>()) : Convert.ToString(o.Value, CultureInfo.InvariantCulture)!));

    /// <summary>A hash of the whole of files.</summary>
    public static string Files(params IEnumerable<string> paths) =>
        paths.Aggregate(new JobSettings(), (settings, path) => settings.AddFile(Path.GetFileName(path), path)).ToString();

    /// <summary>A hash of many files, of each its place, its length and how it begins.</summary>
    /// <param name="folder">What places are told from.</param>
    /// <param name="paths">The files.</param>
    public static string Many(string folder, IEnumerable<string> paths)
    {
        var (settings, buffer) = (new JobSettings(), new byte[Looked]);
        foreach (var path in paths)
        {
            using var stream = File.OpenRead(path);
            var some = buffer.AsSpan(0, stream.ReadAtLeast(buffer, Looked, throwOnEndOfStream: false));
            settings.Add(Path.GetRelativePath(folder, path).Replace('\\', '/'),
                $"{stream.Length} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(some))}");
        }
        return settings.ToString();
    }

    private string? Difference(MadeOf there)
    {
        if (there.Network != Network)
            return "they were made of another network";
        if (there.Data != Data)
            return "they were made of other rows";
        if (there.Concepts != Concepts)
            return "they were made with other labelled images";
        if (there.Preprocessing != Preprocessing)
            return $"images were prepared otherwise ({there.Preprocessing ?? "not at all"}; now {Preprocessing ?? "not at all"})";
        if (!there.Layers.SequenceEqual(Layers))
            return $"they are of other layers ({string.Join(", ", there.Layers)})";
        foreach (var name in there.Options.Keys.Union(Options.Keys))
            if (there.Options.GetValueOrDefault(name) is var before && Options.GetValueOrDefault(name) is var now && before != now)
                return $"they were made with other options ({name} was {before ?? "not given"}, and is {now ?? "not given"})";
        return null;
    }

    private static MadeOf Read(string file)
    {
        if (new FileInfo(file).Length > MaximumBytes)
            throw new InvalidDataException($"'{file}' has more than {MaximumBytes} bytes, which no such file has.");
        try
        {
            return JsonSerializer.Deserialize<MadeOf>(File.ReadAllBytes(file)) is
                { Network: not null, Data: not null, Layers: not null, Options: not null } read ? read
                : throw new JsonException("Something is missing.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{file}' does not tell what the pages were made of: {e.Message} Take another folder.", e);
        }
    }
}

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>A file, and what it is said to hold.</summary>
/// <param name="Path">The file.</param>
/// <param name="Label">What it is said to hold; null where nobody says.</param>
internal sealed record LabelledFile(string Path, string? Label = null);

/// <summary>Which files of a kind a command line names.</summary>
/// <param name="kind">What they are, for messages: image, sound.</param>
/// <param name="endings">How their names end.</param>
/// <param name="others">How those end that are found, too, and refused where they are read.</param>
internal sealed class FileSet(string kind, IReadOnlyList<string> endings, IReadOnlyList<string> others)
{
    private static readonly EnumerationOptions Below = new() { RecurseSubdirectories = true, MatchCasing = MatchCasing.CaseInsensitive };

    /// <summary>
    /// Finds the files: of a folder all below it, the names of subfolders being labels; of a list its lines; or those of a pattern.
    /// </summary>
    /// <param name="named">A folder, a file, a pattern with * or ?, or a .tsv file of paths and labels.</param>
    /// <exception cref="IOException">There are none.</exception>
    public IReadOnlyList<LabelledFile> Find(string named)
    {
        IReadOnlyList<LabelledFile> found = Directory.Exists(named) ? InFolder(named)
            : !File.Exists(named) && named.AsSpan().IndexOfAny('*', '?') >= 0 ? Matching(named)
            : !File.Exists(named) ? throw new FileNotFoundException($"There is no folder or {kind} '{named}'.", named)
            : Path.GetExtension(named).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? Listed(named)
            : [new LabelledFile(named)];
        return found.Count > 0 ? found : throw new FileNotFoundException(
            $"'{named}' names no {kind}; files ending in {string.Join(", ", endings)} were expected.", named);
    }

    private List<LabelledFile> InFolder(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", Below).Where(IsOfKind).Order(StringComparer.Ordinal)
            .Select(file => (File: file, Parts: Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar)))
            .Select(file => new LabelledFile(file.File, file.Parts.Length > 1 ? file.Parts[0] : null)),
    ];

    private static List<LabelledFile> Matching(string pattern)
    {
        var (folder, name) = (Path.GetDirectoryName(pattern) ?? "", Path.GetFileName(pattern));
        var below = Path.GetFileName(folder) == "**";
        folder = below ? Path.GetDirectoryName(folder) ?? "" : folder;
        if (folder.AsSpan().IndexOfAny('*', '?') >= 0)
            throw new UsageException($"'{pattern}': patterns stand in the name of the file; of folders only ** (all below) is known.");
        if (folder.Length > 0 && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        var options = new EnumerationOptions { RecurseSubdirectories = below };
        return
        [
            .. Directory.EnumerateFiles(folder.Length == 0 ? "." : folder, name, options).Order(StringComparer.Ordinal)
                .Select(file => new LabelledFile(folder.Length == 0 ? Path.GetRelativePath(".", file) : file)),
        ];
    }

    // Paths are relative to the list; a first line of "ImagePath", or whatever kind, is a header.
    private List<LabelledFile> Listed(string list)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        var files = new List<LabelledFile>();
        foreach (var (number, line) in File.ReadLines(list).Index())
        {
            var cells = line.Split('\t');
            if (line.Length == 0 || number == 0 && cells[0].Equals($"{kind}Path", StringComparison.OrdinalIgnoreCase))
                continue;
            if (cells.Length > 2 || cells[0].Length == 0)
                throw new InvalidDataException($"{list}, line {number + 1}: a path, a tab and a label were expected; found {cells.Length} "
                    + "cells.");
            files.Add(new LabelledFile(Path.Combine(folder, cells[0]), cells.Length > 1 ? cells[1] : null));
        }
        return files;
    }

    private bool IsOfKind(string file) =>
        endings.Concat(others).Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}

using Microsoft.ML.Introspection.Reports;

namespace Microsoft.ML.Introspection.Tool.Images;

/// <summary>Which files of images a command line names.</summary>
internal static class ImageSet
{
    // Known to be images, though some are not read: the user is told so.
    private static readonly string[] Others = [".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".jxl"];

    private static readonly EnumerationOptions Below = new() { RecurseSubdirectories = true, MatchCasing = MatchCasing.CaseInsensitive };

    /// <summary>
    /// Finds the files: of a folder all below it, the names of subfolders being labels; of a list its lines; or those of a pattern.
    /// </summary>
    /// <param name="named">A folder, a file, a pattern with * or ?, or a .tsv file of paths and labels.</param>
    /// <exception cref="IOException">There are none.</exception>
    public static IReadOnlyList<LabelledImage> Find(string named)
    {
        IReadOnlyList<LabelledImage> found = Directory.Exists(named) ? InFolder(named)
            : !File.Exists(named) && named.AsSpan().IndexOfAny('*', '?') >= 0 ? Matching(named)
            : !File.Exists(named) ? throw new FileNotFoundException($"There is no folder or image '{named}'.", named)
            : Path.GetExtension(named).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? Listed(named)
            : [new LabelledImage(named)];
        return found.Count > 0 ? found : throw new FileNotFoundException(
            $"'{named}' names no image; files ending in {string.Join(", ", ImageFile.Endings)} were expected.", named);
    }

    private static List<LabelledImage> InFolder(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", Below).Where(IsImage).Order(StringComparer.Ordinal)
            .Select(file => (File: file, Parts: Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar)))
            .Select(file => new LabelledImage(file.File, file.Parts.Length > 1 ? file.Parts[0] : null)),
    ];

    private static List<LabelledImage> Matching(string pattern)
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
                .Select(file => new LabelledImage(folder.Length == 0 ? Path.GetRelativePath(".", file) : file)),
        ];
    }

    // Paths are relative to the list; a first line of "ImagePath" is a header.
    private static List<LabelledImage> Listed(string list)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        var images = new List<LabelledImage>();
        foreach (var (number, line) in File.ReadLines(list).Index())
        {
            var cells = line.Split('\t');
            if (line.Length == 0 || number == 0 && cells[0].Equals("ImagePath", StringComparison.OrdinalIgnoreCase))
                continue;
            if (cells.Length > 2 || cells[0].Length == 0)
                throw new InvalidDataException($"{list}, line {number + 1}: a path, a tab and a label were expected; found {cells.Length} "
                    + "cells.");
            images.Add(new LabelledImage(Path.Combine(folder, cells[0]), cells.Length > 1 ? cells[1] : null));
        }
        return images;
    }

    private static bool IsImage(string file) => Path.GetExtension(file) is var ending
        && ImageFile.Endings.Concat(Others).Contains(ending, StringComparer.OrdinalIgnoreCase);
}

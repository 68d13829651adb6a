using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Images;

namespace Microsoft.ML.Introspection.Tool.Pairs;

/// <summary>A picture and the text that goes with it.</summary>
/// <param name="Image">The file, and what it is said to show.</param>
/// <param name="Text">The text.</param>
internal sealed record PicturePair(LabelledImage Image, string Text);

/// <summary>Which pictures go with which texts.</summary>
internal static class PairSet
{
    private const int MostPairs = 1 << 20;

    /// <summary>Finds them: in a list of paths and texts, or pictures and texts of their own, one with one.</summary>
    /// <param name="images">The pictures, or the list.</param>
    /// <param name="texts">The texts; none where the list has them. A single one goes with all pictures.</param>
    /// <exception cref="InvalidDataException">There are not as many of one as of the other, or a line is none.</exception>
    public static IReadOnlyList<PicturePair> Find(string images, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
            return Listed(images);
        var found = ImageSet.Find(images);
        return texts.Count == 1 ? [.. found.Select(image => new PicturePair(image, texts[0]))]
            : texts.Count == found.Count ? [.. found.Zip(texts, (image, text) => new PicturePair(image, text))]
            : throw new InvalidDataException($"A text for each picture was expected, or one for all; there are {found.Count:N0} pictures "
                + $"in '{images}' and {texts.Count:N0} texts. Or give a list: --images LIST.tsv with a path, a tab and a text in each "
                + "line.");
    }

    // Paths are relative to the list; a first line that names its columns is a header.
    private static List<PicturePair> Listed(string list)
    {
        if (!Path.GetExtension(list).Equals(".tsv", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"'{list}' says no texts: give them with --text or --texts, or give --images a list (.tsv) with a "
                + "path, a tab and a text in each line.");
        if (!File.Exists(list))
            throw new FileNotFoundException($"There is no list '{list}'.", list);
        var folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        var pairs = new List<PicturePair>();
        foreach (var (number, line) in File.ReadLines(list).Index())
        {
            var cells = line.Split('\t');
            if (line.Length == 0 || number == 0 && cells[0].Equals("ImagePath", StringComparison.OrdinalIgnoreCase))
                continue;
            if (cells.Length is < 2 or > 3 || cells[0].Length == 0)
                throw new InvalidDataException($"{list}, line {number + 1}: a path, a tab, a text, and perhaps a tab and a label were "
                    + $"expected; found {cells.Length} cells.");
            if (pairs.Count == MostPairs)
                throw new InvalidDataException($"'{list}' holds more than {MostPairs:N0} pairs; explain it in parts.");
            pairs.Add(new PicturePair(
                new LabelledImage(Path.Combine(folder, cells[0]), cells.Length > 2 && cells[2].Length > 0 ? cells[2] : null), cells[1]));
        }
        return pairs.Count > 0 ? pairs : throw new InvalidDataException($"'{list}' holds no pair of picture and text.");
    }
}

using System.Globalization;
using System.Text;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Images with labels of their pixels in a folder. Broden's layout: <c>index.csv</c> (image, split, ih, iw, sh, sw and a column for each
/// category: empty, a number for the whole image, or PNG files with ';' between them), <c>category.csv</c>, <c>label.csv</c> and, where
/// they are, <c>c_CATEGORY.csv</c>. Or a simple one: <c>images/NAME.png</c> (or .jpg, …), <c>labels/CATEGORY/NAME.png</c>, and, if labels
/// have names, <c>labels.csv</c> (category, number, name). Files are read when a row is asked for.
/// </summary>
public sealed class ConceptFolder : IConceptLabels
{
    private const int MaximumPixels = 1 << 25, MaximumLines = 1 << 22;

    private readonly IReadOnlyList<Row> _rows;
    private readonly Dictionary<(int Category, int Number), int> _concepts;
    private readonly Preprocessing? _seen;

    private ConceptFolder(string folder, IReadOnlyList<string> categories, IReadOnlyList<Concept> concepts,
        Dictionary<(int Category, int Number), int> numbers, IReadOnlyList<Row> rows, Preprocessing? seen)
    {
        (Folder, Categories, Concepts, _concepts, _rows, _seen) = (folder, categories, concepts, numbers, rows, seen);
        Images = [.. rows.Select(r => new LabelledImage(r.Image))];
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The images, in the order of the rows.</summary>
    public IReadOnlyList<LabelledImage> Images { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Categories { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Concept> Concepts { get; }

    /// <summary>Opens a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">It has neither layout, or a table is damaged.</exception>
    public static ConceptFolder Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return !Directory.Exists(folder) ? throw new DirectoryNotFoundException($"There is no folder '{folder}'.")
            : File.Exists(Path.Combine(folder, "index.csv")) ? Broden(folder)
            : Directory.Exists(Path.Combine(folder, "labels")) && Directory.Exists(Path.Combine(folder, "images")) ? Simple(folder)
            : throw new InvalidDataException($"'{folder}' has neither index.csv (Broden's layout) nor the folders images and labels "
                + "(labels/CATEGORY/NAME.png for images/NAME.png).");
    }

    /// <summary>The same labels as a network sees them whose images are prepared so: cropped where images are.</summary>
    /// <param name="preprocessing">What is done to each image.</param>
    public ConceptFolder SeenBy(Preprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        return new ConceptFolder(Folder, Categories, Concepts, _concepts, _rows, preprocessing);
    }

    /// <inheritdoc/>
    public ConceptMasks Read(long row)
    {
        if (row < 0 || row >= _rows.Count)
            throw new InvalidDataException($"'{Folder}' has labels of {_rows.Count} images, and none of row {row}.");
        var of = _rows[(int)row];
        ConceptMasks? labels = of.Size is var (height, width) ? new ConceptMasks(Categories.Count, height, width) : null;
        var whole = new List<(int Category, int Number)>();
        foreach (var (category, cells) in of.Cells.Index())
        {
            foreach (var cell in cells)
            {
                if (int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                {
                    whole.Add((category, number));
                    continue;
                }
                var map = LabelMap.Read(cell, MaximumPixels);
                labels ??= new ConceptMasks(Categories.Count, map.Height, map.Width);
                if ((map.Height, map.Width) != (labels.Height, labels.Width))
                    throw new InvalidDataException($"'{cell}' has {map.Width} × {map.Height} labels; {labels.Width} × {labels.Height}, "
                        + $"as others of '{of.Image}' have, were expected.");
                if (_seen is not null)
                    map = map.Seen(_seen.Frame(of.Width ?? map.Width, of.Height ?? map.Height), _seen.Width, _seen.Height);
                labels.Label(category);
                for (var place = 0; place < map.Numbers.Length; place++)
                    if (map.Numbers[place] > 0)
                        labels.Add(PlaceOf(category, map.Numbers[place], cell), place);
            }
        }
        labels ??= new ConceptMasks(Categories.Count, 1, 1);
        foreach (var (category, number) in whole)
        {
            labels.Label(category);
            if (number > 0)
                labels.AddEverywhere(PlaceOf(category, number, of.Image));
        }
        return labels;
    }

    private int PlaceOf(int category, int number, string file) =>
        _concepts.TryGetValue((-1, number), out var place) || _concepts.TryGetValue((category, number), out place) ? place
            : throw new InvalidDataException($"'{file}' has the label {number}, which the folder's tables do not name.");

    private static ConceptFolder Broden(string folder)
    {
        string[] categories = [.. Table(folder, "category.csv", "name").Select(l => l["name"])];
        var coverages = categories.Select(category => File.Exists(Path.Combine(folder, $"c_{category}.csv"))
            ? Table(folder, $"c_{category}.csv", "number", "coverage").ToDictionary(l => l.Whole("number"), l => l.Real("coverage")) : [])
            .ToArray();
        Concept[] concepts = [.. Table(folder, "label.csv", "number", "name", "category").Select(line =>
        {
            // "color(289);texture(3)": where nothing tells how much they cover, what stands in brackets does.
            var said = line["category"].Split(';').Select(part => part.TrimEnd(')').Split('('))
                .Select(p => (Category: Array.IndexOf(categories, p[0]), Frequency: p.Length > 1 && double.TryParse(p[1],
                    CultureInfo.InvariantCulture, out var f) ? f : 0)).Where(p => p.Category >= 0).ToArray();
            var number = line.Whole("number");
            return said.Length == 0 ? throw line.Problem("category", $"one of {string.Join(", ", categories)}")
                : new Concept(number, line["name"],
                    said.MaxBy(p => (coverages[p.Category].GetValueOrDefault(number), p.Frequency)).Category);
        }).Where(c => c.Number > 0).OrderBy(c => c.Number)];
        if (concepts.DistinctBy(c => c.Number).Count() < concepts.Length)
            throw new InvalidDataException($"'{Path.Combine(folder, "label.csv")}' has a number twice.");
        Row[] rows = [.. Table(folder, "index.csv", ["image", "ih", "iw", "sh", "sw", .. categories]).Select(line => new Row(
            Below(folder, line["image"]), (line.Whole("sh"), line.Whole("sw")), line.Whole("ih"), line.Whole("iw"),
            [.. categories.Select(c => line[c].Split(';', StringSplitOptions.RemoveEmptyEntries)
                .Select(cell => cell.All(char.IsAsciiDigit) ? cell : Below(folder, cell)).ToArray())]))];
        return new ConceptFolder(folder, categories, concepts, concepts.Index().ToDictionary(c => (-1, c.Item.Number), c => c.Index), rows,
            null);
    }

    private static ConceptFolder Simple(string folder)
    {
        string[] categories = [.. Directory.EnumerateDirectories(Path.Combine(folder, "labels")).Select(d => Path.GetFileName(d)).Order(
            StringComparer.Ordinal)];
        Row[] rows = [.. Directory.EnumerateFiles(Path.Combine(folder, "images"))
            .Where(f => ImageFile.Endings.Contains(Path.GetExtension(f).ToLowerInvariant())).Order(StringComparer.Ordinal)
            .Select(image => new Row(image, null, null, null, [.. categories.Select(c =>
                Path.Combine(folder, "labels", c, Path.GetFileNameWithoutExtension(image) + ".png")).Select(f =>
                    File.Exists(f) ? new[] { f } : [])]))];
        if (categories.Length == 0 || !rows.Any(r => r.Cells.Any(c => c.Length > 0)))
            throw new InvalidDataException($"'{folder}' has no file labels/CATEGORY/NAME.png for any images/NAME.png.");
        var named = File.Exists(Path.Combine(folder, "labels.csv"))
            ? Table(folder, "labels.csv", "category", "number", "name").Select(line => (
                Category: Array.IndexOf(categories, line["category"]) is >= 0 and var category ? category
                    : throw line.Problem("category", $"one of {string.Join(", ", categories)}"),
                Number: line.Whole("number"), Name: line["name"]))
            : rows.SelectMany(r => r.Cells.Index().SelectMany(c => c.Item.SelectMany(f =>
                LabelMap.Read(f, MaximumPixels).Numbers.Distinct().Select(n => (Category: c.Index, Number: n))))).Distinct()
                .Select(n => (n.Category, n.Number,
                    Name: string.Create(CultureInfo.InvariantCulture, $"{categories[n.Category]} {n.Number}")));
        Concept[] concepts = [.. named.Where(n => n.Number > 0).OrderBy(n => n.Category).ThenBy(n => n.Number)
            .Select(n => new Concept(n.Number, n.Name, n.Category))];
        return concepts.Length == 0 ? throw new InvalidDataException($"'{folder}': all labels are 0, which means nothing.")
            : concepts.DistinctBy(c => (c.Category, c.Number)).Count() < concepts.Length
                ? throw new InvalidDataException($"'{Path.Combine(folder, "labels.csv")}' has a number twice in a category.")
            : new ConceptFolder(folder, categories, concepts,
                concepts.Index().ToDictionary(c => (c.Item.Category, c.Item.Number), c => c.Index), rows, null);
    }

    // Tables are untrusted: no file outside of the folder is read.
    private static string Below(string folder, string file)
    {
        var path = Path.GetFullPath(Path.Combine(folder, file));
        return path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path
            : throw new InvalidDataException($"'{file}' in '{Path.Combine(folder, "index.csv")}' lies outside of the folder.");
    }

    private static IEnumerable<Line> Table(string folder, string name, params IReadOnlyList<string> columns)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
            throw new FileNotFoundException($"'{folder}' has no {name}.", path);
        string[]? header = null;
        foreach (var (number, text) in File.ReadLines(path).Take(MaximumLines).Index())
        {
            if (text.Length == 0)
                continue;
            var cells = Cells(text);
            if (header is null)
            {
                header = cells;
                if (columns.FirstOrDefault(c => !header.Contains(c)) is { } missing)
                    throw new InvalidDataException($"'{path}' has no column '{missing}'; it has {string.Join(", ", header)}.");
                continue;
            }
            if (cells.Length < header.Length)
                throw new InvalidDataException($"{path}, line {number + 1}: {header.Length} cells were expected; found {cells.Length}.");
            yield return new Line(path, number + 1, header, cells);
        }
    }

    private static string[] Cells(string line)
    {
        var (cells, cell, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"')
                cell.Append(line[i++]);
            else if (line[i] == '"')
                quoted = !quoted;
            else if (line[i] == ',' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else
                cell.Append(line[i]);
        }
        return [.. cells, cell.ToString()];
    }

    private sealed record Row(string Image, (int Height, int Width)? Size, int? Height, int? Width, IReadOnlyList<string[]> Cells);

    private sealed record Line(string Path, int Number, string[] Header, string[] Cells)
    {
        public string this[string column] => Cells[Array.IndexOf(Header, column)].Trim();

        public int Whole(string column) => int.TryParse(this[column], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number : throw Problem(column, "a whole number");

        public double Real(string column) => double.TryParse(
            this[column], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Problem(column, "a number");

        public InvalidDataException Problem(string column, string expected) =>
            new($"{Path}, line {Number}: {expected} was expected as '{column}'; found '{this[column]}'.");
    }
}

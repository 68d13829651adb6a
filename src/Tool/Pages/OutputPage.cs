using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Reports;

namespace Microsoft.ML.Introspection.Tool.Pages;

/// <summary>The page of a model's plain outputs: a table of the numbers, and pictures of what is no number or two.</summary>
internal sealed class OutputPage
{
    private const int MostRows = 200;
    private const int MostPictures = 24;
    private const int MostColumns = 24;
    private const int MostBars = 12;
    private const long MostNumbers = 1L << 22;

    private readonly string _title;
    private readonly IReadOnlyList<(string Name, object? Value)> _facts;
    private readonly IReadOnlyList<(ResultPort Port, IReadOnlyList<string> Names)> _results;
    private readonly RowNames _names;
    private readonly EvenSample<(string Name, string? Label, double[][] Values)> _sample;

    /// <summary>Makes room for rows.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="facts">What is said of model and data.</param>
    /// <param name="results">The outputs with names for their numbers.</param>
    /// <param name="names">What rows are called.</param>
    public OutputPage(string title, IReadOnlyList<(string Name, object? Value)> facts,
        IReadOnlyList<(ResultPort Port, IReadOnlyList<string> Names)> results, RowNames names)
    {
        (_title, _facts, _results, _names) = (title, facts, results, names);
        var numbers = results.Sum(r => (long)r.Port.Width);
        _sample = new((int)Math.Clamp(MostNumbers / Math.Max(1, numbers), 2, Drawn.Any() ? MostPictures : MostRows));
    }

    // Short rows stand in the table side by side; all others are drawn.
    private IEnumerable<int> Listed
    {
        get
        {
            var columns = 0;
            return Enumerable.Range(0, _results.Count)
                .Where(i => MapShape.Of(_results[i].Port.RowShape) is null && (columns += _results[i].Port.Width) <= MostColumns);
        }
    }

    private IEnumerable<int> Drawn => Enumerable.Range(0, _results.Count).Except(Listed);

    /// <summary>Keeps some rows of a block.</summary>
    public void Add(long first, int rows, IReadOnlyList<string[]> carried)
    {
        for (var row = 0; row < rows; row++)
        {
            var place = row;
            _sample.Add(first + row, () => (_names.NameOf(carried[place], first + place), _names.LabelOf(carried[place]),
                [.. _results.Select(r => PortNumbers.Of(r.Port, place))]));
        }
    }

    /// <summary>The page.</summary>
    /// <param name="total">How many rows there were.</param>
    public Report Make(long total)
    {
        var rows = _sample.Items.ToList();
        List<(string, object?)> facts = [.. _facts, ("Rows", FormattableString.Invariant($"{total:N0}"))];
        if (rows.Count < total)
            facts.Add(("Rows on this page", FormattableString.Invariant($"{rows.Count:N0}, spread evenly")));
        var report = new Report(_title, "What the model says of each row") { new Facts(facts) };
        int[] listed = [.. Listed], drawn = [.. Drawn];
        if (listed.Length > 0)
        {
            var table = new Table(
                ["row", .. _names.HasLabels ? (string[])["in truth"] : [], .. listed.SelectMany(i => _results[i].Names)]);
            foreach (var (name, label, values) in rows)
                table.Add([name, .. _names.HasLabels ? (object?[])[label] : [], .. listed.SelectMany(i => values[i].Cast<object?>())]);
            report.Add(new Section("Outputs") { table });
        }
        foreach (var (name, label, values) in drawn.Length > 0 ? rows : [])
        {
            var section = new Section(name, label is null ? null : $"in truth {label}");
            foreach (var i in drawn)
                section.Add(Picture(_results[i].Port, _results[i].Names, values[i]));
            report.Add(section);
        }
        return report;
    }

    private static ReportSection Picture(ResultPort port, IReadOnlyList<string> names, double[] values)
    {
        var singles = Array.ConvertAll(values, value => (float)value);
        if (MapShape.Of(port.RowShape) is not { } shape)
            return new AttributionBars(names.Zip(values, (name, value) => new FeatureAttribution(name, value)))
            {
                Caption = port.Name, MaximumBars = MostBars,
            };
        if (shape.IsVolume)
            return new VolumeSlices(Volume.SumChannels(singles, shape.Channels, shape.Depth, shape.Height, shape.Width))
            {
                Caption = port.Name,
            };
        // Channels side by side, as many as can be told apart.
        return new Gallery([.. singles.Chunk(shape.Height * shape.Width).Take(MostBars).Select((plane, channel) => Figure.Of(
            new Heatmap(shape.Stretched(plane), shape.Height * shape.LinesOfOne, shape.Width),
            shape.Channels == 1 ? port.Name : $"{port.Name}, channel {channel}", $"{port.Name} as a map"))]);
    }
}

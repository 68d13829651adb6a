using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect statistics</c>: what layers make of a data set, unit by unit, and how gradients flow back.</summary>
internal sealed class StatisticsCommand : System.CommandLine.Command, IHasHelpSections
{
    private static readonly double[] Shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    private readonly Terminal _terminal;
    private readonly PassArguments _pass = new(target: "What gradients are of, and whose class tells means apart");

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = "Where the table goes, a line for each unit: .csv, .tsv, .jsonl (each also .gz), .parquet, or - for CSV.",
    };

    private readonly ReportOption _report = new("Write a page: the flow through layers, units that are dead or saturated, means by class.");

    private readonly Option<bool> _gradients = new("--gradients")
    {
        Description = "Take them of the gradients of the target by each layer, too: how they flow back.",
    };

    private readonly Option<bool> _noClasses = new("--no-classes")
    {
        Description = "Tell no means by class: for networks whose outputs have none.",
    };

    private readonly Option<long> _memory = new("--quantile-memory")
    {
        HelpName = "MIB",
        Description = "Memory for quantiles, which are exact as long as all numbers fit.",
        DefaultValueFactory = _ => new StatisticsOptions().QuantileMemory >> 20,
    };

    private readonly Option<string?> _part = new("--rows")
    {
        HelpName = "FROM..TO", Description = "Only these rows, from 0, TO left out; nothing for all that follow.",
    };

    private readonly Option<string?> _save = new("--save")
    {
        HelpName = "FILE.npz", Description = "Keep all that is known, so that it can be merged with what is taken of other rows.",
    };

    private readonly Option<string[]> _merge = new("--merge")
    {
        HelpName = "FILE.npz",
        Description = "What --save kept of other rows: the result is that of all of them. Repeatable; rows need not be given then.",
    };

    public StatisticsCommand(Terminal terminal)
        : base("statistics", "Describes what every unit of a network makes of a data set, and the gradients by it, in one pass.")
    {
        _terminal = terminal;
        _pass.AddTo(this, _output, _report, _gradients, _noClasses, _memory, _part, _save, _merge);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output",
            "A line for each unit: layer, of (activation or gradient), unit, mean, deviation, minimum, maximum, zeros, silent, saturated,",
            "quantiles q0.01 … q0.99, and the mean of each class, mean[0] …"),
        new("Examples",
            "introspect statistics resnet.onnx --data images.npy --report statistics.html",
            "introspect statistics resnet.onnx --data images.npy --rows 0..5000 --save first.npz",
            "introspect statistics resnet.onnx --merge first.npz --merge second.npz --report statistics.html",
            "introspect statistics digits.onnx --data digits.csv --label-column label --gradients --target label:label --output units.csv"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (request, output, report, save) =
            (_pass.Request(parsed), parsed.GetValue(_output), _report.Read(parsed), parsed.GetValue(_save));
        string[] merged = parsed.GetValue(_merge) ?? [];
        var files = _pass.Written(parsed, "--output FILE.csv, --report FILE.html, --save FILE.npz", output, report, save);
        foreach (var path in files)
            OutputFile.Check(path, merged);
        if (save?.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) == false)
            throw new UsageException($"{_save.Name} takes a file that ends in .npz; '{save}' was given.");
        var shard = parsed.GetValue(_part) is { } text ? Ranges.Rows(text, _part.Name) : null;
        if (output is not null && !DataFiles.IsTable(output))
            throw new UsageException($"--output takes a table; '{output}' is none.");
        var target = _pass.Target(parsed);
        var options = UsageException.Check(() => new StatisticsOptions
        {
            Layers = _pass.Layers(parsed),
            Gradients = parsed.GetValue(_gradients), Target = target, QuantileMemory = checked(parsed.GetValue(_memory) << 20),
            ByClass = !parsed.GetValue(_noClasses),
        });
        var runtime = _pass.Runtime(parsed, _terminal);

        var watch = Stopwatch.StartNew();
        // Files first: what does not fit is told before a long pass.
        NetworkStatistics? statistics = null;
        foreach (var path in merged)
            statistics = Joined(statistics, NetworkStatistics.Load(path), path);
        if (merged.Length == 0 || _pass.HasRows(parsed))
        {
            using var pass = _pass.Open(parsed, _terminal, target, isReadOnce: true);
            using var rows = pass.Rows.Open();
            var own = ProgressBar.Show(_terminal, "Looking", progress => NetworkStatistics.Take(
                pass.Network, rows, options, runtime, pass.Feed, shard, progress, cancellation));
            statistics = Joined(statistics, own, "the rows");
        }
        else if (shard is not null)
            throw new UsageException($"{_part.Name} is for rows that are looked at: --data FILE, or --images FOLDER.");
        if (save is not null)
            statistics!.Save(save);
        if (output is not null)
            WriteTable(output, statistics!);
        if (report is not null)
            StatisticsReport.Of($"Statistics of {Path.GetFileName(request.Path)}", statistics!).Save(report);
        _terminal.Done("Looked at", statistics!.Rows, watch.Elapsed, files);
        return ExitCode.Done;
    }

    private static NetworkStatistics Joined(NetworkStatistics? before, NetworkStatistics own, string path)
    {
        if (before is null)
            return own;
        try
        {
            before.Merge(own);
            return before;
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"What is known of '{path}' does not fit what came before it: {e.Message}", e);
        }
    }

    private static void WriteTable(string path, NetworkStatistics statistics)
    {
        long[] classes = [.. statistics.Tensors.SelectMany(t => t.Classes).Distinct().Order()];
        (string, CellKind)[] columns =
        [
            ("layer", CellKind.Text), ("of", CellKind.Text), ("unit", CellKind.Whole),
            .. Real("mean", "deviation", "minimum", "maximum", "zeros", "silent", "saturated"),
            .. Real([.. Shares.Select(s => string.Create(CultureInfo.InvariantCulture, $"q{s}"))]),
            .. Real([.. classes.Select(c => $"mean[{c}]")]),
        ];
        AtomicFile.Write(path, stream =>
        {
            var table = ITableWriter.Begin(path, stream, columns);
            foreach (var t in statistics.Tensors)
            {
                double[][] described = [t.Means, t.Deviations, t.Minima, t.Maxima, t.Zeros, t.Silent, t.Saturated];
                var (quantiles, byClass) = (t.Quantiles(Shares), classes.Select(t.ClassMeans).ToArray());
                for (var unit = 0; unit < t.Units; unit++)
                {
                    table.Cell(t.Layer);
                    table.Cell(t.IsGradient ? "gradient" : "activation");
                    table.Cell(unit.ToString(CultureInfo.InvariantCulture));
                    foreach (var number in described.Select(d => d[unit]).Concat(quantiles[unit]).Concat(byClass.Select(c => c[unit])))
                        table.Cell(number.ToString("R", CultureInfo.InvariantCulture));
                    table.EndRow();
                }
            }
            table.Complete();
        });
    }

    private static IEnumerable<(string, CellKind)> Real(params string[] names) => names.Select(n => (n, CellKind.Real));
}

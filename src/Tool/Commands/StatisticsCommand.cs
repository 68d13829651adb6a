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

    public StatisticsCommand(Terminal terminal)
        : base("statistics", "Describes what every unit of a network makes of a data set, and the gradients by it, in one pass.")
    {
        _terminal = terminal;
        _pass.AddTo(this, _output, _report, _gradients, _noClasses, _memory);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output",
            "A line for each unit: layer, of (activation or gradient), unit, mean, deviation, minimum, maximum, zeros, silent, saturated,",
            "quantiles q0.01 … q0.99, and the mean of each class, mean[0] …"),
        new("Examples",
            "introspect statistics resnet.onnx --data images.npy --report statistics.html",
            "introspect statistics digits.onnx --data digits.csv --label-column label --gradients --target label:label --output units.csv"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (request, output, report) = (_pass.Request(parsed), parsed.GetValue(_output), _report.Read(parsed));
        var files = _pass.Written(parsed, "--output FILE.csv, --report FILE.html", output, report);
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
        using var pass = _pass.Open(parsed, _terminal, target, isReadOnce: true);
        using var rows = pass.Rows.Open();
        var statistics = ProgressBar.Show(_terminal, "Looking", progress => NetworkStatistics.Take(
            pass.Network, rows, options, runtime, pass.Feed, progress: progress, cancellation: cancellation));
        if (output is not null)
            WriteTable(output, statistics);
        if (report is not null)
            StatisticsReport.Of($"Statistics of {Path.GetFileName(request.Path)}", statistics).Save(report);
        _terminal.Done("Looked at", statistics.Rows, watch.Elapsed, files);
        return ExitCode.Done;
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

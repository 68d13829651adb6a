using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect examples</c>: the rows of a data set that excite units most.</summary>
internal sealed class ExamplesCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly PassArguments _pass = new(target: "With --relevance, what it is of");

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = "Where rows go: .npz for arrays, or a table with a line for each unit and row: .csv, .tsv, .jsonl, .parquet.",
    };

    private readonly ReportOption _report = new("Write a page: unit by unit what of the rows excites it.");

    private readonly Option<int> _top = new("--top")
    {
        HelpName = "N", Description = "How many rows of each unit.", DefaultValueFactory = _ => new TopExamplesOptions().Count,
    };

    private readonly Option<ExampleOrder> _order = new("--order")
    {
        HelpName = "maximum|sum", Description = "By what rows are ranked: a unit's largest number, or the sum over its positions.",
    };

    private readonly Option<bool> _relevance = new("--relevance")
    {
        Description = "Rank rows by what a unit counts for --target (layer-wise relevance propagation), not by activation.",
    };

    private readonly Option<string?> _units = new("--units", "-u")
    {
        HelpName = "0-7,12", Description = "Which units of each layer the page shows. [default: the first 16]",
    };

    private readonly Option<bool> _deconvolution = new("--deconvnet") { Description = "The page shows DeconvNet's figure of each patch." };

    private readonly Option<bool> _guided = new("--guided")
    {
        Description = "The page shows guided backpropagation's figure of each patch.",
    };

    private readonly Option<bool?> _unitsLast = new("--units-last")
    {
        HelpName = "true|false",
        Description = "Units stand on the last axis, as those of sequences do. [default: where the network reads tokens]",
    };

    private readonly Option<string?> _tokens = new("--tokens")
    {
        HelpName = "FILE", Description = "For networks of texts: a file with the token of a number in each line, from 0 on.",
    };

    public ExamplesCommand(Terminal terminal)
        : base("examples", "Finds the rows of a data set that excite each unit of a network most, in one pass over all layers.")
    {
        _terminal = terminal;
        _pass.AddTo(this, _output, _report, _top, _order, _relevance, _units, _deconvolution, _guided, _unitsLast, _tokens);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output",
            "NPZ: LAYER/value, LAYER/row, LAYER/position, [units, N] each.",
            "Table: layer, unit, rank, row, value, position (in the map, flat)."),
        new("Examples",
            "introspect examples resnet.onnx --images photos --layer layer3 --top 9 --deconvnet --report examples.html",
            "introspect examples resnet.onnx --data images.npy --relevance --target 3 --order sum --output class3.csv"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (request, output, report) = (_pass.Request(parsed), parsed.GetValue(_output), _report.Read(parsed));
        var files = _pass.Written(parsed, "--output FILE.npz or FILE.csv, --report FILE.html", output, report);
        var isArchive = output?.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) == true;
        if (output is not null && !isArchive && !DataFiles.IsTable(output))
            throw new UsageException($"--output takes a table or a file that ends in .npz; '{output}' is neither.");
        var (target, runtime) = (_pass.Target(parsed), _pass.Runtime(parsed, _terminal));
        string[]? tokens = null;
        if (parsed.GetValue(_tokens) is { } named)
        {
            foreach (var path in files)
                OutputFile.Check(path, named);
            tokens = File.ReadAllLines(named);
        }

        var watch = Stopwatch.StartNew();
        using var pass = _pass.Open(parsed, _terminal, parsed.GetValue(_relevance) ? target : null);
        var rows = pass.Rows;
        var options = UsageException.Check(() => new TopExamplesOptions
        {
            Layers = _pass.Layers(parsed), Count = parsed.GetValue(_top),
            Order = parsed.GetValue(_order), Target = target, Relevance = parsed.GetValue(_relevance) ? new LayerwiseRelevance() : null,
            UnitsLast = parsed.GetValue(_unitsLast) ?? !rows.Network.Inputs[0].Type.IsFloating(),
        });
        using var source = rows.Open();
        var found = ProgressBar.Show(_terminal, "Looking", progress =>
            TopExamples.Find(rows.Network, source, options, runtime, rows.Feed, null, progress, cancellation));
        if (isArchive)
            found.Save(output!);
        else if (output is not null)
            WriteTable(output, found);
        if (report is not null)
        {
            var most = found.Layers.Max(l => l.Units.Count);
            var page = new ExampleReportOptions
            {
                Units = [.. UnitNumbers.Read(parsed.GetValue(_units), _units.Name, most).Select(u => (int)u)],
                Deconvolution = parsed.GetValue(_deconvolution), Guided = parsed.GetValue(_guided), UnitsLast = options.UnitsLast,
                RowName = rows.RowName,
                Token = tokens is null ? null : n => n >= 0 && n < tokens.Length ? tokens[n] : n.ToString(CultureInfo.InvariantCulture),
            };
            using var again = rows.Open();
            var kept = ExampleRows.Read(rows.Network, again, ExampleReport.RowsOf(found, page), runtime, rows.Feed);
            ExampleReport.Of($"What excites {Path.GetFileName(request.Path)}", rows.Network, found, kept, page, runtime).Save(report);
        }
        _terminal.Done("Looked at", found.Rows, watch.Elapsed, files);
        return ExitCode.Done;
    }

    private static void WriteTable(string path, TopExamples found)
    {
        (string, CellKind)[] columns =
        [
            ("layer", CellKind.Text), ("unit", CellKind.Whole), ("rank", CellKind.Whole), ("row", CellKind.Whole), ("value", CellKind.Real),
            ("position", CellKind.Whole),
        ];
        AtomicFile.Write(path, stream =>
        {
            var table = ITableWriter.Begin(path, stream, columns);
            foreach (var layer in found.Layers)
            {
                foreach (var (unit, examples) in layer.Units.Index())
                {
                    foreach (var (rank, example) in examples.Index())
                    {
                        table.Cell(layer.Layer);
                        foreach (var number in (long[])[unit, rank, example.Row])
                            table.Cell(number.ToString(CultureInfo.InvariantCulture));
                        table.Cell(example.Value.ToString("R", CultureInfo.InvariantCulture));
                        table.Cell(example.Position.ToString(CultureInfo.InvariantCulture));
                        table.EndRow();
                    }
                }
            }
            table.Complete();
        });
    }
}

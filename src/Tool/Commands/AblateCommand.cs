using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect ablate</c>: accuracy as units of a layer are dropped in order of importance.</summary>
internal sealed class AblateCommand : System.CommandLine.Command, IHasHelpSections
{
    private const string Activation = "activation", Attribution = "attribution", Random = "random";

    private readonly Terminal _terminal;
    private readonly PassArguments _pass = new(
        layers: null, target: "What is right: label:COLUMN, a class, or what the whole network says");

    private readonly Option<string[]> _orders = new("--order")
    {
        HelpName = $"{Activation}|{Attribution}|{Random}|FILE.npy",
        Description = "In which order units are dropped: by their mean activation, by the mean magnitude of activation times gradient, by "
            + $"chance, or as a file of their numbers says, the first first. Repeatable. [default: {Activation}, {Attribution}, {Random}]",
    };

    private readonly Option<int> _draws = new("--draws")
    {
        HelpName = "N", Description = $"How many orders '{Random}' draws.", DefaultValueFactory = _ => 3,
    };

    private readonly Option<int> _seed = new("--seed") { HelpName = "N", Description = "The first draw.", DefaultValueFactory = _ => 1 };

    private readonly Option<bool> _leastFirst = new("--least-first")
    {
        Description = "Drop the least important first: how many units can be spared.",
    };

    private readonly Option<bool> _means = new("--means") { Description = "Put its mean over the rows in a unit's place, not zero." };

    private readonly Option<int> _points = new("--points")
    {
        HelpName = "N", Description = "At how many numbers of dropped units accuracy is taken, none and all among them.",
        DefaultValueFactory = _ => new AblationOptions().Points,
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE", Description = "A table with a line for each order and point: .csv, .tsv, .jsonl, .parquet.",
    };

    private readonly ReportOption _report = new("Write a page: curves of accuracy and loss, the orders side by side.");

    public AblateCommand(Terminal terminal)
        : base("ablate", "Measures accuracy as units of a layer are dropped in order of importance.")
    {
        _terminal = terminal;
        _pass.AddTo(this, _orders, _draws, _seed, _leastFirst, _means, _points, _output, _report);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "Table: order, dropped, accuracy, loss."),
        new("Examples",
            "introspect ablate resnet.onnx --data digits.csv --label-column label -t label:label -l layer3 --report ablation.html",
            "introspect ablate net.onnx --data images.npy -l /conv3/Relu --order order.npy --least-first --output curve.csv"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (output, report, layer) = (parsed.GetValue(_output), _report.Read(parsed), _pass.Layer(parsed));
        var files = _pass.Written(parsed, "--output FILE.csv, --report FILE.html", output, report);
        if (output is not null && !DataFiles.IsTable(output))
            throw new UsageException($"--output takes a table; '{output}' is none.");
        var (draws, seed, target) = (parsed.GetValue(_draws), parsed.GetValue(_seed), _pass.Target(parsed));
        if (draws is < 1 or > 1000)
            throw new UsageException($"{_draws.Name} takes a number from 1 to 1000; {draws} was given.");
        string[] wanted = parsed.GetValue(_orders) is { Length: > 0 } named ? [.. named.Distinct()] : [Activation, Attribution, Random];
        var options = UsageException.Check(() => new AblationOptions { Target = target, Points = parsed.GetValue(_points) });
        var runtime = _pass.Runtime(parsed, _terminal);

        var watch = Stopwatch.StartNew();
        using var pass = _pass.Open(parsed, _terminal, target);
        var units = UnitAblation.UnitsOf(pass.Network, layer);
        var means = new Lazy<double[]>(() => Means(pass, layer, runtime, cancellation));
        List<UnitOrder> orders = [.. wanted.SelectMany(name => name switch
        {
            Random => Enumerable.Range(seed, draws).Select(s => UnitOrder.Random(units, s)),
            Activation => [UnitOrder.By(name, means.Value, parsed.GetValue(_leastFirst))],
            Attribution => [UnitOrder.By(name, Attributed(pass, layer, parsed, runtime), parsed.GetValue(_leastFirst))],
            _ => [Given(name)],
        })];
        if (parsed.GetValue(_means))
            options = options with { Replacement = means.Value };
        UnitAblation found;
        using (var rows = pass.Rows.Open())
            // A single score has two sides, which labels tell as 0 and 1.
            found = ProgressBar.Show(_terminal, "Dropping", progress => UnitAblation.Run(
                pass.Network, rows, layer, orders, options, runtime, input => pass.Feed(input) is { Classes: 1 } single
                    ? single with { Classes = 2 } : pass.Feed(input), progress, cancellation));
        if (output is not null)
            WriteTable(output, found);
        if (report is not null)
            AblationReport.Of($"Units of {Path.GetFileName(_pass.Request(parsed).Path)}", found,
                ("Right is", target), ("A dropped unit is", parsed.GetValue(_means) ? "its mean" : "zero"),
                ("Dropped first", parsed.GetValue(_leastFirst) ? "the least important" : "the most important")).Save(report);
        _terminal.Done("Looked at", found.Rows, watch.Elapsed, files);
        return ExitCode.Done;
    }

    private static double[] Means(OpenPass pass, string layer, RuntimeOptions runtime, CancellationToken cancellation)
    {
        using var rows = pass.Rows.Open();
        var options = new StatisticsOptions { Layers = [layer], ByClass = false, QuantileMemory = 1 << 20 };
        return NetworkStatistics.Take(pass.Network, rows, options, runtime, pass.Feed, cancellation: cancellation).Tensors[0].Means;
    }

    private double[] Attributed(OpenPass pass, string layer, ParseResult parsed, RuntimeOptions runtime)
    {
        using var rows = pass.Rows.Open();
        return UnitOrder.Attributed(pass.Network, rows, layer, new InputXGradient(), _pass.Target(parsed), runtime, pass.Feed);
    }

    private static UnitOrder Given(string path)
    {
        if (!path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"--order takes {Activation}, {Attribution}, {Random}, or a file .npy of unit numbers; '{path}' was "
                + "given.");
        var numbers = NpyArray.Load(path).ToInt64s();
        try
        {
            return new UnitOrder(Path.GetFileNameWithoutExtension(path), [.. numbers.Select(n => checked((int)n))]);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"'{path}' is no order of units: {e.Message}", e);
        }
    }

    private static void WriteTable(string path, UnitAblation found) => AtomicFile.Write(path, stream =>
    {
        var table = ITableWriter.Begin(path, stream,
            [("order", CellKind.Text), ("dropped", CellKind.Whole), ("accuracy", CellKind.Real), ("loss", CellKind.Real)]);
        foreach (var curve in found.Curves)
            for (var i = 0; i < found.Dropped.Count; i++)
            {
                table.Cell(curve.Order.Name);
                table.Cell(found.Dropped[i].ToString(CultureInfo.InvariantCulture));
                table.Cell(curve.Accuracy[i].ToString("R", CultureInfo.InvariantCulture));
                table.Cell(curve.Loss[i].ToString("R", CultureInfo.InvariantCulture));
                table.EndRow();
            }
        table.Complete();
    });
}

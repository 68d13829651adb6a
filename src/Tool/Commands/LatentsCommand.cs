using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect latents</c>: which known quantities the units of a layer follow.</summary>
internal sealed class LatentsCommand : System.CommandLine.Command, IHasHelpSections
{
    private const int MostQuantities = 1000;

    private readonly Terminal _terminal;
    private readonly PassArguments _pass = new(layers: null);

    private readonly Option<string> _quantities = new("--quantities", "-q")
    {
        HelpName = "FILE", Required = true,
        Description = "What is known of the rows, as many lines as there are rows: columns of numbers of a .csv, .tsv, .jsonl, "
            + ".parquet, of an .npy, or the arrays of an .npz.",
    };

    private readonly Option<bool> _pooled = new("--pooled") { Description = "Average maps over their positions first." };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = "Where results go: a table with a line for each unit and quantity (.csv, .tsv, .jsonl, .parquet), or .npz.",
    };

    private readonly ReportOption _report = new("Write a page: the correlations as maps and tables.");

    public LatentsCommand(Terminal terminal)
        : base("latents", "Tells which known quantities units follow, those of an encoder's code first of all (correlations).")
    {
        _terminal = terminal;
        _pass.AddTo(this, _quantities, _pooled, _output, _report);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "Table: layer, unit, quantity, pearson, spearman; empty where a unit or quantity does not vary.",
            "NPZ: LAYER/activations [rows, …], LAYER/pearson and LAYER/spearman [units, quantities]."),
        new("Examples",
            "introspect latents encoder.onnx --data images.npy --layer code --quantities truth.csv --report latents.html",
            "introspect latents resnet.onnx --data images.npy --layer layer4 --pooled --quantities truth.npz --output correlations.csv"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (output, report, file) = (parsed.GetValue(_output), _report.Read(parsed), parsed.GetRequiredValue(_quantities));
        var files = _pass.Written(parsed, "--output FILE.csv or FILE.npz, --report FILE.html", output, report);
        foreach (var path in files)
            OutputFile.Check(path, file);
        if (output is not null && DataFiles.Kind(output) == DataKind.Npy)
            throw new UsageException($"--output takes a table or an .npz; '{output}' is neither.");
        var quantities = Quantities(file);
        var runtime = _pass.Runtime(parsed, _terminal);
        var watch = Stopwatch.StartNew();
        using var pass = _pass.Open(parsed, _terminal, isReadOnce: true);
        using var rows = pass.Rows.Open();
        var taken = LayerActivations.Take(
            pass.Network, rows, _pass.Layers(parsed)!, parsed.GetValue(_pooled), runtime, pass.Feed);
        cancellation.ThrowIfCancellationRequested();
        if (quantities[0].Value.Length != taken[0].Rows)
            throw new InvalidDataException($"'{file}' tells of {quantities[0].Value.Length} rows, and {taken[0].Rows} were looked at.");
        UnitCorrelations[] found = [.. taken.Select(t => UnitCorrelations.Of(t, quantities))];
        if (output is not null && DataFiles.IsTable(output))
            WriteTable(output, found);
        else if (output is not null)
            FeatureFiles.Save(output, found.Zip(taken).SelectMany(f => ((string, Tensor)[])
            [
                ($"{f.First.Layer}/activations", Tensor.From(f.Second.Values, [f.Second.Rows, .. f.Second.Shape])),
                ($"{f.First.Layer}/pearson", Tensor.From(f.First.Pearson, f.First.Units, quantities.Count)),
                ($"{f.First.Layer}/spearman", Tensor.From(f.First.Spearman, f.First.Units, quantities.Count)),
            ]));
        if (report is not null)
            LatentReport.Of($"Latents of {Path.GetFileName(_pass.Request(parsed).Path)}", found).Save(report);
        _terminal.Done("Looked at", taken[0].Rows, watch.Elapsed, files);
        return ExitCode.Done;
    }

    private List<KeyValuePair<string, double[]>> Quantities(string path)
    {
        using var rows = DataFiles.Open(path, new CsvOptions { Note = _terminal.Note }, names => names);
        var columns = rows.Tensors.SelectMany((t, at) => Enumerable.Range(0, t.Width).Select(i =>
            (Tensor: at, Place: i, Name: t.Items is { } names ? names[i] : t.Width == 1 && t.Name.Length > 0 ? t.Name
                : $"{(t.Name.Length > 0 ? t.Name : "quantity")} {i}"))).ToList();
        if (columns.Count is 0 or > MostQuantities)
            throw new InvalidDataException($"'{path}' has {columns.Count} quantities; from 1 to {MostQuantities} were expected.");
        var found = columns.Select(_ => new List<double>()).ToArray();
        var buffers = rows.Tensors.Select(t => new double[t.Width]).ToArray();
        while (rows.MoveNext())
        {
            for (var tensor = 0; tensor < buffers.Length; tensor++)
                rows.Read<double>(tensor, buffers[tensor]);
            for (var i = 0; i < found.Length; i++)
                found[i].Add(buffers[columns[i].Tensor][columns[i].Place]);
        }
        return [.. columns.Select((c, i) => KeyValuePair.Create(c.Name, (double[])[.. found[i]]))];
    }

    private static void WriteTable(string path, UnitCorrelations[] found) => AtomicFile.Write(path, stream =>
    {
        var table = ITableWriter.Begin(path, stream, [("layer", CellKind.Text), ("unit", CellKind.Whole), ("quantity", CellKind.Text),
            ("pearson", CellKind.Real), ("spearman", CellKind.Real)]);
        foreach (var of in found)
            for (var i = 0; i < of.Pearson.Length; i++)
            {
                table.Cell(of.Layer);
                table.Cell((i / of.Quantities.Count).ToString(CultureInfo.InvariantCulture));
                table.Cell(of.Quantities[i % of.Quantities.Count]);
                table.Cell(Text(of.Pearson[i]));
                table.Cell(Text(of.Spearman[i]));
                table.EndRow();
            }
        table.Complete();

        static string Text(double number) => double.IsNaN(number) ? "" : number.ToString("R", CultureInfo.InvariantCulture);
    });
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Evaluating;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect progress</c>: what a network learns when, over the checkpoints of its training.</summary>
internal sealed class ProgressCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _checkpoints =
        new("The checkpoints of one training, files of ONNX, Keras or TensorFlow; they are put in the order of the numbers in their names.",
            areSeveral: true);

    private readonly FeatureData _data = new();
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string?> _labels = new("--labels")
    {
        HelpName = "FILE", Description = "What is true of the rows, a class from 0 or a number each: a table of one column, or .npy.",
    };

    private readonly Option<string[]> _methods = new("--methods")
    {
        HelpName = "METHOD,…", AllowMultipleArgumentsPerToken = true,
        Description = "Methods whose attributions are averaged, options after colons. [default: input-x-gradient]",
    };

    private readonly Option<string[]> _layers = new("--layer", "-l")
    {
        HelpName = "LAYER", Description = "A layer whose activations are compared. Repeatable. [default: six activations at most]",
    };

    private readonly Option<int?> _order = new("--taylor-order")
    {
        HelpName = "0|1|2",
        Description = "To which order Taylor coefficients are averaged. [default: 2, of more than 32 features 1]",
    };

    private readonly Option<bool> _ofScores = new("--taylor-of-scores")
    {
        Description = "Take coefficients of scores, not of probabilities.",
    };

    private readonly Option<int> _rows = new("--rows")
    {
        HelpName = "NUMBER", Description = "How many of the first rows are taken.", DefaultValueFactory = _ => 1000,
    };

    private readonly Option<string[]> _output = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = "Where results go: .html for a page, a table (.csv, .tsv, .jsonl, .parquet) for a line for each number. Repeatable.",
    };

    public ProgressCommand(Terminal terminal)
        : base("progress", "Follows a training over its checkpoints: what the network learns when, and which rows it forgets.")
    {
        _terminal = terminal;
        _checkpoints.AddTo(this);
        Option[] options = [_labels, _methods, _layers, _order, _ofScores, _rows, _output];
        foreach (var option in options)
            Options.Add(option);
        _data.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "Table: checkpoint, step, of, item, value. Of: loss and accuracy; taylor, and each method: mean sizes of features;",
            "participation and first share of inputs, layers, methods; cka and svcca of layers, item the checkpoint compared with."),
        new("Examples",
            "introspect progress checkpoints/*.onnx --data valid.npy --labels classes.npy --output progress.html",
            "introspect progress step-*.onnx --data valid.csv --methods lrp,saliency -l hidden --output progress.csv"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (paths, outputs, labelFile) = (_checkpoints.Paths(parsed), parsed.GetValue(_output) ?? [], parsed.GetValue(_labels));
        if (outputs.Length == 0)
            throw new UsageException("Say where results go: --output FILE.html or FILE.csv.");
        foreach (var path in outputs)
        {
            if (!IsPage(path) && !DataFiles.IsTable(path))
                throw new UsageException($"--output takes a page (.html) or a table; '{path}' is neither.");
            OutputFile.Check(path, [.. paths, .. _data.Files(parsed), .. new[] { labelFile }.OfType<string>()]);
        }
        var count = parsed.GetValue(_rows);
        if (count < 2)
            throw new UsageException($"{_rows.Name} takes a number from 2.");
        var options = UsageException.Check(() => new LearningOptions
        {
            Methods = Choice.Parse(parsed.GetValue(_methods), ["input-x-gradient"])
                .ToDictionary(c => c.Text, c => (AttributionMethod)MethodCatalog.Create(c.Name, c.Options)),
            TaylorOrder = parsed.GetValue(_order), TaylorOfScores = parsed.GetValue(_ofScores),
            Layers = parsed.GetValue(_layers) is { Length: > 0 } layers ? layers : null,
        });
        var runtime = _runtime.Read(parsed, _terminal.Warn);

        var (watch, request) = (Stopwatch.StartNew(), _checkpoints.Read(parsed));
        var ordered = CheckpointOrder.Of(paths.Distinct());
        using var data = _data.Open(parsed, request with { Path = ordered[^1].Path }, _terminal);
        var network = data.Network;
        if (network.Inputs.Count != 1)
            throw new UsageException($"The network has {network.Inputs.Count} inputs; trainings of networks of one are followed.");
        var (numbers, extents) = CollectedRows.Of(data, network.DefaultInput, runtime, count, cancellation);
        var rows = numbers.Length / extents.Aggregate(1, (p, e) => p * e);
        var labels = labelFile is null ? null : LabelFile.Read(labelFile, rows, _terminal.Note);
        var shapes = network.Inputs.ToDictionary(i => i.Name, i => (IReadOnlyList<long>)[.. i.Shape!.Skip(1).Select(d => d.Value)]);
        var found = ProgressBar.Show(_terminal, "Following", progress => LearningProgress.Of(
            [.. ordered.Select(c => new Checkpoint(Path.GetFileNameWithoutExtension(c.Path), c.Step, () => Load(c.Path)))],
            numbers, labels, options, runtime, new Shares(progress, rows, watch), cancellation));
        foreach (var path in outputs)
            if (IsPage(path))
                ProgressReport.Of($"Training of {Path.GetFileNameWithoutExtension(ordered[^1].Path)}", found).Save(path);
            else
                AtomicFile.Write(path, stream => WriteTable(path, stream, found));
        _terminal.Done("Followed", rows, watch.Elapsed, outputs);
        return ExitCode.Done;

        Network Load(string path)
        {
            var one = request with { Path = path };
            return one.Load(one.ReadModel(), shapes);
        }
    }

    private static bool IsPage(string path) => Path.GetExtension(path).Equals(".html", StringComparison.OrdinalIgnoreCase);

    private static void WriteTable(string path, Stream stream, LearningProgress found)
    {
        var table = ITableWriter.Begin(path, stream, [("checkpoint", CellKind.Text), ("step", CellKind.Real), ("of", CellKind.Text),
            ("item", CellKind.Text), ("value", CellKind.Real)]);
        foreach (var (place, checkpoint) in found.Checkpoints.Index())
        {
            if (checkpoint.Fit is { } fit)
            {
                Line("loss", "", fit.Loss);
                Line("accuracy", "", fit.Accuracy);
            }
            if (checkpoint.Taylor is { } taylor)
                Lines("taylor", found.Coefficients, taylor);
            foreach (var (method, means) in checkpoint.Attributions)
                Lines(method, means.Mean.Count == found.Features.Count ? found.Features
                    : [.. Enumerable.Range(0, means.Mean.Count).Select(i => $"item {i}")], means);
            foreach (var (name, spectrum) in checkpoint.Layers.Concat(checkpoint.Explanations).Prepend(new("inputs", found.Inputs)))
            {
                Line("participation", name, spectrum.Participation);
                Line("first share", name, spectrum.Ratios.Count > 0 ? spectrum.Ratios[0] : double.NaN);
            }
            foreach (var (layer, alike) in found.BetweenCheckpoints)
                for (var other = 0; other < found.Checkpoints.Count; other++)
                {
                    Line($"cka {layer}", found.Checkpoints[other].Name, alike.Alignment[place, other]);
                    Line($"svcca {layer}", found.Checkpoints[other].Name, alike.CanonicalCorrelation[place, other]);
                }

            void Lines(string of, IReadOnlyList<string> items, ItemMeans means)
            {
                for (var i = 0; i < items.Count; i++)
                    Line(of, items[i], means.MeanAbsolute[i]);
            }

            void Line(string of, string item, double value)
            {
                table.Cell(checkpoint.Name);
                table.Cell(checkpoint.Step.ToString("R", CultureInfo.InvariantCulture));
                table.Cell(of);
                table.Cell(item);
                table.Cell(double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture));
                table.EndRow();
            }
        }
        table.Complete();
    }
}

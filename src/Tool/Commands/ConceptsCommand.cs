using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect concepts</c>: what a layer falls into.</summary>
internal sealed class ConceptsCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly PassArguments _pass = new(layers: null, target: "Whose variance tells how much concepts count");

    private readonly Option<int> _count = new("--concepts", "-k")
    {
        HelpName = "N", Description = "How many concepts.", DefaultValueFactory = _ => 8,
    };

    private readonly Option<string> _of = new("--of")
    {
        HelpName = "maps|squares", DefaultValueFactory = _ => "maps",
        Description = "What is factorised: all positions of all rows (ICE; of a single row deep feature factorisation), or squares cut out "
            + "of images (CRAFT).",
    };

    private readonly Option<double> _side = new("--square")
    {
        HelpName = "SHARE", Description = "With squares: their side, in shares of the image's.", DefaultValueFactory = _ => 0.3,
    };

    private readonly Option<bool> _minimum = new("--subtract-minimum")
    {
        Description = "Take each channel's smallest number away first: for layers without a ReLU.",
    };

    private readonly Option<int> _steps = new("--steps", "-n")
    {
        HelpName = "N", Description = "How many steps the factorisation takes at most.",
        DefaultValueFactory = _ => new FactorizationOptions().Steps,
    };

    private readonly Option<int> _designs = new("--designs")
    {
        HelpName = "N", Description = "How many dimmings importance is told by; 0 for no importance.", DefaultValueFactory = _ => 32,
    };

    private readonly Option<int> _shown = new("--top")
    {
        HelpName = "N", Description = "How many rows of each concept the page shows.", DefaultValueFactory = _ => 8,
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE", Description = "Where results go: .npz for vectors, maps and importance, .onnx for a model that gives maps and "
            + "importance of any row.",
    };

    private readonly ReportOption _report = new("Write a page: how much concepts count, and the rows that have most of each.");

    public ConceptsCommand(Terminal terminal)
        : base("concepts", "Finds the concepts that a layer falls into, by factorisation (ICE, CRAFT, deep feature factorisation).")
    {
        _terminal = terminal;
        _pass.AddTo(this, _count, _of, _side, _minimum, _steps, _designs, _shown, _output, _report);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPZ: vectors [concepts, channels], maps [rows, concepts, …], importance [rows, concepts]."),
        new("Examples",
            "introspect concepts resnet.onnx --images rabbits --layer layer4 --of squares --target 330 --report craft.html",
            "introspect concepts resnet.onnx --data one.npy --layer layer4 --concepts 4 --output concepts.npz"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (output, report, layer) = (parsed.GetValue(_output), _report.Read(parsed), _pass.Layer(parsed));
        var files = _pass.Written(parsed, "--output FILE.npz or FILE.onnx, --report FILE.html", output, report);
        var ending = output is null ? "" : Path.GetExtension(output).ToLowerInvariant();
        if (ending is not ("" or ".npz" or ".onnx"))
            throw new UsageException($"--output takes a file that ends in .npz or .onnx; '{output}' was given.");
        var squares = parsed.GetRequiredValue(_of) switch
        {
            "maps" => false,
            "squares" => true,
            var other => throw new UsageException($"{_of.Name} takes {_of.HelpName}; '{other}' was given."),
        };
        var (count, designs, shown) = (parsed.GetValue(_count), parsed.GetValue(_designs), parsed.GetValue(_shown));
        if (count < 1 || shown < 1 || designs is < 0 or 1)
            throw new UsageException($"{_count.Name} and {_shown.Name} take numbers from 1 on, {_designs.Name} 0 or a number from 2 on.");
        var (target, runtime) = (_pass.Target(parsed), _pass.Runtime(parsed, _terminal));
        var factorization = UsageException.Check(() => new FactorizationOptions { Steps = parsed.GetValue(_steps) });

        var watch = Stopwatch.StartNew();
        using var pass = _pass.Open(parsed, _terminal, target);
        T Over<T>(Func<Rows.RowSource, T> read)
        {
            cancellation.ThrowIfCancellationRequested();
            using var source = pass.Rows.Open();
            return read(source);
        }

        var activations = Over(rows => LayerActivations.Take(pass.Network, rows, [layer], false, runtime, pass.Feed)[0]);
        ExampleRows All() => Over(rows => ExampleRows.Read(
            pass.Network, rows, Enumerable.Range(0, activations.Rows).Select(i => (long)i), runtime, pass.Feed));
        ExampleRows? all = null;
        var learnt = activations;
        if (squares)
        {
            all = All();
            var parts = UsageException.Check(() => ImageParts.Squares(all, parsed.GetValue(_side)));
            using var rows = parts.AsRows(pass.Network);
            learnt = LayerActivations.Take(pass.Network, rows, [layer], true, runtime, _ => new Jobs.InputRows(0))[0];
        }
        var (bank, maps) = ConceptBank.Learn(learnt, count, factorization, parsed.GetValue(_minimum));
        if (squares)
            maps = bank.Encode(activations);
        if (ending == ".onnx")
            AtomicFile.Write(output!, Explanation.Compile(pass.Network, [new Ask(new ConceptMaps(bank), Name: "maps"),
                .. designs == 0 ? (Ask[])[] : [new Ask(new ConceptImportance(bank, designs), target, "importance")]]).Model.Save);
        var importances = designs == 0 ? null : Over(rows => bank.Importances(pass.Network, rows, target, designs, runtime, pass.Feed));
        int[] space = [.. activations.Shape.Skip(1).Select(e => (int)e)];
        if (ending == ".npz")
            FeatureFiles.Save(output!,
            [
                ("vectors", Tensor.From(bank.Vectors, count, bank.Channels)),
                ("maps", Tensor.From(maps, [activations.Rows, count, .. space.Select(e => (long)e)])),
                .. importances is null ? [] : new[] { ("importance", Tensor.From(importances, activations.Rows, count)) },
            ]);
        if (report is not null)
        {
            double[]? means = importances is null ? null : [.. Enumerable.Range(0, count).Select(k => importances.Index()
                .Where(v => v.Index % count == k && double.IsFinite(v.Item)).Select(v => v.Item).DefaultIfEmpty().Average())];
            ConceptReport.Found($"Concepts in {Path.GetFileName(_pass.Request(parsed).Path)}", bank, pass.Network, all ?? All(), maps,
                space, means,
                [("Layer", layer), ("Rows", activations.Rows), ("Of", parsed.GetRequiredValue(_of)), ("Target", target)], shown,
                pass.Rows.RowName).Save(report);
        }
        _terminal.Done("Looked at", activations.Rows, watch.Elapsed, files);
        return ExitCode.Done;
    }
}

using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Features;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect traverse</c>: what a decoder makes of codes of which one number varies.</summary>
internal sealed class TraverseCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new();
    private readonly FeatureData _data = new(isRequired: false);
    private readonly FeatureOutputs _outputs = new("what came of it", "for each latent a strip of pictures, or curves");
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string?> _layer = new("--layer", "-l")
    {
        HelpName = "LAYER",
        Description = "The layer of the codes, where encoder and decoder are one network; with --encoder, the encoder's.",
    };

    private readonly Option<string?> _encoder = new("--encoder")
    {
        HelpName = "FILE", Description = "The network that makes codes of --data; the model is its decoder.",
    };

    private readonly Option<long> _row = new("--row") { HelpName = "N", Description = "With --data: the row whose code is varied." };

    private readonly Option<string?> _through = new("--through")
    {
        HelpName = "A,B,…", Description = "The code that is varied. [default: that of --row, else zeros]",
    };

    private readonly Option<string?> _units = new("--units", "-u")
    {
        HelpName = "0-7,12", Description = "Which latents are varied. [default: the first 16]",
    };

    private readonly Option<string> _range = new("--range")
    {
        HelpName = "FROM..TO", Description = "Where each goes.", DefaultValueFactory = _ => "-3..3",
    };

    private readonly Option<bool> _relative = new("--relative") { Description = "From what it is: the range is added to the code." };

    private readonly Option<int> _steps = new("--steps", "-n")
    {
        HelpName = "N", Description = "How many values each takes.", DefaultValueFactory = _ => new TraversalOptions().Steps,
    };

    private readonly Option<string?> _tensor = new("--output-tensor")
    {
        HelpName = "NAME", Description = "The output that is looked at. [default: the first of floating-point numbers]",
    };

    private readonly Option<string?> _shape = new("--picture")
    {
        HelpName = "C,H,W", Description = "The extents of a picture, where the decoder gives flat rows.",
    };

    public TraverseCommand(Terminal terminal)
        : base("traverse", "Shows what a decoder makes of codes of which one number varies (latent traversals).")
    {
        _terminal = terminal;
        _network.AddTo(this);
        Option[] options = [_layer, _encoder, _row, _through, _units, _range, _relative, _steps, _tensor, _shape];
        foreach (var option in options)
            Options.Add(option);
        _outputs.AddTo(this);
        _data.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Output", "NPZ: made [latents, steps, …], value [latents, steps], latent [latents], code [numbers].",
            "PNG: a line for each latent."),
        new("Examples",
            "introspect traverse decoder.onnx --range -2..2 --report latents.html",
            "introspect traverse decoder.onnx --encoder encoder.onnx --data images.npy --row 3 --relative --output made.npz",
            "introspect traverse autoencoder.onnx --layer code --data images.npy --row 3 --output made.png"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (request, encoder, layer) = (_network.Read(parsed), parsed.GetValue(_encoder), parsed.GetValue(_layer));
        var files = _outputs.Read(parsed, [request.Path, .. _data.Files(parsed), .. encoder is null ? (string[])[] : [encoder]]);
        var (row, through) = (parsed.GetValue(_row), parsed.GetValue(_through));
        if (encoder is not null && !_data.AreGiven(parsed))
            throw new UsageException($"{_encoder.Name} makes codes of rows: --data FILE.");
        if (_data.AreGiven(parsed) && encoder is null && layer is null)
            throw new UsageException(
                $"Say what makes codes of the rows: {_encoder.Name} FILE, or {_layer.Name} LAYER of the same network.");
        if (through is not null && _data.AreGiven(parsed))
            throw new UsageException($"Either a code ({_through.Name}) or a row (--data) is given.");
        if (row < 0)
            throw new UsageException($"{_row.Name} takes the number of a row, from 0; {row} was given.");
        var range = Ranges.Read(parsed.GetRequiredValue(_range), _range.Name);
        var shape = parsed.GetValue(_shape) is { } text ? Assignment.Extents(text) : null;
        if (shape is [] || parsed.GetValue(_shape) is not null && shape is null)
            throw new UsageException($"{_shape.Name} takes extents, such as 1,28,28; '{parsed.GetValue(_shape)}' was given.");
        var runtime = _runtime.Read(parsed, _terminal.Warn);

        double[]? code = through is null ? null : [.. through.Split(',').Select(number => Ranges.Number(number, _through.Name))];
        var behind = layer is not null && encoder is null;
        if (_data.AreGiven(parsed))
            code = Code(parsed, encoder is null ? request : request with { Path = encoder }, layer, row, runtime);
        var network = request.Load();
        var width = behind ? LatentTraversal.WidthOf(network, layer!)
            : network.Inputs[0].Shape!.Skip(1).Aggregate(1L, (p, d) => p * d.Value);
        var options = UsageException.Check(() => new TraversalOptions
        {
            Units = [.. UnitNumbers.Read(parsed.GetValue(_units), _units.Name, width).Select(u => (int)u)], Range = range,
            IsRelative = parsed.GetValue(_relative), Steps = parsed.GetValue(_steps), Through = code, Output = parsed.GetValue(_tensor),
        });
        var found = behind ? LatentTraversal.Behind(network, layer!, options, runtime, cancellation)
            : LatentTraversal.Of(network, options, runtime, cancellation);
        if (shape is not null)
            found = found.Shaped(shape);
        files.Write(_terminal,
            () =>
            [
                ("made", found.Made), ("value", Tensor.From([.. found.Values], found.Units.Count, found.Steps)),
                ("latent", Tensor.From([.. found.Units.Select(u => (long)u)], found.Units.Count)),
                ("code", Tensor.From(code ?? new double[width], width)),
            ],
            () => LatentReport.Picture(found),
            () => LatentReport.Of($"Latents of {Path.GetFileName(request.Path)}", found,
                [("Decoder", Path.GetFileName(request.Path) + (behind ? $", behind {layer}" : "")),
                    ("Encoder", encoder is null ? null : Path.GetFileName(encoder)), ("Row", _data.AreGiven(parsed) ? row : null)]));
        return ExitCode.Done;
    }

    private double[] Code(ParseResult parsed, NetworkRequest request, string? layer, long row, RuntimeOptions runtime)
    {
        using var rows = _data.Open(parsed, request, _terminal);
        var taken = LayerActivations.Take(rows.Network, rows.Sources.Rows, [layer ?? rows.Network.DefaultOutput], false, runtime,
            rows.Feed, new Jobs.Shard(row, row + 1))[0];
        return taken.Rows == 1 ? taken.Values
            : throw new InvalidDataException($"'{rows.Sources.Rows.Name}' has no row {row.ToString(CultureInfo.InvariantCulture)}.");
    }
}

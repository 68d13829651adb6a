using System.CommandLine;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Features;

/// <summary>The options of commands that send rows through the layers of a network: model, rows, layers, where to run.</summary>
/// <param name="layers">Which layers are taken where none is named; null where one must be.</param>
/// <param name="target">What the target is for; null where there is none.</param>
internal sealed class PassArguments(string? layers = PassArguments.Customary, string? target = null)
{
    private const string Customary =
        "convolutions, dense layers, activations, poolings, normalisations, sums of branches";

    private readonly NetworkArguments _network = new();
    private readonly FeatureImages _rows = new();
    private readonly RuntimeArguments _runtime = new();

    private readonly Option<string[]> _layers = new("--layer", "-l")
    {
        HelpName = "LAYER", Required = layers is null,
        Description = "A layer, or the name of a tensor inside the network. Repeatable." + (layers is null ? "" : $" [default: {layers}]"),
    };

    private readonly Option<string> _target = new("--target", "-t")
    {
        HelpName = "TARGET", Description = $"{target}: argmax, a class, label:COLUMN, ….", DefaultValueFactory = _ => "argmax",
    };

    /// <summary>Adds them to a command, with the command's own between.</summary>
    public void AddTo(System.CommandLine.Command command, params IEnumerable<Option> own)
    {
        _network.AddTo(command);
        command.Options.Add(_layers);
        if (target is not null)
            command.Options.Add(_target);
        foreach (var option in own)
            command.Options.Add(option);
        _rows.AddTo(command);
        _runtime.AddTo(command);
    }

    /// <summary>The layers that are named; null for none.</summary>
    public string[]? Layers(ParseResult parsed) => parsed.GetValue(_layers) is { Length: > 0 } given ? [.. given.Distinct()] : null;

    /// <summary>The only layer, for commands that look at one.</summary>
    public string Layer(ParseResult parsed) => Layers(parsed) is [var only] ? only
        : throw new UsageException($"One layer is looked at here: {_layers.Name} LAYER.");

    /// <summary>What is explained.</summary>
    public Target Target(ParseResult parsed) => UsageException.Check(() => Models.Target.Parse(parsed.GetRequiredValue(_target)));

    /// <summary>What the command line says of the model.</summary>
    public NetworkRequest Request(ParseResult parsed) => _network.Read(parsed);

    /// <summary>Where to run.</summary>
    public RuntimeOptions Runtime(ParseResult parsed, Terminal terminal) => _runtime.Read(parsed, terminal.Warn);

    /// <summary>Whether rows are given.</summary>
    public bool HasRows(ParseResult parsed) => _rows.AreGiven(parsed);

    /// <summary>The files that are read.</summary>
    public IEnumerable<string> Files(ParseResult parsed) => [_network.Path(parsed), .. _rows.Files(parsed)];

    /// <summary>
    /// What comes of this command line depends on: the network with the files of weights beside it, the rows, how images are prepared, and
    /// all options but those that say where and how fast.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="open">The network with its rows.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="concepts">The folder of labelled images; null for none.</param>
    /// <param name="but">The names of further options that do not count.</param>
    public MadeOf MadeOf(ParseResult parsed, OpenPass open, IReadOnlyList<string> layers, string? concepts, params IEnumerable<string> but)
    {
        var model = _network.Path(parsed);
        // Weights that lie apart are called after the model.
        var beside = Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(model))!, Path.GetFileName(model) + "?*data")
            .Order(StringComparer.Ordinal);
        var labelled = concepts is null ? null : Features.MadeOf.Many(
            concepts, Directory.EnumerateFiles(concepts, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        return new MadeOf(Features.MadeOf.Files([model, .. beside]), _rows.Hash(parsed), labelled,
            open.Rows.Reading?.Description, layers, Features.MadeOf.OptionsOf(parsed, [.. Elsewhere, .. but]));
    }

    // What files and layers these name is known otherwise; the rest says where to run.
    private static readonly string[] Elsewhere =
        ["--data", "--images", "--scale", "--preprocess", "--layer", "--output", "--batch-size", "--threads", "--device", "--allow-cpu",
            "--help", "--version", "--verbose"];

    /// <summary>Refuses places where results cannot go, and a command line that asks for none.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="says">What to ask for.</param>
    /// <param name="written">The files; null for those that nobody asks for.</param>
    /// <returns>Those that somebody asks for.</returns>
    public string[] Written(ParseResult parsed, string says, params IEnumerable<string?> written)
    {
        string[] files = [.. written.OfType<string>()];
        if (files.Length == 0)
            throw new UsageException($"Say where results go: {says}.");
        foreach (var path in files)
            OutputFile.Check(path, Files(parsed));
        return files;
    }

    /// <summary>The network with its rows.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Is told what the user should know.</param>
    /// <param name="target">What is explained, where an input may tell it.</param>
    /// <param name="isReadOnce">Whether rows are read but once, so that they may come from the standard input.</param>
    public OpenPass Open(ParseResult parsed, Terminal terminal, Target? target = null, bool isReadOnce = false)
    {
        var open = new Stack<IDisposable>();
        try
        {
            var rows = _rows.Read(parsed, Request(parsed), terminal, target, open, isReadOnce);
            return new OpenPass(rows, open, named => _rows.Further(parsed, Request(parsed), terminal, rows, named, open));
        }
        catch
        {
            OpenPass.Close(open);
            throw;
        }
    }
}

/// <summary>A network with its rows, and what of others a command line names; closed when all is done.</summary>
internal sealed class OpenPass(RereadRows rows, Stack<IDisposable> open, Func<string, RereadRows> further) : IDisposable
{
    /// <summary>The network.</summary>
    public Network Network => rows.Network;

    /// <summary>The rows.</summary>
    public RereadRows Rows => rows;

    /// <summary>How rows come to the inputs.</summary>
    public Func<TensorInfo, InputRows> Feed => rows.Feed;

    /// <summary>Other rows for the same network: a file of numbers, or images.</summary>
    public RereadRows Further(string named) => further(named);

    public void Dispose() => Close(open);

    internal static void Close(Stack<IDisposable> open)
    {
        while (open.TryPop(out var next))
            next.Dispose();
    }
}

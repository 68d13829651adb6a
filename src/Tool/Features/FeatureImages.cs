using System.CommandLine;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Features;

/// <summary>Rows that can be read more than once.</summary>
/// <param name="Network">The network that they fit.</param>
/// <param name="Open">Opens them, before the first.</param>
/// <param name="Feed">How they come to the network's inputs.</param>
/// <param name="RowName">What a row is called.</param>
internal sealed record RereadRows(Network Network, Func<RowSource> Open, Func<TensorInfo, InputRows> Feed, Func<long, string> RowName)
{
    /// <summary>How images become rows; null for rows of numbers.</summary>
    public ImageReading? Reading { get; init; }
}

/// <summary>The options of commands that look at rows more than once: of numbers, or images of a folder.</summary>
internal sealed class FeatureImages
{
    private readonly FeatureData _data = new(isRequired: false);

    private readonly Option<string?> _images = new("--images")
    {
        HelpName = "FOLDER|FILE|PATTERN|LIST.tsv", Description = "Images in place of rows: PNG, JPEG, WebP, GIF, BMP.",
    };

    private readonly Option<string?> _preprocess = new("--preprocess")
    {
        HelpName = $"{string.Join('|', Preprocessing.Names)}|FILE.json",
        Description = "How images become numbers. [default: what the model says, else what is customary; told in a line]",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        command.Options.Add(_images);
        command.Options.Add(_preprocess);
        _data.AddTo(command);
    }

    /// <summary>The files that are read.</summary>
    public IEnumerable<string> Files(ParseResult parsed) => _data.Files(parsed);

    /// <summary>A hash of what the rows are: of images the place, the length and the beginning of each file.</summary>
    public string Hash(ParseResult parsed) => parsed.GetValue(_images) is { } named
        ? MadeOf.Many(Directory.Exists(named) ? named : ".", ImageSet.Find(named).Select(i => i.Path)) : MadeOf.Files(_data.Files(parsed));

    /// <summary>How images become numbers where the command line says.</summary>
    public string? Preprocess(ParseResult parsed) => parsed.GetValue(_preprocess);

    /// <summary>Whether rows are given, or a folder of images.</summary>
    public bool AreGiven(ParseResult parsed) => parsed.GetValue(_images) is not null || _data.AreGiven(parsed);

    /// <summary>The rows.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="request">The network.</param>
    /// <param name="terminal">Is told what the user should know.</param>
    /// <param name="target">What is explained, where an input may tell it.</param>
    /// <param name="open">Takes what is to be closed at the end.</param>
    /// <param name="isReadOnce">Whether rows are read but once, so that they may come from the standard input.</param>
    public RereadRows Read(ParseResult parsed, NetworkRequest request, Terminal terminal, Target? target, Stack<IDisposable> open,
        bool isReadOnce = false)
    {
        if (parsed.GetValue(_images) is not { } named)
        {
            if (!_data.AreGiven(parsed))
                throw new UsageException("Say which rows are looked at: --data FILE, or --images FOLDER.");
            if (!isReadOnce && _data.Files(parsed).Contains(Data.DataFiles.Standard))
                throw new UsageException("Rows are read more than once here, which the standard input cannot be; give a file.");
            return Reread(() => _data.Open(parsed, request, terminal, target), open);
        }
        if (_data.AreGiven(parsed))
            throw new UsageException("Either rows (--data) or images (--images) are given.");
        return Images(parsed, request, terminal, named, open);
    }

    /// <summary>Other rows for the same network, by their name: a file of numbers, or images as <c>--images</c> takes them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="request">The network.</param>
    /// <param name="terminal">Is told what the user should know.</param>
    /// <param name="main">The rows that the command is about: images are prepared as they are.</param>
    /// <param name="named">Which.</param>
    /// <param name="open">Takes what is to be closed at the end.</param>
    public RereadRows Further(
        ParseResult parsed, NetworkRequest request, Terminal terminal, RereadRows main, string named, Stack<IDisposable> open)
    {
        if (!IsOfImages(named))
            return Reread(() => _data.Open(parsed, request, terminal, null, named), open);
        if (main.Reading is not { } reading)
            return Images(parsed, request, terminal, named, open);
        var images = ImageSet.Find(named);
        return main with { Open = () => new ImageRows(images, reading), RowName = row => Path.GetFileName(images[(int)row].Path) };
    }

    // Files of numbers have an ending that says so.
    private static bool IsOfImages(string named) => Directory.Exists(named) || named.AsSpan().IndexOfAny('*', '?') >= 0
        || ImageFile.Endings.Contains(Path.GetExtension(named).ToLowerInvariant());

    private RereadRows Images(ParseResult parsed, NetworkRequest request, Terminal terminal, string named, Stack<IDisposable> open)
    {
        var images = ImageSet.Find(named);
        var model = ImageModel.Of(request, new ImageRequest(named, parsed.GetValue(_preprocess)), null);
        open.Push(model);
        terminal.Note($"preprocessing {model.Reading.Description}; {model.Reason}.");
        return new RereadRows(model.Network, () => new ImageRows(images, model.Reading), _ => new InputRows(0),
            row => Path.GetFileName(images[(int)row].Path))
        {
            Reading = model.Reading,
        };
    }

    private static RereadRows Reread(Func<FeatureRows> rows, Stack<IDisposable> open)
    {
        var first = Opened();
        var next = first;
        return new RereadRows(first.Network, () =>
        {
            var taken = next ?? Opened();
            next = null;
            return taken.Sources.Rows;
        }, first.Feed, row => $"row {row}");

        FeatureRows Opened()
        {
            var opened = rows();
            open.Push(opened);
            return opened;
        }
    }
}

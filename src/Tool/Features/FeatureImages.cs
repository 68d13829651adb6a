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
internal sealed record RereadRows(Network Network, Func<RowSource> Open, Func<TensorInfo, InputRows> Feed, Func<long, string> RowName);

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
    public RereadRows Read(ParseResult parsed, NetworkRequest request, Terminal terminal, Target? target, Stack<IDisposable> open)
    {
        if (parsed.GetValue(_images) is not { } named)
        {
            if (!_data.AreGiven(parsed))
                throw new UsageException("Say which rows are looked at: --data FILE, or --images FOLDER.");
            if (_data.Files(parsed).Contains(Data.DataFiles.Standard))
                throw new UsageException("Rows are read more than once here, which the standard input cannot be; give a file.");
            var first = Opened();
            var next = first;
            return new RereadRows(first.Network, () =>
            {
                var rows = next ?? Opened();
                next = null;
                return rows.Sources.Rows;
            }, first.Feed, row => $"row {row}");
        }
        if (_data.AreGiven(parsed))
            throw new UsageException("Either rows (--data) or images (--images) are given.");
        var images = ImageSet.Find(named);
        var model = ImageModel.Of(request, new ImageRequest(named, parsed.GetValue(_preprocess)), null);
        open.Push(model);
        terminal.Note($"preprocessing {model.Reading.Description}; {model.Reason}.");
        return new RereadRows(model.Network, () => new ImageRows(images, model.Reading), _ => new InputRows(0),
            row => Path.GetFileName(images[(int)row].Path));

        FeatureRows Opened()
        {
            var rows = _data.Open(parsed, request, terminal, target);
            open.Push(rows);
            return rows;
        }
    }
}

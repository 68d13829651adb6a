using System.CommandLine;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Features;

/// <summary>The options of commands that look at one picture, or one row of numbers.</summary>
/// <param name="sized">Whether pictures may be larger than the network takes.</param>
internal sealed class PictureArguments(bool sized = false)
{
    private const int MostAlone = 512;

    private readonly NetworkArguments _network = new();
    private readonly RuntimeArguments _runtime = new();
    private readonly FeatureData _data = new(isRequired: false);

    private readonly Option<string?> _image = new("--image", "-i")
    {
        HelpName = "FILE", Description = "The picture: PNG, JPEG, WebP, GIF, BMP.",
    };

    private readonly Option<string?> _preprocess = new("--preprocess")
    {
        HelpName = $"{string.Join('|', Preprocessing.Names)}|FILE.json",
        Description = "How pictures become numbers. [default: what the model says, else what is customary; told in a line]",
    };

    private readonly Option<long> _row = new("--row") { HelpName = "N", Description = "With --data: which row, from 0." };

    private readonly Option<string?> _size = new("--size")
    {
        HelpName = "WIDTH,HEIGHT", Description = "The size at which the picture is looked at. [default: its own, a side of 512 at most]",
    };

    /// <summary>Adds them to a command, with the command's own between.</summary>
    public void AddTo(System.CommandLine.Command command, params IEnumerable<Option> own)
    {
        _network.AddTo(command);
        Option[] of = [_image, _preprocess, _row, .. sized ? (Option[])[_size] : [], .. own];
        foreach (var option in of)
            command.Options.Add(option);
        _data.AddTo(command);
        _runtime.AddTo(command);
    }

    /// <summary>The files that are read.</summary>
    public IEnumerable<string> Files(ParseResult parsed) =>
        [_network.Path(parsed), .. parsed.GetValue(_image) is { } image ? (string[])[image] : [], .. _data.Files(parsed)];

    /// <summary>What the model's file is called.</summary>
    public string Name(ParseResult parsed) => Path.GetFileName(_network.Path(parsed));

    /// <summary>Where to run.</summary>
    public Runtime.RuntimeOptions Runtime(ParseResult parsed, Terminal terminal) => _runtime.Read(parsed, terminal.Warn);

    /// <summary>The picture with the network that it is for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Is told what the user should know.</param>
    /// <param name="leastScale">By what the network's extents are multiplied at least.</param>
    public TakenPicture Read(ParseResult parsed, Terminal terminal, double leastScale = 1)
    {
        var request = _network.Read(parsed);
        if (parsed.GetValue(_image) is not { } file)
            return Row(parsed, request, terminal);
        if (_data.AreGiven(parsed))
            throw new UsageException("Either a picture (--image) or rows (--data) are given.");
        var (own, model) = (ImageFile.Read(file).Image, request.ReadModel());
        var wanted = Size(parsed);
        var input = model.Inputs.FirstOrDefault(i => i.Type.IsFloating() && i.Shape is { Rank: 4 });
        // Of open extents any size will do.
        var isOpen = sized && input?.Shape is { } shape && (!shape[2].IsKnown || !shape[3].IsKnown && !shape[1].IsKnown)
            && !request.Options.RowShapes.ContainsKey(input.Name) && request.Options.Dimensions.Count == 0;
        var (width, height) = wanted ?? Within(own, MostAlone);
        if (isOpen)
        {
            var last = !input!.Shape![1].IsKnown;
            var channels = input.Shape[last ? 3 : 1] is { IsKnown: true } known ? known.Value : 3;
            request = request with
            {
                Options = request.Options with
                {
                    RowShapes = new Dictionary<string, IReadOnlyList<long>>(request.Options.RowShapes)
                    {
                        [input.Name] = last ? [height, width, channels] : [channels, height, width],
                    },
                },
            };
        }
        var network = request.Load(model);
        var picture = PictureInput.Of(network);
        var guess = new ImageRequest(file, parsed.GetValue(_preprocess))
            .Prepared(picture, () => PreprocessingGuess.Of(network, model.Metadata));
        terminal.Note($"preprocessing {guess.Preprocessing.Description}; {guess.Reason}.");
        var prepared = guess.Preprocessing;
        // From 0 to 1; what the network wants besides is done in the graph, so that values stay those of pictures.
        var plain = prepared with { Scale = 1 / 255.0, Mean = [0], Deviation = [1] };
        var looked = plain;
        if (sized)
        {
            var least = leastScale * Math.Max((double)picture.Width / width, (double)picture.Height / height);
            if (!isOpen && wanted is null && least is > 1 and var by)
                (width, height) = ((int)Math.Ceiling(width * by), (int)Math.Ceiling(height * by));
            plain = new Preprocessing(width, height)
            {
                Scale = 1 / 255.0, Layout = plain.Layout, Channels = plain.Channels, Resizing = plain.Resizing,
            };
        }
        long[] row = plain.Layout == PixelLayout.ChannelsFirst ? [plain.ChannelCount, plain.Height, plain.Width]
            : [plain.Height, plain.Width, plain.ChannelCount];
        var whole = 255 * prepared.Scale;
        return new TakenPicture(request, model, network, Tensor.FromDoubles(network.Input(picture.Name).Type,
            Array.ConvertAll(plain.Apply(own), v => (double)v), [1, .. row]))
        {
            Mean = [.. prepared.Mean.Select(m => m / whole)], Deviation = [.. prepared.Deviation.Select(d => d / whole)],
            IsReversed = plain.Channels == Imaging.ChannelOrder.Bgr, ChannelsLast = plain.Layout == PixelLayout.ChannelsLast,
            Name = Path.GetFileName(file), Others = path => Tensor.FromDoubles(network.Input(picture.Name).Type,
                Array.ConvertAll(looked.Apply(ImageFile.Read(path).Image), v => (double)v),
                [1, .. network.Input(picture.Name).Shape!.Skip(1).Select(d => d.Value)]),
        };
    }

    private TakenPicture Row(ParseResult parsed, NetworkRequest request, Terminal terminal)
    {
        if (!_data.AreGiven(parsed))
            throw new UsageException($"Say what is looked at: {_image.Name} FILE, or --data FILE with {_row.Name} N.");
        var number = parsed.GetValue(_row);
        if (number < 0)
            throw new UsageException($"{_row.Name} takes the number of a row, from 0; {number} was given.");
        using var rows = _data.Open(parsed, request, terminal);
        if (rows.Network.Inputs is not [{ } input] || !input.Type.IsFloating())
            throw new InvalidDataException($"A network of one input of floating-point numbers was expected; there are "
                + $"{string.Join(", ", rows.Network.Inputs)}. Make others constant: --constant NAME=VALUE.");
        var seen = ExampleRows.Read(rows.Network, rows.Sources.Rows, [number], null, rows.Feed).Seen(number);
        var values = seen.ToDouble();
        return new TakenPicture(request, request.ReadModel(), rows.Network, Tensor.FromDoubles(seen.Type, values, [1, .. seen.Dimensions]))
        {
            Range = (Math.Min(0, values.Min()), Math.Max(1, values.Max())), Name = $"row {number}",
            ChannelsLast = input.Shape!.Rank > 2 && rows.Network.ChannelsOf(input.Name) != 1,
        };
    }

    private (int Width, int Height)? Size(ParseResult parsed)
    {
        if (!sized || parsed.GetValue(_size) is not { } text)
            return null;
        return Assignment.Extents(text) is [> 0 and <= 8192 and var width, > 0 and <= 8192 and var height] ? ((int)width, (int)height)
            : throw new UsageException($"{_size.Name} takes WIDTH,HEIGHT, up to 8192 each; '{text}' was given.");
    }

    private static (int Width, int Height) Within(Raster image, int most)
    {
        var scale = Math.Min(1.0, (double)most / Math.Max(image.Width, image.Height));
        return (Math.Max(1, (int)Math.Round(image.Width * scale)), Math.Max(1, (int)Math.Round(image.Height * scale)));
    }
}

/// <summary>A picture as a network takes it but for mean and deviation, and the network.</summary>
/// <param name="Request">How the network is read.</param>
/// <param name="Model">What its file holds.</param>
/// <param name="Network">The network.</param>
/// <param name="Image">The picture, shape [1, …].</param>
internal sealed record TakenPicture(NetworkRequest Request, OnnxModel Model, Network Network, Tensor Image)
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>What the network wants subtracted; null for nothing.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>What it wants it divided by then; null for nothing.</summary>
    public IReadOnlyList<double>? Deviation { get; init; }

    /// <summary>The values that pictures have.</summary>
    public (double Low, double High) Range { get; init; } = (0, 1);

    /// <summary>Whether blue comes before red.</summary>
    public bool IsReversed { get; init; }

    /// <summary>Whether channels stand last.</summary>
    public bool ChannelsLast { get; init; }

    /// <summary>How numbers become pictures.</summary>
    public FoundImageForm Form => new() { Range = Range, ChannelsLast = ChannelsLast };

    /// <summary>Other files, as <see cref="Image"/> is but for the size, which is the network's own; null where that is no file.</summary>
    public Func<string, Tensor>? Others { get; init; }

    /// <summary>The picture as the network takes it.</summary>
    public Tensor Prepared() => Prepared(Image);

    /// <summary>A picture as the network takes it.</summary>
    /// <param name="image">One like <see cref="Image"/>.</param>
    public Tensor Prepared(Tensor image)
    {
        var values = image.ToDouble();
        var (channels, size) = (image.Dimensions[ChannelsLast ? ^1 : 1], image.Count / image.Dimensions[ChannelsLast ? ^1 : 1]);
        for (var i = 0; Mean is { } mean && Deviation is { } deviation && i < values.Length; i++)
        {
            var channel = (int)(ChannelsLast ? i % channels : i / size);
            values[i] = (values[i] - mean[mean.Count == 1 ? 0 : channel]) / deviation[deviation.Count == 1 ? 0 : channel];
        }
        return Tensor.FromDoubles(image.Type, values, image.Dimensions);
    }

    /// <summary>Found images as pictures.</summary>
    public IReadOnlyList<Raster> Pictures(Tensor images)
    {
        var drawn = MaximizationReport.Pictures(images, Form);
        return !IsReversed ? drawn : [.. drawn.Select(p => Raster.Create(p.Width, p.Height, (x, y) => p[x, y] is var c
            ? new Rgb(c.Blue, c.Green, c.Red) : default))];
    }

    /// <summary>How images are found for it.</summary>
    public MaximizationOptions Search(Parametrisation parametrisation, IReadOnlyList<Transformation> transformations) => new()
    {
        Parametrisation = parametrisation, Transformations = transformations, Mean = Mean, Deviation = Deviation,
        SilentUnits = SilentUnits.Redirected,
    };

    /// <summary>Values within the range, through a sigmoid.</summary>
    public ImageValues Values => new(Image.Dimensions.Length == 4 && Image.Dimensions[ChannelsLast ? ^1 : 1] == 3 && !IsReversed
        ? ColorCorrelation.Lucid : ColorCorrelation.None, ValueRange.Sigmoid, Range.Low, Range.High);
}

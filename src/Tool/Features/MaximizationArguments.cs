using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Features;

/// <summary>How images are to be found that excite units.</summary>
internal sealed class MaximizationArguments
{
    private const string Spectrum = "fourier", Plain = "pixels", Pyramid = "pyramid", Magnitude = "maco";

    private readonly Option<string> _parametrisation = new("--parametrisation")
    {
        HelpName = $"{Spectrum}|{Plain}|{Pyramid}|{Magnitude}",
        Description = "What is optimised: the spectrum, the pixels, levels of a pyramid, or phases alone (with --natural).",
        DefaultValueFactory = _ => Spectrum,
    };

    private readonly Option<string?> _natural = new("--natural")
    {
        HelpName = "FILE.npy", Description = $"With {Magnitude}: images [N, channels, …] whose mean magnitude of the spectrum is kept.",
    };

    private readonly Option<string> _colors = new("--colors")
    {
        HelpName = "auto|none|lucid|xplique",
        Description = "How colours go together that are optimised apart; auto takes lucid's for images of three channels.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string> _range = new("--value-range")
    {
        HelpName = "FROM..TO|free", Description = "The values that images may have.", DefaultValueFactory = _ => "0..1",
    };

    private readonly Option<string> _transformations = new("--transformations")
    {
        HelpName = "standard|none", Description = "What is done to the image before the network at each step, so that it excites wherever "
            + "it lies: lucid's padding, jitter, scales, rotations; or nothing. Standard where images extend by 32 at least in a plane.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<SilentUnits> _silent = new("--silent")
    {
        HelpName = "plain|redirected|open",
        Description = "What gradients do at silent units during the first 16 steps; what nothing excites at first stays dark with plain.",
        DefaultValueFactory = _ => SilentUnits.Redirected,
    };

    private readonly Option<string> _optimizer = new("--optimizer")
    {
        HelpName = "adam|nadam|rmsprop|ascent", Description = "How the gradient is followed.", DefaultValueFactory = _ => "adam",
    };

    private readonly Option<double?> _rate = new("--rate")
    {
        HelpName = "X", Description = "The length of a step. [default: the optimizer's]",
    };

    private readonly Option<string[]> _mean = new("--mean")
    {
        HelpName = "A,B,C", Description = "What the network wants subtracted from images, for each channel or for all.",
    };

    private readonly Option<string[]> _deviation = new("--std")
    {
        HelpName = "A,B,C", Description = "What it wants them divided by then.",
    };

    private readonly Option<string[]> _penalties = new("--penalty")
    {
        HelpName = "NAME=WEIGHT",
        Description = "Takes something off: tv (total variation, mean), l1, l2 (away from the middle of the values), blur. Repeatable.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        Option[] options =
        [
            _parametrisation, _natural, _colors, _range, _transformations, _silent, _optimizer, _rate, _mean, _deviation, _penalties,
        ];
        foreach (var option in options)
            command.Options.Add(option);
    }

    /// <summary>The files that are read.</summary>
    public IEnumerable<string> Files(ParseResult parsed) => parsed.GetValue(_natural) is { } natural ? [natural] : [];

    /// <summary>The range of values that is asked for; null for any.</summary>
    public (double Low, double High)? Range(ParseResult parsed) => parsed.GetRequiredValue(_range) is var text && text == "free" ? null
        : text.Split("..") is [var low, var high] && Number(low) is { } from && Number(high) is { } to && from < to ? (from, to)
        : throw new UsageException($"{_range.Name} takes FROM..TO or free; '{text}' was given.");

    /// <summary>How images are found.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="network">The network.</param>
    /// <param name="frameEvery">How many steps lie between images that are kept.</param>
    public MaximizationOptions Read(ParseResult parsed, Network network, int frameEvery) => UsageException.Check(() =>
    {
        var extents = network.DefaultInput.Shape!.Skip(1).Select(d => d.Value).ToArray();
        var channels = extents.Length > 1 && network.ChannelsOf(network.DefaultInput.Name) != 1 ? extents[^1] : extents[0];
        var isTable = extents.Length == 1;
        var values = Values(parsed, channels, isTable || parsed.GetRequiredValue(_parametrisation) == Plain);
        return new MaximizationOptions
        {
            Parametrisation = parsed.GetRequiredValue(_parametrisation) switch
            {
                Spectrum when isTable => new Pixels { Values = values },
                Spectrum => new Fourier { Values = values },
                Plain => new Pixels { Values = values, Mean = values.Range == ValueRange.Clipped ? (values.Low + values.High) / 2 : 0 },
                Pyramid => new LaplacianPyramid { Values = values },
                Magnitude => new FixedMagnitude(FixedMagnitude.MeanMagnitude(Natural(parsed))) { Values = values },
                var other => throw new FormatException($"There is no parametrisation '{other}'; there are {_parametrisation.HelpName}."),
            },
            Transformations = parsed.GetRequiredValue(_transformations) switch
            {
                "none" => [],
                "standard" => Transformation.Standard,
                "auto" => extents.Length == 3 && extents.Count(e => e >= 32) >= 2 ? Transformation.Standard : [],
                var other => throw new FormatException($"{_transformations.Name} takes standard or none; '{other}' was given."),
            },
            Optimizer = Optimizer(parsed.GetRequiredValue(_optimizer), parsed.GetValue(_rate)),
            Mean = Numbers(parsed, _mean), Deviation = Numbers(parsed, _deviation), FrameEvery = frameEvery,
            SilentUnits = parsed.GetValue(_silent),
        };
    });

    /// <summary>An objective with the penalties that are asked for.</summary>
    public Objective Penalised(ParseResult parsed, Objective objective)
    {
        var centre = Range(parsed) is var (low, high) ? (low + high) / 2 : 0;
        foreach (var (name, weight) in Assignment.ToDictionary(
            parsed.GetValue(_penalties) ?? [], _penalties.Name, "NAME=WEIGHT, such as tv=1", text => (object?)Number(text)))
        {
            objective += (double)weight * (name switch
            {
                "tv" => Penalty.TotalVariation(mean: true),
                "l1" => Penalty.L1(centre),
                "l2" => Penalty.L2(centre),
                "blur" => Penalty.Blur,
                _ => throw new UsageException($"{_penalties.Name} knows tv, l1, l2, blur; '{name}' was given."),
            });
        }
        return objective;
    }

    private static Optimizer Optimizer(string name, double? rate) => name switch
    {
        "adam" => rate is { } given ? new Adam(given) : new Adam(),
        "nadam" => rate is { } given ? new NesterovAdam(given) : new NesterovAdam(),
        "rmsprop" => rate is { } given ? new RmsProp(given) : new RmsProp(),
        "ascent" => rate is { } given ? new GradientAscent(given) : new GradientAscent(),
        _ => throw new FormatException($"There is no optimizer '{name}'; there are adam, nadam, rmsprop, ascent."),
    };

    private ImageValues Values(ParseResult parsed, long channels, bool clipped)
    {
        var colors = parsed.GetRequiredValue(_colors) switch
        {
            "auto" => channels == 3 && !clipped ? ColorCorrelation.Lucid : ColorCorrelation.None,
            "none" => ColorCorrelation.None,
            "lucid" => ColorCorrelation.Lucid,
            "xplique" => ColorCorrelation.Xplique,
            var other => throw new FormatException($"{_colors.Name} takes {_colors.HelpName}; '{other}' was given."),
        };
        return Range(parsed) is var (low, high)
            ? new ImageValues(colors, clipped ? ValueRange.Clipped : ValueRange.Sigmoid, low, high)
            : new ImageValues(colors, ValueRange.Free);
    }

    private Tensor Natural(ParseResult parsed)
    {
        var path = parsed.GetValue(_natural)
            ?? throw new FormatException($"{Magnitude} keeps the magnitudes of images: {_natural.Name} FILE.npy.");
        var images = NpyArray.Load(path);
        return Tensor.From(images.ToSingles(), [.. images.Shape.Select(e => (long)e)]);
    }

    private static double[]? Numbers(ParseResult parsed, Option<string[]> option)
    {
        if (parsed.GetValue(option) is not { Length: > 0 } texts)
            return null;
        return [.. texts.SelectMany(t => t.Split(',')).Select(text =>
            Number(text) ?? throw new FormatException($"{option.Name} takes numbers; '{text}' is none."))];
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}

using System.CommandLine;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Images;

/// <summary>What the command line says of images.</summary>
internal sealed class ImageArguments
{
    private readonly Option<string?> _images = new("--images")
    {
        HelpName = "FOLDER|FILE|PATTERN|LIST.tsv",
        Description = "Images in place of rows: PNG, JPEG, WebP, GIF, BMP. A folder with all below it (names of subfolders are labels), a "
            + "file, a pattern, or a list of paths and labels. --output is then a folder.",
    };

    private readonly Option<string?> _preprocess = new("--preprocess")
    {
        HelpName = $"{string.Join('|', Preprocessing.Names)}|FILE.json",
        Description = "How images become numbers. [default: what the model says, else what is customary; told in a line]",
    };

    private readonly Option<string> _onError = new("--on-error")
    {
        HelpName = "stop|skip",
        Description = "What a file that cannot be used does: end the command, or be left out and listed at the end.",
        DefaultValueFactory = _ => "stop",
    };

    private readonly Option<string[]> _overlays = new("--overlay")
    {
        HelpName = string.Join('|', OverlayKinds.Names) + "|none",
        Description = "How maps are laid over images, each at its own size; repeatable. [default: blend]",
    };

    private readonly Option<string?> _colors = new("--colors")
    {
        HelpName = "MAP",
        Description = $"The colour map: {string.Join(", ", ColorMap.Names)}; _r behind it turns it round. [default: diverging where values "
            + "are negative, else sequential]",
    };

    private readonly Option<int?> _superpixels = new("--superpixels")
    {
        HelpName = "N",
        Description = "Of methods that take parts of the image away (lime, kernel-shap, …): cut each image into about N regions (SLIC), "
            + "which play as one.",
    };

    private readonly Option<string?> _classes = new("--class-names")
    {
        HelpName = "FILE",
        Description = "A file with the name of a class in each line, from class 0 on.",
    };

    private readonly Option<int> _gallery = new("--gallery")
    {
        HelpName = "N",
        Description = "How many images the page shows, from the first on; 0 for no page.",
        DefaultValueFactory = _ => 100,
    };

    private Option[] All => [_images, _preprocess, _onError, _overlays, _colors, _superpixels, _classes, _gallery];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        foreach (var option in All)
            command.Options.Add(option);
    }

    /// <summary>Whether the command line names images.</summary>
    public bool AreGiven(ParseResult parsed) => parsed.GetValue(_images) is not null;

    /// <summary>Refuses options of images where rows are given.</summary>
    public void CheckNone(ParseResult parsed)
    {
        if (Array.Find(All, o => parsed.GetResult(o) is { Implicit: false }) is { } given)
            throw new UsageException($"{given.Name} is for images; give them with {_images.Name}.");
    }

    /// <summary>What is asked of files, of whatever they hold: whether bad ones are left out, and how many the page shows.</summary>
    /// <exception cref="UsageException">A value is none.</exception>
    public (bool SkipsBadFiles, int Shown) ReadFiles(ParseResult parsed) => (
        parsed.GetRequiredValue(_onError) switch
        {
            "skip" => true,
            "stop" => false,
            var other => throw new UsageException($"{_onError.Name} takes stop or skip; '{other}' was given."),
        },
        parsed.GetValue(_gallery) is >= 0 and var shown ? shown : throw new UsageException($"{_gallery.Name} takes a number from 0 on."));

    /// <summary>What is asked of images.</summary>
    /// <exception cref="UsageException">A value is none.</exception>
    public ImageRequest Read(ParseResult parsed)
    {
        string[] overlays = parsed.GetValue(_overlays) is { Length: > 0 } named ? named : ["blend"];
        if (parsed.GetValue(_superpixels) is { } superpixels && superpixels is < 1 or > 1 << 16)
            throw new UsageException($"{_superpixels.Name} takes a number from 1 to {1 << 16}.");
        return new ImageRequest(parsed.GetRequiredValue(_images)!, parsed.GetValue(_preprocess))
        {
            SkipsBadFiles = ReadFiles(parsed).SkipsBadFiles,
            Overlays = overlays is ["none"] ? [] : [.. overlays.Select(o => OverlayKinds.Names.Contains(o) ? o : throw new UsageException(
                $"{_overlays.Name} takes {string.Join(", ", OverlayKinds.Names)} or none; '{o}' was given."))],
            Colors = UsageException.Check(() => parsed.GetValue(_colors) is { } map ? ColorMap.Named(map) : null),
            Superpixels = parsed.GetValue(_superpixels),
            ClassNames = parsed.GetValue(_classes),
            Gallery = ReadFiles(parsed).Shown,
        };
    }
}

using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Images;

/// <summary>What is explained of a pipeline of images, in which size, and what becomes of images that cannot be read.</summary>
public sealed record ImageExplanationOptions
{
    /// <summary>
    /// The score to explain where an explanation names none: that of the best class (the default), of a class by number or name, or the
    /// difference of two.
    /// </summary>
    public Target Target { get; init => field = value ?? throw new ArgumentNullException(nameof(Target)); } = Target.ArgMax;

    /// <summary>
    /// The column of scores that is explained; null for those of the last model, or the first of floating-point numbers of the last
    /// network. Needed where steps stand behind the network that cannot be written.
    /// </summary>
    public string? ExplainedColumnName { get; init => field = NotBlank(value, nameof(ExplainedColumnName)); }

    /// <summary>
    /// What the classes are called, for targets by name; null for the slot names of the explained column, where it has some.
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>
    /// A network to explain in the place of what stands in the pipeline behind the pixels: its input takes a row of the column that
    /// <c>ExtractPixels</c> makes. Null to find it in the pipeline.
    /// </summary>
    public Network? Network { get; init; }

    /// <summary>What files of networks in the pipeline leave open, and whether a final softmax is explained as well.</summary>
    public NetworkOptions NetworkOptions { get; init => field = value ?? throw new ArgumentNullException(nameof(NetworkOptions)); } = new();

    /// <summary>
    /// Whether results have the size of the user's image, or that of the picture that the network sees; null for the image's own size of
    /// overlays, and the network's size of maps.
    /// </summary>
    public bool? OwnSize { get; init; }

    /// <summary>How a map comes back to the image's own size.</summary>
    public MapCarrying Carrying
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Carrying), value, "There is no such way to carry a map back.");
    }

    /// <summary>How maps are laid over images where an explanation does not say.</summary>
    public OverlayStyle Style { get; init => field = value ?? throw new ArgumentNullException(nameof(Style)); } = new();

    /// <summary>
    /// Whether an image that cannot be used gets an empty explanation (a map of NaN or of no length, no image, no bytes), or fails when its
    /// explanation is fetched.
    /// </summary>
    public bool SkipsBadImages { get; init; }

    /// <summary>The largest image, in pixels.</summary>
    public int MaximumPixels
    {
        get;
        init => field = value is >= 1 and <= Raster.MaximumPixels ? value : throw new ArgumentOutOfRangeException(
            nameof(MaximumPixels), value, $"From 1 to {Raster.MaximumPixels} pixels were expected.");
    } = 1 << 25;

    /// <summary>A column for what is wrong with a row's image, a text, empty where nothing is; null for none.</summary>
    public string? ProblemColumnName { get; init => field = NotBlank(value, nameof(ProblemColumnName)); }

    /// <summary>A column for the image's own height and width, two 32-bit integers; null for none.</summary>
    public string? SizeColumnName { get; init => field = NotBlank(value, nameof(SizeColumnName)); }

    /// <summary>A column for the number of the class that the first explanation is of, a 64-bit integer; null for none.</summary>
    public string? TargetColumnName { get; init => field = NotBlank(value, nameof(TargetColumnName)); }

    /// <summary>A column for the score that the first explanation is of, a number of single precision; null for none.</summary>
    public string? ScoreColumnName { get; init => field = NotBlank(value, nameof(ScoreColumnName)); }

    /// <summary>Device, threads, and how many images the network sees at once (4 by default).</summary>
    public RuntimeOptions Runtime { get; init => field = value ?? throw new ArgumentNullException(nameof(Runtime)); } =
        new() { BatchSize = 4 };

    /// <summary>Stops whoever is reading explanations with <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }

    private static string? NotBlank(string? value, string property) => value is null || !string.IsNullOrWhiteSpace(value) ? value
        : throw new ArgumentException($"{property} must be a name, or null for none; it is blank.", property);
}

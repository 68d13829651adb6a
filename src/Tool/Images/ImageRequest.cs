using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Tool.Images;

/// <summary>What is asked of images.</summary>
/// <param name="Images">Which.</param>
/// <param name="Preprocessing">How they become numbers: a name or a file; null to ask the model.</param>
internal sealed record ImageRequest(string Images, string? Preprocessing)
{
    /// <summary>Whether files that cannot be used are left out.</summary>
    public bool SkipsBadFiles { get; init; }

    /// <summary>How maps are laid over images.</summary>
    public IReadOnlyList<string> Overlays { get; init; } = [];

    /// <summary>In which colours; null to choose by the values.</summary>
    public ColorMap? Colors { get; init; }

    /// <summary>About how many regions play; null for elements.</summary>
    public int? Superpixels { get; init; }

    /// <summary>The file of the classes' names.</summary>
    public string? ClassNames { get; init; }

    /// <summary>How many images the page shows.</summary>
    public int Gallery { get; init; }

    /// <summary>How images become numbers.</summary>
    /// <param name="picture">What the network takes.</param>
    /// <param name="guess">What the model says, or what is customary.</param>
    /// <exception cref="UsageException">There is no preprocessing of that name.</exception>
    public PreprocessingGuess Prepared(PictureInput picture, Func<PreprocessingGuess> guess)
    {
        if (Preprocessing is not { } named)
            return guess();
        var prepared = Imaging.Preprocessing.Names.Contains(named) ? UsageException.Check(() => Imaging.Preprocessing.Named(named, picture))
            : named.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? PreprocessingFile.Load(named, picture)
            : throw new UsageException($"--preprocess takes {string.Join(", ", Imaging.Preprocessing.Names)} or a .json file; '{named}' "
                + $"was given.{Nearest.To(named, Imaging.Preprocessing.Names)}");
        return new PreprocessingGuess(prepared, "as asked", true);
    }
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Images;

/// <summary>An explanation column of images.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Method">How to explain.</param>
/// <param name="Form">What it holds.</param>
/// <param name="Target">The score to explain; null for that of the options.</param>
public sealed record ImageAsk(string Name, AttributionMethod Method, ImageForm Form = ImageForm.Map, Target? Target = null)
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = !string.IsNullOrWhiteSpace(Name) ? Name
        : throw new ArgumentException("The name of a column was expected.", nameof(Name));

    /// <summary>How to explain.</summary>
    public AttributionMethod Method { get; init; } = Method ?? throw new ArgumentNullException(nameof(Method));

    /// <summary>What it holds.</summary>
    public ImageForm Form { get; init; } = Enum.IsDefined(Form) ? Form
        : throw new ArgumentOutOfRangeException(nameof(Form), Form, "There is no such form.");

    /// <summary>How the map is laid over the image; null for the way of the options.</summary>
    public OverlayStyle? Style { get; init; }
}

/// <summary>Collects explanation columns of images.</summary>
public sealed class ImageExplanationBuilder
{
    private readonly List<ImageAsk> _asks = [];

    internal ImageExplanationBuilder()
    {
    }

    internal IReadOnlyList<ImageAsk> Asks => _asks;

    /// <summary>Asks for a column.</summary>
    /// <param name="outputColumnName">Its name.</param>
    /// <param name="method">How to explain.</param>
    /// <param name="form">What it holds.</param>
    /// <param name="target">The score to explain; null for that of the options.</param>
    /// <param name="style">How the map is laid over the image; null for the way of the options.</param>
    public ImageExplanationBuilder Add(string outputColumnName, AttributionMethod method, ImageForm form = ImageForm.Map,
        Target? target = null, OverlayStyle? style = null) => Add(new ImageAsk(outputColumnName, method, form, target) { Style = style });

    /// <summary>Asks for a column.</summary>
    /// <param name="ask">The column.</param>
    public ImageExplanationBuilder Add(ImageAsk ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        _asks.Add(ask);
        return this;
    }
}

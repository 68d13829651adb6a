using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Images.Steps;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Images.Networks;

/// <summary>
/// What stands in a pipeline behind a column of pixels, as one network that starts there. This is the one place that says what the network
/// is: a network that the user gives, or the networks of the pipeline's ONNX steps.
/// </summary>
/// <param name="Network">The network.</param>
/// <param name="Input">Its input that takes pixels.</param>
/// <param name="Output">The output that is explained.</param>
/// <param name="Classes">What the classes are called; null where nobody says.</param>
internal sealed record PixelNetwork(Network Network, string Input, string Output, IReadOnlyList<string>? Classes)
{
    /// <summary>Finds the network, and the column of pixels that it reads.</summary>
    /// <param name="trace">The pipeline's images.</param>
    /// <param name="options">What the user says.</param>
    /// <exception cref="ArgumentException">There is none, or something stands in the way.</exception>
    public static (PixelColumn Pixels, PixelNetwork Network) Find(PictureTrace trace, ImageExplanationOptions options)
    {
        if (trace.Pixels.Count == 0)
            throw new ArgumentException("The pipeline has no step that makes numbers of images: ExtractPixels, behind ResizeImages, was "
                + "expected.", "model");
        if (options.Network is { } given)
            return (trace.Pixels[^1], Given(given, options));
        var found = trace.Pixels.Select(p => (Pixels: p, Behind: new NetworkSteps(trace, p, options))).ToList();
        var networks = found.Where(f => f.Behind.HasNetwork).ToList();
        return networks switch
        {
            [] => throw found[^1].Behind.NoNetwork(),
            [var only] => (only.Pixels, only.Behind.Network()),
            _ when options.ExplainedColumnName is { } name && networks.FirstOrDefault(n => n.Behind.Makes(name)) is { Pixels: not null } one
                => (one.Pixels, one.Behind.Network()),
            _ => throw new ArgumentException("Several columns of pixels are read by networks: "
                + $"{string.Join(", ", networks.Select(n => $"'{n.Pixels.Column}'"))}. Say with ExplainedColumnName which network's scores "
                + "are explained.", nameof(options)),
        };
    }

    private static PixelNetwork Given(Network network, ImageExplanationOptions options)
    {
        var output = options.ExplainedColumnName ?? network.DefaultOutput;
        if (!network.OutputNames.Contains(output))
            throw new ArgumentException($"The network has no output '{output}'; it has "
                + $"{string.Join(", ", network.OutputNames.Select(n => $"'{n}'"))}.", nameof(options));
        return new PixelNetwork(network, network.DefaultInput.Name, output, options.ClassNames);
    }
}

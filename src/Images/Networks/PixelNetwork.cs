using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Images.Steps;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Images.Networks;

/// <summary>
/// What stands in a pipeline behind a column of pixels, as one network that starts there. This is the one place that says what the network
/// is: a network that the user gives, or the steps and the model of the pipeline as one.
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
        var (pixels, network) = Found(trace, options);
        CheckInput(network, pixels);
        return (pixels, network);
    }

    private static (PixelColumn Pixels, PixelNetwork Network) Found(PictureTrace trace, ImageExplanationOptions options)
    {
        if (trace.Pixels.Count == 0)
            throw new ArgumentException("The pipeline has no step that makes numbers of images: ExtractPixels, behind ResizeImages, was "
                + "expected.", "model");
        if (options.Network is { } given)
            return (trace.Pixels[^1], Given(given, options));
        if (trace.Pixels[^1].Behind == trace.Steps.Count)
            throw new ArgumentException($"No network reads the pixels '{trace.Pixels[^1].Column}': ApplyOnnxModel was expected behind "
                + $"ExtractPixels. {WhatToDo}", "model");
        var whole = Whole(trace, options);
        var inputs = whole.Model.Inputs;
        var pixels = trace.Pixels.FindLast(p => whole.Makers.GetValueOrDefault(p.Column) == trace.Steps[p.Behind - 1]);
        if (pixels is null)
            throw new ArgumentException($"No network reads the pixels {Listed(trace.Pixels.Select(p => p.Column))}; what is explained "
                + $"reads {Listed(inputs.Select(i => i.Name))}{Told(whole)}. {WhatToDo}", "model");
        if (inputs.Count > 1)
            throw new ArgumentException($"What is explained reads {Listed(inputs.Select(i => i.Name).Where(n => n != pixels.Column))} "
                + $"beside the pixels '{pixels.Column}'{Told(whole)}. {WhatToDo}", "model");
        return (pixels, new PixelNetwork(whole.Network, pixels.Column, whole.Network.OutputNames[0],
            options.ClassNames ?? whole.ClassNames));
    }

    private const string WhatToDo = "Give the network that starts at the pixels by ImageExplanationOptions.Network, or name the column of "
        + "scores to explain by ImageExplanationOptions.ExplainedColumnName.";

    private static PipelineNetwork Whole(PictureTrace trace, ImageExplanationOptions options)
    {
        try
        {
            return new PipelineNetwork(new TransformerChain<ITransformer>([.. trace.Steps]), trace.Schema, new PipelineNetworkOptions
            {
                OutputColumns = options.ExplainedColumnName is { } named ? [named] : null, Network = options.NetworkOptions,
            });
        }
        catch (NotSupportedException e)
        {
            throw new ArgumentException($"{e.Message} {WhatToDo}", "model", e);
        }
    }

    private static string Told(PipelineNetwork whole) => whole.Boundary.Count == 0 ? "" : $" ({string.Join(" ", whole.Boundary)})";

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));

    private static PixelNetwork Given(Network network, ImageExplanationOptions options)
    {
        var output = options.ExplainedColumnName ?? network.DefaultOutput;
        if (!network.OutputNames.Contains(output))
            throw new ArgumentException($"The network has no output '{output}'; it has "
                + $"{string.Join(", ", network.OutputNames.Select(n => $"'{n}'"))}.", nameof(options));
        return new PixelNetwork(network, network.DefaultInput.Name, output, options.ClassNames);
    }

    private static void CheckInput(PixelNetwork network, PixelColumn pixels)
    {
        if (pixels.Type.ItemType != NumberDataViewType.Single)
            throw new ArgumentException($"The pixels '{pixels.Column}' are bytes, which have no gradient; let ExtractPixels make numbers "
                + "(outputAsFloatArray: true), and let the network take them.", "model");
        var input = network.Network.Input(network.Input);
        var size = input.Shape!.Skip(1).Aggregate(1L, (a, d) => a * d.Value);
        if (input.Type != ElementType.Float || size != pixels.Type.Size || network.Network.Inputs.Count > 1)
            throw new ArgumentException($"The network's input '{network.Input}' takes {input.Type} {input.Shape}"
                + (network.Network.Inputs.Count > 1 ? $" beside {network.Network.Inputs.Count - 1} more inputs" : "")
                + $"; the pixels '{pixels.Column}' are {pixels.Type.Size} numbers of single precision: "
                + $"[{string.Join(", ", pixels.Type.Dimensions)}].", "model");
    }
}

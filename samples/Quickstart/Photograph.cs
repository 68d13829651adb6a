using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;

namespace Quickstart;

/// <summary>A digit on a photograph, and what every method says of why the network reads it.</summary>
/// <param name="Image">The image.</param>
/// <param name="Seen">The digit that the network sees.</param>
/// <param name="Score">Its score.</param>
/// <param name="Maps">A map for each method.</param>
internal sealed record Photograph(Raster Image, long Seen, float Score, IReadOnlyList<MethodMap> Maps)
{
    private const int Side = 32;
    private const float White = 255;

    private static readonly (string Name, string? Settings, AttributionMethod Method)[] Methods =
    [
        ("Saliency", null, new Saliency()),
        ("Input × gradient", null, new InputXGradient()),
        ("Integrated gradients", "50 steps from black", new IntegratedGradients(50)),
        ("SmoothGrad", "50 samples, noise 0.15", new Smooth(new Saliency(), 50, 0.15)),
        ("Guided backprop", null, new GuidedBackprop()),
        ("DeconvNet", null, new DeconvNet()),
        ("LRP", "ε-plus", new LayerwiseRelevance(RelevanceComposite.EpsilonPlus())),
        ("LRP", "ε-γ-box", new LayerwiseRelevance(RelevanceComposite.EpsilonGammaBox())),
        ("DeepLIFT", "rescale, from black", new DeepLift()),
        ("CAM", null, new Cam()),
        ("Grad-CAM", null, new GradCam()),
        ("Grad-CAM++", null, new GradCamPlusPlus()),
        ("Score-CAM", null, new ScoreCam()),
        ("Layer-CAM", null, new LayerCam()),
        ("Eigen-CAM", null, new EigenCam()),
        ("XGrad-CAM", null, new XGradCam()),
        ("Guided Grad-CAM", null, new GuidedGradCam()),
        ("Occlusion", "4 × 4 pixels turned black", new Occlusion([4, 4], [2, 2])),
        ("RISE", "1,000 masks", new Rise(1000)),
    ];

    /// <summary>Explains the image in the sample's data by all methods: each is compiled into a model of its own and run.</summary>
    public static Photograph Explain()
    {
        var pixels = NpyArray.Load(Files.Data("digit_on_photograph.npy")).ToSingles();
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] /= White;
        var network = Network.Load(Files.Model("resnet_tiny.onnx"));
        var input = new Dictionary<string, Tensor> { [network.DefaultInput.Name] = Tensor.From(pixels, 1, 3, Side, Side) };

        var (seen, score, maps) = (0L, 0f, new List<MethodMap>());
        foreach (var (name, settings, method) in Methods)
        {
            using var session = new ModelSession(Explanation.Compile(network, method));
            var explained = session.Run(input);
            (seen, score) = (explained["target"].As<long>()[0], explained["score"].As<float>()[0]);
            var attribution = explained["attribution"].As<float>();
            maps.Add(
                new MethodMap(name, Heatmap.SumChannels(attribution, attribution.Length / (Side * Side), Side, Side), Side, Side,
                    settings));
        }
        return new Photograph(Raster.FromPlanes(pixels, 3, Side, Side), seen, score, maps);
    }
}

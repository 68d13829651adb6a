namespace Microsoft.ML.Introspection.Attribution;

/// <summary>The class activation maps as a text interface offers them: each takes the same options, and some one of their own.</summary>
internal static class ActivationMapCatalog
{
    private static readonly Dictionary<string, ScoreCamWeight> Weights = new()
    {
        ["increase"] = ScoreCamWeight.Increase,
        ["probability"] = ScoreCamWeight.Probability,
    };

    private const string LastFeatures = "auto";

    private static readonly MethodOption Layer = new("layer", "The layer whose feature maps are taken; auto takes the last before they are pooled.", null, LastFeatures);

    /// <summary>All of them, in the order in which they are listed.</summary>
    public static IReadOnlyList<MethodDescription> Methods { get; } =
    [
        Describe("cam", "The features weighted by the dense layer behind their global average pooling (Zhou et al. 2015).", _ => new Cam()),
        Describe("grad-cam", "The features weighted by the mean of their gradient (Selvaraju et al. 2017).", _ => new GradCam()),
        Describe("grad-cam-plus-plus", "Grad-CAM that counts several objects alike (Chattopadhay et al. 2018).", _ => new GradCamPlusPlus()),
        Describe("score-cam", "The features weighted by the score of the input masked with them; no gradients (Wang et al. 2020).",
            options => new ScoreCam(Weights[options["weight"]]),
            new MethodOption("weight", "What weighs a channel: the score's increase (the paper) or the probability (its authors' code).", [.. Weights.Keys], "increase")),
        Describe("layer-cam", "The features weighted position by position by their positive gradient (Jiang et al. 2021).", _ => new LayerCam()),
        Describe("eigen-cam", "The features projected on their first principal component, whatever the score (Muhammad, Yeasin 2020).",
            options => new EigenCam { Centered = options["centered"] == "true" },
            Switch("centered", "Whether each channel's mean is taken away first.", false)),
        Describe("xgrad-cam", "The features weighted so that the map adds up as gradient times features does (Fu et al. 2020).", _ => new XGradCam()),
        Describe("hires-cam", "The features times their gradient, position by position (Draelos, Carin 2020).", _ => new HiResCam()),
        Describe("ablation-cam", "The features weighted by the share of the score that is lost without them; no gradients (Desai, Ramaswamy 2020).", _ => new AblationCam()),
        new("guided-grad-cam", "Guided backpropagation times the enlarged Grad-CAM map (Selvaraju et al. 2017).",
            [Layer], options => new GuidedGradCam(Given(options["layer"]))),
    ];

    private static MethodDescription Describe(
        string name, string summary, Func<IReadOnlyDictionary<string, string>, ActivationMap> create, params IEnumerable<MethodOption> own)
    {
        var relu = create(own.ToDictionary(o => o.Name, o => o.Default)).Relu;
        MethodOption[] common =
        [
            Layer,
            Switch("relu", "Whether what speaks against the score is cut off.", relu),
            Switch("upsample", "Whether the map is enlarged to the input's extents.", true),
            Switch("normalize", "Whether each map is scaled to [0, 1].", false),
        ];
        return new(name, summary, [.. own, .. common], options => create(options) with
        {
            Layer = Given(options["layer"]),
            Relu = options["relu"] == "true",
            Upsample = options["upsample"] == "true",
            Normalize = options["normalize"] == "true",
        });
    }

    private static MethodOption Switch(string name, string summary, bool otherwise) =>
        new(name, summary, ["true", "false"], otherwise ? "true" : "false");

    private static string? Given(string layer) => layer == LastFeatures ? null : layer;
}

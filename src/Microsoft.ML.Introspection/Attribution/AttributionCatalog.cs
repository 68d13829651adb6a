using Microsoft.ML.Introspection.Differentiation.Relevance;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>The methods of this room as a text interface offers them.</summary>
internal static class AttributionCatalog
{
    /// <summary>What the input is compared with.</summary>
    public static readonly MethodOption AgainstBaseline = new(
        "baseline", "What the input is compared with: zero, a number, blur:SIGMA, or a .npy file; several with commas between them are averaged over.", null, "zero");

    private static readonly Dictionary<string, SaliencyForm> Forms = new()
    {
        ["signed"] = SaliencyForm.Signed,
        ["absolute"] = SaliencyForm.Absolute,
        ["channel-maximum"] = SaliencyForm.ChannelMaximum,
    };

    /// <summary>How DeepLIFT takes activations.</summary>
    public static readonly Dictionary<string, DeepLiftRule> DeepLiftRules = new()
    {
        ["rescale"] = DeepLiftRule.Rescale,
        ["reveal-cancel"] = DeepLiftRule.RevealCancel,
    };

    private static readonly Dictionary<string, Quadrature> Rules = new()
    {
        ["gauss-legendre"] = Quadrature.GaussLegendre,
        ["left"] = Quadrature.RiemannLeft,
        ["right"] = Quadrature.RiemannRight,
        ["middle"] = Quadrature.RiemannMiddle,
        ["trapezoid"] = Quadrature.Trapezoid,
    };

    /// <summary>The choice among these.</summary>
    public static readonly MethodOption DeepLiftOption = new("rule", "How activations are taken; reveal-cancel is for those behind dense layers.", [.. DeepLiftRules.Keys], "rescale");

    /// <summary>All of them, in the order in which they are listed.</summary>
    public static IReadOnlyList<MethodDescription> Methods { get; } =
    [
        new("saliency", "The gradient of the score by the input (Simonyan et al. 2013).",
            [new("form", "What is kept of the gradient.", [.. Forms.Keys], "signed")],
            options => new Saliency(Forms[options["form"]])),
        new("input-x-gradient", "The input times the gradient: first-order shares in the score (Shrikumar et al. 2016).",
            [], _ => new InputXGradient()),
        new("integrated-gradients", "The gradient averaged over the way from a baseline to the input, times that way (Sundararajan et al. 2017).",
            [
                new("steps", "Points of the way at which the gradient is taken.", null, "50"),
                new("quadrature", "How these points are chosen and weighted.", [.. Rules.Keys], "gauss-legendre"),
                AgainstBaseline,
            ],
            options => new IntegratedGradients(options.Integer("steps"), Rules[options["quadrature"]]) { Baseline = options.Baseline("baseline") }),
        new("guided-backprop", "The gradient, of which each ReLU hands back only the positive part where it was active (Springenberg et al. 2014).",
            [], _ => new GuidedBackprop()),
        new("deconvnet", "The score sent back through the transposed network, each ReLU applied to what comes back (Zeiler, Fergus 2013).",
            [], _ => new DeconvNet()),
        .. ActivationMapCatalog.Methods,
        new("lrp", "Layer-wise relevance propagation: the score shared out layer by layer (Bach et al. 2015).",
            [
                new("composite", "Which layers follow which rule.", [.. RelevanceComposites.ByName.Keys], "epsilon-plus"),
                new("epsilon", "The ε of the ε-rule.", null, "1e-6"),
                new("gamma", "The γ of the γ-rule.", null, "0.25"),
                new("low", "The smallest value an input may take, for the box rule.", null, "0"),
                new("high", "The largest value an input may take, for the box rule.", null, "1"),
            ],
            options => new LayerwiseRelevance(RelevanceComposites.ByName[options["composite"]](new RelevanceSettings(
                options.Number("epsilon"), options.Number("gamma"), options.Number("low"), options.Number("high"))))),
        new("deep-lift", "DeepLIFT: what the differences from a baseline do to the score (Shrikumar et al. 2017).",
            [
                AgainstBaseline,
                DeepLiftOption,
            ],
            options => new DeepLift { Baseline = options.Baseline("baseline"), Rule = DeepLiftRules[options["rule"]] }),
        new("occlusion", "How much the score falls when a window slid over the input is covered (Zeiler, Fergus 2013).",
            [
                new("window", "The window's extents, such as 8,8: for all axes of a row, for those behind the channels, or one for each of these.", null, "1"),
                new("stride", "How far it moves, likewise; nothing for windows side by side.", null, ""),
                AgainstBaseline,
            ],
            options => new Occlusion(options.Integers("window") ?? [], options.Integers("stride")) { Baseline = options.Baseline("baseline") }),
        new("feature-ablation", "How much the score falls when a feature, or a group of features, takes the baseline's values.",
            [
                new("groups", "A .npy file of whole numbers of the shape of a row: the group of every element; nothing for each by itself.", null, ""),
                AgainstBaseline,
            ],
            options => new FeatureAblation { Groups = options.IntegerTensor("groups"), Baseline = options.Baseline("baseline") }),
        new("rise", "The mean score under random masks, weighted by what they show (Petsiuk et al. 2018).",
            [
                new("masks", "How many masks.", null, "4000"),
                new("cells", "Cells of a mask's grid along each axis.", null, "7"),
                new("visible", "The share of cells that are kept.", null, "0.5"),
                new("seed", "Other masks for every seed.", null, "1"),
                AgainstBaseline,
            ],
            options => new Rise(options.Integer("masks"), options.Integer("cells"), options.Number("visible"), options.Integer("seed")) { Baseline = options.Baseline("baseline") }),
        new("taylor", "First and second derivatives by the features and their pairs (Wunsch et al. 2018).",
            [new("order", "1 for first derivatives alone, 2 for all.", ["1", "2"], "2")],
            options => new TaylorCoefficients(options.Integer("order"))),
    ];
}

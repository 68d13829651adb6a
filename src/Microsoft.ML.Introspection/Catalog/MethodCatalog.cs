using System.Reflection;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Catalog;

/// <summary>
/// The one list of methods, of all rooms, each as its <see cref="MethodAttribute"/> describes it: the command line, the extensions of
/// ML.NET and the documentation take theirs from here.
/// </summary>
public static class MethodCatalog
{
    private const string Composite = "composite";

    private static readonly DescribedRecord Smoothing = new(typeof(Smooth)), Filtering = new(typeof(LowPass));

    /// <summary>All methods, in the order in which they are listed.</summary>
    public static IReadOnlyList<MethodDescription> All { get; } =
    [
        Of<Saliency>(), Of<InputXGradient>(), Of<IntegratedGradients>(), Of<Conductance>(), Of<InternalInfluence>(), Of<GuidedBackprop>(),
        Of<DeconvNet>(), Of<FullGrad>(),
        Of<Cam>(), Of<GradCam>(), Of<GradCamPlusPlus>(), Of<ScoreCam>(), Of<LayerCam>(), Of<EigenCam>(), Of<XGradCam>(), Of<HiResCam>(),
        Of<AblationCam>(), Of<GuidedGradCam>(), Of<GradCamElementWise>(), Of<EigenGradCam>(), Of<KpcaCam>(), Of<ShapleyCam>(),
        Of<FinerCam>(), Of<Fem>(),
        Of<RawAttention>(), Of<AttentionRollout>(), Of<AttentionFlow>(), Of<GradientAttention>(), Of<GenericAttention>(),
        Of<AttentionRelevance>(), Of<TransformerAttribution>(), Of<LeGrad>(),
        Relevance(), Of<DeepLift>(), Of<Occlusion>(), Of<FeatureAblation>(), Of<Rise>(),
        Of<SobolAttribution>(), Of<HsicAttribution>(), Of<TaylorCoefficients>(),
        Of<ExactShap>(), Of<KernelShap>(), Of<PermutationShap>(), Of<SamplingShap>(), Of<PartitionShap>(), Of<GradientShap>(),
        Of<DeepShap>(),
        Of<Lime>(), Of<Qii>(),
    ];

    /// <summary>
    /// Options that every method has, for they wrap it: <c>smooth</c> samples of it under noise, 0 for the method itself; then the
    /// frequencies of the map up to <c>low-pass</c>, 0 for all. A method that has an option of the same name (a seed) shares its value.
    /// </summary>
    public static IReadOnlyList<MethodOption> Common { get; } = [.. Smoothing.Options, .. Filtering.Options];

    /// <summary>Makes a method from its name and some of its options; the others take their defaults.</summary>
    /// <exception cref="ArgumentException">There is no such method, option, or value; the message lists those there are.</exception>
    public static AttributionMethod Create(string name, IReadOnlyDictionary<string, string>? options = null)
    {
        var method = All.FirstOrDefault(m => m.Name == name)
            ?? throw new ArgumentException($"There is no method '{name}'; there are {string.Join(", ", All.Select(m => m.Name))}.",
                nameof(name));
        options ??= new Dictionary<string, string>();
        MethodOption[] all = [.. method.Options, .. Common.ExceptBy(method.Options.Select(o => o.Name), o => o.Name)];
        var chosen = OptionText.All($"method {name}", all, options);
        var made = method.Create(chosen);
        foreach (var wrapper in (DescribedRecord[])[Smoothing, Filtering])
            if (wrapper.Options[0] is var use && chosen[use.Name] != use.Default)
                made = (AttributionMethod)wrapper.Create(chosen, (nameof(Wrapper.Method), made));
        return made;
    }

    private static MethodDescription Of<TMethod>() where TMethod : AttributionMethod
    {
        var record = new DescribedRecord(typeof(TMethod));
        return Described<TMethod>(record.Options, options => (AttributionMethod)record.Create(options));
    }

    // Composites have names of their own, and numbers that all share.
    private static MethodDescription Relevance()
    {
        var settings = new DescribedRecord(typeof(RelevanceSettings));
        return Described<LayerwiseRelevance>(
            [new(Composite, "Which layers follow which rule.", [.. RelevanceComposites.ByName.Keys], "epsilon-plus"), .. settings.Options],
            options => new LayerwiseRelevance(RelevanceComposites.ByName[options[Composite]]((RelevanceSettings)settings.Create(options))));
    }

    private static MethodDescription Described<TMethod>(
        IReadOnlyList<MethodOption> options, Func<IReadOnlyDictionary<string, string>, AttributionMethod> create) =>
        typeof(TMethod).GetCustomAttribute<MethodAttribute>() is { } method
            ? new(typeof(TMethod), method.Name, method.Summary, method.Paper, options, create)
            : throw new InvalidOperationException($"{typeof(TMethod).Name} has no {nameof(MethodAttribute)}.");
}

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>The numbers that composites take, each what it needs.</summary>
/// <param name="Epsilon">The ε of the ε-rule.</param>
/// <param name="Gamma">The γ of the γ-rule.</param>
/// <param name="Low">The smallest value an input may take, for the box rule.</param>
/// <param name="High">The largest.</param>
public sealed record RelevanceSettings(
    [Option("The ε of the ε-rule.")]
    double Epsilon = 1e-6,
    [Option("The γ of the γ-rule.")]
    double Gamma = 0.25,
    [Option("The smallest value an input may take, for the box rule.")]
    double Low = 0,
    [Option("The largest value an input may take, for the box rule.")]
    double High = 1);

/// <summary>The composites by name.</summary>
public static class RelevanceComposites
{
    /// <summary>What makes a composite, by its name in kebab case.</summary>
    public static IReadOnlyDictionary<string, Func<RelevanceSettings, RelevanceComposite>> ByName { get; } =
        new Dictionary<string, Func<RelevanceSettings, RelevanceComposite>>
    {
        ["epsilon-plus"] = s => RelevanceComposite.EpsilonPlus(s.Epsilon),
        ["epsilon-plus-flat"] = s => RelevanceComposite.EpsilonPlus(s.Epsilon).Flat(),
        ["epsilon-alpha2-beta1"] = s => RelevanceComposite.EpsilonAlpha2Beta1(s.Epsilon),
        ["epsilon-alpha2-beta1-flat"] = s => RelevanceComposite.EpsilonAlpha2Beta1(s.Epsilon).Flat(),
        ["epsilon-gamma-box"] = s => RelevanceComposite.EpsilonGammaBox(s.Low, s.High, s.Epsilon, s.Gamma),
        ["epsilon-gamma-box-flat"] = s => RelevanceComposite.EpsilonGammaBox(s.Low, s.High, s.Epsilon, s.Gamma).Flat(),
        ["excitation-backprop"] = _ => RelevanceComposite.ExcitationBackprop(),
        ["deep-taylor"] = s => RelevanceComposite.DeepTaylor(s.Low, s.High),
        ["deep-taylor-unbounded"] = _ => RelevanceComposite.DeepTaylorUnbounded(),
        ["recurrent"] = s => RelevanceComposite.Recurrent(s.Epsilon),
        ["recurrent-half"] = s => RelevanceComposite.RecurrentHalf(s.Epsilon),
        ["recurrent-shared-bias"] = s => RelevanceComposite.RecurrentSharedBias(s.Epsilon),
        ["zero"] = _ => RelevanceComposite.Uniform(RelevanceRules.Zero),
        ["epsilon"] = s => RelevanceComposite.Uniform(RelevanceRules.Epsilon(s.Epsilon)),
        ["gamma"] = s => RelevanceComposite.Uniform(RelevanceRules.Gamma(s.Gamma)),
        ["z-plus"] = _ => RelevanceComposite.Uniform(RelevanceRules.ZPlus),
        ["alpha2-beta1"] = _ => RelevanceComposite.Uniform(RelevanceRules.AlphaBeta()),
    };
}

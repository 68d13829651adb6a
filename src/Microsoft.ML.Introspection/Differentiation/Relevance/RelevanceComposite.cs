namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>A line of a composite's table: which layers, and their rule.</summary>
/// <param name="Kinds">Layers of these kinds.</param>
/// <param name="Rule">Their rule.</param>
public sealed record RelevanceEntry(LayerKind Kinds, RelevanceRule Rule)
{
    /// <summary>Only linear layers that have no other before them.</summary>
    public bool OnlyFirst { get; init; }

    /// <summary>Only the layer of this name: its node's, or that of the tensor it makes.</summary>
    public string? Layer { get; init; }
}

/// <summary>
/// Which layer follows which rule: a table, of which the first line that fits a layer holds. Own lines go before those of
/// another composite:
/// <code>
/// var mine = RelevanceComposite.EpsilonPlus().With(
///     new RelevanceEntry(LayerKind.Linear, RelevanceRules.Box(0, 1)) { OnlyFirst = true },
///     new RelevanceEntry(LayerKind.Dense, RelevanceRules.Gamma(0.1)) { Layer = "/fc1/Gemm" });
/// </code>
/// Activations pass relevance through, sums and average pooling follow the norm rule, max pooling gives all to the winner.
/// </summary>
public sealed class RelevanceComposite : IEquatable<RelevanceComposite>
{
    private static readonly RelevanceEntry[] Base =
    [
        new(LayerKind.Activation, RelevanceRules.Pass),
        new(LayerKind.Sum | LayerKind.AveragePooling | LayerKind.BatchNormalization, RelevanceRules.Norm),
        new(LayerKind.MaximumPooling | LayerKind.Movement, RelevanceRules.Gradient),
        new(LayerKind.Product, RelevanceRules.Product),
        new(LayerKind.Softmax, RelevanceRules.Softmax),
        new(LayerKind.Normalization, RelevanceRules.Normalization),
    ];

    /// <summary>Makes a composite from its table; what it leaves open follows the common base.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="entries">The table.</param>
    public RelevanceComposite(string name, params IReadOnlyList<RelevanceEntry> entries)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(entries);
        (Name, Entries) = (name, entries);
    }

    /// <summary>The composite's name.</summary>
    public string Name { get; }

    /// <summary>The table, without the common base.</summary>
    public IReadOnlyList<RelevanceEntry> Entries { get; }

    /// <summary>One rule for all linear layers.</summary>
    public static RelevanceComposite Uniform(LinearRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return new(rule.Name, new RelevanceEntry(LayerKind.Linear, rule));
    }

    /// <summary>ε-plus: z⁺ in convolutions, ε in dense layers.</summary>
    public static RelevanceComposite EpsilonPlus(double epsilon = 1e-6) => new("epsilon-plus",
        new(LayerKind.Convolution, RelevanceRules.ZPlus), new(LayerKind.Dense, RelevanceRules.Epsilon(epsilon)));

    /// <summary>ε-α2β1: α2-β1 in convolutions, ε in dense layers.</summary>
    public static RelevanceComposite EpsilonAlpha2Beta1(double epsilon = 1e-6) => new("epsilon-alpha2-beta1",
        new(LayerKind.Convolution, RelevanceRules.AlphaBeta(2, 1)), new(LayerKind.Dense, RelevanceRules.Epsilon(epsilon)));

    /// <summary>
    /// ε-γ-box: γ in convolutions, of which the first follows the box rule, ε in dense layers. Montavon et al. 2019,
    /// doi:10.1007/978-3-030-28954-6_10.
    /// </summary>
    /// <param name="low">The smallest value an input may take.</param>
    /// <param name="high">The largest.</param>
    /// <param name="epsilon">The ε of dense layers.</param>
    /// <param name="gamma">The γ of convolutions.</param>
    public static RelevanceComposite EpsilonGammaBox(double low = 0, double high = 1, double epsilon = 1e-6, double gamma = 0.25) =>
        new("epsilon-gamma-box",
        new(LayerKind.Convolution, RelevanceRules.Box(low, high)) { OnlyFirst = true },
        new(LayerKind.Convolution, RelevanceRules.Gamma(gamma)), new(LayerKind.Dense, RelevanceRules.Epsilon(epsilon)));

    /// <summary>Excitation backprop: z⁺ everywhere, and activations as in a gradient. Zhang et al. 2016, arXiv:1608.00507.</summary>
    public static RelevanceComposite ExcitationBackprop() => new("excitation-backprop",
        new(LayerKind.Activation, RelevanceRules.Gradient), new(LayerKind.Linear, RelevanceRules.ZPlus));

    /// <summary>
    /// Deep Taylor decomposition: z⁺ everywhere, but the box rule in the first layer. Montavon et al. 2017, arXiv:1512.02479.
    /// </summary>
    /// <param name="low">The smallest value an input may take.</param>
    /// <param name="high">The largest.</param>
    public static RelevanceComposite DeepTaylor(double low = 0, double high = 1) => new("deep-taylor",
        new(LayerKind.Linear, RelevanceRules.Box(low, high)) { OnlyFirst = true }, new(LayerKind.Linear, RelevanceRules.ZPlus));

    /// <summary>
    /// Deep Taylor decomposition of inputs without bounds: z⁺ without biases in every layer, the first included. What iNNvestigate and
    /// its tutorials call <c>deep_taylor</c>.
    /// </summary>
    public static RelevanceComposite DeepTaylorUnbounded() =>
        new("deep-taylor-unbounded", new RelevanceEntry(LayerKind.Linear, RelevanceRules.ZPlusWithoutBias));

    /// <summary>
    /// For networks with recurrent layers: ε in dense layers, in recurrent ones and in sums. Arras, Montavon, Müller, Samek 2017,
    /// arXiv:1706.07206.
    /// </summary>
    /// <param name="epsilon">The ε of all; the authors take 0.001.</param>
    public static RelevanceComposite Recurrent(double epsilon = 0.001) => Recurrent("recurrent", new RecurrentSettings(epsilon));

    /// <summary>The same, a signal getting half of the relevance of its product with a gate; the gate's half is dropped.</summary>
    /// <param name="epsilon">The ε of all.</param>
    public static RelevanceComposite RecurrentHalf(double epsilon = 0.001) =>
        Recurrent("recurrent-half", new RecurrentSettings(epsilon, Signal: 0.5));

    /// <summary>
    /// The same, biases and stabilisers being shared out equally: inputs and first states sum to the score, which checks an implementation
    /// more than it explains.
    /// </summary>
    /// <param name="epsilon">The ε of all.</param>
    public static RelevanceComposite RecurrentSharedBias(double epsilon = 0.001) =>
        Recurrent("recurrent-shared-bias", new RecurrentSettings(epsilon, SharesBias: true));

    private static RelevanceComposite Recurrent(string name, RecurrentSettings settings) => new(name,
        new(LayerKind.Recurrent, RelevanceRules.Recurrent(settings)),
        new(LayerKind.Linear, settings.SharesBias ? new SharedBiasRule(settings.Epsilon) : RelevanceRules.Epsilon(settings.Epsilon)),
        new(LayerKind.Sum | LayerKind.AveragePooling, RelevanceRules.NormOf(settings.Epsilon)));

    /// <summary>This composite with the flat rule in the first linear layer.</summary>
    public RelevanceComposite Flat() => new($"{Name}-flat", [new(LayerKind.Linear, RelevanceRules.Flat) { OnlyFirst = true }, .. Entries]);

    /// <summary>This composite with lines put before its own.</summary>
    public RelevanceComposite With(params IReadOnlyList<RelevanceEntry> entries) => new(Name, [.. entries, .. Entries]);

    internal RelevanceRule? RuleFor(LayerKind kind, bool isFirst, string name, string output) => Entries.Concat(Base).FirstOrDefault(e =>
        e.Kinds.HasFlag(kind) && (!e.OnlyFirst || isFirst) && (e.Layer is null || e.Layer == name || e.Layer == output))?.Rule;

    /// <inheritdoc/>
    public bool Equals(RelevanceComposite? other) => other is not null && Name == other.Name && Entries.SequenceEqual(other.Entries);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RelevanceComposite);

    /// <inheritdoc/>
    public override int GetHashCode() => Entries.Aggregate(Name.GetHashCode(StringComparison.Ordinal), HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>
/// How a layer hands the relevance of what it makes on to what it was made of. <see cref="LinearRule"/> makes rules for
/// layers with weights from a few functions; <see cref="RelevanceRules"/> holds those of the literature;
/// <see cref="By"/> makes one for any operator.
/// </summary>
public abstract record RelevanceRule
{
    private protected RelevanceRule(string name) => Name = name;

    /// <summary>The rule's name.</summary>
    public string Name { get; }

    /// <summary>
    /// A rule for any operator, from a function that gives the relevance of one input from that of the output
    /// (<see cref="Adjoint.Dy"/>); null where none goes there.
    /// </summary>
    public static RelevanceRule By(string name, BackwardRule rule) => new NodeRule(name, rule);

    internal abstract Value? Propagate(Adjoint adjoint, LinearLayer? layer);

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    private sealed record NodeRule(string Label, BackwardRule Rule) : RelevanceRule(Label)
    {
        internal override Value? Propagate(Adjoint adjoint, LinearLayer? layer) => Rule(adjoint);
    }
}

/// <summary>
/// One way in which a layer is run for a rule: with changed input, weights and bias. What is not given stays as it is.
/// </summary>
/// <param name="Input">The input to run with; null where nothing is left of it, and the part falls away.</param>
/// <param name="Weights">The weights to run with.</param>
/// <param name="Bias">The bias to run with; null for none.</param>
/// <param name="Sign">1, or -1 where the part is subtracted.</param>
public sealed record LinearPart(
    Func<Value, Value?>? Input = null, Func<Value, Value>? Weights = null, Func<Value, Value?>? Bias = null, double Sign = 1);

/// <summary>
/// Relevance shared out in proportion to what each input contributes: Σₚ xₚ·Wₚᵀ(R / Σₚ zₚ) with zₚ = Wₚxₚ + bₚ over some parts.
/// </summary>
/// <param name="Parts">The parts, whose results are added up.</param>
/// <param name="Factor">What the share is multiplied with.</param>
/// <param name="Relevance">The relevance to share, from the layer's output and its relevance; null for all of it.</param>
public sealed record LinearShare(IReadOnlyList<LinearPart> Parts, double Factor = 1, Func<Value, Value, Value>? Relevance = null);

/// <summary>
/// The one mechanism behind all rules for layers with weights: run the layer with changed input and weights, divide the
/// relevance by what comes out, send the quotient back through the same changed layer, multiply with the changed input.
/// <code>
/// // A rule that favours positive weights by their square:
/// var rule = new LinearRule("square", new LinearShare([new LinearPart(Weights: w => w + w.Relu() * w.Relu())]));
/// </code>
/// </summary>
public sealed record LinearRule : RelevanceRule
{
    /// <summary>Makes a rule.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="shares">The shares it adds up.</param>
    public LinearRule(string name, params IReadOnlyList<LinearShare> shares) : base(name)
    {
        ArgumentNullException.ThrowIfNull(shares);
        if (shares.Count == 0 || shares.Any(s => s.Parts.Count == 0))
            throw new ArgumentException($"The rule '{name}' needs at least one share, and each share a part.", nameof(shares));
        Shares = shares;
    }

    /// <summary>The shares that are added up.</summary>
    public IReadOnlyList<LinearShare> Shares { get; }

    /// <summary>What keeps denominators from 0, ε·sign(z); 0 for none.</summary>
    public double Stabilizer { get; init; } = 1e-6;

    /// <summary>Whether the name tells all, as it does of the rules of the literature.</summary>
    internal bool IsNamed { get; init; }

    /// <summary>Rules of the literature are equal where their names (numbers included) are; others are equal only to themselves.</summary>
    public bool Equals(LinearRule? other) => other is not null && Name == other.Name && Stabilizer.Equals(other.Stabilizer)
        && (IsNamed && other.IsNamed || ReferenceEquals(Shares, other.Shares));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Stabilizer);

    internal override Value? Propagate(Adjoint adjoint, LinearLayer? layer)
    {
        if (layer is null)
            throw new UnsupportedOperatorException($"The relevance rule '{Name}' is for layers with trained weights; the "
                + $"{adjoint.Node.Describe()} has none. Give it another rule in the composite.");
        return adjoint.Input != 0 ? null
            : Shares.Select(s => Shared(s, adjoint.Dy, layer)).OfType<Value>().Aggregate((Value?)null, Sum) ?? layer.Input.FullLike(0);
    }

    private Value? Shared(LinearShare share, Value relevance, LinearLayer layer)
    {
        var runs = share.Parts.Select(p => Run(p, layer)).OfType<PartRun>().ToList();
        if (runs.Count == 0)
            return null;
        var denominator = runs.Select(r => Signed(r.Result, r.Sign)).Aggregate((a, b) => a + b);
        var quotient = (share.Relevance?.Invoke(layer.Output, relevance) ?? relevance) / Signs.Stabilised(denominator, Stabilizer);
        var received = runs.Select(r => Signed(r.Input * LinearLayer.Backward(r.Linear, quotient), r.Sign)).Aggregate((a, b) => a + b);
        return share.Factor == 1 ? received : received * share.Factor;
    }

    private static PartRun? Run(LinearPart part, LinearLayer layer)
    {
        if ((part.Input is null ? layer.Input : part.Input(layer.Input)) is not { } input)
            return null;
        var weights = part.Weights?.Invoke(layer.Weights) ?? layer.Weights;
        var bias = layer.Bias is null || part.Bias is null ? layer.Bias : part.Bias(layer.Bias);
        var (result, linear) = layer.Apply(input, weights, bias);
        // What the network itself has computed need not be computed again.
        var unchanged = ReferenceEquals(input, layer.Input) && ReferenceEquals(weights, layer.Weights) && ReferenceEquals(bias, layer.Bias);
        return new PartRun(input, unchanged ? layer.Output : result, linear, part.Sign);
    }

    private static Value Signed(Value value, double sign) => sign == 1 ? value : sign == -1 ? -value : value * sign;

    private static Value Sum(Value? sum, Value next) => sum is null ? next : sum + next;

    private sealed record PartRun(Value Input, Value Result, Node Linear, double Sign);
}

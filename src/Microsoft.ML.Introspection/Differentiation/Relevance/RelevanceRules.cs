using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>
/// The rules of the literature. x is a layer's input, W its weights, b its bias, z = W·x + b its output, R the relevance of z;
/// ⁺ and ⁻ are positive and negative parts, ε keeps denominators from 0.
/// </summary>
public static class RelevanceRules
{
    internal const double Small = 1e-6;

    private static readonly Func<Value, Value> Ones = v => v.Graph.Constant(Tensor.Filled(v.Type, 1, v.Shape.ToArray()));

    // One row of ones serves the whole batch.
    private static readonly Func<Value, Value?> RowOfOnes = x => x.Graph.Constant(Tensor.Filled(x.Type, 1, Axes.OneRow(x.Shape)));

    /// <summary>LRP-0: x·Wᵀ(R/z). Bach et al. 2015, doi:10.1371/journal.pone.0130140.</summary>
    public static LinearRule Zero { get; } = new("zero", new LinearShare([new LinearPart()])) { Stabilizer = 0, IsNamed = true };

    /// <summary>
    /// z⁺: only what speaks for the output counts, x⁺·W⁺ᵀs + x⁻·W⁻ᵀs with s = R/(W⁺x⁺ + W⁻x⁻ + b⁺). Montavon et al. 2017, arXiv:1512.02479.
    /// </summary>
    public static LinearRule ZPlus { get; } = new("z-plus", ForOutput()) { IsNamed = true };

    /// <summary>z⁺ without biases: they get no relevance, so that none is lost on them.</summary>
    public static LinearRule ZPlusWithoutBias { get; } = new("z-plus-without-bias", new LinearShare(
        [new(Signs.Positive, w => Clamped(w, 1), _ => null), new(Signs.Negative, w => Clamped(w, -1), _ => null)])) { IsNamed = true };

    /// <summary>w²: relevance shared out by squared weights, whatever the input. Montavon et al. 2017, arXiv:1512.02479.</summary>
    public static LinearRule WSquare { get; } =
        new("w-square", new LinearShare([new LinearPart(RowOfOnes, w => w * w, b => b * b)])) { IsNamed = true };

    /// <summary>Flat: relevance shared out evenly over all inputs a unit sees. Lapuschkin et al. 2019, arXiv:1902.10178.</summary>
    public static LinearRule Flat { get; } = new("flat", new LinearShare([new LinearPart(RowOfOnes, Ones, _ => null)])) { IsNamed = true };

    /// <summary>Relevance passes unchanged to the first operand.</summary>
    public static RelevanceRule Pass { get; } = RelevanceRule.By("pass", a => a.Input == 0 ? a.Dy : null);

    /// <summary>Relevance goes where a gradient would: to the winner of a maximum, to the origin of a moved element.</summary>
    public static RelevanceRule Gradient { get; } = RelevanceRule.By("gradient", a => BackwardRules.Default.Apply(a));

    /// <summary>
    /// Norm: each operand gets its share in the result, x·(∂y/∂x)ᵀ(R/y); for sums, means, average pooling and other linear
    /// operators without trained weights. Constants among the operands keep their share.
    /// </summary>
    public static RelevanceRule Norm { get; } = RelevanceRule.By("norm", a => Normed(a));

    /// <summary>
    /// Products: a gate (sigmoid, softmax, the error function of a GELU …) counts as a constant factor, and the relevance goes
    /// to what it gates by the norm rule; two signals share it equally. A denominator counts as constant, and so does a
    /// softmax over attention scores. Ali et al. 2022, arXiv:2202.07304; Arras et al. 2019, arXiv:1909.12114; Achtibat et al.
    /// 2024, arXiv:2402.05602.
    /// </summary>
    public static RelevanceRule Product { get; } = RelevanceRule.By("product", Products.Propagate);

    /// <summary>
    /// Products as AttnLRP has them: as <see cref="Product"/>, but a softmax that weighs the values of attention is a signal like these,
    /// and of a product element by element each signal gets exactly half. Achtibat et al. 2024, arXiv:2402.05602.
    /// </summary>
    /// <param name="epsilon">What keeps the sums of matrix products from 0.</param>
    public static RelevanceRule Signals(double epsilon = Small)
    {
        Checked(epsilon);
        return RelevanceRule.By(Named("signals", epsilon), a => Products.Signals(a, epsilon));
    }

    /// <summary>
    /// Softmax y of x where it gates nothing: x·(R − y·ΣR), its first-order Taylor term; what is masked gets nothing. Achtibat et al. 2024,
    /// arXiv:2402.05602.
    /// </summary>
    public static RelevanceRule Softmax { get; } = RelevanceRule.By("softmax", a => a.Node.OperatorType == "Softmax"
        ? a.Y.EqualTo(a.Y.Like(0)).Where(a.Dy.Like(0), a.X) * (a.Dy - a.Y * a.Dy.SumInOrder(a.Axis("axis", -1)))
        : Normed(a));

    /// <summary>
    /// Normalisation layers: their standard deviation counts as constant, and the rest, which is linear, follows the norm rule.
    /// Ali et al. 2022, arXiv:2202.07304.
    /// </summary>
    public static RelevanceRule Normalization { get; } = new NormalizationRule("normalization", Small);

    /// <summary>
    /// Recurrent layers (LSTM, GRU, RNN), step by step: gates are constants, what they let through gets all of the relevance; the sums of
    /// the state and of the candidate share by ε, the bias taking part. Arras, Montavon, Müller, Samek 2017, arXiv:1706.07206.
    /// </summary>
    /// <param name="epsilon">What absorbs relevance of small sums.</param>
    public static RelevanceRule Recurrent(double epsilon = Small) => Recurrent(new RecurrentSettings(Checked(epsilon)));

    internal static RelevanceRule Recurrent(RecurrentSettings settings) =>
        RelevanceRule.By($"recurrent {settings}", a => RecurrentRelevance.Propagate(a, settings));

    /// <summary>Products with an ε of their own, of which each of two signals gets exactly half, element by element.</summary>
    internal static RelevanceRule Gated(double epsilon) =>
        RelevanceRule.By(Named("product", epsilon), a => Products.Propagate(a, epsilon, halves: true));

    /// <summary>Normalisation layers with an ε of their own.</summary>
    internal static RelevanceRule NormalizationOf(double epsilon) =>
        new NormalizationRule(Named("normalization", epsilon), epsilon);

    /// <summary>The norm rule with an ε of its own.</summary>
    /// <param name="epsilon">What keeps denominators from 0, ε·sign(z).</param>
    public static RelevanceRule NormOf(double epsilon)
    {
        Checked(epsilon);
        return RelevanceRule.By(Named("norm", epsilon), a => Normed(a, epsilon: epsilon));
    }

    /// <summary>ε: x·Wᵀ(R/(z + ε·sign z)). Bach et al. 2015, doi:10.1371/journal.pone.0130140.</summary>
    /// <param name="epsilon">What absorbs relevance of weak outputs; 0 gives LRP-0.</param>
    public static LinearRule Epsilon(double epsilon = Small)
    {
        Checked(epsilon);
        return new(Named("epsilon", epsilon), new LinearShare([new LinearPart()])) { Stabilizer = epsilon, IsNamed = true };
    }

    /// <summary>
    /// γ: positive weights favoured, W + γW⁺. For inputs of both signs the generalised rule: where z &gt; 0, x⁺ meets W + γW⁺ and x⁻
    /// meets W + γW⁻; where z &lt; 0, the other way round. Montavon et al. 2019, doi:10.1007/978-3-030-28954-6_10; Andéol et al. 2021.
    /// </summary>
    /// <param name="gamma">How much; 0 gives LRP-0, infinity z⁺.</param>
    public static LinearRule Gamma(double gamma = 0.25)
    {
        if (!(gamma >= 0) || !double.IsFinite(gamma))
            throw new ArgumentOutOfRangeException(nameof(gamma), gamma, "The γ of the γ-rule must be a number of at least 0.");
        Value MoreFor(Value w) => w + gamma * Clamped(w, 1);
        Value MoreAgainst(Value w) => w + gamma * Clamped(w, -1);
        return new(
            Named("gamma", gamma),
            new LinearShare([new(Signs.Positive, MoreFor, MoreFor), new(Signs.Negative, MoreAgainst, _ => null)],
                Relevance: (z, r) => r * z.IsPositive()),
            new LinearShare([new(Signs.Positive, MoreAgainst, MoreAgainst), new(Signs.Negative, MoreFor, _ => null)],
                Relevance: (z, r) => r * (-z).IsPositive())) { IsNamed = true };
    }

    /// <summary>
    /// α-β: what speaks for the output gets α times the relevance, what speaks against it −β times. Bach et al. 2015,
    /// doi:10.1371/journal.pone.0130140.
    /// </summary>
    /// <param name="alpha">α, at least 1.</param>
    /// <param name="beta">β = α − 1.</param>
    public static LinearRule AlphaBeta(double alpha = 2, double beta = 1)
    {
        if (!(beta >= 0) || !double.IsFinite(alpha) || Math.Abs(alpha - beta - 1) > 1e-9)
            throw new ArgumentException(
                $"The α-β-rule needs β ≥ 0 and α − β = 1 for relevance to be conserved; α = {alpha} and β = {beta} were given.");
        var name = FormattableString.Invariant($"alpha{alpha}-beta{beta}");
        LinearShare[] shares = beta == 0 ? [ForOutput()] : [ForOutput() with { Factor = alpha }, AgainstOutput() with { Factor = -beta }];
        return new(name, shares) { IsNamed = true };
    }

    /// <summary>
    /// z-box for inputs known to lie in an interval [l, h]: x·Wᵀs − l·W⁺ᵀs − h·W⁻ᵀs with s = R/(z − W⁺l − W⁻h − …). Montavon et al.
    /// 2017, arXiv:1512.02479.
    /// </summary>
    /// <param name="low">The smallest value an input may take.</param>
    /// <param name="high">The largest.</param>
    public static LinearRule Box(double low = 0, double high = 1)
    {
        if (!(low < high))
            throw new ArgumentException($"The box rule needs a lowest value below the highest; {low} and {high} were given.");
        return Box(FormattableString.Invariant($"box {low} {high}"), Tensor.Scalar((float)low), Tensor.Scalar((float)high)) with {
            IsNamed = true };
    }

    /// <summary>The box rule with its own interval for each channel, or each element.</summary>
    /// <param name="low">The smallest values, to be broadcast to a row of the input: [1, C, 1, 1], say.</param>
    /// <param name="high">The largest values.</param>
    public static LinearRule Box(Tensor low, Tensor high)
    {
        ArgumentNullException.ThrowIfNull(low);
        ArgumentNullException.ThrowIfNull(high);
        return Box("box", low, high);
    }

    private static LinearRule Box(string name, Tensor low, Tensor high) => new(name, new LinearShare([
        new LinearPart(),
        new LinearPart(x => Row(low, x), w => Clamped(w, 1), b => Clamped(b, 1), -1),
        new LinearPart(x => Row(high, x), w => Clamped(w, -1), b => Clamped(b, -1), -1)]));

    private static LinearShare ForOutput() => new([
        new(Signs.Positive, w => Clamped(w, 1), b => Clamped(b, 1)), new(Signs.Negative, w => Clamped(w, -1), _ => null)]);

    private static LinearShare AgainstOutput() => new([
        new(Signs.Positive, w => Clamped(w, -1), b => Clamped(b, -1)), new(Signs.Negative, w => Clamped(w, 1), _ => null)]);

    private static Value Clamped(Value weights, int sign) => sign > 0 ? weights.Relu() : weights.Minimum(weights.Like(0));

    private static Value Row(Tensor bound, Value x) =>
        x.Graph.Constant(bound).Cast(x.Type) * x.Graph.Constant(Tensor.Filled(x.Type, 1, Axes.OneRow(x.Shape)));

    private static double Checked(double epsilon) => epsilon >= 0 && double.IsFinite(epsilon) ? epsilon
        : throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "The ε of the ε-rule must be a number of at least 0.");

    private static string Named(string rule, double number) => FormattableString.Invariant($"{rule} {number}");

    internal static Value? Normed(Adjoint a, double part = 1, double epsilon = Small)
    {
        var quotient = (part == 1 ? a.Dy : a.Dy * part) / Signs.Stabilised(a.Y, epsilon);
        return BackwardRules.Default.Apply(a with { Gradients = [quotient, .. a.Gradients.Skip(1).Select(_ => (Value?)null)] }) is { } share
            ? a.X * share : null;
    }
}

using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How parameters follow the gradient, upwards. What it carries from step to step is its state.</summary>
public abstract record Optimizer
{
    /// <summary>Names the rate.</summary>
    private protected Optimizer(double rate) => Rate = double.IsFinite(rate) && rate > 0 ? rate
        : throw new ArgumentOutOfRangeException(nameof(rate), rate, "A rate above 0 was expected.");

    /// <summary>The length of a step.</summary>
    public double Rate { get; }

    /// <summary>The state before the first step.</summary>
    internal abstract IReadOnlyList<Value> Begin(Value parameters);

    /// <summary>A step.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="gradient">The gradient of what is made large.</param>
    /// <param name="state">The state.</param>
    /// <param name="step">The number of the step, from 1, a scalar of double precision.</param>
    /// <returns>The parameters, then the state.</returns>
    internal abstract (Value Parameters, IReadOnlyList<Value> State) Step(
        Value parameters, Value gradient, IReadOnlyList<Value> state, Value step);

    // β to the number of the step.
    private protected static Value Power(Value step, double of) => Operators.Emit("Pow", step.Like(of), step);

    private protected static double Share(double value, string name) => value is >= 0 and < 1 ? value
        : throw new ArgumentOutOfRangeException(name, value, "A number from 0 to below 1 was expected.");

    private protected static double Small(double value, string name) => double.IsFinite(value) && value >= 0 ? value
        : throw new ArgumentOutOfRangeException(name, value, "A small number of at least 0 was expected.");
}

/// <summary>Some steps that are taken at one rate.</summary>
/// <param name="Steps">How many.</param>
/// <param name="Factor">What the optimizer's rate is multiplied by.</param>
public sealed record RatePhase(int Steps, double Factor)
{
    private const int MostSteps = 1 << 20;

    /// <summary>How many.</summary>
    public int Steps { get; } = Steps is >= 1 and <= MostSteps ? Steps
        : throw new ArgumentOutOfRangeException(nameof(Steps), Steps, $"Between 1 and {MostSteps} steps were expected.");

    /// <summary>What the optimizer's rate is multiplied by.</summary>
    public double Factor { get; } = double.IsFinite(Factor) && Factor > 0 ? Factor
        : throw new ArgumentOutOfRangeException(nameof(Factor), Factor, "A factor above 0 was expected.");
}

/// <summary>Along the gradient, with momentum: v = μv + g, θ += ηv.</summary>
/// <param name="Rate">η.</param>
/// <param name="Momentum">μ.</param>
public sealed record GradientAscent(double Rate = 1, double Momentum = 0) : Optimizer(Rate)
{
    /// <summary>μ.</summary>
    public double Momentum { get; } = Share(Momentum, nameof(Momentum));

    /// <summary>Whether each image's gradient is divided by the mean of its magnitudes first, as deep dream does.</summary>
    public bool ByMeanMagnitude { get; init; }

    /// <summary>
    /// Phases of other rates, one behind the other; momentum begins anew in each, and the last goes on for ever. None for one rate.
    /// </summary>
    public IReadOnlyList<RatePhase> Phases
    {
        get;
        init => field = value?.All(p => p is not null) == true ? [.. value] : throw new ArgumentNullException(nameof(Phases));
    } = [];

    internal override IReadOnlyList<Value> Begin(Value parameters) => Momentum == 0 ? [] : [parameters * 0];

    internal override (Value, IReadOnlyList<Value>) Step(Value parameters, Value gradient, IReadOnlyList<Value> state, Value step)
    {
        if (ByMeanMagnitude)
        {
            var mean = ObjectiveSite.Mean(gradient.Abs());
            // Where nothing pulls, nothing moves.
            mean = mean.EqualTo(mean.Like(0)).Where(mean.Like(1), mean);
            gradient /= mean.Reshape([-1, .. Enumerable.Repeat(1L, gradient.Rank - 1)]);
        }
        var kept = Momentum == 0 ? null : state[0] * Momentum;
        if (Phases.Count == 0)
        {
            var plain = kept is null ? gradient : kept + gradient;
            return (parameters + plain * Rate, kept is null ? [] : [plain]);
        }
        var (rate, isFirst) = Phase(step, gradient.Type);
        var velocity = kept is null ? gradient : isFirst.Where(kept.Like(0), kept) + gradient;
        return (parameters + velocity * rate, kept is null ? [] : [velocity]);
    }

    // The rate of a step, and whether it is the first of its phase.
    private (Value Rate, Value IsFirst) Phase(Value step, ElementType type)
    {
        var (rate, isFirst, begin) = (step.Like(Rate * Phases[^1].Factor), step.EqualTo(step.Like(1)), 1L);
        foreach (var (number, phase) in Phases.Index())
        {
            var from = step.Like(begin);
            if (number > 0)
                isFirst = Operators.Emit("Or", isFirst, step.EqualTo(from));
            begin += phase.Steps;
            if (number < Phases.Count - 1)
                rate = step.GreaterOrEqual(from).And(step.Less(step.Like(begin))).Where(step.Like(Rate * phase.Factor), rate);
        }
        return (rate.Cast(type), isFirst);
    }
}

/// <summary>Adam (Kingma, Ba 2014, arXiv:1412.6980), as PyTorch has it.</summary>
/// <param name="Rate">η.</param>
/// <param name="Beta1">The share of the mean gradient that is kept.</param>
/// <param name="Beta2">The share of the mean square that is kept.</param>
/// <param name="Epsilon">What is added to roots.</param>
public sealed record Adam(double Rate = 0.05, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8) : Optimizer(Rate)
{
    /// <summary>The share of the mean gradient that is kept.</summary>
    public double Beta1 { get; } = Share(Beta1, nameof(Beta1));

    /// <summary>The share of the mean square that is kept.</summary>
    public double Beta2 { get; } = Share(Beta2, nameof(Beta2));

    /// <summary>What is added to roots.</summary>
    public double Epsilon { get; } = Small(Epsilon, nameof(Epsilon));

    internal override IReadOnlyList<Value> Begin(Value parameters) => [parameters * 0, parameters * 0];

    internal override (Value, IReadOnlyList<Value>) Step(Value parameters, Value gradient, IReadOnlyList<Value> state, Value step)
    {
        var (mean, squares) = (state[0] * Beta1 + gradient * (1 - Beta1), state[1] * Beta2 + gradient * gradient * (1 - Beta2));
        var (rate, root) = ((Rate / (1 - Power(step, Beta1))).Cast(gradient.Type), (1 - Power(step, Beta2)).Sqrt().Cast(gradient.Type));
        return (parameters + rate * mean / (squares.Sqrt() / root + Epsilon), [mean, squares]);
    }
}

/// <summary>Adam with Nesterov's momentum (Dozat 2016), as PyTorch has it.</summary>
/// <param name="Rate">η.</param>
/// <param name="Beta1">The share of the mean gradient that is kept.</param>
/// <param name="Beta2">The share of the mean square that is kept.</param>
/// <param name="Epsilon">What is added to roots.</param>
/// <param name="Decay">How the momentum comes up to its share.</param>
public sealed record NesterovAdam(
    double Rate = 1, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double Decay = 0.004) : Optimizer(Rate)
{
    /// <summary>The share of the mean gradient that is kept.</summary>
    public double Beta1 { get; } = Share(Beta1, nameof(Beta1));

    /// <summary>The share of the mean square that is kept.</summary>
    public double Beta2 { get; } = Share(Beta2, nameof(Beta2));

    /// <summary>What is added to roots.</summary>
    public double Epsilon { get; } = Small(Epsilon, nameof(Epsilon));

    /// <summary>How the momentum comes up to its share.</summary>
    public double Decay { get; } = Small(Decay, nameof(Decay));

    internal override IReadOnlyList<Value> Begin(Value parameters) =>
        [parameters * 0, parameters * 0, parameters.Graph.Constant(1.0)];

    internal override (Value, IReadOnlyList<Value>) Step(Value parameters, Value gradient, IReadOnlyList<Value> state, Value step)
    {
        Value Momentum(Value at) => Beta1 * (1 - 0.5 * Operators.Emit("Pow", at.Like(0.96), at * Decay));
        var (now, next) = (Momentum(step), Momentum(step + 1));
        var product = state[2] * now;
        var (mean, squares) = (state[0] * Beta1 + gradient * (1 - Beta1), state[1] * Beta2 + gradient * gradient * (1 - Beta2));
        var root = (squares / (1 - Power(step, Beta2)).Cast(gradient.Type)).Sqrt() + Epsilon;
        var (ofGradient, ofMean) = ((Rate * (1 - now) / (1 - product)).Cast(gradient.Type),
            (Rate * next / (1 - product * next)).Cast(gradient.Type));
        return (parameters + (gradient * ofGradient + mean * ofMean) / root, [mean, squares, product]);
    }
}

/// <summary>The gradient over the root of its mean square (Tieleman, Hinton 2012).</summary>
/// <param name="Rate">η.</param>
/// <param name="Decay">The share of the mean square that is kept.</param>
/// <param name="Epsilon">What is added.</param>
/// <param name="EpsilonInside">Whether it is added within the root, as Keras does, not to it, as PyTorch does.</param>
public sealed record RmsProp(double Rate = 0.01, double Decay = 0.99, double Epsilon = 1e-8, bool EpsilonInside = false) : Optimizer(Rate)
{
    /// <summary>The share of the mean square that is kept.</summary>
    public double Decay { get; } = Share(Decay, nameof(Decay));

    /// <summary>What is added.</summary>
    public double Epsilon { get; } = Small(Epsilon, nameof(Epsilon));

    internal override IReadOnlyList<Value> Begin(Value parameters) => [parameters * 0];

    internal override (Value, IReadOnlyList<Value>) Step(Value parameters, Value gradient, IReadOnlyList<Value> state, Value step)
    {
        var squares = state[0] * Decay + gradient * gradient * (1 - Decay);
        var root = EpsilonInside ? (squares + Epsilon).Sqrt() : squares.Sqrt() + Epsilon;
        return (parameters + gradient * Rate / root, [squares]);
    }
}

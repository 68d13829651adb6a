using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation;

/// <summary>
/// DeepLIFT's multipliers: backward rules in which every slope is taken not at a point but between the values at the input and
/// those at a baseline, so that multiplier times difference of an operator's inputs is the difference of its output.
/// Shrikumar, Greenside, Kundaje 2017, arXiv:1704.02685 (rescale rule).
/// <para>
/// Functions of single elements: Δy/Δx, and the derivative where Δx vanishes. Linear operators: as they are. Products of two
/// computed values: each with the mean of the other's two values, which splits Δ(ab) without rest. Quotients: as the product with
/// the reciprocal. A softmax within the network: as exponential, sum and quotient; one that makes the output: element by element,
/// as shap has it. Layer normalisation: as the products it is made of. Max pooling: what the maximum gains over the baseline's goes
/// to the winner, what it loses to the baseline's winner (shap's cross-maximum rule, which is complete).
/// </para>
/// </summary>
internal sealed class Multipliers
{
    // Differences below this are rounding, and their quotients noise; shap draws the line here too.
    private const double Tiny = 1e-6;

    // What keeps the quotient of two equal numbers defined and changes no other.
    private const double Least = 1e-36;

    private readonly NetworkTrace _trace;
    private readonly NetworkTrace _baseline;
    private readonly HashSet<Value> _outputs;

    public Multipliers(Network network, NetworkTrace trace, NetworkTrace baseline)
    {
        (_trace, _baseline) = (trace, baseline);
        _outputs = [.. network.OutputNames.Select(trace.FileOutput)];
    }

    /// <summary>The rules, for values of the trace.</summary>
    public BackwardRules Rules => BackwardRules.Default.Choosing(Choose);

    private BackwardRule? Choose(Node node) => node.Facts is not { } facts ? null : facts.Kind switch
    {
        // What follows the network (picking a score) is linear and has no counterpart at the baseline.
        _ when node.Outputs.All(o => _trace.Counterpart(o, _baseline) is null) => null,
        _ when facts.Has(OperatorTraits.Linear) => null,
        OperatorKind.Function => Rescale,
        OperatorKind.Product or OperatorKind.Convolution => Product,
        OperatorKind.Quotient => Quotient,
        OperatorKind.Softmax when node.OperatorType == "LogSoftmax" => LogSoftmax,
        OperatorKind.Softmax => _outputs.Contains(node.Outputs[0]) ? Rescale : Softmax,
        OperatorKind.Normalization when node.OperatorType == "LayerNormalization" => LayerNormalization,
        OperatorKind.Maximum => Maximum,
        OperatorKind.Extremum => Larger,
        _ when !BackwardRules.Default.Operators.Contains(node.OperatorType) => null,
        _ => throw new UnsupportedOperatorException($"DeepLIFT has no rule for the {node.Describe()}. Use a method that needs only "
            + "gradients, integrated gradients for instance."),
    };

    private Value At(Value value) => value.Constant is not null ? value : _trace.Counterpart(value, _baseline) ?? value;

    private Value Difference(Value value) => value - At(value);

    private Value? Rescale(Adjoint a)
    {
        if (a.Input != 0)
            return null;
        if (a.Node.Inputs.Skip(1).Any(i => i is { Constant: null }))
            throw new UnsupportedOperatorException($"DeepLIFT has no rule for the {a.Node.Describe()} with a computed parameter.");
        if (a.Node.OperatorType == "Pow" && a.At(1).Constant is { Count: 1 } exponent && exponent.ToDouble()[0] == 2)
            return a.Dy * (a.X + At(a.X));
        if (a.Node.OperatorType == "Relu" && a.X.Type is ElementType.Float or ElementType.Double)
            return a.Dy * ReluSlope(a);
        return a.Dy * Slope(Difference(a.X), Difference(a.Y), BackwardRules.Default.Apply(a with { Gradients = [a.Dy.Like(1)] })!);
    }

    // A ReLU's quotient lies between 0 and 1 however small its parts are, so it needs no choice: (Δy + ε·[y > 0])/(Δx + ε).
    private Value ReluSlope(Adjoint a) => (Difference(a.Y) + a.Y.Clip(null, Least)) / (Difference(a.X) + Least);

    // Δy/Δx, or the derivative where Δx vanishes.
    internal static Value Slope(Value dx, Value dy, Value derivative)
    {
        var vanishes = dx.Abs().Less(Tiny);
        return vanishes.Where(derivative, dy / vanishes.Where(dx.Like(1), dx));
    }

    // Bilinear: the product rule of differences, each factor at the mean of its two values.
    private Value? Product(Adjoint a)
    {
        Value?[] inputs =
            [.. a.Node.Inputs.Select((input, i) => i == a.Input || input is null || input.Constant is not null ? input : Mean(input))];
        if (inputs.SequenceEqual(a.Node.Inputs))
            return BackwardRules.Default.Apply(a);
        var between = Operators.Emit(a.Node.OperatorType, a.Attributes, inputs);
        return BackwardRules.Default.Apply(a with { Node = between.Producer! });
    }

    private Value Mean(Value value) => ReferenceEquals(At(value), value) ? value : (value + At(value)) * 0.5;

    // a/b = a·b⁻¹ with Δ(b⁻¹)/Δb = −1/(b·b′).
    private Value? Quotient(Adjoint a)
    {
        var (numerator, denominator) = (a.At(0), a.At(1));
        return a.Input == 0
            ? a.Dy * Mean(denominator, d => d.Reciprocal())
            : -a.Dy * Mean(numerator) / (denominator * At(denominator));
    }

    private Value Mean(Value value, Func<Value, Value> function) =>
        ReferenceEquals(At(value), value) ? function(value) : (function(value) + function(At(value))) * 0.5;

    private Value? Softmax(Adjoint a)
    {
        long[] axis = [a.Axis("axis", -1)];
        var (e, e0, slope) = Exponentials(a.X, axis);
        var (sum, sum0) = (e.ReduceSum(axis), e0.ReduceSum(axis));
        var shared = (a.Dy * (e + e0) * 0.5).ReduceSum(axis) / (sum * sum0);
        return Centred(slope * (a.Dy * ((sum.Reciprocal() + sum0.Reciprocal()) * 0.5) - shared), axis);
    }

    private Value? LogSoftmax(Adjoint a)
    {
        long[] axis = [a.Axis("axis", -1)];
        var (e, e0, slope) = Exponentials(a.X, axis);
        var (sum, sum0) = (e.ReduceSum(axis), e0.ReduceSum(axis));
        return Centred(a.Dy - a.Dy.ReduceSum(axis) * Slope(sum - sum0, sum.Log() - sum0.Log(), sum.Reciprocal()) * slope, axis);
    }

    // A softmax does not see a shift. Each is taken from its mean (which is linear), so that the two are comparable, and both
    // alike from the largest of all, so that no exponential overflows.
    private (Value Here, Value Baseline, Value Slope) Exponentials(Value x, long[] axis)
    {
        var (u, u0) = (Centred(x, axis), Centred(At(x), axis));
        var shift = u.ReduceMax(axis).Maximum(u0.ReduceMax(axis));
        var (e, e0) = ((u - shift).Exp(), (u0 - shift).Exp());
        return (e, e0, Slope(u - u0, e - e0, e));
    }

    private static Value Centred(Value x, long[] axis) => x - x.ReduceMean(axis);

    // y = γ·u·r + β with u = x − μ, r = q^(−½), q = mean(u²) + ε.
    private Value? LayerNormalization(Adjoint a)
    {
        if (a.Input != 0 || a.At(1).Constant is null)
            throw new UnsupportedOperatorException($"DeepLIFT has a rule for the {a.Node.Describe()} only with constant scale and shift.");
        var first = a.Axis("axis", -1);
        long[] axes = [.. Enumerable.Range(first, a.X.Rank - first).Select(i => (long)i)];
        var epsilon = a.Attributes.Float("epsilon", 1e-5f);
        var (u, u0) = (Centred(a.X, axes), Centred(At(a.X), axes));
        var (q, q0) = ((u * u).ReduceMean(axes) + epsilon, (u0 * u0).ReduceMean(axes) + epsilon);
        var (r, r0) = (q.Sqrt().Reciprocal(), q0.Sqrt().Reciprocal());
        var dy = a.Dy * a.At(1);
        var mean = (u + u0) * 0.5;
        var slope = Slope(q - q0, r - r0, r / q * -0.5);
        var toU = dy * ((r + r0) * 0.5) + (dy * mean).ReduceMean(axes) * slope * mean * 2;
        return Centred(toU, axes);
    }

    private Value? Maximum(Adjoint a)
    {
        if (a.Input != 0)
            return null;
        // A pooling of one row for all keeps its winners; elsewhere both are looked up in tensors of the same extents.
        var x0 = a.Node.OperatorType == "MaxPool" && a.X.Shape.Skip(1).All(d => d.IsKnown) ? At(a.X) : At(a.X).ExpandLike(a.X);
        var y0 = a.Y.Graph.Emit(a.Node.OperatorType, [x0, .. a.Node.Inputs.Skip(1)], a.Attributes)[0];
        var larger = a.Y.Maximum(y0);
        var gained = BackwardRules.Default.Apply(a with { Gradients = [a.Dy * (larger - y0)] })!;
        var lost = BackwardRules.Default.Apply(a with { Node = y0.Producer!, Gradients = [a.Dy * (a.Y - larger)] })!;
        // Nothing where the difference vanishes; products, for a choice takes ONNX Runtime several times as long.
        var difference = a.X - x0;
        var vanishes = difference.Abs().Less(Tiny).AsNumber(difference.Type);
        return (gained + lost) * (1 - vanishes) / (difference + vanishes);
    }

    // max(a, b) = b + relu(a − b), min(a, b) = a − relu(a − b): the rescale rule of the ReLU.
    private Value? Larger(Adjoint a)
    {
        if (a.Node.Inputs.Count == 1)
            return a.Dy;
        if (a.Node.Inputs.Count > 2)
            throw new UnsupportedOperatorException($"DeepLIFT has a rule for the {a.Node.Describe()} only of two operands.");
        var (over, over0) = (a.At(0) - a.At(1), At(a.At(0)) - At(a.At(1)));
        var toFirst = Slope(over - over0, over.Relu() - over0.Relu(), over.Greater(0).AsNumber(over.Type));
        var isFirst = (a.Input == 0) == (a.Node.OperatorType == "Max");
        return a.Dy * (isFirst ? toFirst : 1 - toFirst);
    }
}

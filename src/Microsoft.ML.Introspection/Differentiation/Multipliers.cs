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
/// the reciprocal. A softmax within the network, written out or not: as exponential of its logarithm x − log Σ eˣ, which is bounded
/// however far the two are apart, and gives nothing to what is masked in both; one that makes the output: element by element, as shap has
/// it. Max pooling: what the maximum gains over the baseline's goes to the winner, what it loses to the baseline's winner (shap's
/// cross-maximum rule, which is complete). What is a formula of others (normalisations, recurrent layers step by step, attention): written
/// out at both points, by these rules.
/// </para>
/// </summary>
internal sealed class Multipliers
{
    // Differences below this are rounding, and their quotients noise; shap draws the line here too.
    private const double Tiny = 1e-6;

    // What keeps the quotient of two equal numbers defined and changes no other.
    private const double Least = 1e-36;

    private static readonly Dictionary<string, Func<Adjoint, Value>> Reductions = new()
    {
        ["ReduceL1"] = a => Reduced(a, a.At(0).Abs()),
        ["ReduceL2"] = a => Reduced(a, a.At(0) * a.At(0)).Sqrt(),
        ["ReduceSumSquare"] = a => Reduced(a, a.At(0) * a.At(0)),
        ["ReduceLogSum"] = a => Reduced(a, a.At(0)).Log(),
        ["ReduceLogSumExp"] = a => Reduced(a, a.At(0).Exp()).Log(),
        ["ReduceMin"] = a => -Reduced(a, -a.At(0), "ReduceMax"),
    };

    private readonly NetworkTrace _trace;
    private readonly NetworkTrace _baseline;
    private readonly HashSet<Value> _outputs;
    private readonly Dictionary<Node, BackwardRule> _softmaxes = [];
    private readonly HashSet<Node> _formulas = [];
    private readonly Dictionary<Value, Value> _withinFormulas = [];

    public Multipliers(Network network, NetworkTrace trace, NetworkTrace baseline)
    {
        (_trace, _baseline) = (trace, baseline);
        _outputs = [.. network.OutputNames.Select(trace.FileOutput)];
        var readers = trace.Nodes.SelectMany(n => n.Dependencies).CountBy(v => v).ToDictionary();
        foreach (var quotient in trace.Nodes.Where(n => n is { OperatorType: "Div", Domain: "" }))
            if (quotient.Inputs is [{ Producer: { OperatorType: "Exp" } exponential } e, { Producer: { OperatorType: "ReduceSum" } sum } s]
                && sum.Inputs is [var summed, { Constant: { Count: > 0 } axes }] && summed == e && sum.Attributes.Int("keepdims", 1) == 1
                && readers[e] == 2 && readers[s] == 1)
            {
                _softmaxes[quotient] = a => a.Input == 0 ? a.Dy : null;
                _softmaxes[exponential] = a => Softmax(a.X, a.Dy, axes.ToInt64());
            }
    }

    /// <summary>The rules, for values of the trace.</summary>
    public BackwardRules Rules => BackwardRules.Default.Choosing(Choose);

    private BackwardRule? Choose(Node node) => node.Facts is not { } facts ? null : facts.Kind switch
    {
        // What follows the network (picking a score) is linear and has no counterpart at the baseline.
        _ when node.Outputs.All(o => Counterpart(o) is null) => null,
        // A softmax written out: the quotient hands all on to the exponential, whose rule is that of the softmax.
        _ when _softmaxes.TryGetValue(node, out var role) => role,
        _ when facts.Has(OperatorTraits.Linear) => null,
        _ when Formula.Behind(BackwardRules.Default.Of(node)) is { } formula => a => WrittenOut(a, formula),
        _ when Reductions.TryGetValue(node.OperatorType, out var reduction) => a => WrittenOut(a, inner => [reduction(inner)]),
        OperatorKind.Function => Rescale,
        OperatorKind.Product or OperatorKind.Convolution => Product,
        OperatorKind.Quotient => Quotient,
        OperatorKind.Softmax when node.OperatorType == "LogSoftmax" => LogSoftmax,
        OperatorKind.Softmax => _outputs.Contains(node.Outputs[0]) ? Rescale : Softmax,
        OperatorKind.Maximum => Maximum,
        OperatorKind.Extremum => Larger,
        _ when BackwardRules.Default.Of(node) is null => null,
        _ => throw new UnsupportedOperatorException($"DeepLIFT has no rule for the {node.Describe()}. Use a method that needs only "
            + "gradients, integrated gradients for instance."),
    };

    private Value At(Value value) => value.Constant is not null ? value
        : UntakenBranches.Before(value) is { } before ? UntakenBranches.Finite(At(before))
        : Counterpart(value) ?? value;

    private Value? Counterpart(Value value) => _withinFormulas.GetValueOrDefault(value) ?? _trace.Counterpart(value, _baseline);

    private Value Difference(Value value) => value - At(value);

    private Value? Rescale(Adjoint a)
    {
        if (a.Input != 0)
            return null;
        if (a.Node.Inputs.Skip(1).Any(i => i is { Constant: null }))
            throw new UnsupportedOperatorException($"DeepLIFT has no rule for the {a.Node.Describe()} with a computed parameter.");
        if (a.Node.OperatorType == "Pow" && a.At(1).Constant is { Count: 1 } exponent && exponent.ToDouble()[0] == 2)
            return Square(a);
        if (a.Node.OperatorType == "Relu" && a.X.Type is ElementType.Float or ElementType.Double)
            return a.Dy * ReluSlope(a);
        return a.Dy * Slope(Difference(a.X), Difference(a.Y), BackwardRules.Default.Apply(a with { Gradients = [a.Dy.Like(1)] })!);
    }

    private Value Square(Adjoint a) => a.Dy * (a.X + At(a.X));

    // A ReLU's quotient lies between 0 and 1 however small its parts are, so it needs no choice: (Δy + ε·[y > 0])/(Δx + ε).
    private Value ReluSlope(Adjoint a) => (Difference(a.Y) + a.Y.Clip(null, Least)) / (Difference(a.X) + Least);

    // Δy/Δx, or the derivative where Δx vanishes.
    internal static Value Slope(Value dx, Value dy, Value derivative)
    {
        // A difference of two infinities is none either.
        var differs = dx.Abs().GreaterOrEqual(dx.Like(Tiny));
        return differs.Where(dy / differs.Where(dx, dx.Like(1)), derivative);
    }

    // Bilinear: the product rule of differences, each factor at the mean of its two values.
    private Value? Product(Adjoint a)
    {
        if (a.Node is { OperatorType: "Mul", Inputs: [var factor, var other] } && factor == other)
            return a.Input == 0 ? Square(a) : null;
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

    private Value Softmax(Adjoint a) => Softmax(a.X, a.Dy, [a.Axis("axis", -1)]);

    // y = exp(u − L): the exponential by the rescale rule, then the logarithm's.
    private Value Softmax(Value x, Value dy, long[] axes)
    {
        var (here, there) = Between(x, axes, isCentred: false);
        var toLogarithm = here.Counts.Where(dy * MeanExponential(here.Logits, there.Logits, here.Counts), dy.Like(0));
        return here.Counts.Where(Logarithm(toLogarithm, here, there, axes), dy.Like(0));
    }

    private Value LogSoftmax(Adjoint a)
    {
        long[] axes = [a.Axis("axis", -1)];
        var (here, there) = Between(a.X, axes, isCentred: true);
        return Logarithm(a.Dy, here, there, axes);
    }

    // u − L with L = log Σ eᵘ. Taken from the larger of both L, no exponential is above 1; ΔL/Δs is then |ΔL|/(1 − e^−|ΔL|).
    private static Value Logarithm(Value dy, Scores here, Scores there, long[] axes)
    {
        var (larger, apart) = (here.Logarithm.Maximum(there.Logarithm), (here.Logarithm - there.Logarithm).Abs());
        var exponentials = MeanExponential(
            here.Logits + (here.Logarithm - larger), there.Logits + (there.Logarithm - larger), here.Counts);
        var toScores = here.Counts.Where(exponentials / Fall(apart), dy.Like(0));
        var all = dy - dy.SumInOrder(axes) * toScores;
        return here.Share is { } share ? all - all.SumInOrder(axes) * share : all;
    }

    // The logarithms of the softmax, and that of the sum of the exponentials (of scores from the mean of those that count, where a shift is
    // not to be seen); no exponential overflows. What both exclude, by −∞ or a number as low, counts for nothing.
    private (Scores Here, Scores There) Between(Value x, long[] axes, bool isCentred)
    {
        var (x0, top, top0) = (At(x), x.ReduceMax(axes), At(x).ReduceMax(axes));
        var counts = (x - top).Maximum(x0 - top0).Exp().Greater(0);
        var number = isCentred ? counts.AsNumber(x.Type) : null;
        var share = number is null ? null : number / number.SumInOrder(axes).Clip(1, null);
        return (Of(x, top), Of(x0, top0));

        Scores Of(Value scores, Value largest)
        {
            var above = scores - largest;
            var sum = above.Exp().SumInOrder(axes).Log();
            return new Scores(above - sum,
                share is null ? sum + largest : sum - (counts.Where(above, above.Like(0)) * share).SumInOrder(axes), counts, share);
        }
    }

    // (eᵃ − eᵇ)/(a − b).
    private static Value MeanExponential(Value a, Value b, Value counts) =>
        a.Maximum(b).Exp() * Fall(counts.Where((a - b).Abs(), a.Like(0)));

    // (1 − e⁻ᵈ)/d for d ≥ 0, as t/((1 + t)·d/2) with t = tanh(d/2), which keeps its digits where d is small.
    private static Value Fall(Value d)
    {
        var (half, isNothing) = (d * 0.5, d.EqualTo(d.Like(0)));
        var t = half.Tanh();
        return isNothing.Where(d.Like(1), t / ((1 + t) * isNothing.Where(d.Like(1), half)));
    }

    private sealed record Scores(Value Logits, Value Logarithm, Value Counts, Value? Share);

    private static Value Reduced(Adjoint a, Value x, string by = "ReduceSum") =>
        Operators.Emit(by, a.Attributes, [x, .. a.Node.Inputs.Skip(1)]);

    private Value? WrittenOut(Adjoint a, Func<Adjoint, IReadOnlyList<Value?>> formula)
    {
        if (!a.X.Type.IsFloating())
            return null;
        var here = Formula.Beside(a.Node, formula);
        if (_formulas.Add(a.Node))
            PairWithBaseline(a.Node, here, formula);
        return Formula.Backwards(a, here, (_, _) => Rules);
    }

    // The formula once more, at the baseline, and what each of its values is there. An input that differs has a place of its own, a
    // constant one too: else it would fold where the other does not.
    private void PairWithBaseline(Node node, WrittenFormula here, Func<Adjoint, IReadOnlyList<Value?>> formula)
    {
        Value?[] baselines = [.. node.Inputs.Select((i, place) =>
            i is null || ReferenceEquals(At(i), i) ? here.Inputs[place] : Formula.Placed(At(i)))];
        var there = Formula.At(node, baselines, formula);
        var pairs = new Stack<(Value? Here, Value? There)>([.. here.Inputs.Zip(baselines), .. here.Outputs.Zip(there.Outputs)]);
        while (pairs.TryPop(out var pair))
        {
            if (pair is not ({ Constant: null } value, { } baseline) || ReferenceEquals(value, baseline)
                || !_withinFormulas.TryAdd(value, baseline) || here.Inputs.Contains(value))
                continue;
            if (value.Producer is not { } made || baseline.Producer is not { } other || made.OperatorType != other.OperatorType
                || made.Inputs.Count != other.Inputs.Count)
                throw new UnsupportedOperatorException($"The {node.Describe()} is made of other operators at the baseline than at "
                    + "the input; DeepLIFT has no rule for that. Give the baseline in the shape of a row.");
            foreach (var further in made.Inputs.Zip(other.Inputs))
                pairs.Push(further);
            foreach (var (output, counterpart) in made.Outputs.Zip(other.Outputs))
                pairs.Push((output, counterpart));
        }
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
        var difference = a.X - x0;
        if (a.Node.OperatorType != "MaxPool")
            return Slope(difference, gained + lost, difference.Like(0));
        // Nothing where the difference vanishes; products, for a choice takes ONNX Runtime several times as long.
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

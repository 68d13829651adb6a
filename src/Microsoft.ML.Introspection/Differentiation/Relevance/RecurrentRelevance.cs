using Microsoft.ML.Introspection.Differentiation.Rules;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>How relevance passes recurrent layers.</summary>
/// <param name="Epsilon">What keeps denominators from 0, ε·sign(z).</param>
/// <param name="Signal">
/// What a signal gets of the relevance of its product with a gate: 1 (LRP-all), or ½, the gate's half being dropped.
/// </param>
/// <param name="SharesBias">Whether biases and stabilisers are shared out equally among what a sum is made of, so that nothing is
/// lost.</param>
internal sealed record RecurrentSettings(double Epsilon, double Signal = 1, bool SharesBias = false);

/// <summary>
/// Relevance through LSTM, GRU and RNN, step by step from the last: a gate is a constant, what it lets through gets all; the state's sum of
/// what is kept and what is added, and the candidate's of inputs, state and bias, share by z/(Σz + ε·sign Σz), the candidate's with one
/// denominator; activations pass. Arras, Montavon, Müller, Samek 2017, arXiv:1706.07206; Arras et al. 2019, arXiv:1909.12114.
/// </summary>
internal static class RecurrentRelevance
{
    /// <summary>The relevance of the sequence, or of a first state; null for what has none.</summary>
    public static Value? Propagate(Adjoint a, RecurrentSettings settings)
    {
        if (a.Input is not (0 or 5 or 6))
            return null;
        var isBatchFirst = a.Attributes.Int("layout") != 0;
        Value? Turned(Value? of, params int[] order) => isBatchFirst ? of?.Transpose(order) : of;
        Value? Given(int output) => a.Gradients.ElementAtOrDefault(output);
        var (x, lengths) = Recurrent.Sequence(a);
        var (states, all) = (Recurrent.States(a), Turned(Given(0), 1, 2, 0, 3));
        var (last, memory) = (Turned(Given(1), 1, 0, 2), Turned(Given(2), 1, 0, 2));
        var ways = Recurrent.Backwards(a).Select((isBackward, i) =>
        {
            Value? Own(Value? of, int axis) => of?.Slice([i], [i + 1], [axis]);
            var way = new RecurrentWay(a, new Direction(a, i, isBatchFirst), x, lengths, Own(states, 1)!.Squeeze(1), isBackward);
            return way.Propagate(settings, Own(all, 1)?.Squeeze(1), Own(last, 0), Own(memory, 0));
        }).ToList();
        if (a.Input != 0)
            return Turned(Operators.Concat(0, [.. ways.Select(w => a.Input == 5 ? w.Hidden : w.Memory!)]), 1, 0, 2);
        var received = ways.Select(w => w.Inputs).Aggregate((sum, next) => sum + next);
        return isBatchFirst ? received.Transpose(1, 0, 2) : received;
    }
}

/// <summary>
/// The ε-rule whose bias and stabiliser are shared out equally among the inputs of a dense layer, so that nothing is lost; of other layers
/// with weights the plain ε-rule.
/// </summary>
internal sealed record SharedBiasRule(double Epsilon) : RelevanceRule(FormattableString.Invariant($"epsilon {Epsilon} with shared bias"))
{
    internal override Value? Propagate(Adjoint adjoint, LinearLayer? layer)
    {
        if (layer is not { Kind: LayerKind.Dense } || adjoint.Input != 0)
            return RelevanceRules.Epsilon(Epsilon).Propagate(adjoint, layer);
        var (z, linear) = layer.Apply(layer.Input, layer.Weights, null);
        var denominator = Signs.Stabilised(layer.Output, Epsilon);
        var quotient = adjoint.Dy / denominator;
        var last = layer.Output.Rank - 1;
        var rest = ((denominator - z) * quotient).ReduceSum([last]) / layer.Input.Shape[-1].Value;
        return layer.Input * LinearLayer.Backward(linear, quotient) + rest;
    }
}

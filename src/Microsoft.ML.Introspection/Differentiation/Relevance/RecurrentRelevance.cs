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
        var (x, lengths) = Recurrent.Sequence(a);
        Value? Given(int output, params int[] order) =>
            a.Gradients.ElementAtOrDefault(output) is { } relevance ? isBatchFirst ? relevance.Transpose(order) : relevance : null;
        var (all, last, memory) = (Given(0, 1, 2, 0, 3), Given(1, 1, 0, 2), Given(2, 1, 0, 2));
        Value? Own(Value? of, int axis, int way) => of?.Slice([way], [way + 1], [axis]).Squeeze(axis);
        var ways = Recurrent.Backwards(a).Select((isBackward, i) => Way(a, x, lengths, new Direction(a, i, isBatchFirst), isBackward,
            settings, Own(all, 1, i), Own(last, 0, i), Own(memory, 0, i))).ToList();
        if (a.Input == 0)
        {
            var received = ways.Select(w => w.Inputs).Aggregate((sum, next) => sum + next);
            return isBatchFirst ? received.Transpose(1, 0, 2) : received;
        }
        var states = Operators.Concat(0, [.. ways.Select(w => (a.Input == 5 ? w.Hidden! : w.Memory!).Unsqueeze(0))]);
        return isBatchFirst ? states.Transpose(1, 0, 2) : states;
    }

    // One direction: the relevance of the sequence, [T, N, D], and of the states before it.
    private static (Value Inputs, Value? Hidden, Value? Memory) Way(Adjoint a, Value x, Value? lengths, Direction direction,
        bool isBackward, RecurrentSettings settings, Value? outputs, Value? last, Value? lastMemory)
    {
        var steps = (int)x.Shape[0].Value;
        var isTurned = isBackward && lengths is not null;
        var read = isTurned ? Recurrent.Turned(x, lengths!) : x;
        if (isTurned && outputs is not null)
            outputs = Recurrent.Turned(outputs, lengths!);
        var cell = Recurrent.Cell(direction, read, a.Node.OperatorType);
        var (inputWeights, stateWeights) = cell.CandidateWeights;
        var projected = Recurrent.Pieces(cell.Projected, 0, steps);
        var (hidden, memory) = (direction.State(5), direction.State(6));
        var before = new (Value? Hidden, Value? Memory)[steps];
        var made = new CellStep[steps];
        int At(int i) => isBackward && !isTurned ? steps - 1 - i : i;
        Value? GoesOn(int t) => lengths?.Greater(t).Unsqueeze(1).AsNumber(x.Type);
        for (var i = 0; i < steps; i++)
        {
            var t = At(i);
            (before[i], made[i]) = ((hidden, memory), cell.Step(projected[t].Squeeze(0), hidden, memory));
            hidden = Recurrent.Kept(GoesOn(t), made[i].Hidden, hidden);
            memory = made[i].Memory is { } next ? Recurrent.Kept(GoesOn(t), next, memory) : null;
        }

        var (toHidden, toMemory) = (last, lastMemory);
        var weighted = settings.SharesBias ? Recurrent.Pieces(read.MatMul(inputWeights), 0, steps) : null;
        var (quotients, rest) = (new Value[steps], new Value[steps]);
        for (var i = steps - 1; i >= 0; i--)
        {
            var (t, step, goesOn) = (At(i), made[i], GoesOn(At(i)));
            if (outputs is not null)
                toHidden = Plus(toHidden, outputs.Slice([t], [t + 1], [0]).Squeeze(0));
            toHidden ??= step.Hidden.FullLike(0);
            var (passedHidden, passedMemory) = goesOn is null ? (null, null)
                : ((1 - goesOn) * toHidden, toMemory is null ? null : (1 - goesOn) * toMemory);
            if (goesOn is not null)
                (toHidden, toMemory) = (goesOn * toHidden, toMemory is null ? null : goesOn * toMemory);

            // The state's sum; of an LSTM it is the memory, which the output gate lets through.
            var toSum = step.Memory is null ? toHidden : Plus(toMemory, toHidden * settings.Signal)!;
            var (toCandidate, toKept, ofStabiliser) = (toSum, (Value?)null, (Value?)null);
            if (step.Added is not null)
            {
                var share = toSum / Signs.Stabilised(step.Memory ?? step.Hidden, settings.Epsilon);
                (toCandidate, toKept) = (step.Added * share * settings.Signal,
                    step.Kept is null ? null : step.Kept * share * settings.Signal);
                if (settings.SharesBias)
                {
                    var stabiliser = Stabiliser(step.Memory ?? step.Hidden, settings) * share;
                    ofStabiliser = stabiliser.ReduceSum([1]) / (2 * stabiliser.Shape[1].Value);
                    (toCandidate, toKept) = (toCandidate + ofStabiliser, toKept is null ? null : toKept + ofStabiliser);
                }
            }

            var quotient = toCandidate / Signs.Stabilised(step.Candidate, settings.Epsilon);
            quotients[t] = quotient.Unsqueeze(0);
            var state = before[i].Hidden;
            var gated = step.Reset is { } reset && cell.ResetsAfter ? quotient * reset : quotient;
            var back = state is null ? null : state * gated.MatMul(stateWeights.TransposeMatrix());
            if (back is not null && step.Reset is { } resets && !cell.ResetsAfter)
                back *= resets;
            if (weighted is not null)
            {
                var ofState = state is null ? null : (step.Reset is { } r && !cell.ResetsAfter ? r * state : state).MatMul(stateWeights);
                if (ofState is not null && step.Reset is { } after && cell.ResetsAfter)
                    ofState *= after;
                var bias = step.Candidate - weighted[t].Squeeze(0);
                bias = (ofState is null ? bias : bias - ofState) + Stabiliser(step.Candidate, settings);
                var each = (bias * quotient).ReduceSum([1]) / (x.Shape[2].Value + bias.Shape[1].Value);
                rest[t] = each.Unsqueeze(0);
                back = back is null ? null : back + each;
            }
            (toHidden, toMemory) = step.Memory is null ? (Plus(Plus(passedHidden, back), toKept), null)
                : (Plus(passedHidden, back), Plus(passedMemory, toKept));
        }
        var received = read * Operators.Concat(0, quotients).MatMul(inputWeights.TransposeMatrix());
        if (weighted is not null)
            received += Operators.Concat(0, rest);
        return (isTurned ? Recurrent.Turned(received, lengths!) : received, toHidden, toMemory);
    }

    private static Value Stabiliser(Value z, RecurrentSettings settings) => Signs.Stabilised(z, settings.Epsilon) - z;

    private static Value? Plus(Value? a, Value? b) => a is null ? b : b is null ? a : a + b;
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

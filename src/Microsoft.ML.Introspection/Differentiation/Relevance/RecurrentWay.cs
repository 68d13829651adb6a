using Microsoft.ML.Introspection.Differentiation.Rules;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>
/// Relevance through one direction of a recurrent layer. The layer has told its states: what is made of them is computed for all steps at
/// once, and only the memory and the relevance go from step to step.
/// </summary>
internal sealed class RecurrentWay
{
    private readonly int _steps;
    private readonly bool _isFromEnd;
    private readonly Value _sequence, _hidden, _nothing;
    private readonly Value? _lengths, _turnedBy;
    private readonly RecurrentCell _cell;
    private readonly CellStep _made;

    /// <summary>Reads a layer's sequence as the direction does.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="direction">Its part of the weights.</param>
    /// <param name="x">The sequence, [T, N, D].</param>
    /// <param name="lengths">How many steps each row has; null where it is all.</param>
    /// <param name="states">The states after all steps, [T, N, H].</param>
    /// <param name="isBackward">Whether it is read from the end.</param>
    public RecurrentWay(Adjoint layer, Direction direction, Value x, Value? lengths, Value states, bool isBackward)
    {
        (_steps, _lengths, _turnedBy) = ((int)x.Shape[0].Value, lengths, isBackward ? lengths : null);
        (_sequence, _isFromEnd) = (AsRead(x), isBackward && lengths is null);
        _cell = Recurrent.Cell(direction, _sequence, layer.Node.OperatorType);
        _nothing = states.Slice([0], [1], [0]) * 0;
        Value First(int input) => direction.State(input)?.Unsqueeze(0) ?? _nothing;
        var after = AsRead(states);
        // Behind the end of a row its states are zeros and not what they were; no relevance comes there.
        _hidden = _steps == 1 ? First(5) : _isFromEnd ? Operators.Concat(0, after.Slice([1], [_steps], [0]), First(5))
            : Operators.Concat(0, First(5), after.Slice([0], [_steps - 1], [0]));
        _made = _cell.Step(_cell.Projected, _hidden, _cell.Memories(_hidden, First(6), _isFromEnd));
    }

    /// <summary>The relevance of the sequence, [T, N, D], and of the states before it, [1, N, H].</summary>
    /// <param name="settings">How it passes.</param>
    /// <param name="outputs">What comes to the states, [T, N, H].</param>
    /// <param name="last">What comes to the last of them, [1, N, H].</param>
    /// <param name="lastMemory">What comes to the last memory.</param>
    public (Value Inputs, Value Hidden, Value? Memory) Propagate(RecurrentSettings settings, Value? outputs, Value? last, Value? lastMemory)
    {
        var (inputWeights, stateWeights) = _cell.CandidateWeights;
        var (given, states) = (Steps(outputs is null ? null : AsRead(outputs)), Steps(_hidden)!);
        var candidate = Signs.Stabilised(_made.Candidate, settings.Epsilon);
        var (added, kept, ofStabiliser) = Shares(settings);
        var (candidates, resets) = (Steps(candidate)!, Steps(_made.Reset));
        var biases = settings.SharesBias ? Steps(candidate - _sequence.MatMul(inputWeights) - FromState(stateWeights)) : null;
        var toStates = stateWeights.TransposeMatrix();
        var (toHidden, toMemory, isMemory) = (last, lastMemory, _made.Memory is not null);
        var (quotients, rest) = (new Value[_steps], new Value[_steps]);
        for (var i = _steps - 1; i >= 0; i--)
        {
            var t = _isFromEnd ? _steps - 1 - i : i;
            toHidden = Plus(toHidden, given?[t]) ?? _nothing;
            Value? passedHidden = null, passedMemory = null;
            if (_lengths?.Greater(t).Unsqueeze(1).AsNumber(_nothing.Type) is { } goesOn)
            {
                (passedHidden, passedMemory) = ((1 - goesOn) * toHidden, toMemory is null ? null : (1 - goesOn) * toMemory);
                (toHidden, toMemory) = (goesOn * toHidden, toMemory is null ? null : goesOn * toMemory);
            }

            // The state's sum; of an LSTM it is the memory, which the output gate lets through.
            var toSum = !isMemory ? toHidden : Plus(toMemory, settings.Signal == 1 ? toHidden : toHidden * settings.Signal)!;
            var (toCandidate, toKept) = (added is null ? toSum : toSum * added[t], kept is null ? null : toSum * kept[t]);
            if (ofStabiliser is not null)
            {
                var each = (toSum * ofStabiliser[t]).ReduceSum([2]);
                (toCandidate, toKept) = (toCandidate + each, Plus(toKept, each));
            }

            var quotient = toCandidate / candidates[t];
            quotients[t] = quotient;
            var back = states[t] * (resets is not null && _cell.ResetsAfter ? quotient * resets[t] : quotient).MatMul(toStates);
            if (resets is not null && !_cell.ResetsAfter)
                back *= resets[t];
            if (biases is not null)
            {
                rest[t] = (biases[t] * quotient).ReduceSum([2]) / (_sequence.Shape[2].Value + _nothing.Shape[2].Value);
                back += rest[t];
            }
            (toHidden, toMemory) = isMemory ? (Plus(back, passedHidden)!, Plus(toKept, passedMemory))
                : (Plus(Plus(back, toKept), passedHidden)!, null);
        }
        var received = _sequence * Operators.Concat(0, quotients).MatMul(inputWeights.TransposeMatrix());
        return (AsRead(biases is null ? received : received + Operators.Concat(0, rest)), toHidden!, toMemory);
    }

    // What one of relevance at the state's sum gives to what is added and to what is kept, and each of both of the stabiliser's.
    private (IReadOnlyList<Value>? Added, IReadOnlyList<Value>? Kept, IReadOnlyList<Value>? OfStabiliser) Shares(RecurrentSettings settings)
    {
        if (_made.Added is null)
            return default;
        var sum = _made.Memory ?? _made.Hidden;
        var stabilised = Signs.Stabilised(sum, settings.Epsilon);
        Value Share(Value of) => settings.Signal == 1 ? of / stabilised : of / stabilised * settings.Signal;
        return (Steps(Share(_made.Added)), Steps(Share(_made.Kept!)),
            settings.SharesBias ? Steps((stabilised - sum) / stabilised / (2 * sum.Shape[2].Value)) : null);
    }

    // What the states before have in the candidates.
    private Value FromState(Value weights) => _made.Reset is not { } gate ? _hidden.MatMul(weights)
        : _cell.ResetsAfter ? _hidden.MatMul(weights) * gate : (gate * _hidden).MatMul(weights);

    // Rows of different lengths are read each from its own end; and so laid back.
    private Value AsRead(Value sequence) => _turnedBy is null ? sequence : Recurrent.Turned(sequence, _turnedBy);

    private IReadOnlyList<Value>? Steps(Value? all) => all is null ? null : Recurrent.Pieces(all, 0, _steps);

    private static Value? Plus(Value? a, Value? b) => a is null ? b : b is null ? a : a + b;
}

using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>What a step of a recurrent layer makes, and of what.</summary>
/// <param name="Hidden">The state after it, which is its output.</param>
/// <param name="Memory">The memory after it; null where there is none.</param>
/// <param name="Candidate">What the candidate's activation is taken of: the weighted inputs and state, and the bias.</param>
/// <param name="Added">What the candidate adds to the memory, or else to the state; null where it is all of it.</param>
/// <param name="Kept">What is kept of the memory or state before; null where there was none.</param>
/// <param name="Reset">The gate of the state in the candidate; null where there is none.</param>
internal sealed record CellStep(
    Value Hidden, Value? Memory, Value Candidate, Value? Added = null, Value? Kept = null, Value? Reset = null);

/// <summary>One step of a recurrent layer.</summary>
internal abstract class RecurrentCell
{
    private readonly float _clip;

    protected RecurrentCell(Direction direction) => _clip = direction.Attributes.Float("clip");

    /// <summary>The inputs of all steps times their weights, biases added: shape [T, N, gates·H].</summary>
    public abstract Value Projected { get; }

    /// <summary>The weights of the inputs and of the state before in the candidate, [D, H] and [H, H].</summary>
    public abstract (Value Inputs, Value State) CandidateWeights { get; }

    /// <summary>Whether the reset gate acts on the product with the state, not on the state.</summary>
    public virtual bool ResetsAfter => false;

    /// <summary>A step; states that are null before it are zeros. Or many steps at once, along the axes before the last two.</summary>
    public abstract CellStep Step(Value projected, Value? hidden, Value? memory);

    /// <summary>The memories before all steps, from the states before them; null where there are none.</summary>
    /// <param name="hidden">Shape [T, N, H].</param>
    /// <param name="first">The memory before the first, [1, N, H].</param>
    /// <param name="isBackward">Whether the last step of the sequence comes first.</param>
    public virtual Value? Memories(Value hidden, Value first, bool isBackward) => null;

    /// <summary>The part of the last gate of weights, [.., gates·H].</summary>
    protected static Value Last(Value weights, long gates)
    {
        var units = weights.Shape[1].Value / gates;
        return weights.Slice([(gates - 1) * units], [gates * units], [1]);
    }

    protected Value Clipped(Value gate) => _clip == 0 ? gate : gate.Clip(-_clip, _clip);

    protected static Value Plus(Value x, Value? other) => other is null ? x : x + other;
}

/// <summary>Long short-term memory (Hochreiter and Schmidhuber 1997; peepholes: Gers and Schmidhuber 2000). Gates i, o, f, c.</summary>
internal sealed class LongShortTermMemory : RecurrentCell
{
    private readonly Value _inputs, _recurrence;
    private readonly IReadOnlyList<Value>? _peepholes;
    private readonly Func<Value, Value> _gate, _candidate, _output;
    private readonly bool _isCoupled;

    public LongShortTermMemory(Direction direction, Value x) : base(direction)
    {
        (_inputs, _recurrence) = (direction.Weights(1)!, direction.Weights(2)!);
        var biases = direction.Weights(3) is { } both ? Recurrent.Pieces(both, 0, 2) : null;
        Projected = Plus(x.MatMul(_inputs), biases is null ? null : biases[0] + biases[1]);
        _peepholes = direction.Weights(7) is { } peepholes ? Recurrent.Pieces(peepholes, 0, 3) : null;
        string[] standard = ["Sigmoid", "Tanh", "Tanh"];
        (_gate, _candidate, _output) =
            (direction.Activation(0, standard), direction.Activation(1, standard), direction.Activation(2, standard));
        _isCoupled = direction.Attributes.Int("input_forget") != 0;
    }

    public override Value Projected { get; }

    public override (Value Inputs, Value State) CandidateWeights => (Last(_inputs, 4), Last(_recurrence, 4));

    public override CellStep Step(Value projected, Value? hidden, Value? memory)
    {
        var (candidate, added, forget, output) = Gates(projected, hidden, memory);
        var kept = memory is null ? null : forget * memory;
        var next = kept is null ? added : kept + added;
        return new CellStep(_gate(Clipped(Plus(output, _peepholes is null ? null : _peepholes[1] * next))) * _output(next), next, candidate,
            added, kept);
    }

    // Only where peepholes look at the memory do gates wait for it.
    public override Value Memories(Value hidden, Value first, bool isBackward)
    {
        var steps = (int)hidden.Shape[0].Value;
        IReadOnlyList<Value> Steps(Value all) => Recurrent.Pieces(all, 0, steps);
        Func<int, Value, Value> next;
        if (_peepholes is null)
        {
            var gates = Gates(Projected, hidden, null);
            var (added, forget) = (Steps(gates.Added), Steps(gates.Forget));
            next = (t, memory) => forget[t] * memory + added[t];
        }
        else
        {
            var (projected, states) = (Steps(Projected), Steps(hidden));
            next = (t, memory) => Step(projected[t], states[t], memory).Memory!;
        }
        var (before, last) = (new Value[steps], first);
        for (var i = 0; i < steps; i++)
        {
            var t = isBackward ? steps - 1 - i : i;
            (before[t], last) = (last, next(t, last));
        }
        return Operators.Concat(0, before);
    }

    private (Value Candidate, Value Added, Value Forget, Value Output) Gates(Value projected, Value? hidden, Value? memory)
    {
        var gates = Recurrent.Pieces(Plus(projected, hidden?.MatMul(_recurrence)), projected.Rank - 1, 4);
        Value? Peep(int i) => _peepholes is null || memory is null ? null : _peepholes[i] * memory;
        var input = _gate(Clipped(Plus(gates[0], Peep(0))));
        var forget = _isCoupled ? 1 - input : _gate(Clipped(Plus(gates[2], Peep(2))));
        var candidate = Clipped(gates[3]);
        return (candidate, input * _candidate(candidate), forget, gates[1]);
    }
}

/// <summary>Gated recurrent unit (Cho et al. 2014). Gates z, r, h.</summary>
internal sealed class GatedUnit : RecurrentCell
{
    private readonly Value _inputs, _gateRecurrence, _candidateRecurrence;
    private readonly Value? _recurrentBias;
    private readonly Func<Value, Value> _gate, _candidate;
    private readonly bool _resetsAfter;
    private readonly long _units;

    public GatedUnit(Direction direction, Value x) : base(direction)
    {
        _units = direction.Units;
        _resetsAfter = direction.Attributes.Int("linear_before_reset") != 0;
        var recurrence = direction.Weights(2)!;
        _gateRecurrence = recurrence.Slice([0], [2 * _units], [1]);
        _candidateRecurrence = recurrence.Slice([2 * _units], [3 * _units], [1]);
        (_gate, _candidate) = (direction.Activation(0, "Sigmoid", "Tanh"), direction.Activation(1, "Sigmoid", "Tanh"));
        _inputs = direction.Weights(1)!;
        Projected = x.MatMul(_inputs);
        if (direction.Weights(3) is not { } both)
            return;
        // Where the reset gate acts on the product with the state, the recurrent bias of the candidate goes with it.
        var biases = Recurrent.Pieces(both, 0, 2);
        _recurrentBias = _resetsAfter ? biases[1].Slice([2 * _units], [3 * _units], [0]) : null;
        var before = _resetsAfter ? biases[1].Slice([0], [2 * _units], [0]).Pad([0], [_units]) : biases[1];
        Projected += biases[0] + before;
    }

    public override Value Projected { get; }

    public override (Value Inputs, Value State) CandidateWeights => (Last(_inputs, 3), _candidateRecurrence);

    public override bool ResetsAfter => _resetsAfter;

    public override CellStep Step(Value projected, Value? hidden, Value? memory)
    {
        var last = projected.Rank - 1;
        Value gates = projected.Slice([0], [2 * _units], [last]), candidate = projected.Slice([2 * _units], [3 * _units], [last]);
        var both = Recurrent.Pieces(_gate(Clipped(Plus(gates, hidden?.MatMul(_gateRecurrence)))), last, 2);
        var (update, reset) = (both[0], both[1]);
        if (_resetsAfter)
        {
            var product = hidden?.MatMul(_candidateRecurrence);
            var inner = product is null ? _recurrentBias : Plus(product, _recurrentBias);
            candidate = Plus(candidate, inner is null ? null : reset * inner);
        }
        else
        {
            candidate = Plus(candidate, hidden is null ? null : (reset * hidden).MatMul(_candidateRecurrence));
        }
        candidate = Clipped(candidate);
        var added = (1 - update) * _candidate(candidate);
        var kept = hidden is null ? null : update * hidden;
        return new CellStep(kept is null ? added : added + kept, null, candidate, added, kept, reset);
    }
}

/// <summary>The plain recurrent unit (Elman 1990).</summary>
internal sealed class PlainUnit : RecurrentCell
{
    private readonly Value _inputs, _recurrence;
    private readonly Func<Value, Value> _activation;

    public PlainUnit(Direction direction, Value x) : base(direction)
    {
        (_inputs, _recurrence) = (direction.Weights(1)!, direction.Weights(2)!);
        _activation = direction.Activation(0, "Tanh");
        var biases = direction.Weights(3) is { } both ? Recurrent.Pieces(both, 0, 2) : null;
        Projected = Plus(x.MatMul(_inputs), biases is null ? null : biases[0] + biases[1]);
    }

    public override Value Projected { get; }

    public override (Value Inputs, Value State) CandidateWeights => (_inputs, _recurrence);

    public override CellStep Step(Value projected, Value? hidden, Value? memory)
    {
        var candidate = Clipped(Plus(projected, hidden?.MatMul(_recurrence)));
        return new CellStep(_activation(candidate), null, candidate);
    }
}

using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>One step of a recurrent layer.</summary>
internal abstract class RecurrentCell
{
    private readonly float _clip;

    protected RecurrentCell(Direction direction) => _clip = direction.Attributes.Float("clip");

    /// <summary>The inputs of all steps times their weights, biases added: shape [T, N, gates·H].</summary>
    public abstract Value Projected { get; }

    /// <summary>The states after a step; states that are null before it are zeros.</summary>
    public abstract (Value Hidden, Value? Memory) Step(Value projected, Value? hidden, Value? memory);

    protected Value Clipped(Value gate) => _clip == 0 ? gate : gate.Clip(-_clip, _clip);

    protected static Value Plus(Value x, Value? other) => other is null ? x : x + other;
}

/// <summary>Long short-term memory (Hochreiter and Schmidhuber 1997; peepholes: Gers and Schmidhuber 2000). Gates i, o, f, c.</summary>
internal sealed class LongShortTermMemory : RecurrentCell
{
    private readonly Value _recurrence;
    private readonly IReadOnlyList<Value>? _peepholes;
    private readonly Func<Value, Value> _gate, _candidate, _output;
    private readonly bool _isCoupled;

    public LongShortTermMemory(Direction direction, Value x) : base(direction)
    {
        _recurrence = direction.Weights(2)!;
        var biases = direction.Weights(3) is { } both ? Recurrent.Pieces(both, 0, 2) : null;
        Projected = Plus(x.MatMul(direction.Weights(1)!), biases is null ? null : biases[0] + biases[1]);
        _peepholes = direction.Weights(7) is { } peepholes ? Recurrent.Pieces(peepholes, 0, 3) : null;
        string[] standard = ["Sigmoid", "Tanh", "Tanh"];
        (_gate, _candidate, _output) =
            (direction.Activation(0, standard), direction.Activation(1, standard), direction.Activation(2, standard));
        _isCoupled = direction.Attributes.Int("input_forget") != 0;
    }

    public override Value Projected { get; }

    public override (Value Hidden, Value? Memory) Step(Value projected, Value? hidden, Value? memory)
    {
        var gates = Recurrent.Pieces(Plus(projected, hidden?.MatMul(_recurrence)), 1, 4);
        Value? Peep(int i) => _peepholes is null || memory is null ? null : _peepholes[i] * memory;
        var input = _gate(Clipped(Plus(gates[0], Peep(0))));
        var forget = _isCoupled ? 1 - input : _gate(Clipped(Plus(gates[2], Peep(2))));
        var added = input * _candidate(Clipped(gates[3]));
        var next = memory is null ? added : forget * memory + added;
        var output = _gate(Clipped(Plus(gates[1], _peepholes is null ? null : _peepholes[1] * next)));
        return (output * _output(next), next);
    }
}

/// <summary>Gated recurrent unit (Cho et al. 2014). Gates z, r, h.</summary>
internal sealed class GatedUnit : RecurrentCell
{
    private readonly Value _gateRecurrence, _candidateRecurrence;
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
        Projected = x.MatMul(direction.Weights(1)!);
        if (direction.Weights(3) is not { } both)
            return;
        // Where the reset gate acts on the product with the state, the recurrent bias of the candidate goes with it.
        var biases = Recurrent.Pieces(both, 0, 2);
        _recurrentBias = _resetsAfter ? biases[1].Slice([2 * _units], [3 * _units], [0]) : null;
        var before = _resetsAfter ? biases[1].Slice([0], [2 * _units], [0]).Pad([0], [_units]) : biases[1];
        Projected += biases[0] + before;
    }

    public override Value Projected { get; }

    public override (Value Hidden, Value? Memory) Step(Value projected, Value? hidden, Value? memory)
    {
        Value gates = projected.Slice([0], [2 * _units], [1]), candidate = projected.Slice([2 * _units], [3 * _units], [1]);
        var both = Recurrent.Pieces(_gate(Clipped(Plus(gates, hidden?.MatMul(_gateRecurrence)))), 1, 2);
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
        var next = (1 - update) * _candidate(Clipped(candidate));
        return (hidden is null ? next : next + update * hidden, null);
    }
}

/// <summary>The plain recurrent unit (Elman 1990).</summary>
internal sealed class PlainUnit : RecurrentCell
{
    private readonly Value _recurrence;
    private readonly Func<Value, Value> _activation;

    public PlainUnit(Direction direction, Value x) : base(direction)
    {
        _recurrence = direction.Weights(2)!;
        _activation = direction.Activation(0, "Tanh");
        var biases = direction.Weights(3) is { } both ? Recurrent.Pieces(both, 0, 2) : null;
        Projected = Plus(x.MatMul(direction.Weights(1)!), biases is null ? null : biases[0] + biases[1]);
    }

    public override Value Projected { get; }

    public override (Value Hidden, Value? Memory) Step(Value projected, Value? hidden, Value? memory) =>
        (_activation(Clipped(Plus(projected, hidden?.MatMul(_recurrence)))), null);
}

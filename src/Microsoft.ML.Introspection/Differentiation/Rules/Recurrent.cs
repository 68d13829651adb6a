using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>
/// Recurrent layers. The operators do not tell their gates, so the formula writes the sequence out, step by step; the
/// projection of the whole sequence is one product, and only the product with the state stays in the steps.
/// </summary>
internal static class Recurrent
{
    // Each step is some dozens of nodes; beyond this many steps loading the graph would take longer than running it.
    private const long MostSteps = 512;

    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["LSTM"] = Formula.Of(Unrolled),
        ["GRU"] = Formula.Of(Unrolled),
        ["RNN"] = Formula.Of(Unrolled),
    };

    /// <summary>The outputs of a layer, step by step in elementary operators.</summary>
    internal static IReadOnlyList<Value?> Unrolled(Adjoint a)
    {
        var isBatchFirst = a.Attributes.Int("layout") != 0;
        var (x, lengths) = Sequence(a);
        var backwards = Backwards(a);
        var ways = backwards.Select((isBackward, i) => Way(a, x, lengths, new Direction(a, i, isBatchFirst), isBackward)).ToList();

        Value y = Operators.Concat(1, [.. ways.Select(w => w.Outputs)]), last = Operators.Concat(0, [.. ways.Select(w => w.Hidden)]);
        var memory = ways[0].Memory is null ? null : Operators.Concat(0, [.. ways.Select(w => w.Memory!)]);
        return isBatchFirst ? [y.Transpose(2, 0, 1, 3), last.Transpose(1, 0, 2), memory?.Transpose(1, 0, 2)] : [y, last, memory];
    }

    /// <summary>Which directions are read from the end.</summary>
    public static bool[] Backwards(Adjoint a) =>
        a.Attributes.Text("direction", "forward") switch { "forward" => [false], "reverse" => [true], _ => [false, true] };

    /// <summary>The sequence, [T, N, D], and the lengths of each; null where all are as long as the longest.</summary>
    public static (Value X, Value? Lengths) Sequence(Adjoint a)
    {
        var x = a.Attributes.Int("layout") != 0 ? a.At(0).Transpose(1, 0, 2) : a.At(0);
        if (!x.Shape[0].IsKnown || x.Shape[0].Value > MostSteps)
            throw new UnsupportedOperatorException($"The gradient of the {a.Node.Describe()} is written out step by step, for sequences "
                + $"of a fixed length of at most {MostSteps}; here it is {x.Shape[0]}. {Dimension.HowToFix} "
                    + "Or shorten the sequences.");
        // A sequence that is as long as the longest needs no mask.
        return (x, a.Given(4) is { } given && given.Constant?.ToInt64().All(n => n == x.Shape[0].Value) != true ? given : null);
    }

    /// <summary>The states after all steps, [T, directions, N, H]; the layer tells them even if the network takes the last alone.</summary>
    public static Value States(Adjoint a)
    {
        var (all, isBatchFirst) = (a.Node.Outputs[0], a.Attributes.Int("layout") != 0);
        if (all.ShapeOrNull is null)
        {
            if (all.Name.Length == 0)
                all.Name = all.Graph.UniqueName("states");
            var (x, weights) = (a.At(0).Shape, a.At(2).Shape);
            var shape = isBatchFirst ? new Shape(x[0], x[1], weights[0], weights[2]) : new Shape(x[0], weights[0], x[1], weights[2]);
            all = all.Graph.Add("Identity", "", "", [all], Attributes.None, [(null, a.At(0).Type, shape)]).Outputs[0];
        }
        return isBatchFirst ? all.Transpose(1, 2, 0, 3) : all;
    }

    /// <summary>The cell of a layer's kind.</summary>
    public static RecurrentCell Cell(Direction direction, Value x, string operatorType) => operatorType switch
    {
        "LSTM" => new LongShortTermMemory(direction, x),
        "GRU" => new GatedUnit(direction, x),
        _ => new PlainUnit(direction, x),
    };

    /// <summary>One direction: outputs [T, 1, N, H] and last states [1, N, H].</summary>
    private static (Value Outputs, Value Hidden, Value? Memory) Way(
        Adjoint a, Value x, Value? lengths, Direction direction, bool isBackward)
    {
        var steps = (int)x.Shape[0].Value;
        var isTurned = isBackward && lengths is not null;
        var cell = Cell(direction, isTurned ? Turned(x, lengths!) : x, a.Node.OperatorType);
        var inputs = Pieces(cell.Projected, 0, steps);
        var (hidden, memory) = (direction.State(5), direction.State(6));
        var outputs = new Value[steps];
        for (var i = 0; i < steps; i++)
        {
            var t = isBackward && !isTurned ? steps - 1 - i : i;
            var (nextHidden, nextMemory, _, _, _, _) = cell.Step(inputs[t].Squeeze(0), hidden, memory);
            var goesOn = lengths?.Greater(t).Unsqueeze(1).AsNumber(x.Type);
            outputs[t] = (goesOn is null ? nextHidden : goesOn * nextHidden).Unsqueeze(0, 1);
            (hidden, memory) = (Kept(goesOn, nextHidden, hidden), nextMemory is null ? null : Kept(goesOn, nextMemory, memory));
        }
        var all = Operators.Concat(0, outputs);
        return (isTurned ? Turned(all.Squeeze(1), lengths!).Unsqueeze(1) : all, hidden!.Unsqueeze(0), memory?.Unsqueeze(0));
    }

    // Behind its end a sequence keeps its state.
    internal static Value Kept(Value? goesOn, Value next, Value? before) =>
        goesOn is null ? next : before is null ? goesOn * next : goesOn * next + (1 - goesOn) * before;

    // Every sequence read from its own end.
    internal static Value Turned(Value x, Value lengths) =>
        Operators.Emit("ReverseSequence", Attributes.Of(("time_axis", 0), ("batch_axis", 1)), x, lengths.Cast(ElementType.Int64));

    internal static IReadOnlyList<Value> Pieces(Value x, int axis, int count) => count == 1 ? [x] : x.Graph.Emit(
        "Split", [x, x.Graph.Constant([.. Enumerable.Repeat(x.Shape[axis].Value / count, count)])], Attributes.Of(("axis", axis)), count);
}

/// <summary>What one direction of a recurrent layer has of the layer's weights, states and settings.</summary>
internal sealed class Direction(Adjoint layer, int index, bool isBatchFirst)
{
    private readonly int _count = layer.Attributes.Text("direction", "forward") == "bidirectional" ? 2 : 1;

    public Attributes Attributes => layer.Attributes;

    /// <summary>The number of units.</summary>
    public long Units => layer.At(2).Shape[2].Value;

    /// <summary>This direction's part of a weight input, transposed if it is a matrix; null where it is left out.</summary>
    public Value? Weights(int input) =>
        layer.Given(input) is not { } all ? null : Own(all) is { Rank: 2 } matrix ? matrix.TransposeMatrix() : Own(all);

    /// <summary>The state before the first step; null for zeros.</summary>
    public Value? State(int input) => layer.Given(input) is not { } all ? null : Own(isBatchFirst ? all.Transpose(1, 0, 2) : all);

    /// <summary>The activation at a place among those of this direction.</summary>
    public Func<Value, Value> Activation(int place, params string[] otherwise)
    {
        var names = layer.Attributes.Texts("activations") ?? [.. Enumerable.Repeat(otherwise, _count).SelectMany(n => n)];
        return RecurrentActivations.At(layer, names, index * otherwise.Length + place);
    }

    private Value Own(Value all) => (_count == 1 ? all : all.Slice([index], [index + 1], [0])).Squeeze(0);
}

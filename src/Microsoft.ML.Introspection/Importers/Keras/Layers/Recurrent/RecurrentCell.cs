using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>What a recurrent layer does at every moment.</summary>
internal abstract class RecurrentCell
{
    /// <summary>The states before the first moment, of an input [N, T, …].</summary>
    public abstract IReadOnlyList<Value> Start(Value x);

    /// <summary>The result of a moment, and the states after it.</summary>
    public abstract (Value Result, IReadOnlyList<Value> States) Step(Value x, IReadOnlyList<Value> states);

    /// <summary>The same as one operator of ONNX; null where there is none.</summary>
    public virtual Recurrence? AsOperator(Value x, IReadOnlyList<Value>? start, bool backwards) => null;

    /// <summary>Zeros for every row.</summary>
    protected static Value Zeros(Value x, params long[] extents) => Operators.Emit("ConstantOfShape",
        Attributes.Of(("value", Tensor.Filled(x.Type, 0, 1))),
        Operators.Concat(0, Operators.Emit("Shape", Attributes.Of(("start", 0), ("end", 1)), x), x.Graph.Constant(extents)));
}

/// <summary>
/// The results of all moments [N, T, …], in the order of the input; that of the moment that was reached last; and the states after it.
/// </summary>
internal sealed record Recurrence(Value Sequence, Value Last, IReadOnlyList<Value> States);

/// <summary>Runs a cell over the moments.</summary>
internal static class Recurring
{
    // So many moments are written one by one, which later passes understand best; more become a loop.
    private const long MostWritten = 256;

    public static Recurrence Run(RecurrentCell cell, Value x, IReadOnlyList<Value>? start, Value? mask, bool backwards, bool zeros)
    {
        if (mask is null && cell.AsOperator(x, start, backwards) is { } single)
            return single;
        var states = start ?? cell.Start(x);
        return x.Shape[1] is { IsKnown: true } moments && moments.Value is > 0 and <= MostWritten
            ? Written(cell, x, states, mask, backwards, zeros, moments.Value)
            : Looped(cell, x, states, mask, backwards, zeros);
    }

    private static Recurrence Written(RecurrentCell cell, Value x, IReadOnlyList<Value> states, Value? mask, bool backwards, bool zeros,
        long moments)
    {
        var results = new Value[moments];
        Value? last = null;
        for (var k = 0L; k < moments; k++)
        {
            var t = backwards ? moments - 1 - k : k;
            var position = x.Graph.Constant(Tensor.Scalar(t));
            var counts = mask?.Gather(position, 1);
            (last, states) = Masked(cell.Step(x.Gather(position, 1), states), states, last, counts, zeros);
            results[t] = last.Unsqueeze(1);
        }
        return new Recurrence(Operators.Concat(1, results), last!, states);
    }

    private static Recurrence Looped(RecurrentCell cell, Value x, IReadOnlyList<Value> states, Value? mask, bool backwards, bool zeros)
    {
        var graph = x.Graph;
        var moments = Operators.Emit("Shape", Attributes.Of(("start", 1), ("end", 2)), x);
        // One step outside tells the extents of the result.
        var (sample, _) = cell.Step(x.Gather(graph.Constant(Tensor.Scalar(0L)), 1), states);
        var looped = graph.Loop(moments, [.. states, sample * 0], (turn, carried) =>
        {
            var t = backwards ? moments.Squeeze(0) - turn - graph.Constant(Tensor.Scalar(1L)) : turn;
            var (result, next) = Masked(cell.Step(x.Gather(t, 1), [.. carried.Take(states.Count)]), [.. carried.Take(states.Count)],
                carried[^1], mask?.Gather(t, 1), zeros);
            return new LoopStep([.. next, result], [result]);
        });
        var sequence = looped[^1].Transpose([1, 0, .. Enumerable.Range(2, looped[^1].Rank - 2)]);
        if (backwards)
            sequence = Flipped(sequence);
        return new Recurrence(sequence, looped[states.Count], [.. looped.Take(states.Count)]);
    }

    /// <summary>The moments in the opposite order.</summary>
    public static Value Flipped(Value sequence) => sequence.Slice([-1], [long.MinValue + 1], [1], [-1]);

    // A moment that does not count leaves the states alone, and gives the last result again, or zeros.
    private static (Value Result, IReadOnlyList<Value> States) Masked((Value Result, IReadOnlyList<Value> States) step,
        IReadOnlyList<Value> before, Value? last, Value? counts, bool zeros)
    {
        if (counts is null)
            return step;
        Value Chosen(Value now, Value otherwise) => counts.Unsqueeze([.. Enumerable.Range(1, now.Rank - 1).Select(i => (long)i)])
            .Where(now, otherwise);
        return (Chosen(step.Result, zeros || last is null ? step.Result.Like(0) : last), [.. step.States.Zip(before, Chosen)]);
    }
}

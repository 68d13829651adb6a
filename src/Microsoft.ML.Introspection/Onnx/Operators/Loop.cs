namespace Microsoft.ML.Introspection.Onnx;

/// <summary>What one turn of a loop leaves behind.</summary>
/// <param name="State">The carried values for the next turn, as many as came in, of the same types and shapes.</param>
/// <param name="Collected">Values stacked over all turns along a new first axis.</param>
internal readonly record struct LoopStep(IReadOnlyList<Value> State, IReadOnlyList<Value> Collected)
{
    /// <summary>Whether there is a next turn, a single truth value; null for all turns there are.</summary>
    public Value? GoesOn { get; init; }
}

public static partial class Operators
{
    /// <summary>
    /// Repeats a body of nodes, carrying values from turn to turn. What the body computes from outer values alone is
    /// computed once, outside.
    /// </summary>
    /// <param name="graph">The graph to add the loop to.</param>
    /// <param name="count">How often: a scalar or one-element tensor of 64-bit integers.</param>
    /// <param name="initial">The carried values before the first turn.</param>
    /// <param name="body">Builds the body from the turn's number (scalar, 64-bit integer) and the carried values.</param>
    /// <returns>The carried values after the last turn, then the collected ones with the turns as first axis.</returns>
    internal static IReadOnlyList<Value> Loop(
        this Graph graph, Value count, IReadOnlyList<Value> initial, Func<Value, IReadOnlyList<Value>, LoopStep> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var home = graph.Home([count, .. initial, graph.Parent is null ? null : graph.Inputs.FirstOrDefault()]);
        var inside = new Graph(home);
        var turn = inside.FreshInput("turn", ElementType.Int64, Shape.Scalar);
        var goesOn = inside.FreshInput("goes_on", ElementType.Bool, Shape.Scalar);
        var carried = initial.Select(v => inside.FreshInput("carried", v.Type, v.Shape)).ToList();

        var step = body(turn, carried);
        if (step.State.Count != initial.Count)
            throw new ArgumentException($"The loop's body gives {step.State.Count} values to carry on; it was given {initial.Count}.",
                nameof(body));
        for (var i = 0; i < initial.Count; i++)
        {
            if (step.State[i].Type != initial[i].Type || !Fits(step.State[i].Shape, initial[i].Shape))
                throw new ArgumentException($"The loop carries {step.State[i].Type}{step.State[i].Shape} where "
                    + $"{initial[i].Type}{initial[i].Shape} went in.", nameof(body));
        }

        var turns = step.GoesOn is null && count.Constant is { } known ? (Dimension)known.ToInt64()[0] : Dimension.Unknown;
        var results = new GraphBody(inside, [step.GoesOn ?? goesOn, .. step.State, .. step.Collected]);
        var node = home.Add(
            "Loop", "", "", [count, null, .. initial], Attributes.None,
            [
                .. step.State.Select(v => ((string?)null, v.Type, (Shape?)v.Shape)),
                .. step.Collected.Select(v => ((string?)null, v.Type, (Shape?)new Shape([turns, .. v.Shape]))),
            ],
            bodies: new Dictionary<string, GraphBody> { ["body"] = results });
        return node.Outputs;
    }

    private static bool Fits(Shape next, Shape first) =>
        next.Rank == first.Rank && next.Zip(first).All(d => !d.First.IsKnown || !d.Second.IsKnown || d.First == d.Second);
}

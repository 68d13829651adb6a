namespace Microsoft.ML.Introspection.Onnx;

/// <summary>One operator of a graph with what goes in and what comes out.</summary>
public sealed class Node
{
    internal Node(Graph graph, string operatorType, string domain, string name, Value?[] inputs, Attributes attributes)
    {
        (Graph, OperatorType, Domain, Name, Inputs, Attributes) = (graph, operatorType, domain, name, inputs, attributes);
    }

    /// <summary>The graph (or subgraph body) the node stands in.</summary>
    public Graph Graph { get; }

    /// <summary>The operator, as ONNX names it.</summary>
    public string OperatorType { get; }

    /// <summary>The operator's domain; empty for the standard's own.</summary>
    public string Domain { get; }

    /// <summary>The node's name; that of the file where it was read from one, else empty.</summary>
    public string Name { get; internal set; }

    /// <summary>What is known of the operator; null where it is not of the standard.</summary>
    internal OperatorFacts? Facts => Domain.Length == 0 ? OperatorFacts.Of(OperatorType) : null;

    /// <summary>Whether the operator is of a kind.</summary>
    internal bool Is(OperatorKind kind) => Facts?.Kind == kind;

    /// <summary>The inputs in order; null where an optional one is left out.</summary>
    public IReadOnlyList<Value?> Inputs { get; }

    /// <summary>The outputs in order; those the file leaves out have an empty name.</summary>
    public IReadOnlyList<Value> Outputs { get; internal set; } = [];

    /// <summary>The attributes.</summary>
    public Attributes Attributes { get; }

    /// <summary>The bodies of <c>Loop</c> and its like that were built here, by attribute name.</summary>
    internal IReadOnlyDictionary<string, GraphBody> Bodies { get; init; } = new Dictionary<string, GraphBody>();

    /// <summary>
    /// What bodies read from a file take from the graph around them: the name they use, and the value it stands for.
    /// </summary>
    internal IReadOnlyDictionary<string, Value> Captures { get; init; } = new Dictionary<string, Value>();

    /// <summary>The formula that was written beside the node to be differentiated; null before.</summary>
    internal WrittenFormula? Written { get; set; }

    /// <summary>Everything the node depends on: its inputs and what its bodies take from outside.</summary>
    internal IEnumerable<Value> Dependencies =>
        Inputs.OfType<Value>().Concat(Captures.Values).Concat(Bodies.Values.SelectMany(b => b.Captured));

    /// <summary>Where the node stands, for messages: operator, name or first output, operator set.</summary>
    public string Describe() =>
        $"operator '{(Domain.Length > 0 ? Domain + ":" : "")}{OperatorType}' (node "
            + $"'{(Name.Length > 0 ? Name : Outputs.FirstOrDefault()?.Name)}', opset {Graph.Opset})";

    /// <inheritdoc/>
    public override string ToString() =>
        $"{string.Join(", ", Outputs)} = {OperatorType}({string.Join(", ", Inputs.Select(i => i?.Name))}){{{Attributes}}}";
}

/// <summary>The inputs and outputs of a formula that gives what a node gives.</summary>
internal sealed record WrittenFormula(IReadOnlyList<Value?> Inputs, IReadOnlyList<Value?> Outputs);

/// <summary>A body with its results.</summary>
internal sealed record GraphBody(Graph Graph, IReadOnlyList<Value> Results)
{
    /// <summary>What the body takes from the graphs around it.</summary>
    public IEnumerable<Value> Captured =>
        Graph.Nodes.SelectMany(n => n.Dependencies).Concat(Results).Where(v => !Graph.Owns(v)).Distinct();
}

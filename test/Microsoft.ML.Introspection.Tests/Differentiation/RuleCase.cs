using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>One operator with its operands and attributes, whose backward rule is to agree with finite differences.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Label">What is special in this case; differs among the cases of the operator.</param>
/// <param name="Operands">The inputs in order; null for those left out.</param>
internal sealed record RuleCase(string Operator, string Label, params Operand?[] Operands)
{
    public Attributes Attributes { get; init; } = Attributes.None;

    /// <summary>The number of outputs.</summary>
    public int Outputs { get; init; } = 1;

    /// <summary>Outputs that nothing is made of, or that hold no floating-point numbers.</summary>
    public int[] Unused { get; init; } = [];

    /// <summary>The output's shape, for operators that the graph language does not write itself.</summary>
    public Shape? Result { get; init; }

    /// <summary>The outputs' shapes, where there are several; null for those left out.</summary>
    public Shape?[]? Results { get; init; }

    /// <summary>The operator set the operator came with.</summary>
    public int Opset { get; init; } = Graph.MinimumOpset;

    /// <summary>Whether the function is linear in every single element, so that a large step is as good as a small one.</summary>
    public bool IsMultilinear { get; init; }

    /// <summary>The same function in other operators, for one that not every ONNX Runtime computes.</summary>
    public Func<Value, Value>? Equivalent { get; init; }

    /// <summary>Whether second derivatives are right here too.</summary>
    public bool HasSecondDerivative { get; init; } = true;

    /// <summary>Whether ONNX Runtime computes even doubles in single precision.</summary>
    public bool IsAlwaysSingle { get; init; }

    public string Name => $"{Operator}: {Label}";

    /// <summary>Writes the case into a graph.</summary>
    /// <param name="type">The precision.</param>
    /// <param name="batch">A symbol for the first extent of the variables; null for the number it is.</param>
    public WrittenCase Write(ElementType type, string? batch = null)
    {
        var graph = new Graph(Opset);
        var random = new Random(Seed(Name));
        var (inputs, variables) = (new List<Value?>(), new List<Variable>());
        foreach (var operand in Operands)
        {
            var written = operand?.Write(graph, $"x{inputs.Count}", random, type, batch);
            inputs.Add(written?.Value);
            if (operand is { IsVariable: true })
                variables.Add(new Variable(written!.Value.Value, written.Value.Numbers));
        }
        var shapes = Results ?? (Result is null ? null : [Result]);
        var outputs = shapes is null
            ? graph.Emit(Operator, inputs, Attributes, Outputs)
            : graph.Add(Operator, "", "", inputs, Attributes, [.. shapes.Select(s => (s is null ? "" : (string?)null, type, s))]).Outputs;
        Value[] used = [.. outputs.Where((o, i) => o.Name.Length > 0 && !Unused.Contains(i))];
        return new WrittenCase(variables, used, Equivalent is null ? used : [Equivalent(inputs[0]!)], random);
    }

    public override string ToString() => Name;

    // The runtime's own hash of a text differs from run to run.
    private static int Seed(string name) => name.Aggregate(17, (hash, letter) => unchecked(hash * 31 + letter));
}

/// <summary>What a case is differentiated by.</summary>
internal sealed record Variable(Value Value, Tensor Numbers);

/// <summary>A case in its graph.</summary>
/// <param name="Variables">What it is differentiated by.</param>
/// <param name="Outputs">What is differentiated.</param>
/// <param name="Function">The same, as it is computed.</param>
/// <param name="Random">Where further random numbers come from.</param>
internal sealed record WrittenCase(IReadOnlyList<Variable> Variables, IReadOnlyList<Value> Outputs, IReadOnlyList<Value> Function,
    Random Random);

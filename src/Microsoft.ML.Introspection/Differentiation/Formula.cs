using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation;

/// <summary>
/// Rules of operators that are a formula of others: normalisations, recurrent layers, attention. The formula is written
/// beside the node, which keeps computing the value, and differentiated; what is not needed of it is never written to a file.
/// </summary>
internal static class Formula
{
    /// <summary>The rule that differentiates a formula.</summary>
    /// <param name="outputs">
    /// The node's outputs as functions of its inputs; null for those that have no gradient. It must ask for inputs by place.
    /// </param>
    public static BackwardRule Of(Func<Adjoint, IReadOnlyList<Value?>> outputs) => Of(outputs, (_, _) => null);

    /// <summary>The rule that walks a formula backwards by other rules than those of gradients.</summary>
    /// <param name="outputs">The node's outputs as functions of its inputs.</param>
    /// <param name="rules">From what the formula gives and the input asked about to the rules; null for those of gradients.</param>
    public static BackwardRule Of(Func<Adjoint, IReadOnlyList<Value?>> outputs, Func<Value, Value, BackwardRules?> rules) =>
        new ByFormula(outputs, rules).Apply;

    /// <summary>The rule of an operator with one output.</summary>
    public static BackwardRule Of(Func<Adjoint, Value> output) => Of(a => (IReadOnlyList<Value?>)[output(a)]);

    /// <summary>The formula that a rule differentiates; null where it is none of a formula.</summary>
    internal static Func<Adjoint, IReadOnlyList<Value?>>? Behind(BackwardRule? rule) => (rule?.Target as ByFormula)?.Outputs;

    /// <summary>What comes through one input of a node, of what comes to its outputs.</summary>
    internal static Value Backwards(Adjoint a, WrittenFormula written, Func<Value, Value, BackwardRules?> rules)
    {
        var seeds = new List<(Value Of, Value Seed)>();
        for (var i = 0; i < a.Gradients.Count; i++)
        {
            if (a.Gradients[i] is not { } gradient)
                continue;
            var output = i < written.Outputs.Count ? written.Outputs[i] : null;
            seeds.Add((output ?? throw new UnsupportedOperatorException(
                $"The gradient of the {a.Node.Describe()} is asked through its output {i}, for which there is no rule."), gradient));
        }
        var asked = written.Inputs[a.Input]!;
        return Gradient.Of(seeds, [asked], rules(seeds[0].Of, asked), a.IsAside)[0];
    }

    /// <summary>The formula with other values in the place of a node's inputs.</summary>
    internal static WrittenFormula At(Node node, Value?[] inputs, Func<Adjoint, IReadOnlyList<Value?>> outputs)
    {
        var own = new Node(node.Graph, node.OperatorType, node.Domain, node.Name, inputs, node.Attributes) { Outputs = node.Outputs };
        return new WrittenFormula(inputs, outputs(new Adjoint(own, [], 0)));
    }

    /// <summary>A place of its own for a value: a node that hands it on.</summary>
    internal static Value Placed(Value value) =>
        value.Graph.Home([value]).Add("Identity", "", "", [value], Attributes.None, [(null, value.Type, value.ShapeOrNull)], share: false)
            .Outputs[0];

    /// <summary>The formula written beside a node whose gradient has been asked for; null where there is none.</summary>
    internal static IReadOnlyList<Value?>? Beside(Node node) => node.Written?.Outputs;

    /// <summary>The formula beside a node; written when it is first asked for.</summary>
    internal static WrittenFormula Beside(Node node, Func<Adjoint, IReadOnlyList<Value?>> outputs) =>
        node.Written ??= Write(node, outputs, asked: null);

    // Every input goes in through a node of its own: an input may depend on another, or be given twice, and its gradient is
    // what comes through its own place alone. ONNX Runtime takes these nodes out.
    private static WrittenFormula Write(Node node, Func<Adjoint, IReadOnlyList<Value?>> outputs, int? asked) =>
        At(node,
            [.. node.Inputs.Select((input, i) =>
                input is not null && input.Type.IsFloating() && (input.Constant is null || i == asked) ? Placed(input) : input)],
            outputs);

    private sealed record ByFormula(Func<Adjoint, IReadOnlyList<Value?>> Outputs, Func<Value, Value, BackwardRules?> Rules)
    {
        public Value? Apply(Adjoint a) =>
            Backwards(a, a.X.Constant is null ? Beside(a.Node, Outputs) : Write(a.Node, Outputs, a.Input), Rules);
    }
}

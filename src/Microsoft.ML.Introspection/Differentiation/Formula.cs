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
    public static BackwardRule Of(Func<Adjoint, IReadOnlyList<Value?>> outputs, Func<Value, Value, BackwardRules?> rules) => a =>
    {
        var written = a.X.Constant is null
            ? a.Node.Written ??= Write(a.Node, outputs, asked: null)
            : Write(a.Node, outputs, a.Input);
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
    };

    /// <summary>The rule of an operator with one output.</summary>
    public static BackwardRule Of(Func<Adjoint, Value> output) => Of(a => (IReadOnlyList<Value?>)[output(a)]);

    /// <summary>The formula written beside a node whose gradient has been asked for; null where there is none.</summary>
    internal static IReadOnlyList<Value?>? Beside(Node node) => node.Written?.Outputs;

    // Every input goes in through a node of its own: an input may depend on another, or be given twice, and its gradient is
    // what comes through its own place alone. ONNX Runtime takes these nodes out.
    private static WrittenFormula Write(Node node, Func<Adjoint, IReadOnlyList<Value?>> outputs, int? asked)
    {
        Value?[] inputs =
            [.. node.Inputs.Select((input, i) => input is not null && input.Type.IsFloating() && (input.Constant is null || i == asked)
            ? node.Graph.Home([input]).Add("Identity", "", "", [input], Attributes.None, [(null, input.Type, input.ShapeOrNull)],
                share: false).Outputs[0]
            : input)];
        var own = new Node(node.Graph, node.OperatorType, node.Domain, node.Name, inputs, node.Attributes) { Outputs = node.Outputs };
        return new WrittenFormula(inputs, outputs(new Adjoint(own, [], 0)));
    }
}

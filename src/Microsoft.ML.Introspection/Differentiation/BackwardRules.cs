using System.Collections.Frozen;
using Microsoft.ML.Introspection.Differentiation.Rules;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation;

/// <summary>The table of backward rules by operator. Variants override entries: <c>BackwardRules.Default.With(("Relu", …))</c>.</summary>
public sealed class BackwardRules
{
    private readonly FrozenDictionary<string, BackwardRule> _rules;
    private readonly Func<Node, BackwardRule?>? _choose;

    private BackwardRules(IEnumerable<KeyValuePair<string, BackwardRule>> rules, Func<Node, BackwardRule?>? choose = null) =>
        (_rules, _choose) = (rules.ToFrozenDictionary(), choose);

    /// <summary>The plain derivatives.</summary>
    public static BackwardRules Default { get; } = new([
        .. Arithmetic.Rules, .. Activations.Rules, .. Linear.Rules, .. Convolutions.Rules, .. Pooling.Rules,
        .. Normalization.Rules, .. Recurrent.Rules, .. Attention.Rules, .. Summation.Rules, .. Reductions.Rules, .. Shaping.Rules,
        .. Resizing.Rules, .. Rearranging.Rules, .. Indexing.Rules, .. Scattering.Rules, .. Quantization.Rules, .. Flat.Rules]);

    /// <summary>The operators that have a rule.</summary>
    public IEnumerable<string> Operators => _rules.Keys.Order(StringComparer.Ordinal);

    /// <summary>These rules with some replaced or added.</summary>
    public BackwardRules With(params ReadOnlySpan<(string Operator, BackwardRule Rule)> overrides)
    {
        var rules = new Dictionary<string, BackwardRule>(_rules);
        foreach (var (name, rule) in overrides)
            rules[name] = rule;
        return new BackwardRules(rules, _choose);
    }

    /// <summary>Rules chosen node by node, where the operator alone does not tell; these here serve where none is chosen.</summary>
    /// <param name="choose">Gives the rule of a node, or null to leave it to the table. It may refuse by throwing.</param>
    public BackwardRules Choosing(Func<Node, BackwardRule?> choose) => new(_rules, choose);

    /// <summary>The gradient by the node's rule.</summary>
    /// <exception cref="UnsupportedOperatorException">There is none.</exception>
    /// <exception cref="InvalidModelException">The node's inputs or attributes are not those of its operator.</exception>
    internal Value? Apply(Adjoint adjoint) => Checked(adjoint, ByRule);

    /// <summary>The same for the operand as it is: where it was broadcast, the sum of what its copies get.</summary>
    /// <inheritdoc cref="Apply"/>
    internal Value? ToOperand(Adjoint adjoint) => Checked(adjoint, a => ByRule(a) is not { } gradient ? null
        : (a.IsAside ? UntakenBranches.Asked(a, gradient) : gradient).SumTo(a.X));

    private static Value? Checked(Adjoint adjoint, Func<Adjoint, Value?> rule)
    {
        try
        {
            return rule(adjoint);
        }
        catch (Exception e) when (e is ArgumentException or ArithmeticException or IndexOutOfRangeException)
        {
            // ONNX Runtime looks at much of a node only when it runs it; rules take it that an axis, say, is one of the input's.
            throw new InvalidModelException($"The {adjoint.Node.Describe()} does not fit its inputs "
                + $"{string.Join(", ", adjoint.Node.Inputs.Select(i => $"{i?.Type}{i?.ShapeOrNull}"))}: {e.Message}", e);
        }
    }

    /// <summary>The rule that the table has for a node; null for none.</summary>
    internal BackwardRule? Of(Node node) => node.Domain.Length == 0 ? _rules.GetValueOrDefault(node.OperatorType) : null;

    private Value? ByRule(Adjoint adjoint)
    {
        var node = adjoint.Node;
        if (_choose?.Invoke(node) is { } chosen)
            return chosen(adjoint);
        return (Of(node) ?? throw Missing(node))(adjoint);
    }

    /// <summary>What is thrown where a gradient has to pass a node that no rule is for.</summary>
    internal static UnsupportedOperatorException Missing(Node node)
    {
        var reason = Refused.Reason(node) is { } known ? $": {known}" : "";
        return new UnsupportedOperatorException(
            $"There is no backward rule for the {node.Describe()}, and a gradient has to pass it{reason}. Add one with "
                + $"BackwardRules.Default.With((\"{node.OperatorType}\", …)), export the network with other operators, or use a method "
                    + "that needs no gradient.");
    }
}

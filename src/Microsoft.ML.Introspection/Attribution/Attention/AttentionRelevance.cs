using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>How relevance passes attention.</summary>
public enum AttentionRule
{
    /// <summary>AttnLRP: through the softmax by x·(R − s·ΣR), and half of a product of two signals to each. Achtibat et al. 2024.</summary>
    Attention,

    /// <summary>CP-LRP: probabilities are constants, and all goes to the values. Ali et al. 2022.</summary>
    Conservative,
}

/// <summary>
/// Layer-wise relevance propagation for transformers: ε in linear layers and sums, deviations of normalisations constant, activations
/// passing, and attention by one of two rules. With a γ, convolutions and dense layers that project no queries, keys, values or heads
/// follow the γ-rule, which vision transformers take. Shape of the input, unit of the score. Achtibat et al. 2024, arXiv:2402.05602;
/// Ali et al. 2022, arXiv:2202.07304.
/// </summary>
/// <param name="Rule">How relevance passes attention.</param>
[Method("attention-lrp", "Layer-wise relevance propagation for transformers: AttnLRP or CP-LRP, with γ for vision transformers",
    "Achtibat et al. 2024, arXiv:2402.05602")]
public sealed record AttentionRelevance(
    [Option("Whether relevance passes the softmax (AttnLRP) or all goes to the values (CP-LRP).")]
    AttentionRule Rule = AttentionRule.Attention) : AttributionMethod
{
    /// <summary>What keeps denominators from 0.</summary>
    [Option("What keeps denominators from 0.")]
    public double Epsilon { get; init => field = Number(value, nameof(Epsilon)); } = 1e-6;

    /// <summary>The γ of convolutions; 0 for none.</summary>
    [Option("The γ of convolutions; 0 for none.")]
    public double GammaConvolution { get; init => field = Number(value, nameof(GammaConvolution)); }

    /// <summary>The γ of dense layers that are no projections of attention; 0 for none.</summary>
    [Option("The γ of dense layers that are no projections of attention; 0 for none.")]
    public double GammaDense { get; init => field = Number(value, nameof(GammaDense)); }

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return RelevancePropagation.Of(question.Score, question.Input, Composite(question.Network));
    }

    /// <summary>The score: what relevance sums to where it is conserved. The gap is what biases and stabilisers kept.</summary>
    public override Value Total(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.Score;
    }

    private RelevanceComposite Composite(Network network)
    {
        var entries = new List<RelevanceEntry>();
        var plain = RelevanceRules.Epsilon(Epsilon);
        if (GammaConvolution > 0 || GammaDense > 0)
            entries.AddRange(Projections(network).Select(name => new RelevanceEntry(LayerKind.Dense, plain) { Layer = name }));
        entries.Add(new(LayerKind.Convolution, GammaConvolution > 0 ? RelevanceRules.Gamma(GammaConvolution) : plain));
        entries.Add(new(LayerKind.Dense, GammaDense > 0 ? RelevanceRules.Gamma(GammaDense) : plain));
        entries.Add(new(LayerKind.Sum | LayerKind.AveragePooling, RelevanceRules.NormOf(Epsilon)));
        entries.Add(new(LayerKind.Normalization, RelevanceRules.NormalizationOf(Epsilon)));
        entries.Add(new(LayerKind.Product, Rule == AttentionRule.Attention ? RelevanceRules.Signals(Epsilon)
            : RelevanceRules.Gated(Epsilon)));
        if (Rule == AttentionRule.Attention)
            entries.Add(new(LayerKind.Softmax, RelevanceRules.Softmax));
        return new RelevanceComposite(Rule == AttentionRule.Attention ? "attention" : "conservative", entries);
    }

    // The dense layers that make queries, keys and values, and the one that joins the heads again.
    private static IEnumerable<string> Projections(Network network)
    {
        foreach (var block in AttentionBlock.Of(network))
        {
            foreach (var made in (Value[])[block.Query, block.Key, block.Values])
                if (Dense(made, n => n.Inputs.FirstOrDefault(i => i is { Constant: null } && i.Type.IsFloating())) is { } before)
                    yield return before;
            var behind = new HashSet<Value>(block.Node.Outputs) { block.Probabilities };
            foreach (var node in block.Node.Graph.Nodes.Where(n => n.Inputs.Any(i => i is not null && behind.Contains(i))))
            {
                if (IsDense(node))
                {
                    yield return node.Outputs[0].Name;
                    break;
                }
                behind.UnionWith(node.Outputs);
            }
        }
    }

    private static string? Dense(Value value, Func<Node, Value?> before)
    {
        for (var turn = 0; turn < 40 && value.Producer is { } node; turn++)
        {
            if (IsDense(node))
                return node.Outputs[0].Name;
            if (before(node) is not { } next)
                return null;
            value = next;
        }
        return null;
    }

    private static bool IsDense(Node node) =>
        node is { Domain: "", OperatorType: "MatMul" or "Gemm" } && node.Inputs[0]!.Constant is null
        && node.Inputs[1]!.Constant is not null;

    private static double Number(double value, string name) => double.IsFinite(value) && value >= 0 ? value
        : throw new ArgumentOutOfRangeException(name, value, "A number of at least 0 was expected.");
}

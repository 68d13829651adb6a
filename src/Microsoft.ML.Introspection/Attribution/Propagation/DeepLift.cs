using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>How DeepLIFT takes functions of single elements.</summary>
public enum DeepLiftRule
{
    /// <summary>By the quotient of their differences.</summary>
    Rescale,

    /// <summary>
    /// Behind dense layers, positive and negative contributions apart, so that those which cancel show; elsewhere by
    /// the quotient.
    /// </summary>
    RevealCancel,
}

/// <summary>
/// DeepLIFT, (x − x′)·m: what each element's difference from a baseline x′ does to the score, by multipliers m that the
/// backward pass takes from differences in the place of derivatives; shape of the input, unit of the score. The
/// attributions of a row sum to f(x) − f(x′). Products of two computed values, quotients, softmax and max pooling have rules of their own
/// that keep this sum. With several baselines the mean over them, as SHAP's deep explainer gives it.
/// Shrikumar, Greenside, Kundaje 2017, arXiv:1704.02685; Lundberg, Lee 2017, arXiv:1705.07874.
/// </summary>
[Method("deep-lift", "DeepLIFT: what the differences from a baseline do to the score",
    "Shrikumar, Greenside, Kundaje 2017, arXiv:1704.02685")]
public sealed record DeepLift : AttributionMethod
{
    /// <summary>What the input is compared with; over several baselines the attributions are averaged.</summary>
    [Option("What the input is compared with: zero, a number, blur:SIGMA, or a .npy file; several with commas between them are averaged "
        + "over.")]
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <summary>How functions of single elements are taken.</summary>
    [Option("How activations are taken; reveal-cancel is for those behind dense layers.")]
    public DeepLiftRule Rule { get; init; }

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var baselines = Baseline.Of(question);
        return baselines.Shape[0] == 1
            ? Attribute(question, Everywhere(question, baselines.Squeeze(0)))
            : question.Average(Variants.Of(baselines), baseline =>
                question.At(question.Beside(baseline), at => Attribute(at, question.Flat(baseline))));
    }

    /// <summary>f(x) − f(x′), averaged over the baselines.</summary>
    public override Value Total(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Baseline.Change(question);
    }

    private Value Attribute(Question question, Value baseline)
    {
        var reference = question.At(baseline).Trace;
        var rules = Rule == DeepLiftRule.RevealCancel
            ? new RevealCancel(question.Network, question.Trace, reference, question.Score, question.Input).Rules
            : new Multipliers(question.Network, question.Trace, reference).Rules;
        return (question.Input - baseline) * question.Gradient(rules);
    }

    // One row serves the whole batch, and ONNX Runtime computes what follows from it once, unless the baseline differs from
    // row to row, or the network takes other inputs (as it does beside an inner tensor), or batches of a fixed size, or folds the batch
    // into another axis, where a single row would not meet the others.
    private static Value Everywhere(Question question, Value baseline)
    {
        var input = question.Input;
        return baseline.Shape[0] != 1 || question.Network.Inputs is not [var only] || only.Name != question.Place || input.Shape[0].IsKnown
            || Axes.FoldsBatch(question.Network)
            ? baseline.ExpandLike(input)
            : Operators.Emit("Expand", baseline, question.Graph.Constant([1, .. input.Shape.Skip(1).Select(d => d.Value)]));
    }
}

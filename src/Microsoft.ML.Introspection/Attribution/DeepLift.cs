using Microsoft.ML.Introspection.Differentiation;
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
/// attributions of a row sum to f(x) − f(x′). Products of two computed values, quotients, softmax and max pooling have rules of their own that keep this sum. With several baselines the mean over them, as SHAP's deep explainer gives it.
/// Shrikumar, Greenside, Kundaje 2017, arXiv:1704.02685; Lundberg, Lee 2017, arXiv:1705.07874.
/// </summary>
/// <param name="Constant">Every element of the baseline, unless <see cref="Baselines"/> are given.</param>
public sealed record DeepLift(double Constant = 0) : AttributionMethod
{
    /// <summary>The baselines, one a row: shape [K, …] with the row shape of the input; null for the constant.</summary>
    public Tensor? Baselines { get; init; }

    /// <summary>How functions of single elements are taken.</summary>
    public DeepLiftRule Rule { get; init; }

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var table = Table(question.Input);
        if (table.Dimensions[0] == 1)
            return Attribute(question, Everywhere(question, table));
        return question.Average((int)table.Dimensions[0], variants =>
        {
            var baseline = variants.Flat(variants.Pick(table, question.Input) + question.Input.FullLike(0));
            return Attribute(question.At(variants.Repeat(question.Input)), baseline);
        });
    }

    /// <summary>f(x) − f(x′), averaged over the baselines.</summary>
    public override Value Total(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var table = Table(question.Input);
        return question.Score - question.Average((int)table.Dimensions[0], variants =>
            question.At(variants.Flat(variants.Pick(table, question.Input) + question.Input.FullLike(0))).Score);
    }

    private Value Attribute(Question question, Value baseline)
    {
        var reference = question.At(baseline).Trace;
        var rules = Rule == DeepLiftRule.RevealCancel
            ? new RevealCancel(question.Network, question.Trace, reference, question.Score, question.Input).Rules
            : new Multipliers(question.Network, question.Trace, reference).Rules;
        return (question.Input - baseline) * question.Gradient(rules);
    }

    // One row serves the whole batch, and ONNX Runtime computes what follows from it once, unless the network takes other
    // inputs, or batches of a fixed size.
    private static Value Everywhere(Question question, Tensor row)
    {
        var baseline = question.Graph.Constant(row);
        return question.Network.Inputs.Count > 1 || question.Input.Shape[0].IsKnown ? baseline.ExpandLike(question.Input) : baseline;
    }

    private Tensor Table(Value input)
    {
        long[] row = [.. input.Shape.Skip(1).Select(d => d.Value)];
        if (Baselines is null)
            return Tensor.Filled(input.Type, Constant, [1, .. row]);
        if (Baselines.Type != input.Type || Baselines.Dimensions.Length == 0 || Baselines.Dimensions[0] < 1 || !Baselines.Dimensions[1..].SequenceEqual(row))
            throw new ArgumentException($"The baselines are {Baselines}; expected {input.Type} of shape [K, {string.Join(", ", row)}], one baseline a row.");
        return Baselines;
    }
}

using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What is scaled to [0, 1] by itself in <see cref="FullGrad"/>.</summary>
public enum FullGradScale
{
    /// <summary>All channels of a piece together: the authors' code.</summary>
    Piece,

    /// <summary>Each channel of a piece, as pytorch-grad-cam does; it makes weak channels as loud as strong ones.</summary>
    Channel,

    /// <summary>Nothing: absolute values in the unit of the score, added up as they are.</summary>
    None,
}

/// <summary>
/// FullGrad: a network of ReLUs is its input times its gradient and the biases times theirs, f(x) = x·∂f/∂x + Σ b·∂f/∂b. The map adds the
/// absolute values of all these pieces, each scaled to [0, 1] and enlarged to the input: shape [N, 1, D₁, …]. Pieces are the input, the
/// biases of convolutions, and the shifts β − γμ/√(σ² + ε) of batch normalisations; biases of dense layers stand nowhere in space.
/// Srinivas, Fleuret 2019, arXiv:1905.00780.
/// </summary>
/// <param name="Scaled">What is scaled to [0, 1] by itself.</param>
[Method("full-grad", "The input times its gradient and the biases times theirs, in absolute values, added up",
    "Srinivas, Fleuret 2019, arXiv:1905.00780")]
public sealed record FullGrad(
    [Option("What is scaled to [0, 1] by itself: a piece with all its channels, each channel, or nothing.")]
    FullGradScale Scaled = FullGradScale.Piece) : AttributionMethod
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">What is attributed to has no space.</exception>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (question.Input.Rank < 3 || question.Definitions.Count > 1)
            throw new ArgumentException($"FullGrad draws a map; '{question.Place}' has the shape {question.Input.Shape}. An input of shape "
                + "[N, channels, …] was expected.");
        var input = question.Input * question.Gradient();
        if (question.HasChannelsLast)
            input = input.Transpose([0, input.Rank - 1, .. Enumerable.Range(1, input.Rank - 2)]);
        var map = Drawn(input);
        foreach (var biases in Biases(question))
            map += Drawn(biases).Interpolate(question.Space);
        return question.AsInput(map);
    }

    /// <summary>The biases times their gradients, [N, channels, D₁, …], layer by layer.</summary>
    internal static IReadOnlyList<Value> Biases(Question question)
    {
        var shifts = question.Trace.Nodes.Where(n => question.Score.DependsOn(n.Outputs[0]))
            .Select(n => (n.Outputs[0], Shift: Shift(n, question.Input.Rank))).Where(s => s.Shift is not null).ToList();
        var gradients = shifts.Count == 0 ? [] : Gradient.Of(question.Score, [.. shifts.Select(s => s.Item1)]);
        return [.. shifts.Select((s, i) => s.Shift! * gradients[i])];
    }

    private Value Drawn(Value piece)
    {
        var size = piece.Abs();
        if (Scaled == FullGradScale.None)
            return size.SumOverChannels();
        long[] axes = Scaled == FullGradScale.Piece ? [1, .. size.Space()] : size.Space();
        var above = size - size.ReduceMin(axes);
        return (above / (above.ReduceMax(axes) + 1e-7)).SumOverChannels();
    }

    // What a node adds to its channels whatever comes in, laid out to meet [N, channels, D₁, …]; null where it adds nothing.
    private static Value? Shift(Node node, int rank)
    {
        if (node.Domain.Length > 0 || !Axes.HasSpace(node.Outputs[0]) || node.Outputs[0].Rank != rank)
            return null;
        var perChannel = node.OperatorType switch
        {
            "Conv" or "ConvTranspose" when node.Inputs.ElementAtOrDefault(2) is { Constant: not null } bias => bias,
            "BatchNormalization" when node.Inputs.Skip(1).All(i => i?.Constant is not null) =>
                node.Inputs[2]! - node.Inputs[3]! * node.Inputs[1]!
                    / (node.Inputs[4]! + node.Attributes.Float("epsilon", 1e-5f)).Sqrt(),
            // A bias behind a convolution that has none of its own.
            "Add" when node.Inputs.FirstOrDefault(i => i?.Producer?.Is(OperatorKind.Convolution) == true) is not null
                && node.Inputs.FirstOrDefault(i => i?.Constant is not null) is { } added
                && added.Constant!.Count == node.Outputs[0].Shape[1].Value => added.Reshape(-1),
            _ => null,
        };
        return perChannel?.Reshape([-1, .. Enumerable.Repeat(1L, rank - 2)]);
    }
}

using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// The features that a class activation map is made of, laid out as maps [N, channels, D₁, …], whatever the network keeps them as: feature
/// maps of convolutions as they are; tokens of a transformer, [N, tokens, channels], back on the plane that they were cut from, without
/// those that stand beside it.
/// </summary>
public sealed class FeatureLayer
{
    private readonly TokenLayout? _tokens;

    private FeatureLayer(Question question, TokenLayout? tokens)
    {
        (Question, _tokens) = (question, tokens);
        Maps = Laid(question.Input);
    }

    /// <summary>The question with respect to the features as the network keeps them.</summary>
    public Question Question { get; }

    /// <summary>A: the features as maps [N, channels, D₁, …].</summary>
    public Value Maps { get; }

    /// <summary>∂S/∂A, laid out like the maps.</summary>
    public Value Gradient() => Laid(Question.Gradient());

    /// <summary>The derivative of another number of each row by the features, laid out like the maps.</summary>
    /// <param name="of">Shape [N, …]; the sum of a row is derived.</param>
    public Value Gradient(Value of) => Laid(Differentiation.Gradient.Of(of, Question.Input));

    /// <summary>A tensor of the features' own shape as maps.</summary>
    /// <param name="features">Shape of the layer.</param>
    public Value Laid(Value features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (_tokens is null)
            return features;
        var plane = features.Slice([_tokens.First], [_tokens.First + _tokens.Count], [1]);
        return plane.Transpose(0, 2, 1).Reshape([0, 0, .. _tokens.Extents]);
    }

    /// <summary>One number for each channel, [K, channels], laid out to meet the features as the network keeps them: [K, 1, …].</summary>
    internal Value Meeting(Value perChannel) => _tokens is null
        ? perChannel.Unsqueeze([1, .. Question.Input.Space().Select(axis => axis + 1)])
        : perChannel.Unsqueeze(1, 2);

    internal static FeatureLayer Of(Question question, string layer)
    {
        var features = question.Trace.Layer(layer);
        var tokens = TokenLayout.Of(question.Network, question.Network.TensorOf(layer));
        if (features.ShapeOrNull is not { Rank: > 2 } shape || !shape.Skip(1).All(d => d.IsKnown) || shape[0] != question.Score.Shape[0])
            throw new ArgumentException($"The layer '{layer}' makes {features}; tokens, or feature maps of shape "
                + $"[{question.Score.Shape[0]}, channels, …] are needed.");
        return new FeatureLayer(question.WithRespectTo(layer), tokens);
    }
}

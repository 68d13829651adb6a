using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What is kept of the gradient.</summary>
public enum SaliencyForm
{
    /// <summary>The derivative with its sign: positive where more of the input means more of the score.</summary>
    Signed,

    /// <summary>Its absolute value.</summary>
    Absolute,

    /// <summary>
    /// The largest absolute value over the channels, whose axis keeps extent 1: shape [N, 1, …] where they stand behind the batch.
    /// </summary>
    ChannelMaximum,
}

/// <summary>
/// Saliency: the derivative of the score by the input, ∂f/∂x. Shape of the input, unless the channels are reduced; unit of the
/// score over unit of the input. Simonyan, Vedaldi, Zisserman 2013, arXiv:1312.6034.
/// </summary>
/// <param name="Form">What is kept of the gradient.</param>
[Method("saliency", "The gradient of the score by the input",
    "Simonyan, Vedaldi, Zisserman 2013, arXiv:1312.6034")]
public sealed record Saliency(
    [Option("What is kept of the gradient.")]
    SaliencyForm Form = SaliencyForm.Signed) : AttributionMethod
{
    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        var gradient = question.Gradient();
        return Form switch
        {
            SaliencyForm.Signed => gradient,
            SaliencyForm.Absolute => gradient.Abs(),
            SaliencyForm.ChannelMaximum when gradient.Rank > 2 => gradient.Abs().ReduceMax([question.Channels[0]]),
            SaliencyForm.ChannelMaximum => throw new ArgumentException("The maximum over channels needs an input of shape [N, channels, "
                + $"…]; '{question.Input.Name}' has {question.Input.Shape}."),
            _ => throw new ArgumentOutOfRangeException(nameof(Form), Form, "There is no such form of saliency."),
        };
    }
}

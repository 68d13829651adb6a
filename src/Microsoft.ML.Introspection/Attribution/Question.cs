using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Networks;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>One input of one network and one score of each row: why this score? The words in which methods are written.</summary>
public sealed class Question
{
    internal Question(NetworkTrace trace, Value input, Value score) => (Trace, Input, Score) = (trace, input, score);

    /// <summary>The network, applied to the inputs.</summary>
    public NetworkTrace Trace { get; }

    /// <summary>The input to attribute to, shape [N, …].</summary>
    public Value Input { get; }

    /// <summary>The explained score of each row, shape [N, 1].</summary>
    public Value Score { get; }

    /// <summary>The derivative of each row's score by its input, shape of <see cref="Input"/>.</summary>
    /// <param name="rules">The backward rules; null for the plain ones.</param>
    public Value Gradient(BackwardRules? rules = null) => Differentiation.Gradient.Of(Score, Input, rules);
}

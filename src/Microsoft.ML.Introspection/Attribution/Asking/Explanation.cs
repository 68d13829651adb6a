using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>Compiles explanations into models that plain ONNX Runtime runs.</summary>
public static class Explanation
{
    /// <summary>Writes the network and one explanation as a model.</summary>
    /// <param name="network">The network.</param>
    /// <param name="method">How to explain.</param>
    /// <param name="target">What to explain; null for the class with the highest score.</param>
    /// <param name="options">Which inputs and output, and the names of everything.</param>
    /// <returns>
    /// A model with the network's inputs (and a label input, where the target asks for one: 64-bit integers, [N, 1]); its
    /// outputs are the attribution of each explained input, the explained class and its score, then what is passed through.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// A name is unknown or taken, the target is out of range, or it does not depend on the layer to attribute to.
    /// </exception>
    /// <exception cref="UnsupportedOperatorException">The gradient would have to pass an operator without a rule.</exception>
    public static OnnxModel Compile(Network network, AttributionMethod method, Target? target = null, ExplanationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new ExplanationOptions();
        return Compile(network, options, options.Ask(method, target, network)).Model;
    }

    /// <summary>
    /// Answers several questions about a network in one model: one session, one forward pass, and whatever else they share once.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="asks">The questions.</param>
    /// <returns>
    /// A model with the network's inputs, and those that targets and methods ask for; its outputs are, ask by ask, the attribution to each
    /// tensor, then what else the ask has names for.
    /// </returns>
    /// <inheritdoc cref="Compile(Network, AttributionMethod, Target?, ExplanationOptions?)" path="/exception"/>
    public static ExplanationGraph Compile(Network network, params ReadOnlySpan<Ask> asks) =>
        Compile(network, new CompilationOptions(), asks);

    /// <param name="network">The network.</param>
    /// <param name="options">
    /// The names of inputs, what is passed through, how much is computed at once; of <see cref="ExplanationOptions"/> no more than that.
    /// </param>
    /// <param name="asks">The questions.</param>
    /// <inheritdoc cref="Compile(Network, ReadOnlySpan{Ask})"/>
    public static ExplanationGraph Compile(Network network, CompilationOptions options, params ReadOnlySpan<Ask> asks)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        return new ExplanationWriter(network, options, [.. asks]).Write();
    }
}

using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>Compiles explanations into models that plain ONNX Runtime runs.</summary>
public static class Explanation
{
    /// <summary>Writes the network and its explanation as one model.</summary>
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
        ArgumentNullException.ThrowIfNull(method);
        target ??= Target.ArgMax;
        options ??= new ExplanationOptions();
        foreach (var unknown in options.InputNames.Keys)
            network.Input(unknown);

        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => graph.Input(options.InputNames.GetValueOrDefault(i.Name, i.Name), i.Type, i.Shape!));
        // Before the network, so that the label may be called like a tensor within it.
        var labels = target.LabelInput is { } label ? LabelInput(graph, inputs.Values, label) : null;
        var trace = network.Trace(graph, inputs);
        var scores = target.Table(trace, options.Output);
        var choice = target.Choose(scores, labels);
        var score = target.Score(scores, choice);

        var question = new Question(network, trace, inputs, options.Output, target, choice, score);
        var explained = Explained(network, options);
        var outputs = new List<(string, Value)>();
        foreach (var (name, tensor) in explained)
        {
            var attributionName = explained.Count == 1 ? options.AttributionName : $"{options.AttributionName}_{name}";
            var asked = question.WithRespectTo(tensor);
            var attribution = method.Attribute(asked);
            outputs.Add((attributionName, attribution));
            if (options.BaseValueName is { } baseName)
                outputs.Add((explained.Count == 1 ? baseName : $"{baseName}_{name}", BaseValue(method, asked)));
            if (options.GapName is { } gapName)
                outputs.Add((explained.Count == 1 ? gapName : $"{gapName}_{name}", Gap(method, asked, attribution)));
        }
        if (options.TargetName is { } targetName)
            outputs.Add((targetName, choice));
        if (options.ScoreName is { } scoreName)
            outputs.Add((scoreName, method.Score(question)));
        foreach (var (passed, name) in options.PassThrough)
            outputs.Add((name, trace.FileOutput(passed)));
        return graph.ToModel(outputs, keepAllInputs: true).WithMetadata(("method", method.ToString()), ("target", target.ToString()!));
    }

    private static Value BaseValue(AttributionMethod method, Question question) => method.BaseValue(question) ?? throw new ArgumentException(
        $"{method} makes no promise of what its attributions sum to, so there is no base value that they start from. Do not ask for one.", nameof(method));

    private static Value Gap(AttributionMethod method, Question question, Value attribution)
    {
        var total = method.Total(question) ?? throw new ArgumentException(
            $"{method} makes no promise of what its attributions sum to, so it has no completeness gap. Do not ask for one.", nameof(method));
        return attribution.Reshape(0, -1).ReduceSum([1]) - total;
    }

    // What is attributed to: its name for the caller, and the tensor.
    private static List<(string Name, string Tensor)> Explained(Network network, ExplanationOptions options) => options switch
    {
        { Layer: not null, Inputs: not null } => throw new ArgumentException(
            $"Either inputs ({string.Join(", ", options.Inputs)}) or a layer ('{options.Layer}') are attributed to, not both at once.", nameof(options)),
        { Layer: { } layer } => [(layer, network.TensorOf(layer))],
        _ => [.. (options.Inputs ?? [network.DefaultInput.Name]).Select(name =>
            (name, network.Input(name).Type.IsFloating() ? name : Embedding.Of(network, name)))],
    };

    private static Value LabelInput(Graph graph, IReadOnlyCollection<Value> inputs, string name)
    {
        if (inputs.FirstOrDefault(i => i.Name == name) is { } present)
            return present.Type == ElementType.Int64 && present.Rank == 2 ? present
                : throw new ArgumentException($"The label input '{name}' must hold 64-bit integers of shape [N, 1]; it is {present}.");
        return graph.Input(name, ElementType.Int64, new Shape(inputs.First(i => i.Rank > 0).Shape[0], 1));
    }
}

using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Networks;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// One input (or inner tensor) of one network and one score of each row: why this score? The words in which methods are written.
/// </summary>
public sealed class Question
{
    private readonly IReadOnlyDictionary<string, Value> _inputs;
    private readonly string? _output;
    private readonly Target _target;

    internal Question(
        Network network, NetworkTrace trace, IReadOnlyDictionary<string, Value> inputs, string? output, Target target, Value choice, Value score, string? place = null)
    {
        (Network, Trace, _inputs, _output, _target, Choice, Score) = (network, trace, inputs, output, target, choice, score);
        Place = place ?? network.Inputs[0].Name;
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The graph that the explanation is written into.</summary>
    public Graph Graph => Trace.Graph;

    /// <summary>The network, applied to the inputs as they are.</summary>
    public NetworkTrace Trace { get; }

    /// <summary>What is attributed to: a network's input or an inner tensor, shape [N, …].</summary>
    public Value Input => Trace.Tensor(Place);

    /// <summary>The name of the tensor that is attributed to.</summary>
    public string Place { get; }

    /// <summary>The class of each row that the score is taken of, 64-bit integers of shape [N, 1].</summary>
    public Value Choice { get; }

    /// <summary>The explained score of each row, shape [N, 1].</summary>
    public Value Score { get; }

    /// <summary>The scores that it is chosen from, shape [N, classes].</summary>
    public Value Scores => _target.Table(Trace, _output);

    /// <summary>
    /// The name of the features that class activation maps are made of: the last feature maps [N, channels, D₁, …] before the
    /// score that are not pooled or flattened yet.
    /// </summary>
    /// <exception cref="ArgumentException">The network has no convolution before the score.</exception>
    public string LastFeatures => FeatureMaps.Last(Scored).Name;

    /// <summary>Whether what is attributed to has its channels last, not behind the batch.</summary>
    internal bool HasChannelsLast => SpatialLayout.HasChannelsLast(Network.Definition(Place));

    /// <summary>What the score is taken of, in the network's own graph.</summary>
    internal Value Scored => _target.InnerLayer is { } layer
        ? Network.Definition(Network.TensorOf(layer))
        : Network.OutputDefinition(_output ?? Network.DefaultOutput);

    /// <summary>What the target takes of another table of the same classes (probabilities, say), shape [N, 1].</summary>
    public Value ScoreIn(Value table) => _target.Score(table, Choice);

    /// <summary>The derivative of each row's score by its input, shape of <see cref="Input"/>.</summary>
    /// <param name="rules">The backward rules; null for the plain ones.</param>
    public Value Gradient(BackwardRules? rules = null) => Differentiation.Gradient.Of(Score, Input, rules);

    /// <summary>The same question with respect to another input or to a tensor inside the network.</summary>
    /// <param name="place">The name of an input, a layer, or an inner tensor.</param>
    /// <exception cref="ArgumentException">
    /// There is none of that name; or an inner tensor holds no floating-point numbers, its first axis is not the batch, or the
    /// score does not depend on it.
    /// </exception>
    public Question WithRespectTo(string place)
    {
        if (_inputs.ContainsKey(place))
            return new Question(Network, Trace, _inputs, _output, _target, Choice, Score, place);
        var question = new Question(Network, Trace, _inputs, _output, _target, Choice, Score, Network.TensorOf(place));
        question.CheckPlace();
        return question;
    }

    /// <summary>
    /// The same question asked at other values of the input: the network applied to them, the class of each row the one chosen
    /// for the input as it is.
    /// </summary>
    /// <param name="input">Shape [K·N, …]: K variants of the whole batch, one behind the other. The other inputs are repeated to fit.</param>
    public Question At(Value input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var inputs = _inputs.ToDictionary(i => i.Key, i => i.Key == Place ? input : RepeatedTo(i.Value, input));
        var inner = new Dictionary<string, Value>();
        if (!_inputs.ContainsKey(Place))
            inner[Place] = input;
        var trace = Network.Trace(Graph, inputs, inner);
        var choice = RepeatedTo(Choice, input);
        var score = _target.Score(_target.Table(trace, _output), choice);
        return new Question(Network, trace, inputs, _output, _target, choice, score, Place);
    }

    /// <summary>
    /// The mean over many variants of the question, taken a few at a time so that memory stays bounded whatever their number:
    /// small inputs in one go, large ones through a <c>Loop</c>.
    /// </summary>
    /// <param name="count">How many variants.</param>
    /// <param name="variant">
    /// Gives, for a few of them at a time, a value of shape [K·N, …]: one result for each variant of each row.
    /// </param>
    /// <returns>Shape [N, …].</returns>
    public Value Average(int count, Func<Variants, Value> variant) => Sum(count, variant) / count;

    /// <summary>The sum over many variants of the question; see <see cref="Average"/>.</summary>
    public Value Sum(int count, Func<Variants, Value> variant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentNullException.ThrowIfNull(variant);
        var together = Variants.Together(count, Input.Shape);
        if (together == count)
            return Folded(variant(new Variants(Graph.Constant(Tensor.Vector<long>([.. Enumerable.Range(0, count).Select(i => (long)i)])), count)), count);

        // The first portion is computed to learn the shape of the sum; nothing of it is written if nothing depends on it.
        var shape = Folded(variant(Portion(Graph.Constant(0L), together)), together);
        return Graph.Loop(Graph.Constant((long)(count / together)), [shape.FullLike(0)], (turn, sum) =>
            new LoopStep([sum[0] + Folded(variant(Portion(turn, together)), together)], []))[0];
    }

    private Variants Portion(Value turn, int together)
    {
        var within = Graph.Constant(Tensor.Vector<long>([.. Enumerable.Range(0, together).Select(i => (long)i)]));
        return new Variants(turn * (long)together + within, together);
    }

    // [K·N, …] → [N, …]
    private Value Folded(Value variants, int count) => count == 1
        ? variants
        : variants.Reshape([count, -1, .. variants.Shape.Skip(1).Select(d => d.Value)]).ReduceSum([0], keepDimensions: false);

    private Value RepeatedTo(Value rows, Value input)
    {
        // An input of fixed extents that is no batch (a temperature, say) is the same for all variants.
        if (rows.Rank == 0 || rows.Shape[0] != Input.Shape[0] || Input.Shape[0] == input.Shape[0])
            return rows;
        var times = input.Shape[0].Factor / Input.Shape[0].Factor;
        return rows.RepeatRows(times);
    }

    private void CheckPlace()
    {
        if (!Input.Type.IsFloating())
            throw new ArgumentException($"'{Place}' holds elements of type {Input.Type}; only floating-point tensors can be attributed to. For token inputs, name the layer of their embedding.");
        if (Input.ShapeOrNull is not { Rank: > 0 } shape || shape[0] != Score.Shape[0])
            throw new ArgumentException($"'{Place}' has the shape {Input.ShapeOrNull?.ToString() ?? "(unknown)"}; a tensor whose first axis is the batch ({Score.Shape[0]}) was expected. Name a layer before or behind it.");
        if (!Score.DependsOn(Input))
            throw new ArgumentException($"The explained score does not depend on '{Place}'. Name a layer between the inputs and {(_target.InnerLayer is { } layer ? $"the target's layer '{layer}'" : "the output")}.");
    }
}

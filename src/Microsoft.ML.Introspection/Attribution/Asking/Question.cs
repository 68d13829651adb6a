using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
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
    internal bool HasChannelsLast => Axes.HasChannelsLast(Network.Definition(Place));

    /// <summary>The axis of the channels of what is attributed to.</summary>
    internal int Channels => Axes.Channels(Network.Definition(Place));

    /// <summary>What the score is taken of, in the network's own graph.</summary>
    internal Value Scored => _target.InnerLayer is { } layer
        ? Network.Definition(Network.TensorOf(layer))
        : Network.OutputDefinition(_output ?? Network.DefaultOutput);

    /// <summary>What the target takes of another table of the same classes (probabilities, say), shape [N, 1].</summary>
    public Value ScoreIn(Value table) => _target.Score(table, Choice);

    /// <summary>What the target takes of a table for variants of the whole batch, one behind the other: shape [K·N, classes] becomes [K·N, 1].</summary>
    internal Value ScoreOfVariants(Value table, int variants) => _target.Score(table, Choice.RepeatRows(variants));

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

    /// <summary>The same question about another score of each row.</summary>
    /// <param name="target">What is explained; it must ask for no label.</param>
    /// <exception cref="ArgumentException">The target asks for a label.</exception>
    public Question About(Target target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.LabelInput is { } label)
            throw new ArgumentException($"The target {target} takes the class from the input '{label}', which only the question at the start can.", nameof(target));
        var scores = target.Table(Trace, _output);
        var choice = target.Choose(scores, null);
        return new Question(Network, Trace, _inputs, _output, target, choice, target.Score(scores, choice), Place);
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
        // Within a loop the question belongs to the loop's body, and so does any loop that it asks for.
        var trace = Network.Trace(input.Constant is null ? input.Graph : Graph, inputs, inner);
        var choice = RepeatedTo(Choice, input);
        var score = _target.Score(_target.Table(trace, _output), choice);
        return new Question(Network, trace, inputs, _output, _target, choice, score, Place);
    }

    /// <summary>
    /// The same question to another network: applied to the same inputs, the class of each row the one chosen by this one.
    /// </summary>
    /// <param name="network">A network of the same inputs, and an output of the same name and classes.</param>
    /// <exception cref="ArgumentException">Its inputs or outputs are others.</exception>
    public Question To(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Inputs.Count != Network.Inputs.Count
            || !network.Inputs.All(i => _inputs.TryGetValue(i.Name, out var own) && own.Type == i.Type && own.Shape.Skip(1).SequenceEqual(i.Shape!.Skip(1))))
            throw new ArgumentException($"The networks take different inputs: {string.Join(", ", Network.Inputs)} and {string.Join(", ", network.Inputs)}.", nameof(network));
        var trace = network.Trace(Input.Graph, _inputs);
        var (own, other) = (Scores, _target.Table(trace, _output));
        if (own.Shape[1] != other.Shape[1])
            throw new ArgumentException($"The networks tell different classes: {own.Shape[1]} and {other.Shape[1]}.", nameof(network));
        return new Question(network, trace, _inputs, _output, _target, Choice, _target.Score(other, Choice), Place);
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
        ArgumentNullException.ThrowIfNull(variant);
        return Accumulate(count, variants => Folded(variant(variants), variants.Count));
    }

    /// <summary>The sum over many variants of which a few at a time are summed by the caller.</summary>
    /// <param name="count">How many variants.</param>
    /// <param name="share">Gives, for a few of them, their sum: shape [N, …].</param>
    /// <param name="atOnce">How many at a time, a divisor of their number; null for as many as fit.</param>
    internal Value Accumulate(int count, Func<Variants, Value> share, int? atOnce = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var together = atOnce ?? Variants.Together(count, Input.Shape);
        if (together == count)
            return share(new Variants(Graph.Constant(Tensor.Vector<long>([.. Enumerable.Range(0, count).Select(i => (long)i)])), count));

        // The first portion is written to learn the shape of the sum; as nothing depends on it, no model holds it.
        var sample = share(Portion(Graph.Constant(0L), together));
        return Graph.Loop(Graph.Constant((long)(count / together)), [Zeros(sample)], (turn, sum) =>
            new LoopStep([sum[0] + share(Portion(turn, together))], []))[0];
    }

    /// <summary>
    /// The answers to the question asked of each row by itself, one after the other: for what asks so much of a row that a batch of them
    /// would not fit the cache.
    /// </summary>
    /// <param name="answer">Answers for a batch of one row, shape [1, …] of known extents.</param>
    internal Value RowByRow(Func<Question, Value> answer)
    {
        var rows = Operators.Emit("Shape", Attributes.Of(("start", 0L), ("end", 1L)), Input);
        var answers = Graph.Loop(rows, [], (turn, _) =>
        {
            var one = turn.Reshape(1);
            var inputs = _inputs.ToDictionary(i => i.Key, i => Row(i.Value, one));
            var inner = _inputs.ContainsKey(Place) ? null : new Dictionary<string, Value> { [Place] = Row(Input, one) };
            var trace = Network.Trace(turn.Graph, inputs, inner);
            return new LoopStep([], [answer(new Question(Network, trace, inputs, _output, _target, Row(Choice, one), Row(Score, one), Place))]);
        })[0];
        return Operators.Emit("Reshape", answers, Operators.Concat(0, rows, Graph.Constant([.. answers.Shape.Skip(2).Select(d => d.Value)])));
    }

    /// <summary>One result for each variant, side by side; taken a few at a time like those of <see cref="Sum"/>.</summary>
    /// <param name="count">How many variants.</param>
    /// <param name="variant">Gives, for a few of them at a time, a value of shape [K·N, …].</param>
    /// <returns>Shape [N, variants, …].</returns>
    public Value Stack(int count, Func<Variants, Value> variant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentNullException.ThrowIfNull(variant);
        var together = Variants.Together(count, Input.Shape);
        var all = together == count
            ? Apart(variant(new Variants(Graph.Constant(Tensor.Vector<long>([.. Enumerable.Range(0, count).Select(i => (long)i)])), count)), count)
            : Graph.Loop(Graph.Constant((long)(count / together)), [], (turn, _) => new LoopStep([], [Apart(variant(Portion(turn, together)), together)]))[0];
        // [turns, K, N, …] or [K, N, …] → [all, N, …] → [N, all, …]
        long[] row = [.. all.Shape.Skip(together == count ? 2 : 3).Select(d => d.Value)];
        return all.Reshape([count, -1, .. row]).Transpose([1, 0, .. Enumerable.Range(2, row.Length)]);
    }

    // As many zeros as a value of [N, …] has elements, without computing the value.
    private Value Zeros(Value sample)
    {
        if (sample.Shape.IsKnown || sample.Shape[0] != Input.Shape[0] || !sample.Shape.Skip(1).All(d => d.IsKnown))
            return sample.FullLike(0);
        var extents = Operators.Concat(0, Operators.Emit("Shape", Attributes.Of(("start", 0L), ("end", 1L)), Input), Graph.Constant([.. sample.Shape.Skip(1).Select(d => d.Value)]));
        return sample.Rank == 1 ? sample.FullLike(0) : Operators.Emit("ConstantOfShape", Attributes.Of(("value", Tensor.Filled(sample.Type, 0, 1))), extents);
    }

    // [K·N, …] → [K, N, …]
    private static Value Apart(Value variants, int count) => variants.Reshape([count, -1, .. variants.Shape.Skip(1).Select(d => d.Value)]);

    private Variants Portion(Value turn, int together)
    {
        var within = Graph.Constant(Tensor.Vector<long>([.. Enumerable.Range(0, together).Select(i => (long)i)]));
        return new Variants(turn * (long)together + within, together);
    }

    // [K·N, …] → [N, …]
    private Value Folded(Value variants, int count) => count == 1
        ? variants
        : Apart(variants, count).ReduceSum([0], keepDimensions: false);

    private Value RepeatedTo(Value rows, Value input)
    {
        // An input of fixed extents that is no batch (a temperature, say) is the same for all variants.
        if (rows.Rank == 0 || rows.Shape[0] != Input.Shape[0] || Input.Shape[0] == input.Shape[0])
            return rows;
        var times = input.Shape[0].Factor / Input.Shape[0].Factor;
        return rows.RepeatRows(times);
    }

    private Value Row(Value rows, Value number) => rows.Rank == 0 || rows.Shape[0] != Input.Shape[0] ? rows : rows.Gather(number);

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

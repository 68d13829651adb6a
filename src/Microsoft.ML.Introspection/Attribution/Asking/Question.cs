using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// One input (or inner tensor, or several inputs side by side) of one network and one score of each row: why this score? The words in which
/// methods are written.
/// </summary>
public sealed partial class Question
{
    private readonly Setting _setting;
    private readonly Value _chosen;
    private readonly Dictionary<(string, object), Value> _known = [];

    private Question(Setting setting, NetworkTrace trace, Value input, Value chosen, Value score) =>
        (_setting, Trace, Input, _chosen, Score) = (setting, trace, input, chosen, score);

    /// <summary>The network.</summary>
    public Network Network => _setting.Network;

    /// <summary>The graph that the explanation is written into.</summary>
    public Graph Graph => Trace.Graph;

    /// <summary>The network, applied to the inputs as they are.</summary>
    public NetworkTrace Trace { get; }

    /// <summary>
    /// What is attributed to: a network's input or an inner tensor, shape [N, …]; of several, one behind the other and each flattened,
    /// shape [N, elements], out of which the network takes them again.
    /// </summary>
    public Value Input { get; }

    /// <summary>The name of the tensor that is attributed to; of several, all of them.</summary>
    public string Place => string.Join(", ", _setting.Places);

    /// <summary>The tensors that are attributed to, as the network takes them, shape [N, …] each.</summary>
    public IReadOnlyList<Value> Parts => [.. _setting.Places.Select(Trace.Tensor)];

    /// <summary>The class of each row that the score is taken of, 64-bit integers of shape [N, 1].</summary>
    public Value Choice => _setting.Target.ClassOf(_chosen);

    /// <summary>The explained score of each row, shape [N, 1].</summary>
    public Value Score { get; }

    /// <summary>The scores that it is chosen from, shape [N, classes].</summary>
    public Value Scores => _setting.Table(Trace);

    /// <summary>
    /// The name of the features that class activation maps are made of: the last feature maps [N, channels, D₁, …] before the
    /// score that are not pooled or flattened yet; of a transformer for images, the tokens that its last block of attention reads.
    /// </summary>
    /// <exception cref="ArgumentException">The network has no convolution before the score.</exception>
    public string LastFeatures => AttentionBlock.LastPlane(Network, Scored)?.Name ?? FeatureMaps.Last(Scored).Name;

    /// <summary>Whether what is attributed to has its channels last, not behind the batch.</summary>
    internal bool HasChannelsLast => _setting.Places is [var only] && Axes.HasChannelsLast(Network.Definition(only));

    /// <summary>The tensors that are attributed to, in the network's own graph.</summary>
    internal IReadOnlyList<Value> Definitions => [.. _setting.Places.Select(Network.Definition)];

    /// <summary>The axis of the channels of each of <see cref="Parts"/>.</summary>
    internal IReadOnlyList<int> Channels => [.. _setting.Places.Select(place => Axes.Channels(Network.Definition(place)))];

    /// <summary>The spatial extents of what is attributed to.</summary>
    internal long[] Space => [.. Input.Shape.Skip(HasChannelsLast ? 1 : 2).Take(Math.Max(Input.Rank - 2, 0)).Select(d => d.Value)];

    /// <summary>Maps [N, 1, D₁, …] with their channel where what is attributed to has its own.</summary>
    internal Value AsInput(Value maps) => HasChannelsLast ? maps.Transpose([0, .. Enumerable.Range(2, maps.Rank - 2), 1]) : maps;

    /// <summary>The output whose score is explained.</summary>
    internal string OutputName => _setting.Output ?? Network.DefaultOutput;

    /// <summary>What the score is taken of, in the network's own graph.</summary>
    internal Value Scored => _setting.Target.InnerLayer is { } layer
        ? Network.Definition(Network.TensorOf(layer))
        : Network.OutputDefinition(OutputName);

    /// <summary>What the target takes of another table of the same classes (probabilities, say), shape [N, 1].</summary>
    public Value ScoreIn(Value table) => _setting.Target.Score(table, _chosen);

    /// <summary>
    /// What the target takes of a table for variants of the whole batch, one behind the other: shape [K·N, classes] becomes [K·N, 1].
    /// </summary>
    internal Value ScoreOfVariants(Value table, int variants) => _setting.Target.Score(table, _chosen.RepeatRows(variants));

    /// <summary>The derivative of each row's score by its input, shape of <see cref="Input"/>.</summary>
    /// <param name="rules">The backward rules; null for the plain ones.</param>
    public Value Gradient(BackwardRules? rules = null) =>
        Once("gradient", rules ?? BackwardRules.Default, () => Differentiation.Gradient.Of(Score, Input, rules));

    /// <summary>The same question with respect to another input or to a tensor inside the network.</summary>
    /// <param name="place">The name of an input, a layer, or an inner tensor.</param>
    /// <exception cref="ArgumentException">
    /// There is none of that name; or an inner tensor holds no floating-point numbers, its first axis is not the batch, or the
    /// score does not depend on it.
    /// </exception>
    public Question WithRespectTo(string place)
    {
        var isInput = _setting.Inputs.ContainsKey(place);
        var setting = _setting with { Places = [isInput ? place : Network.TensorOf(place)] };
        var question = new Question(setting, Trace, Trace.Tensor(setting.Places[0]), _chosen, Score);
        if (!isInput)
            question.Check(question.Input, question.Place);
        return question;
    }

    /// <summary>
    /// The question with respect to where a row enters the network: its input of floating-point numbers, or the embedding of its tokens.
    /// </summary>
    /// <exception cref="ArgumentException">There are several, or none.</exception>
    internal Question Entrance
    {
        get
        {
            var network = _setting.Network;
            if (network.Inputs.Any(i => i.Type.IsFloating()))
                return WithRespectTo(network.DefaultInput.Name);
            var embeddings = network.Inputs.SelectMany(i => Embedding.Find(network, i.Name)).ToList();
            return embeddings is [var only] ? WithRespectTo(only) : throw new ArgumentException(
                $"The network has {embeddings.Count} embeddings of tokens, and a way from a baseline needs one. Explain the network that "
                    + "takes embeddings.");
        }
    }

    /// <summary>The same question about another score of each row.</summary>
    /// <param name="target">What is explained; it must take nothing from an input of its own.</param>
    /// <exception cref="ArgumentException">The target asks for a label.</exception>
    public Question About(Target target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.InputName is { } label)
            throw new ArgumentException(
                $"The target {target} takes the class from the input '{label}', which only the question at the start can.", nameof(target));
        var setting = _setting with { Target = target };
        var scores = setting.Table(Trace);
        var chosen = target.Choose(scores, null);
        return new Question(setting, Trace, Input, chosen, target.Score(scores, chosen));
    }

    /// <summary>
    /// The same question asked at other values of the input: the network applied to them, the class of each row the one chosen
    /// for the input as it is.
    /// </summary>
    /// <param name="input">
    /// Shape [K·N, …]: K variants of the whole batch, one behind the other; or [K, N or 1, …]. The other inputs are repeated to fit.
    /// </param>
    public Question At(Value input)
    {
        ArgumentNullException.ThrowIfNull(input);
        input = input.Rank > Input.Rank ? Flat(input) : input;
        var setting = _setting.With(rows => RepeatedTo(rows, input));
        // Within a loop the question belongs to the loop's body, and so does any loop that it asks for.
        return Applied(setting, input.Constant is null ? input.Graph : Graph, input, RepeatedTo(_chosen, input));
    }

    /// <summary>
    /// The same question to variants of the network, each thinned by a mask of its own: the class of each row is that chosen by the whole.
    /// </summary>
    /// <param name="masks">What layers are multiplied by, by their names: shape [K, row…] each, one for each variant.</param>
    /// <param name="answer">Answers for a batch of [K·N, …].</param>
    /// <returns>Shape [K, N, …].</returns>
    internal Value Thinned(IReadOnlyDictionary<string, Value> masks, Func<Question, Value> answer)
    {
        var mask = masks.Values.First();
        var (count, graph) = (mask.Shape[0].Value, mask.Constant is null ? mask.Graph : Graph);
        var input = Input.RepeatRows(count);
        var setting = _setting.With(rows => RepeatedTo(rows, input)) with
        {
            Factors = masks.ToDictionary(m => m.Key, m =>
            {
                var whole = Trace.Layer(m.Key);
                return m.Value.Unsqueeze(1).ExpandLike(whole.Unsqueeze(0)).Reshape([-1, .. whole.Shape.Skip(1).Select(d => d.Value)]);
            }),
        };
        // Within a loop the question belongs to the loop's body, as in At.
        return Apart(answer(Applied(setting, graph, input, RepeatedTo(_chosen, input))), count);
    }

    /// <summary>
    /// The same question to another network: applied to the same inputs, the class of each row the one chosen by this one.
    /// </summary>
    /// <param name="network">A network of the same inputs, and an output of the same name and classes.</param>
    /// <exception cref="ArgumentException">Its inputs or outputs are others.</exception>
    public Question To(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Inputs.Count != Network.Inputs.Count || !network.Inputs.All(i => _setting.Inputs.TryGetValue(i.Name, out var own)
            && own.Type == i.Type && own.Shape.Skip(1).SequenceEqual(i.Shape!.Skip(1))))
            throw new ArgumentException(
                $"The networks take different inputs: {string.Join(", ", Network.Inputs)} and {string.Join(", ", network.Inputs)}.",
                nameof(network));
        var setting = _setting with { Network = network };
        if (setting.Places.FirstOrDefault(place => !setting.Inputs.ContainsKey(place)) is { } inner)
            throw new ArgumentException(
                $"The layer '{inner}' is one of the explained network; with several networks, inputs are attributed to.", nameof(network));
        var other = Applied(setting, Input.Graph, Input, _chosen);
        return Scores.Shape[1] == other.Scores.Shape[1] ? other
            : throw new ArgumentException(
                $"The networks tell different classes: {Scores.Shape[1]} and {other.Scores.Shape[1]}.", nameof(network));
    }

    /// <summary>The question that others come from.</summary>
    /// <param name="setting">What is asked.</param>
    /// <param name="trace">The network, applied to the inputs.</param>
    /// <param name="given">The input that tells what is explained, where the target has one.</param>
    internal static Question Start(Setting setting, NetworkTrace trace, Value? given)
    {
        if (setting.Places is [var place])
        {
            var question = new Question(setting, trace, trace.Tensor(place), Chosen(setting, trace, given, out var score), score);
            if (!setting.Inputs.ContainsKey(place))
                question.Check(question.Input, place);
            return question;
        }
        if (ObstacleToJoining(setting, trace) is { } obstacle)
            throw new ArgumentException(obstacle);
        // Side by side, and taken apart again in front of the network: what depends on one depends on the other.
        var input = Operators.Concat(1, [.. setting.Places.Select(name => Flattened(trace.Tensor(name)))]);
        var joint = setting.Trace(trace.Graph, input);
        return new Question(setting, joint, input, Chosen(setting, joint, given, out var jointScore), jointScore);
    }

    /// <summary>Why several tensors cannot be attributed to jointly; null where they can.</summary>
    internal static string? ObstacleToJoining(Setting setting, NetworkTrace trace)
    {
        var (type, batch) = (trace.Tensor(setting.Places[0]).Type, setting.Table(trace).Shape[0]);
        foreach (var (name, part) in setting.Places.Select(name => (name, trace.Tensor(name))))
        {
            if (!part.Type.IsFloating() || part.Type != type)
                return $"'{name}' holds elements of type {part.Type} and '{setting.Places[0]}' {type}; only floating-point tensors of "
                    + "one " +
                    "type can be attributed to jointly. Ask for each alone.";
            if (part.ShapeOrNull is not { Rank: > 0 } shape || shape[0] != batch || shape.Skip(1).Any(d => !d.IsKnown))
                return $"'{name}' has the shape {part.ShapeOrNull?.ToString() ?? "(unknown)"}; to be attributed to jointly with others, " +
                    $"its first axis must be the batch ({batch}) and the others known. Ask for each alone.";
        }
        return null;
    }

    /// <summary>
    /// What an attribution to several inputs side by side says of each: [N, …, elements] becomes [N, …, row…], input by input.
    /// </summary>
    /// <param name="attribution">The attribution.</param>
    /// <param name="rows">The extents of a row of each.</param>
    internal static IReadOnlyList<Value> Split(Value attribution, IReadOnlyList<long[]> rows)
    {
        var lead = attribution.Shape.Skip(1).Take(attribution.Rank - 2).Select(d => d.Value).ToList();
        var parts = attribution.Split(attribution.Rank - 1, [.. rows.Select(SizeOf)]);
        return [.. parts.Select((part, i) => part!.Reshape([-1, .. lead, .. rows[i]]))];
    }

    /// <summary>The extents of a row of each tensor that is attributed to.</summary>
    internal IReadOnlyList<long[]> Rows => _setting.Rows;

    /// <summary>A value that is made once for the question, however many ask.</summary>
    internal Value Once(string what, object of, Func<Value> make)
    {
        if (!_known.TryGetValue((what, of), out var value))
            _known[(what, of)] = value = make();
        return value;
    }

    private static Value Chosen(Setting setting, NetworkTrace trace, Value? given, out Value score)
    {
        var scores = setting.Table(trace);
        var chosen = setting.Target.Choose(scores, given);
        score = setting.Target.Score(scores, chosen);
        return chosen;
    }

    private static Question Applied(Setting setting, Graph graph, Value input, Value chosen)
    {
        var trace = setting.Trace(graph, input);
        return new Question(setting, trace, input, chosen, setting.Target.Score(setting.Table(trace), chosen));
    }

    private static Value Flattened(Value part) => part.Reshape(-1, SizeOf([.. part.Shape.Skip(1).Select(d => d.Value)]));

    /// <summary>How many elements a row has.</summary>
    internal static long SizeOf(long[] row) => Sizes.Count(row);

    private Value RepeatedTo(Value rows, Value input)
    {
        // An input of fixed extents that is no batch (a temperature, say) is the same for all variants.
        if (rows.Rank == 0 || rows.Shape[0] != Input.Shape[0] || Input.Shape[0] == input.Shape[0])
            return rows;
        return rows.RepeatRows(input.Shape[0].Factor / Input.Shape[0].Factor);
    }

    private Value Row(Value rows, Value number) => rows.Rank == 0 || rows.Shape[0] != Input.Shape[0] ? rows : rows.Gather(number);

    private void Check(Value part, string place)
    {
        if (!part.Type.IsFloating())
            throw new ArgumentException(
                $"'{place}' holds elements of type {part.Type}; only floating-point tensors can be attributed to. " +
                "For token inputs, name the layer of their embedding.");
        if (part.ShapeOrNull is not { Rank: > 0 } shape || shape[0] != Score.Shape[0])
            throw new ArgumentException(
                $"'{place}' has the shape {part.ShapeOrNull?.ToString() ?? "(unknown)"}; a tensor whose first axis is the batch " +
                $"({Score.Shape[0]}) was expected. Name a layer before or behind it.");
        if (!Score.DependsOn(part))
        {
            var end = _setting.Target.InnerLayer is { } layer ? $"the target's layer '{layer}'" : "the output";
            throw new ArgumentException($"The explained score does not depend on '{place}'. Name a layer between the inputs and {end}.");
        }
    }

    /// <summary>What is asked of what.</summary>
    /// <param name="Network">The network.</param>
    /// <param name="Inputs">The values of its inputs, by name.</param>
    /// <param name="Output">The explained output; null for the default.</param>
    /// <param name="Target">What is explained.</param>
    /// <param name="Places">The tensors that are attributed to.</param>
    /// <param name="Portion">How many elements of variants are computed at once.</param>
    internal sealed record Setting(
        Network Network,
        IReadOnlyDictionary<string, Value> Inputs,
        string? Output,
        Target Target,
        IReadOnlyList<string> Places,
        long Portion)
    {
        /// <summary>What layers are multiplied by, by their names, with a row for each of the inputs'; none as the network is.</summary>
        public IReadOnlyDictionary<string, Value> Factors { get; init; } = new Dictionary<string, Value>();

        /// <summary>The same of other rows.</summary>
        public Setting With(Func<Value, Value> rows) => this with
        {
            Inputs = Inputs.ToDictionary(i => i.Key, i => rows(i.Value)), Factors = Factors.ToDictionary(f => f.Key, f => rows(f.Value)),
        };

        /// <summary>The extents of a row of each tensor that is attributed to.</summary>
        public IReadOnlyList<long[]> Rows =>
            [.. Places.Select(place => Network.Definition(place).Shape.Skip(1).Select(d => d.Value).ToArray())];

        /// <summary>Whether the file fixes how many rows the network takes at once.</summary>
        public bool IsBatchFixed => Places.Any(place => Network.Definition(place).ShapeOrNull is { Rank: > 0 } shape && shape[0].IsKnown);

        /// <summary>The table that the score is chosen from.</summary>
        public Value Table(NetworkTrace trace) => Target.Table(trace, Output);

        /// <summary>The network with a value in the place of what is attributed to.</summary>
        public NetworkTrace Trace(Graph graph, Value input)
        {
            Value?[] parts = Places.Count == 1 ? [input]
                : [.. input.Split(1, [.. Rows.Select(SizeOf)]).Select((part, i) => part!.Reshape([-1, .. Rows[i]]))];
            var (inputs, inner) = (new Dictionary<string, Value>(Inputs), new Dictionary<string, Value>());
            for (var i = 0; i < parts.Length; i++)
                (inputs.ContainsKey(Places[i]) ? inputs : inner)[Places[i]] = parts[i]!;
            return Network.Trace(graph, inputs, inner, Factors);
        }
    }
}

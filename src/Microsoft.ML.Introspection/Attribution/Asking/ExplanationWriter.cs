using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>Writes the answers to some asks into one graph. What is asked twice is there once: equal nodes are.</summary>
internal sealed class ExplanationWriter
{
    private readonly Network _network;
    private readonly CompilationOptions _options;
    private readonly IReadOnlyList<Ask> _asks;
    private readonly Graph _graph;
    private readonly Dictionary<string, Value> _inputs;
    private readonly Dictionary<string, Value> _given = [];
    private readonly NetworkTrace _trace;
    private readonly Dictionary<(string Places, Target Target, string? Output), Question> _questions = [];
    private readonly List<(Port Port, Value Value)> _outputs = [];

    public ExplanationWriter(Network network, CompilationOptions options, IReadOnlyList<Ask> asks)
    {
        if (asks.Count == 0 || asks.Any(a => a is null))
            throw new ArgumentException("Nothing is asked.", nameof(asks));
        if (asks.CountBy(a => a.Name).FirstOrDefault(a => a.Value > 1) is { Value: > 1 } twice)
            throw new ArgumentException($"Two asks are named '{twice.Key}'. Give each a name of its own.", nameof(asks));
        foreach (var unknown in options.InputNames.Keys)
            network.Input(unknown);
        (_network, _options, _asks, _graph) = (network, options, asks, new Graph(network.Opset));
        _inputs = network.Inputs.ToDictionary(
            i => i.Name, i => i.AsInput(_graph, options.InputNames.GetValueOrDefault(i.Name, i.Name)));
        // Before the network, so that they may be called like a tensor within it.
        foreach (var ask in asks)
            if (ask.Target.Given(network, ask.Output) is { } given)
                _given.TryAdd(given.Name, GivenInput(given, ask.Target));
        _trace = network.Trace(_graph, _inputs);
    }

    public ExplanationGraph Write()
    {
        foreach (var ask in _asks)
            Answer(ask);
        foreach (var (passed, name) in _options.PassThrough)
            Add(name, _trace.FileOutput(passed), PortKind.Output);
        var model = _graph.ToModel(_outputs.Select(o => (o.Port.Name, o.Value)), keepAllInputs: true);
        return new ExplanationGraph(
            _asks is [var only]
                ? model.WithMetadata(("method", only.Method.ToString()), ("target", only.Target.ToString()!))
                : model.WithMetadata(_asks.SelectMany(a =>
                    new[] { ($"method of {a.Name}", a.Method.ToString()), ($"target of {a.Name}", a.Target.ToString()!) })),
            [.. _outputs.Select(o => o.Port)]);
    }

    private void Answer(Ask ask)
    {
        var places = PlacesOf(ask);
        var asked = places.Count > 1 && IsJoint(ask, places) ? Asked(ask, [.. places.SelectMany(p => p.Tensors)]) : null;
        if (ask.Method is not AttributionMethod method)
        {
            asked ??= Asked(ask, places[0].Tensors);
            var (parts, values) = (ask.Method.PartNames, ask.Method.Read(asked));
            if (values.Count != Math.Max(parts.Count, 1))
                throw new InvalidOperationException($"{ask.Method} names {parts.Count} parts and reads {values.Count} values.");
            foreach (var (i, value) in values.Index())
                Add(Followed(ask.Name, parts.ElementAtOrDefault(i)), value, PortKind.Attribution, ask.Name, parts.ElementAtOrDefault(i));
            if (ask.BaseValueName is not null && !ask.BaseValueWherePromised || ask.GapName is not null)
                throw NoPromise(ask.Method);
        }
        else if (asked is not null)
        {
            var attribution = method.Attribute(asked);
            foreach (var ((name, _), part) in places.Zip(Parts(asked, attribution, method, places)))
                Add($"{ask.Name}_{name}", part, PortKind.Attribution, ask.Name, name);
            AddSums(ask, method, asked, attribution, null);
        }
        else
        {
            foreach (var place in places)
            {
                var alone = places.Count == 1 ? null : place.Name;
                var question = Asked(ask, place.Tensors);
                asked ??= question;
                var attribution = method.Attribute(question);
                var told = place.Tensors.Count == 1 ? attribution : Parts(question, attribution, method, [place])[0];
                Add(Followed(ask.Name, alone), told, PortKind.Attribution, ask.Name, alone);
                AddSums(ask, method, question, attribution, alone);
            }
        }
        if (ask.TargetName is { } target)
            Add(target, asked!.Choice, PortKind.Target, ask.Name);
        if (ask.ScoreName is { } score)
            Add(score, (ask.Method as AttributionMethod)?.Score(asked!) ?? asked!.Score, PortKind.Score, ask.Name);
    }

    private void AddSums(Ask ask, AttributionMethod method, Question question, Value attribution, string? alone)
    {
        if (ask.BaseValueName is { } baseValue)
        {
            if (method.BaseValue(question) is { } value)
                Add(Followed(baseValue, alone), value, PortKind.BaseValue, ask.Name, alone);
            else if (!ask.BaseValueWherePromised)
                throw NoPromise(method);
        }
        if (ask.GapName is not { } gap)
            return;
        // [N, classes…, row…] → [N, classes…], of a single score [N, 1].
        long[] lead = [.. attribution.Shape.Skip(1).Take(method.LeadingAxes).Select(d => d.Value)];
        var sum = attribution.Reshape([0, .. lead, -1]).SumInOrder(lead.Length + 1);
        if (lead.Length > 0)
            sum = sum.Squeeze(lead.Length + 1);
        Add(Followed(gap, alone), sum - (method.Total(question) ?? throw NoPromise(method)), PortKind.Gap, ask.Name, alone);
    }

    // The question of an ask; those of several asks with the same target are one.
    private Question Asked(Ask ask, IReadOnlyList<string> tensors)
    {
        var key = (string.Join('\n', tensors), ask.Target, ask.Output);
        if (!_questions.TryGetValue(key, out var question))
        {
            var given = ask.Target.InputName is { } name ? _given[name] : null;
            _questions[key] = question = Question.Start(SettingOf(ask, tensors), _trace, given);
        }
        return question;
    }

    private Question.Setting SettingOf(Ask ask, IReadOnlyList<string> tensors) =>
        new(_network, _inputs, ask.Output, ask.Target, tensors, _options.Portion);

    private bool IsJoint(Ask ask, List<(string Name, IReadOnlyList<string> Tensors)> places)
    {
        if (ask.Several != SeveralInputs.JointlyWhereSumsArePromised || ask.Method is not AttributionMethod method)
            return ask.Several == SeveralInputs.Jointly;
        string[] tensors = [.. places.SelectMany(p => p.Tensors)];
        var canBe = Question.ObstacleToJoining(SettingOf(ask, tensors), _trace) is null;
        return method.Total(Asked(ask, canBe ? tensors : tensors[..1])) is not null;
    }

    private static List<Value> Parts(Question question, Value attribution, AttributionMethod method,
        IEnumerable<(string Name, IReadOnlyList<string> Tensors)> places)
    {
        var rows = method.RowsOf(question.Rows);
        var elements = rows.Sum(Question.SizeOf);
        if (attribution.Rank < 2 || attribution.Shape[-1] != elements)
            throw new ArgumentException(
                $"{method} gives {attribution.Shape}, which cannot be told apart by input; expected was a number for each of the " +
                $"{elements} elements of '{question.Place}'. Ask for each alone, or spread groups over their elements.");
        var parts = new Queue<(Value Part, long[] Row, long[] Whole)>(
            Question.Split(attribution, rows).Zip(rows, question.Rows));
        return [.. places.Select(p => Together([.. p.Tensors.Select(_ => parts.Dequeue())]))];
    }

    // What is said of several embeddings of one input: their vectors side by side, their sums added up.
    private static Value Together(List<(Value Part, long[] Row, long[] Whole)> parts) => parts switch
    {
        [var only] => only.Part,
        _ when parts.TrueForAll(p => p.Row.Length < p.Whole.Length && p.Row.SequenceEqual(parts[0].Row)) =>
            parts.Select(p => p.Part).Aggregate((sum, part) => sum + part),
        _ when parts.TrueForAll(p => p.Row[..^1].SequenceEqual(parts[0].Row[..^1])) =>
            Operators.Concat(parts[0].Part.Rank - 1, [.. parts.Select(p => p.Part)]),
        _ => Operators.Concat(1, [.. parts.Select(p => p.Part.Reshape([-1, Question.SizeOf(p.Row)]))]),
    };

    // What is attributed to: its name for the caller, and the tensor.
    private List<(string Name, IReadOnlyList<string> Tensors)> PlacesOf(Ask ask) =>
        ask.Of is null && ask.Method is not AttributionMethod ? [(_network.Inputs[0].Name, [_network.Inputs[0].Name])]
        : [.. (ask.Of ?? [_network.DefaultInput.Name]).Select(name => (name, TensorsOf(name)))];

    private IReadOnlyList<string> TensorsOf(string name)
    {
        if (_network.Inputs.FirstOrDefault(i => i.Name == name) is { } input)
            return input.Type.IsFloating() ? [name] : Embedding.Of(_network, name);
        return [_network.HasLayer(name) ? _network.TensorOf(name) : _network.Input(name).Name];
    }

    private void Add(string name, Value value, PortKind kind, string? ask = null, string? of = null)
    {
        value = value.Readable();
        // Asks of the same score may share its name.
        if (kind is PortKind.Target or PortKind.Score
            && _outputs.Exists(o => o.Port.Name == name && o.Port.Kind == kind && ReferenceEquals(o.Value, value)))
            return;
        _outputs.Add((new Port(name, _outputs.Count, kind, ask, of), value));
    }

    private static string Followed(string name, string? of) => of is null ? name : $"{name}_{of}";

    private static ArgumentException NoPromise(Reading method) => new(
        $"{method} makes no promise of what its attributions sum to, so it has no base value that they start from, " +
        "and no completeness gap. Do not ask for one.");

    private Value GivenInput(TargetInput given, Target target)
    {
        if (_graph.Inputs.FirstOrDefault(i => i.Name == given.Name) is { } present)
        {
            var isFit = present.Type == given.Type && present.Rank == 2 && (!present.Shape[1].IsKnown || present.Shape[1] == given.Extent);
            var numbers = given.Type == ElementType.Int64 ? "64-bit integers" : $"numbers of type {given.Type}";
            return isFit ? present : throw new ArgumentException(
                $"The label input '{given.Name}' must hold {numbers} of shape [N, {given.Extent}], as the target {target} asks; it is "
                    + $"{present}.");
        }
        return _graph.Input(given.Name, given.Type, new Shape(_inputs.Values.First(i => i.Rank > 0).Shape[0], given.Extent));
    }
}

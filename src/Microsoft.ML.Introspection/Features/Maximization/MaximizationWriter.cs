using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Writes an optimisation: a loop whose body is image, transformations, network, objective, gradient, step.</summary>
internal sealed class MaximizationWriter
{
    private const int SeedsSeed = 0x5EED;

    private readonly Network _network;
    private readonly Objective _objective;
    private readonly MaximizationOptions _options;
    private readonly TensorInfo _input;
    private readonly string? _tokens;
    private readonly bool _hasChannelsLast;
    private readonly long[] _image, _taken;
    private readonly IReadOnlyList<Transformation> _transformations;
    private readonly int _tiles;
    private readonly Dictionary<string, Value> _inputs = [];
    private (Value Image, NetworkTrace Trace)? _reference;
    private NetworkTrace? _told;
    private Graph _graph;
    private Value? _steps;

    public MaximizationWriter(Network network, Objective objective, MaximizationOptions options)
    {
        (_network, _objective, _options, _graph) = (network, objective, options, Started(network, options));
        var input = options.Input is { } named ? network.Input(named) : network.DefaultInput;
        if (network.Inputs.FirstOrDefault(i => i.Name != input.Name) is { } other)
            throw new ArgumentException($"The network has a further input, {other}, which nothing optimises. Make it constant "
                + "(NetworkOptions.Constants, --constant NAME=VALUE).", nameof(network));
        if (input.Type is ElementType.Int32 or ElementType.Int64)
        {
            _tokens = input.Name;
            input = network.EmbeddingsOf(input.Name) is [var only] ? only : throw new ArgumentException(
                $"The tokens '{input.Name}' are embedded in several places; optimise a network that takes the embeddings.",
                nameof(network));
            if (options.Parametrisation is not Pixels)
                throw new ArgumentException("Embeddings of tokens are optimised as they are; take Pixels.", nameof(options));
        }
        _input = input;
        if (_input.Type is not (ElementType.Float or ElementType.Double) || _input.Shape is not { Rank: > 1 } shape
            || shape.Skip(1).Any(d => !d.IsKnown))
            throw new ArgumentException($"{_input} holds no numbers of single or double precision of known extents.", nameof(network));
        long[] row = [.. shape.Skip(1).Select(d => d.Value)];
        _hasChannelsLast = _tokens is null && row.Length > 1 && network.ChannelsOf(_input.Name) != 1;
        _taken = _hasChannelsLast ? [row[^1], .. row[..^1]] : row;
        _image = options.ImageShape is null ? _taken : [.. options.ImageShape];
        if (_image.Length != _taken.Length || _image.Length == 0 || _image[0] != _taken[0] || _image.Any(e => e < 1))
            throw new ArgumentException($"The image has the extents [{string.Join(", ", _image)}]; the network takes "
                + $"[{string.Join(", ", _taken)}], channels first: as many axes, and the same channels, were expected.", nameof(options));
        var tiling = new Tiling(_taken[1..]);
        _tiles = options.IsTiled ? tiling.Count(_image[1..]) : 1;
        _transformations = _options.Transformations.Count > 0 || !_image.SequenceEqual(_taken)
            ? [.. _options.Transformations, options.IsTiled ? tiling : new Fitting(_taken[1..])] : [];
        if (_transformations.Count > 0 && _image.Length < 2)
            throw new ArgumentException("Transformations are of images that extend in space; a table has none.", nameof(options));
    }

    public OnnxModel Write()
    {
        var wanted = Wanted();
        var steps = _steps = _graph.Input(Maximization.StepsInput, ElementType.Int64, Shape.Scalar);
        var seeds = Named(Maximization.SeedInput, ElementType.Int64, new Shape([Batch, 1]));
        foreach (var input in wanted)
            Named(input.Name, input.Type, input.Shape!);
        // Scrambled, so that the draws of neighbouring seeds have nothing in common.
        var scrambled = SeededNoise.Integers(seeds.Squeeze(1), 1, SeedsSeed, 0).Squeeze(1);
        var parametrisation = _options.Parametrisation;
        var start = Told() is { } tokens ? tokens.Tensor(_input.Name) : _options.StartIsGiven
            ? Named(Maximization.StartInput, _input.Type, new Shape([Batch, .. parametrisation.Row(_image).Select(e => (Dimension)e)]))
            : parametrisation.Start(scrambled, _image, _input.Type);
        IReadOnlyList<Value> initial = [start, .. _options.Optimizer.Begin(start)];
        Value images, objectives;
        (string, Value)[] frames = [];
        IReadOnlyList<Value> last;
        if (_options.FrameEvery == 0 && Warms)
        {
            // Two loops, so that the many later steps compute but one gradient.
            var first = steps.Minimum(steps.Like(_options.WarmUpSteps));
            var warm = _graph.Loop(first, initial, (turn, carried) => Turn(turn, carried, scrambled, isWarm: true));
            last = _graph.Loop(steps - first, [.. warm.Take(initial.Count)],
                (turn, carried) => Turn(turn + first, carried, scrambled, isWarm: false));
            objectives = Operators.Concat(0, warm[^1], last[^1]);
        }
        else if (_options.FrameEvery == 0)
        {
            last = _graph.Loop(steps, initial, (turn, carried) => Turn(turn, carried, scrambled, isWarm: false));
            objectives = last[^1];
        }
        else
        {
            var every = (long)_options.FrameEvery;
            last = _graph.Loop(steps / every, initial, (turn, carried) =>
            {
                var inner = turn.Graph.Loop(_graph.Constant(every), carried,
                    (step, state) => Turn(turn * every + step, state, scrambled, isWarm: null));
                return new LoopStep([.. inner.Take(initial.Count)], [inner[^1], AsTaken(parametrisation.Image(inner[0], _image))]);
            });
            var told = last[initial.Count];
            objectives = Operators.Emit("Reshape", told, Operators.Concat(0, _graph.Constant([-1L]),
                Operators.Emit("Shape", Attributes.Of(("start", 2L)), told)));
            frames = [(Maximization.FramesOutput, last[initial.Count + 1])];
        }
        images = AsTaken(parametrisation.Image(last[0], _image));
        return _graph.ToModel([(Maximization.ImageOutput, images), (Maximization.ObjectiveOutput, objectives),
            (Maximization.ParametersOutput, last[0]), .. frames], keepAllInputs: true);
    }

    // The inputs of the objective, which only its writing tells: they come before the network, and may be called like a tensor within it.
    private TensorInfo[] Wanted()
    {
        var image = _graph.FreshInput("image", _input.Type, new Shape([Batch, .. _taken.Select(e => (Dimension)e)]));
        _objective.Ascent(
            Site(image, image, image, (name, type, shape) => Told(name, type, shape, _graph.FreshInput)), BackwardRules.Default);
        TensorInfo[] wanted = [.. _inputs.Select(i => new TensorInfo(i.Key, i.Value.Type, i.Value.Shape))];
        _graph = Started(_network, _options);
        _inputs.Clear();
        (_reference, _told) = (null, null);
        return wanted;
    }

    private Dimension Batch => _input.Shape![0];

    private bool Warms => _options.SilentUnits != SilentUnits.Plain && _options.WarmUpSteps > 0;

    // Whether the step is one of the first, if that is known.
    private LoopStep Turn(Value turn, IReadOnlyList<Value> carried, Value seeds, bool? isWarm)
    {
        var parameters = carried[0];
        var image = _options.Parametrisation.Image(parameters, _image);
        // How far it is, from 0 to 1.
        var last = (_steps! - 1L).Maximum(_steps!.Like(1)).Cast(ElementType.Double);
        var draws = new Draws(seeds, turn, turn.Cast(ElementType.Double) / last, null, 0);
        var (objective, gradient) =
            Asked(image, draws, isWarm == true ? SilentRelu.Rules(_options.SilentUnits) : BackwardRules.Default);
        if (isWarm is null && Warms)
        {
            var warm = Asked(image, draws, SilentRelu.Rules(_options.SilentUnits)).Gradient;
            gradient = turn.Less(turn.Like(_options.WarmUpSteps)).Where(warm, gradient);
        }
        if (_options.GradientBlur is { } blur)
            gradient = blur.Of(gradient, draws.Progress);
        var toParameters = Gradient.Of(image, [parameters], gradient)[0];
        var (next, state) = _options.Optimizer.Step(parameters, toParameters, [.. carried.Skip(1)], (turn + 1L).Cast(ElementType.Double));
        return new LoopStep([_options.Parametrisation.Settled(next), .. state], [objective]);
    }

    private (Value Objective, Value Gradient) Asked(Value image, Draws draws, BackwardRules rules)
    {
        // The image as gradients are taken by it; what is computed of the one before stays constant.
        var seen = image.Graph.Add(
            "Identity", "", "", [image], Attributes.None, [(null, image.Type, image.Shape)], share: false).Outputs[0];
        var views = (long)_options.Views * _tiles;
        if (views == 1)
            return Looked(seen, image, draws, rules);
        // View after view, so that neither graph nor memory grows with their number.
        var sums = image.Graph.Loop(image.Graph.Constant(views), [ObjectiveSite.Sum(image) * 0, image * 0], (view, carried) =>
        {
            var number = draws.Turn * (long)_options.Views + view / (long)_tiles;
            var (objective, gradient) = Looked(seen, image, draws with { Turn = number, Tile = view.Modulo(_tiles) }, rules);
            return new LoopStep([carried[0] + objective.Cast(image.Type), carried[1] + gradient], []);
        });
        return (sums[0] / views, sums[1] / views);
    }

    private (Value Objective, Value Gradient) Looked(Value seen, Value image, Draws draws, BackwardRules rules)
    {
        var canvas = Canvas.Of(seen);
        foreach (var (place, transformation) in _transformations.Index())
            canvas = transformation.Write(canvas, draws with { Place = place });
        return _objective.Ascent(Site(canvas.Image, seen, image, Named), rules);
    }

    private ObjectiveSite Site(
        Value transformed, Value seen, Value constant, Func<string, ElementType, Shape, Value> named) =>
        new(Traced(transformed, named), seen, constant, named, () => Reference(named));

    private NetworkTrace Traced(Value image, Func<string, ElementType, Shape, Value> named)
    {
        var taken = AsTaken(Prepared(image));
        return _tokens is null ? _network.Trace(taken.Graph, new Dictionary<string, Value> { [_input.Name] = taken })
            : _network.Trace(taken.Graph, new Dictionary<string, Value> { [_tokens] = Tokens(named) },
                new Dictionary<string, Value> { [_input.Name] = taken });
    }

    private Value Tokens(Func<string, ElementType, Shape, Value> named)
    {
        var given = _network.Input(_tokens!);
        return named(Maximization.TokensInput, given.Type, new Shape([Batch, .. given.Shape!.Skip(1)]));
    }

    // The network applied to the tokens that are given, where it takes tokens.
    private NetworkTrace? Told() => _tokens is null ? null
        : _told ??= _network.Trace(_graph, new Dictionary<string, Value> { [_tokens] = Tokens(Named) });

    // Traced once, outside of all loops.
    private (Value Image, NetworkTrace Trace) Reference(Func<string, ElementType, Shape, Value> named)
    {
        if (_reference is { } known)
            return known;
        if (_tokens is not null)
        {
            var told = _network.Trace(_graph, new Dictionary<string, Value> { [_tokens] = Tokens(named) });
            return (_reference = (told.Tensor(_input.Name), told)).Value;
        }
        long[] row = _hasChannelsLast ? [.. _image[1..], _image[0]] : _image;
        var given = named(Objective.ReferenceInput, _input.Type, new Shape([Batch, .. row.Select(e => (Dimension)e)]));
        var image = _hasChannelsLast ? given.Transpose([0, given.Rank - 1, .. Enumerable.Range(1, given.Rank - 2)]) : given;
        var fitted = _image.SequenceEqual(_taken) ? image
            : new Fitting(_taken[1..]).Write(Canvas.Of(image), new Draws(image, image, image, null, 0)).Image;
        return (_reference = (image, Traced(fitted, named))).Value;
    }

    private static Graph Started(Network network, MaximizationOptions options) =>
        new(Math.Max(network.Opset, options.Parametrisation.Opset));

    private Value Named(string name, ElementType type, Shape shape) => Told(name, type, shape, _graph.Input);

    private Value Told(string name, ElementType type, Shape shape, Func<string, ElementType, Shape, Value> add)
    {
        if (!_inputs.TryGetValue(name, out var input))
            _inputs[name] = input = add(name, type, shape);
        return input.Type == type && input.Shape.Equals(shape) ? input
            : throw new ArgumentException($"The input '{name}' is {input}, and a part of the objective wants {type}{shape}.");
    }

    private Value Prepared(Value image)
    {
        if (_options.Mean is { } mean)
            image -= PerChannel(image, mean, nameof(MaximizationOptions.Mean));
        return _options.Deviation is { } deviation ? image / PerChannel(image, deviation, nameof(MaximizationOptions.Deviation)) : image;
    }

    private Value PerChannel(Value image, IReadOnlyList<double> numbers, string what) => numbers.Count == 1 || numbers.Count == _image[0]
        ? DirectionObjective.Constant(image, [.. numbers], [1, numbers.Count, .. Enumerable.Repeat(1L, _image.Length - 1)])
        : throw new ArgumentException($"{what} has {numbers.Count} numbers; one, or one for each of {_image[0]} channels, was expected.");

    private Value AsTaken(Value image) =>
        _hasChannelsLast ? image.Transpose([0, .. Enumerable.Range(2, image.Rank - 2), 1]) : image;
}

/// <summary>Backward rules of ReLU by which silent units are brought to speak.</summary>
internal static class SilentRelu
{
    public static BackwardRules Rules(SilentUnits units) => BackwardRules.Default.With(
        ("Relu", units == SilentUnits.Open ? a => a.Dy : Redirected));

    // Image by image: only where nothing at all would pass.
    private static Value Redirected(Adjoint a)
    {
        var plain = a.Dy * a.Y.IsPositive();
        long[] all = [.. Enumerable.Range(1, a.X.Rank - 1).Select(i => (long)i)];
        var isStuck = plain.Abs().ReduceMax(all).EqualTo(plain.Like(0));
        var pushesDown = a.X.Less(0).And(a.Dy.Less(0));
        return isStuck.Where(pushesDown.Where(a.Dy.Like(0), a.Dy), plain);
    }
}

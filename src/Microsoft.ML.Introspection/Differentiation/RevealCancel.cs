using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation;

/// <summary>
/// DeepLIFT's reveal-cancel rule for dense layers: positive and negative contributions to a unit go through its activation
/// apart, each in the mean of going first and going second, so that what one hides of the other comes to light. Every value
/// between two such layers has two multipliers; elsewhere <see cref="Multipliers"/> holds.
/// Shrikumar, Greenside, Kundaje 2017, arXiv:1704.02685, section 3.5.3.
/// </summary>
internal sealed class RevealCancel
{
    private readonly NetworkTrace _trace;
    private readonly NetworkTrace _baseline;
    private readonly LayerMap _map;
    private readonly BackwardRules _rescale;
    private readonly Dictionary<Value, Parts> _differences = [];
    private readonly Dictionary<Value, (Parts Multipliers, Value Told)> _multipliers = [];

    public RevealCancel(Network network, NetworkTrace trace, NetworkTrace baseline, Value score, Value input)
    {
        (_trace, _baseline, _map) = (trace, baseline, new LayerMap(score, [input]));
        _rescale = new Multipliers(network, trace, baseline).Rules;
    }

    /// <summary>The rules, for values of the trace.</summary>
    public BackwardRules Rules => _rescale.Choosing(node =>
        Dense(node) is { } layer ? a => a.Input == 0 ? ThroughDense(a, layer) : null
        : Activated(node) is { } activated ? a => a.Input == 0 ? ThroughActivation(a, activated) : null
        : a => _rescale.Apply(a));

    // A dense layer with nothing merged into it but a bias.
    private LinearLayer? Dense(Node node) =>
        _map.Linear(node) is { Kind: LayerKind.Dense } layer && ReferenceEquals(layer.Input, node.Inputs[0])
        && (ReferenceEquals(layer.Output, node.Outputs[0])
        || layer.Output.Producer is { OperatorType: "Add" } add && add.Inputs.Contains(node.Outputs[0]))
        ? layer : null;

    // The dense layer whose output a function of single elements is applied to.
    private LinearLayer? Activated(Node node) =>
        node.Domain.Length == 0 && LayerKinds.Of(node) == LayerKind.Activation && node.Inputs.Skip(1).All(i => i?.Constant is not null)
        && node.Inputs[0]?.Producer is { } before
        && (Dense(before) ?? before.Inputs.OfType<Value>().Select(i => i.Producer).OfType<Node>().Select(Dense)
            .FirstOrDefault(l => l is not null)) is { } layer
        && ReferenceEquals(layer.Output, node.Inputs[0])
        ? layer : null;

    private Value ThroughDense(Adjoint a, LinearLayer layer)
    {
        var (up, down) = MultipliersOf(layer.Output, a.Dy);
        var (w, against) = (layer.Weights.Relu(), layer.Weights.Minimum(layer.Weights.Like(0)));
        var positive = layer.Apply(layer.Input, w, null).Linear;
        var negative = layer.Apply(layer.Input, against, null).Linear;
        var result = new Parts(
            LinearLayer.Backward(positive, up) + LinearLayer.Backward(negative, down),
            LinearLayer.Backward(positive, down) + LinearLayer.Backward(negative, up));
        if (layer.Input.Producer is { } node && Activated(node) is not null)
            return Tell(layer.Input, result);
        // What comes from elsewhere has one difference, up or down, and one multiplier.
        var difference = layer.Input - At(layer.Input);
        return difference.Greater(0).Where(result.Up, difference.Less(0).Where(result.Down, (result.Up + result.Down) * 0.5));
    }

    private Value ThroughActivation(Adjoint a, LinearLayer layer)
    {
        var (z, y) = (Differences(layer.Output), Differences(a.Y));
        var (up, down) = MultipliersOf(a.Y, a.Dy);
        var derivative = BackwardRules.Default.Apply(a with { Gradients = [a.Dy.Like(1)] })!;
        return Tell(layer.Output,
            new Parts(up * Multipliers.Slope(z.Up, y.Up, derivative), down * Multipliers.Slope(z.Down, y.Down, derivative)));
    }

    // The walk carries one value where there are two; the two are kept aside, and what others add to the one is told apart from it.
    private Value Tell(Value value, Parts multipliers)
    {
        var (known, told) = _multipliers.TryGetValue(value, out var before) ? before : (null, null);
        _multipliers[value] = (known is null ? multipliers : new Parts(known.Up + multipliers.Up, known.Down + multipliers.Down),
            told is null ? multipliers.Up : told + multipliers.Up);
        return multipliers.Up;
    }

    private Parts MultipliersOf(Value value, Value received)
    {
        if (!_multipliers.TryGetValue(value, out var known))
            return new Parts(received, received);
        if (ReferenceEquals(known.Told, received))
            return known.Multipliers;
        var others = received - known.Told;
        return new Parts(known.Multipliers.Up + others, known.Multipliers.Down + others);
    }

    // What makes a value go up and what makes it go down from the baseline.
    private Parts Differences(Value value)
    {
        if (_differences.TryGetValue(value, out var known))
            return known;
        return _differences[value] = Producer(value) is { } layer ? ThroughDense(layer)
            : value.Producer is { } node && Activated(node) is { } activated ? ThroughActivation(node, activated)
            : Signed(value - At(value));
    }

    private LinearLayer? Producer(Value value) => value.Producer is not { } node ? null
        : (Dense(node) ?? node.Inputs.OfType<Value>().Select(i => i.Producer).OfType<Node>().Select(Dense)
            .FirstOrDefault(l => l is not null)) is { } layer
            && ReferenceEquals(layer.Output, value) ? layer : null;

    private Parts ThroughDense(LinearLayer layer)
    {
        var (up, down) = Differences(layer.Input);
        var (w, against) = (layer.Weights.Relu(), layer.Weights.Minimum(layer.Weights.Like(0)));
        return new Parts(
            layer.Apply(up, w, null).Result + layer.Apply(down, against, null).Result,
            layer.Apply(down, w, null).Result + layer.Apply(up, against, null).Result);
    }

    private Parts ThroughActivation(Node node, LinearLayer layer)
    {
        var z = Differences(layer.Output);
        var z0 = At(layer.Output);
        var (none, up, down, both) = (F(z0), F(z0 + z.Up), F(z0 + z.Down), node.Outputs[0]);
        return new Parts((up - none + both - down) * 0.5, (down - none + both - up) * 0.5);

        Value F(Value x) => Operators.Emit(node.OperatorType, node.Attributes, [x, .. node.Inputs.Skip(1)]);
    }

    private static Parts Signed(Value difference) => new(difference.Relu(), difference.Minimum(difference.Like(0)));

    private Value At(Value value) => _trace.Counterpart(value, _baseline) ?? value;

    private sealed record Parts(Value Up, Value Down);
}

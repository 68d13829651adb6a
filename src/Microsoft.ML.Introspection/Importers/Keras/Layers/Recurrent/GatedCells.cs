using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Reads the cells of recurrent layers and writes them as an operator, or step by step.</summary>
internal abstract class GatedCell : RecurrentCell
{
    // What ONNX Runtime and Keras call functions, where their defaults agree.
    private static readonly Dictionary<string, string> Names = new()
    {
        ["tanh"] = "Tanh", ["sigmoid"] = "Sigmoid", ["relu"] = "Relu", ["softsign"] = "Softsign", ["softplus"] = "Softplus",
        ["hard_sigmoid"] = "HardSigmoid",
    };

    private readonly KerasLayer _layer;

    protected GatedCell(KerasLayer layer, Settings config, long units, Tensor kernel, Tensor recurrent, Tensor? bias)
    {
        (_layer, Units, Kernel, Recurrent, Bias) = (layer, units, kernel, recurrent, bias);
        (Activation, RecurrentActivation) = (Function(config, "activation", "tanh"), Function(config, "recurrent_activation",
            layer.KerasVersion == 1 ? "hard_sigmoid" : "sigmoid"));
    }

    protected long Units { get; }

    protected Tensor Kernel { get; }

    protected Tensor Recurrent { get; }

    protected Tensor? Bias { get; }

    protected string Activation { get; }

    protected string RecurrentActivation { get; }

    protected Value Activated(Value x) => Activations.Find(Activation)!(x, _layer.KerasVersion);

    protected Value Gated(Value x) => Activations.Find(RecurrentActivation)!(x, _layer.KerasVersion);

    protected Value Constant(Tensor tensor, string name) => _layer.Graph.Constant(tensor, $"{_layer.Path}/{name}");

    private string Function(Settings config, string setting, string otherwise)
    {
        var name = config.Has(setting) ? Activations.NameOf(config[setting]) : otherwise;
        return name is not null && Activations.Find(name) is not null ? name
            : throw _layer.Refused($"has the {setting} {Settings.Shown(config[setting])}, which is not known");
    }

    /// <summary>An operator over all moments; null where ONNX Runtime does not know a function as Keras does.</summary>
    protected Recurrence? Operator(string operatorType, Value x, IReadOnlyList<Value>? start, bool backwards, Value weights,
        Value recurrent,
        Value? bias, int states, Attributes attributes, params string[] functions)
    {
        if (x.Rank != 3 || functions.Any(f => !Names.ContainsKey(f) || f == "hard_sigmoid" && _layer.KerasVersion >= 3))
            return null;
        var (rows, moments) = (x.Shape[0], x.Shape[1]);
        Value?[] inputs = [x.Transpose(1, 0, 2), weights, recurrent, bias, null, .. start?.Take(states).Select(i => i.Unsqueeze(0)) ?? []];
        while (inputs[^1] is null)
            inputs = inputs[..^1];
        attributes = attributes.With(("hidden_size", Units), ("direction", backwards ? "reverse" : "forward"),
            ("activations", functions.Select(f => Names[f]).ToArray()));
        (ElementType, Shape)[] outputs = [(x.Type, new Shape(moments, 1, rows, Units)),
            .. Enumerable.Repeat((x.Type, new Shape(1, rows, Units)), states)];
        var results = x.Known(operatorType, inputs, attributes, outputs);
        Value[] after = [.. results.Skip(1).Select(r => r.Squeeze(0))];
        return new Recurrence(results[0].Squeeze(1).Transpose(1, 0, 2), after[0], after);
    }

    /// <summary>[1, gates · units, n] of [n, gates · units], the gates in another order.</summary>
    protected Value Gates(Tensor matrix, string name, params int[] order)
    {
        var from = matrix.As<float>();
        var (rows, units) = ((int)matrix.Dimensions[0], (int)Units);
        var (columns, to) = (order.Length * units, new float[matrix.Count]);
        for (var gate = 0; gate < order.Length; gate++)
            for (var j = 0; j < units; j++)
                for (var i = 0; i < rows; i++)
                    to[(gate * units + j) * rows + i] = from[i * columns + order[gate] * units + j];
        return Constant(Tensor.From(to, 1, columns, rows), name);
    }

    /// <summary>[1, 2 · gates · units]: biases of the input, then those of the state (zeros where there are none).</summary>
    protected Value? Biases(params int[] order)
    {
        if (Bias is null)
            return null;
        var from = Bias.As<float>();
        var units = (int)Units;
        var to = new float[2 * order.Length * units];
        for (var gate = 0; gate < from.Length / units; gate++)
            from.Slice((gate / order.Length * order.Length + order[gate % order.Length]) * units, units).CopyTo(to.AsSpan(gate * units));
        return Constant(Tensor.From(to, 1, to.Length), "bias");
    }
}

/// <summary>One state, one function of it and the input.</summary>
internal sealed class SimpleCell(KerasLayer layer, Settings config, long units, Tensor kernel, Tensor recurrent, Tensor? bias)
    : GatedCell(layer, config, units, kernel, recurrent, bias)
{
    public override IReadOnlyList<Value> Start(Value x) => [Zeros(x, Units)];

    public override (Value Result, IReadOnlyList<Value> States) Step(Value x, IReadOnlyList<Value> states)
    {
        var sum = x.MatMul(Constant(Kernel, "kernel")) + states[0].MatMul(Constant(Recurrent, "recurrent_kernel"));
        var result = Activated(Bias is null ? sum : sum + Constant(Bias, "bias"));
        return (result, [result]);
    }

    public override Recurrence? AsOperator(Value x, IReadOnlyList<Value>? start, bool backwards) => Operator("RNN", x, start, backwards,
        Gates(Kernel, "kernel", 0), Gates(Recurrent, "recurrent_kernel", 0), Biases(0), 1, Attributes.None, Activation);
}

/// <summary>Long short-term memory; Keras has the gates in the order i, f, c, o, ONNX i, o, f, c.</summary>
internal sealed class LongShortCell(KerasLayer layer, Settings config, long units, Tensor kernel, Tensor recurrent, Tensor? bias)
    : GatedCell(layer, config, units, kernel, recurrent, bias)
{
    public override IReadOnlyList<Value> Start(Value x) => [Zeros(x, Units), Zeros(x, Units)];

    public override (Value Result, IReadOnlyList<Value> States) Step(Value x, IReadOnlyList<Value> states)
    {
        var sum = x.MatMul(Constant(Kernel, "kernel")) + states[0].MatMul(Constant(Recurrent, "recurrent_kernel"));
        var gates = (Bias is null ? sum : sum + Constant(Bias, "bias")).Split(1, Units, Units, Units, Units);
        var memory = Gated(gates[1]!) * states[1] + Gated(gates[0]!) * Activated(gates[2]!);
        var result = Gated(gates[3]!) * Activated(memory);
        return (result, [result, memory]);
    }

    public override Recurrence? AsOperator(Value x, IReadOnlyList<Value>? start, bool backwards) => Operator("LSTM", x, start, backwards,
        Gates(Kernel, "kernel", 0, 3, 1, 2), Gates(Recurrent, "recurrent_kernel", 0, 3, 1, 2), Biases(0, 3, 1, 2), 2, Attributes.None,
        RecurrentActivation, Activation, Activation);
}

/// <summary>Gated recurrent unit; the gates z, r, h as in ONNX.</summary>
internal sealed class GatedUnitCell(
    KerasLayer layer, Settings config, long units, Tensor kernel, Tensor recurrent, Tensor? bias, bool resetsAfter)
    : GatedCell(layer, config, units, kernel, recurrent, bias)
{
    public override IReadOnlyList<Value> Start(Value x) => [Zeros(x, Units)];

    public override (Value Result, IReadOnlyList<Value> States) Step(Value x, IReadOnlyList<Value> states)
    {
        var (state, recurrent) = (states[0], Constant(Recurrent, "recurrent_kernel"));
        var input = x.MatMul(Constant(Kernel, "kernel"));
        var bias = Bias is null ? null : Constant(Bias, "bias").Reshape([Bias.Count / (3 * Units), 3 * Units]);
        if (bias is not null)
            input += bias.Gather(bias.Graph.Constant(Tensor.Scalar(0L)));
        var from = input.Split(1, Units, Units, Units);
        Value update, candidate;
        if (resetsAfter)
        {
            var inner = state.MatMul(recurrent);
            if (bias is not null)
                inner += bias.Gather(bias.Graph.Constant(Tensor.Scalar(1L)));
            var of = inner.Split(1, Units, Units, Units);
            update = Gated(from[0]! + of[0]!);
            candidate = Activated(from[2]! + Gated(from[1]! + of[1]!) * of[2]!);
        }
        else
        {
            var parts = recurrent.Split(1, Units, Units, Units);
            update = Gated(from[0]! + state.MatMul(parts[0]!));
            candidate = Activated(from[2]! + (Gated(from[1]! + state.MatMul(parts[1]!)) * state).MatMul(parts[2]!));
        }
        var result = update * state + (1 - update) * candidate;
        return (result, [result]);
    }

    public override Recurrence? AsOperator(Value x, IReadOnlyList<Value>? start, bool backwards) => Operator("GRU", x, start, backwards,
        Gates(Kernel, "kernel", 0, 1, 2), Gates(Recurrent, "recurrent_kernel", 0, 1, 2), Biases(0, 1, 2), 1,
        Attributes.Of(("linear_before_reset", resetsAfter)), RecurrentActivation, Activation);
}

/// <summary>Cells one above the other.</summary>
internal sealed class StackedCells(IReadOnlyList<RecurrentCell> cells, IReadOnlyList<int> states) : RecurrentCell
{
    public override IReadOnlyList<Value> Start(Value x) => [.. cells.SelectMany(c => c.Start(x))];

    public override (Value Result, IReadOnlyList<Value> States) Step(Value x, IReadOnlyList<Value> before)
    {
        var (after, at) = (new List<Value>(), 0);
        for (var i = 0; i < cells.Count; at += states[i++])
        {
            (x, var own) = cells[i].Step(x, [.. before.Skip(at).Take(states[i])]);
            after.AddRange(own);
        }
        return (x, after);
    }
}

/// <summary>Long short-term memory whose products are convolutions.</summary>
internal sealed class ConvolutionCell(KerasLayer layer, Settings config, int axes, LayerWeights weights, Value x) : RecurrentCell
{
    private readonly Channels _channels = Channels.Of(config.Text("data_format"));
    private readonly long _filters = config.Whole("filters");
    private readonly long[] _kernelSize = config.Axes("kernel_size", axes);
    private readonly Value _kernel = Weight(layer, weights, "kernel", [.. config.Axes("kernel_size", axes),
        layer.Features(x, Channels.Of(config.Text("data_format")) == Channels.Last ? -1 : 2), 4 * config.Whole("filters")]);
    private readonly Value _recurrent = Weight(layer, weights, "recurrent_kernel",
        [.. config.Axes("kernel_size", axes), config.Whole("filters"),
        4 * config.Whole("filters")]);
    private readonly Value? _bias = config.Flag("use_bias", true) ? Weight(layer, weights, "bias", [4 * config.Whole("filters")]) : null;

    public override IReadOnlyList<Value> Start(Value x)
    {
        var first = Input(x.Gather(x.Graph.Constant(Tensor.Scalar(0L)), 1));
        long[] extents = [.. first.Shape.Skip(1).Select((d, i) => i + 1 == _channels.Axis(first) ? _filters
            : d.IsKnown ? d.Value : throw layer.Refused("needs to know the extents of its input"))];
        return [Zeros(x, extents), Zeros(x, extents)];
    }

    public override (Value Result, IReadOnlyList<Value> States) Step(Value x, IReadOnlyList<Value> states)
    {
        long[] ones = [.. _kernelSize.Select(_ => 1L)];
        var sum = Input(x) + _channels.Conv(states[0], _recurrent, null, ones, ones, Padding.Same);
        var gates = sum.Split(_channels.Axis(sum), _filters, _filters, _filters, _filters);
        var memory = Gate(gates[1]!) * states[1] + Gate(gates[0]!) * Activate(gates[2]!);
        var result = Gate(gates[3]!) * Activate(memory);
        return (result, [result, memory]);
    }

    private Value Input(Value x) => _channels.Conv(x, _kernel, _bias, config.Axes("strides", axes, [1]),
        config.Axes("dilation_rate", axes, [1]), config.Text("padding", "valid") switch
        {
            "valid" => Padding.Valid,
            "same" => Padding.Same,
            var other => throw layer.Refused($"has the padding '{other}', which is not known"),
        });

    private Value Activate(Value x) => Activations.Apply(layer, x, config["activation"] ?? "tanh");

    private Value Gate(Value x) =>
        Activations.Apply(layer, x, config["recurrent_activation"] ?? (layer.KerasVersion < 3 ? "hard_sigmoid" : "sigmoid"));

    private static Value Weight(KerasLayer layer, LayerWeights weights, string name, long[] shape) =>
        layer.Graph.Constant(layer.WeightTensor(weights, name, shape), $"{layer.Path}/{name}");
}

using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.Keras.KerasLayers;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Layers that run over moments.</summary>
internal static class RecurrentLayers
{
    private static readonly string[] Recurrent =
        ["SimpleRNN", "GRU", "LSTM", "CuDNNGRU", "CuDNNLSTM", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"];

    public static Dictionary<string, Rule> Rules { get; } = Recurrent.ToDictionary(name => name, _ => (Rule)Single)
        .Append(new("Bidirectional", Bidirectional)).Append(new("TimeDistributed", TimeDistributed)).ToDictionary();

    private static IReadOnlyList<KerasTensor> Single(KerasLayer s)
    {
        var (x, start) = Inputs(s);
        var run = Run(s, s.Class, s.Config, s.Weights, x, start, s.Config.Flag("go_backwards"), s.Config.Flag("zero_output_for_mask"));
        return Results(s.Config, Given(run, s.Config), run.States, s.Mask);
    }

    private static IReadOnlyList<KerasTensor> Results(Settings config, Value result, IReadOnlyList<Value> states, Value? mask) =>
    [
        new(result, config.Flag("return_sequences") ? mask : null),
        .. config.Flag("return_state") ? states.Select(v => new KerasTensor(v)) : [],
    ];

    // Keras gives the moments in the order in which they were reached.
    private static Value Given(Recurrence run, Settings config) => !config.Flag("return_sequences") ? run.Last
        : config.Flag("go_backwards") ? Recurring.Flipped(run.Sequence) : run.Sequence;

    private static (Value X, IReadOnlyList<Value>? Start) Inputs(KerasLayer s)
    {
        if (s.Inputs.Count == 0)
            throw s.Refused("has no input");
        var start = s.Inputs.Skip(1).Concat(s.Keywords.GetValueOrDefault("initial_state")?.Select(i => i.Value) ?? []).ToList();
        return (s.Inputs[0].Type.IsFloating() ? s.Inputs[0] : s.Inputs[0].Cast(ElementType.Float), start.Count > 0 ? start : null);
    }

    private static Recurrence Run(KerasLayer s, string kind, Settings config, LayerWeights weights, Value x, IReadOnlyList<Value>? start,
        bool backwards, bool zeros)
    {
        if (config.Flag("stateful"))
            throw s.Refused(
                "is stateful: it carries its state from batch to batch, so that a row's result depends on rows before it. Build the "
                + "model anew with stateful=False and copy the weights");
        if (config.Flag("time_major"))
            throw s.Refused("has its moments before the rows (time_major), which is not read");
        return Recurring.Run(CellReader.Of(s, kind, config, weights, x), x, start, s.Mask, backwards,
            zeros && config.Flag("return_sequences"));
    }

    private static IReadOnlyList<KerasTensor> Bidirectional(KerasLayer s)
    {
        var (kind, config) = Described(s, "layer", s.Config);
        var (otherKind, other) = s.Has("backward_layer") ? Described(s, "backward_layer", s.Config) : (kind, config);
        var (x, start) = Inputs(s);
        var isReversed = config.Flag("go_backwards");
        var half = (start?.Count ?? 0) / 2;
        var forward = Run(s, kind, config, s.Weights.Part("forward_layer"), x, start?.Take(half).ToList(), isReversed, zeros: true);
        var backward = Run(s, otherKind, other, s.Weights.Part("backward_layer"), x, start?.Skip(half).ToList(), !isReversed, zeros: true);
        var (first, second) = (Given(forward, config), Given(backward, config));
        Value[] merged = s.Has("merge_mode") ? s.Text("merge_mode") switch
        {
            "concat" => [Operators.Concat(first.Rank - 1, first, second)],
            "sum" => [first + second],
            "mul" => [first * second],
            "ave" => [(first + second) * 0.5],
            var mode => throw s.Refused($"merges by '{mode}', which is not known"),
        } : [first, second];
        return
        [
            .. merged.Select(m => new KerasTensor(m, config.Flag("return_sequences") ? s.Mask : null)),
            .. config.Flag("return_state") ? forward.States.Concat(backward.States).Select(v => new KerasTensor(v)) : [],
        ];
    }

    private static (string Kind, Settings Config) Described(KerasLayer s, string setting, Settings config)
    {
        var item = config.Object(setting) ?? throw s.Refused($"has no layer in '{setting}'");
        var kind = ArchitectureReader.Name(item, "class_name") ?? "";
        return Recurrent.Contains(kind) && item["config"] is JsonObject settings
            ? (kind, new Settings(settings, $"The layer '{s.Path}' ('{kind}' within)"))
            : throw s.Refused($"holds a '{kind}', which is no recurrent layer that is known");
    }

    private static IReadOnlyList<KerasTensor> TimeDistributed(KerasLayer s)
    {
        var x = s.Inputs[0];
        if (x.Rank < 3)
            throw s.Refused($"is given {x.Shape}; three axes or more were expected");
        var folded = new Shape(x.Shape.Skip(2)).IsKnown ? x.Reshape([-1, .. x.Shape.Skip(2).Select(d => d.Value)])
            : Operators.Emit("Reshape", x, Operators.Concat(0, x.Graph.Constant([-1L]), Extents(x, 2, x.Rank)));
        var results = s.Within("layer", [new KerasTensor(folded)], s.Weights.Part("layer"));
        return [.. results.Select(r => new KerasTensor(Unfolded(x, r.Value), s.Mask))];
    }

    private static Value Unfolded(Value x, Value y)
    {
        var rest = new Shape(y.Shape.Skip(1));
        return x.Shape[1].IsKnown && rest.IsKnown ? y.Reshape([-1, x.Shape[1].Value, .. rest.ToArray()])
            : Operators.Emit("Reshape", y, Operators.Concat(0, Extents(x, 0, 2),
                rest.IsKnown ? y.Graph.Constant(rest.ToArray()) : Extents(y, 1, y.Rank)));
    }

    private static Value Extents(Value x, int start, int end) => Operators.Emit("Shape", Attributes.Of(("start", start), ("end", end)), x);
}

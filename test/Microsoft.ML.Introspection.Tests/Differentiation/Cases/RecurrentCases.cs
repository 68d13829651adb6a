using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Recurrent layers: directions, states, lengths, and every attribute.</summary>
internal static class RecurrentCases
{
    private const int Steps = 4, Rows = 3, Features = 2, Units = 2;

    public static IEnumerable<RuleCase> All =>
    [
        .. Common("LSTM", 4), .. Common("GRU", 3), .. Common("RNN", 1),
        .. Memory(), .. Reset(), .. Activations(),
    ];

    private static IEnumerable<RuleCase> Common(string name, int gates)
    {
        foreach (var direction in (string?[])[null, "forward", "reverse", "bidirectional"])
        {
            var ways = direction == "bidirectional" ? 2 : 1;
            yield return Of(name, gates, $"{direction ?? "as it is"}", ways, ("direction", direction));
            yield return Of(name, gates, $"{direction ?? "as it is"}, all inputs", ways, ("direction", direction)) with
            {
                Operands = Operands(name, gates, ways, biases: true, lengths: null, states: true),
            };
            yield return Of(name, gates, $"{direction ?? "as it is"}, lengths", ways, ("direction", direction)) with
            {
                Operands = Operands(name, gates, ways, biases: true, lengths: [4, 2, 1], states: false),
            };
            yield return Of(name, gates, $"{direction ?? "as it is"}, lengths and states", ways, ("direction", direction)) with
            {
                Operands = Operands(name, gates, ways, biases: false, lengths: [1, 3, 4], states: true),
            };
        }
        yield return Of(name, gates, "full lengths", 1) with {
            Operands = Operands(name, gates, 1, biases: true, lengths: [4, 4, 4], states: false) };
        yield return Of(name, gates, "only the last state", 2, ("direction", "bidirectional")) with
        {
            Results = [null, Shape.Of(2, Rows, Units)],
        };
        yield return name == "LSTM" ? Small(name, gates, "clipped gates 0.8", ("clip", 0.8f))
            : Small(name, gates, "clipped gates 0.3", ("clip", 0.3f));
        yield return Of(name, gates, "constant weights", 2, ("direction", "bidirectional")) with
        {
            Operands =
                [.. Operands(name, gates, 2, biases: true, lengths: null, states: true)
                    .Select((o, i) => i is 1 or 2 or 3 ? o!.AsConstant : o)],
        };
    }

    private static IEnumerable<RuleCase> Memory()
    {
        foreach (var ways in (int[])[1, 2])
        {
            var direction = ways == 2 ? "bidirectional" : "reverse";
            yield return Of("LSTM", 4, $"{direction}, peepholes", ways, ("direction", direction)) with
            {
                Operands = [.. Operands("LSTM", 4, ways, biases: true, lengths: null, states: true), Between(-1, 1, ways, 3 * Units)],
            };
        }
        yield return Of("LSTM", 4, "peepholes without states", 1) with
        {
            Operands = [.. Operands("LSTM", 4, 1, biases: false, lengths: null, states: false), null, null, Between(-1, 1, 1, 3 * Units)],
        };
        yield return Of("LSTM", 4, "forgetting as much as it takes in", 1, ("input_forget", 1)) with
        {
            Operands = Operands("LSTM", 4, 1, biases: true, lengths: null, states: true),
        };
        yield return Of("LSTM", 4, "only the memory", 1) with { Results = [null, null, Shape.Of(1, Rows, Units)] };
    }

    private static IEnumerable<RuleCase> Reset()
    {
        foreach (var (biases, states) in ((bool, bool)[])[(true, true), (true, false), (false, true), (false, false)])
            yield return Of("GRU", 3, $"reset after the product{(biases ? ", biases" : "")}{(states ? ", states" : "")}", 2,
                ("direction", "bidirectional"), ("linear_before_reset", 1)) with
            {
                Operands = Operands("GRU", 3, 2, biases, lengths: null, states),
            };
    }

    private static IEnumerable<RuleCase> Activations()
    {
        foreach (var name in (string[])["Sigmoid", "Tanh", "Softsign", "Softplus", "Relu", "LeakyRelu", "Elu", "HardSigmoid",
            "ThresholdedRelu", "Affine", "ScaledTanh"])
            yield return Small("RNN", 1, $"{name}, no other", ("activations", (string[])[name]), ("activation_alpha", Alpha(name)),
                ("activation_beta", Beta(name)));
        yield return Of("RNN", 1, "another activation each way", 2, ("direction", "bidirectional"),
            ("activations", (string[])["Tanh", "Sigmoid"]));
        yield return Of("LSTM", 4, "own activations each way", 2, ("direction", "bidirectional"),
            ("activations", (string[])["Sigmoid", "Softsign", "Tanh", "Sigmoid", "Tanh", "Softplus"]));
        yield return Of("GRU", 3, "own activations each way", 2, ("direction", "bidirectional"),
            ("activations", (string[])["Sigmoid", "Softsign", "Sigmoid", "Softplus"]));
    }

    private static float[]? Alpha(string activation) => activation switch
    {
        "LeakyRelu" => [0.3f],
        "Elu" => [0.7f],
        "HardSigmoid" => [0.15f],
        "ThresholdedRelu" => [0.35f],
        "Affine" or "ScaledTanh" => [0.8f],
        _ => null,
    };

    private static float[]? Beta(string activation) =>
        activation switch { "HardSigmoid" => [0.45f], "Affine" => [0.3f], "ScaledTanh" => [0.6f], _ => null };

    private static RuleCase Of(string name, int gates, string label, int ways, params (string Name, object? Value)[] attributes) =>
        new(name, label, Operands(name, gates, ways, biases: false, lengths: null, states: false))
        {
            Attributes = Attributes.Of([("hidden_size", Units), .. attributes]),
            Results = [Shape.Of(Steps, ways, Rows, Units), Shape.Of(ways, Rows, Units),
                .. name == "LSTM" ? (Shape[])[Shape.Of(ways, Rows, Units)] : []],
        };

    // With few numbers it is unlikely that a step crosses a kink.
    private static RuleCase Small(string name, int gates, string label, params (string Name, object? Value)[] attributes) =>
        new(name, label, Any(2, 1, Features), Between(-1, 1, 1, gates * Units, Features), Between(-1, 1, 1, gates * Units, Units))
        {
            Attributes = Attributes.Of([("hidden_size", Units), .. attributes]),
            Results = [Shape.Of(2, 1, 1, Units), Shape.Of(1, 1, Units)],
        };

    private static Operand?[] Operands(string name, int gates, int ways, bool biases, int[]? lengths, bool states)
    {
        var inputs = new List<Operand?>
        {
            Any(Steps, Rows, Features), Between(-1, 1, ways, gates * Units, Features), Between(-1, 1, ways, gates * Units, Units),
            biases ? Between(-1, 1, ways, 2 * gates * Units) : null, lengths is null ? null : Fixed(Tensor.Vector<int>(lengths)),
        };
        if (states)
            inputs.AddRange(Enumerable.Repeat(Between(-1, 1, ways, Rows, Units), name == "LSTM" ? 2 : 1));
        return [.. inputs];
    }
}

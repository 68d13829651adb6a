using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Reads cells with their weights, of all versions of Keras.</summary>
internal static class CellReader
{
    /// <summary>The cell of a layer of a class, for inputs [N, T, …].</summary>
    public static RecurrentCell Of(KerasLayer layer, string kind, Settings config, LayerWeights weights, Value x)
    {
        switch (kind)
        {
            case "RNN":
                var cell = config["cell"];
                return cell is JsonObject one ? Described(layer, one, weights.Part("cell"), layer.Features(x)).Cell
                    : throw layer.Refused("has no cell that is understood");
            case "ConvLSTM1D" or "ConvLSTM2D" or "ConvLSTM3D":
                return new ConvolutionCell(layer, config, kind[8] - '0', weights.Part("cell"), x);
            default:
                return Gated(layer, kind, config, weights.Part("cell"), layer.Features(x)).Cell;
        }
    }

    private static (RecurrentCell Cell, long Units, int States) Described(KerasLayer layer, JsonObject item, LayerWeights weights,
        long features)
    {
        var kind = ArchitectureReader.Name(item, "class_name") ?? throw layer.Refused("has a cell without a class");
        var config = item["config"] as JsonObject ?? throw layer.Refused($"has a cell of the class '{kind}' without a configuration");
        if (kind is not "StackedRNNCells")
            return Gated(layer, kind.Replace("Cell", "", StringComparison.Ordinal),
                new Settings(config, $"The cell of the layer '{layer.Path}'"),
                weights, features);
        var items = (config["cells"] as JsonArray ?? []).Select(c =>
            c as JsonObject ?? throw layer.Refused("has a cell that is not understood"))
            .ToList();
        var parts = weights is ObjectWeights objects
            ? objects.Parts("cells", [.. items.Select(i => (ArchitectureReader.Name(i["config"] as JsonObject ?? [], "name") ?? "",
                ArchitectureReader.Name(i, "class_name") ?? ""))])
            : [.. items.Select(_ => weights)];
        var cells = new List<RecurrentCell>();
        var states = new List<int>();
        foreach (var (inner, part) in items.Zip(parts))
        {
            var (cell, units, count) = Described(layer, inner, part, features);
            cells.Add(cell);
            states.Add(count);
            features = units;
        }
        return cells.Count > 0 ? (new StackedCells(cells, states), features, states.Sum()) : throw layer.Refused("has no cells");
    }

    private static (RecurrentCell Cell, long Units, int States) Gated(KerasLayer layer, string kind, Settings config,
        LayerWeights weights, long features)
    {
        var isCudnn = kind.StartsWith("CuDNN", StringComparison.Ordinal);
        var name = isCudnn ? kind[5..] : kind;
        var gates = name switch { "SimpleRNN" => 1, "GRU" => 3, "LSTM" => 4, _ => throw layer.Refused($"has a cell of the class '{kind}', "
            + "which is not translated (a class of your own?)") };
        var units = config.Whole("units");
        if (units is < 1 or > 1 << 20)
            throw config.Odd("units", "a positive number");
        var resetsAfter = isCudnn || config.Flag("reset_after", layer.KerasVersion >= 3);
        var hasBias = config.Flag("use_bias", true);
        Tensor kernel, recurrent;
        Tensor? bias;
        if (layer.KerasVersion == 1 && gates > 1)
            (kernel, recurrent, bias) = FirstVersion(layer, weights, gates, features, units);
        else
        {
            kernel = layer.WeightTensor(weights, "kernel", features, gates * units);
            recurrent = layer.WeightTensor(weights, "recurrent_kernel", units, gates * units);
            bias = isCudnn ? layer.WeightTensor(weights, "bias", 2 * gates * units)
                : !hasBias ? null
                : gates == 3 && resetsAfter ? layer.WeightTensor(weights, "bias", 2, gates * units)
                : layer.WeightTensor(weights, "bias", gates * units);
        }
        if (isCudnn)
            (kernel, recurrent, bias) = (Turned(kernel, gates), Turned(recurrent, gates), gates == 3 ? bias : Summed(bias!));
        return name switch
        {
            "SimpleRNN" => (new SimpleCell(layer, config, units, kernel, recurrent, bias), units, 1),
            "GRU" => (new GatedUnitCell(layer, config, units, kernel, recurrent, bias, resetsAfter), units, 1),
            _ => (new LongShortCell(layer, config, units, kernel, recurrent, bias), units, 2),
        };
    }

    // Three arrays for each gate, the gates of LSTM in the order i, c, f, o; or all together, as today.
    private static (Tensor, Tensor, Tensor?) FirstVersion(KerasLayer layer, LayerWeights weights, int gates, long features, long units)
    {
        var first = layer.WeightTensor(weights, "W", features, -1);
        if (first.Dimensions[1] == gates * units)
            return (first, layer.WeightTensor(weights, "U", units, gates * units), layer.WeightTensor(weights, "b", gates * units));
        int[] order = gates == 4 ? [0, 2, 1, 3] : [0, 1, 2];
        Tensor[] kernels = new Tensor[gates], recurrent = new Tensor[gates], biases = new Tensor[gates];
        foreach (var gate in order)
        {
            kernels[gate] = gate == 0 ? first : layer.WeightTensor(weights, "W", features, units);
            recurrent[gate] = layer.WeightTensor(weights, "U", units, units);
            biases[gate] = layer.WeightTensor(weights, "b", units);
        }
        return (ConstantShaping.Concat(kernels, 1)!, ConstantShaping.Concat(recurrent, 1)!, ConstantShaping.Concat(biases, 0));
    }

    // CuDNN has every gate's matrix as [units, n], by rows, where the shape says [n, units].
    private static Tensor Turned(Tensor matrix, int gates)
    {
        var (n, units) = ((int)matrix.Dimensions[0], (int)matrix.Dimensions[1] / gates);
        var from = matrix.As<float>();
        var to = new float[matrix.Count];
        for (var gate = 0; gate < gates; gate++)
            for (var i = 0; i < n * units; i++)
            {
                // The i-th number of the gate by rows of [n, units] is that of row i / n, column i mod n, of [units, n].
                var (row, column) = (i / units, i % units);
                to[i % n * gates * units + gate * units + i / n] = from[row * gates * units + gate * units + column];
            }
        return Tensor.From(to, matrix.Dimensions);
    }

    private static Tensor Summed(Tensor bias)
    {
        var from = bias.As<float>();
        var half = (int)bias.Count / 2;
        var to = new float[half];
        for (var i = 0; i < half; i++)
            to[i] = from[i] + from[half + i];
        return Tensor.From(to, half);
    }
}

using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Where a layer has its weights, and how they come to stand filter by filter.</summary>
/// <param name="Weights">The weights, as the operator wants them; they depend on no input of the network.</param>
/// <param name="PerFilter">Brings them to [out, in, k…].</param>
internal sealed record FilterWeights(Value Weights, Func<Tensor, Tensor> PerFilter)
{
    /// <summary>Those of a layer; null where it has none.</summary>
    public static FilterWeights? Find(Network network, Layer layer)
    {
        if (network.Definition(layer.Output).Producer is not { Domain: "" } node)
            return null;
        var groups = node.Attributes.Int("group", 1);
        return node.OperatorType switch
        {
            "Conv" => At(1, 3, weights => weights),
            "ConvTranspose" => At(1, 3, weights => Turned(weights, groups)),
            "Gemm" => At(1, 2, weights => node.Attributes.Int("transB") != 0 ? weights : Transposed(weights)),
            "MatMul" => At(1, 2, Transposed) ?? At(0, 2, weights => weights),
            "LSTM" or "GRU" or "RNN" => At(1, 3, weights =>
                weights.Reshaped(weights.Dimensions[0] * weights.Dimensions[1], weights.Dimensions[2])),
            _ => null,
        };

        FilterWeights? At(int place, int rank, Func<Tensor, Tensor> perFilter) =>
            place < node.Inputs.Count && node.Inputs[place] is { ShapeOrNull: { IsKnown: true } shape } weights && weights.Type.IsFloating()
                && (rank == 2 ? shape.Rank == 2 : shape.Rank >= rank) && !shape.Any(d => d == 0) && IsFixed(network, weights)
                ? new FilterWeights(weights, perFilter) : null;
    }

    /// <summary>The weights, filter by filter, in double precision.</summary>
    public Tensor Read(Network network)
    {
        var weights = Weights.Constant ?? Computed(network);
        return PerFilter(Tensor.From(weights.ToDouble(), weights.Dimensions));
    }

    private static bool IsFixed(Network network, Value weights) =>
        weights.Constant is not null || !network.Inputs.Any(input => weights.DependsOn(network.Definition(input.Name)));

    // What a network makes of constants: dequantised weights, say.
    private Tensor Computed(Network network)
    {
        var graph = new Graph(network.Opset);
        var trace = network.Trace(graph, network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph)));
        using var session = new ModelSession(graph.ToModel([(graph.UniqueName("weights"), trace.Traced(Weights))]),
            new RuntimeOptions { Threads = 1 });
        return session.Run(new Dictionary<string, Tensor>()).Values.Single();
    }

    private static Tensor Transposed(Tensor matrix) => ConstantShaping.Transpose(matrix, [1, 0])!;

    // [in, out/groups, k…] → [out, in/groups, k…]
    private static Tensor Turned(Tensor weights, long groups)
    {
        long[] kernel = [.. weights.Dimensions[2..]];
        var (inputs, outputs) = (weights.Dimensions[0] / groups, weights.Dimensions[1]);
        long[] order = [0, 2, 1, .. Enumerable.Range(3, kernel.Length).Select(i => (long)i)];
        return ConstantShaping.Transpose(weights.Reshaped([groups, inputs, outputs, .. kernel]), order)!
            .Reshaped([groups * outputs, inputs, .. kernel]);
    }
}

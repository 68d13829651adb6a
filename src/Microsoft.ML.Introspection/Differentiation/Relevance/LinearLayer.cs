using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Relevance;

/// <summary>
/// A layer with trained weights, y = W·x + b, as relevance rules see it: what stands beside it and is as good as part of it
/// (a bias added behind a matrix product, batch normalisation before or behind) is merged into weights and bias.
/// </summary>
public sealed class LinearLayer
{
    private readonly Node _node;
    private readonly Attributes _attributes;

    internal LinearLayer(Node node, Attributes attributes, Value input, Value output, Value weights, Value? bias)
    {
        (_node, _attributes, Input, Output, Weights, Bias) = (node, attributes, input, output, weights, bias);
    }

    /// <summary>The layer's name: its node's, or that of the tensor it makes.</summary>
    public string Name => _node.Name.Length > 0 ? _node.Name : _node.Outputs[0].Name;

    /// <summary>Convolution or dense.</summary>
    public LayerKind Kind => _node.Is(OperatorKind.Convolution) ? LayerKind.Convolution : LayerKind.Dense;

    /// <summary>x.</summary>
    public Value Input { get; }

    /// <summary>y.</summary>
    public Value Output { get; }

    /// <summary>W, laid out as the operator wants it.</summary>
    public Value Weights { get; }

    /// <summary>b, one number for each output channel or a map that broadcasts to the output; null where there is none.</summary>
    public Value? Bias { get; }

    /// <summary>The layer with other input, weights and bias.</summary>
    /// <returns>The result, and the node that computes its linear part.</returns>
    internal (Value Result, Node Linear) Apply(Value input, Value weights, Value? bias)
    {
        var asOperand = bias is { Rank: 1 } && _node.OperatorType != "MatMul";
        var linear = Operators.Emit(_node.OperatorType, _attributes, asOperand ? [input, weights, bias] : [input, weights]);
        return (asOperand || bias is null ? linear : linear + bias, linear.Producer!);
    }

    /// <summary>The vector–Jacobian product Wᵀ·s, row by row, even where the layer was run on one row for all.</summary>
    internal static Value Backward(Node linear, Value s) => linear.OperatorType == "MatMul"
        ? s.MatMul(linear.Inputs[1]!.TransposeMatrix())
        : BackwardRules.Default.Apply(new Adjoint(linear, [s], 0))!;

    /// <summary>This layer with a factor and a summand for each channel of what it makes, which is then called differently.</summary>
    internal LinearLayer Scaled(Value factor, Value summand, Value output)
    {
        var bias = (Bias is null ? summand : OverChannels(Bias, factor) + (Bias.Rank > 1 ? AsMap(summand) : summand));
        return new LinearLayer(_node, _attributes, Input, output, Weights * AlongOutputs(factor), bias);
    }

    /// <summary>This layer with a bias added behind it.</summary>
    internal LinearLayer Shifted(Value summand, Value output) =>
        new(_node, _attributes, Input, output, Weights, Bias is null ? summand : Bias + summand);

    /// <summary>This layer behind a factor and a summand for each channel of its input.</summary>
    internal LinearLayer Behind(Value factor, Value summand, Value input)
    {
        // Where a convolution pads, the padding takes no part in the summand: its share in the output is a map.
        var ones = input.Graph.Constant(Tensor.Filled(input.Type, 1, Axes.OneRow(input.Shape)));
        var share = Apply(ones * InputMap(summand), Weights, null).Result;
        var bias = Bias is null ? share : share + (Bias.Rank == 1 ? AsMap(Bias) : Bias);
        return new LinearLayer(_node, _attributes, input, Output, Weights * AlongInputs(factor), bias);
    }

    private long Groups => _attributes.Int("group", 1);

    private Value InputMap(Value perChannel) => perChannel.Reshape([-1, .. Enumerable.Repeat(1L, Input.Rank - 2)]);

    private Value AsMap(Value perChannel) => perChannel.Reshape([-1, .. Enumerable.Repeat(1L, Output.Rank - 2)]);

    private Value OverChannels(Value bias, Value factor) => bias.Rank == 1 ? bias * factor : bias * AsMap(factor);

    // Factors of the output's channels, to be multiplied with the weights.
    private Value AlongOutputs(Value factor) => _node.OperatorType switch
    {
        "Conv" => factor.Reshape([-1, .. Enumerable.Repeat(1L, Weights.Rank - 1)]),
        "ConvTranspose" => Grouped(factor, [Groups, 1, -1]),
        "Gemm" when _attributes.Int("transB") != 0 => factor.Reshape(-1, 1),
        _ => factor.Reshape(1, -1),
    };

    private Value AlongInputs(Value factor) => _node.OperatorType switch
    {
        "Conv" => Grouped(factor, [Groups, 1, -1]),
        "ConvTranspose" => factor.Reshape([-1, .. Enumerable.Repeat(1L, Weights.Rank - 1)]),
        "Gemm" when _attributes.Int("transB") != 0 => factor.Reshape(1, -1),
        _ => factor.Reshape(-1, 1),
    };

    // A factor for each second axis of the weights, which differs from group to group along the first.
    private Value Grouped(Value factor, long[] extents)
    {
        var perGroup = Weights.Shape[0].Value / Groups;
        long[] ones = [.. Enumerable.Repeat(1L, Weights.Rank - 2)];
        var apart = factor.Reshape(extents);
        var spread = Operators.Emit("Expand", apart, apart.Graph.Constant(Groups, perGroup, apart.Shape[2].Value));
        return spread.Reshape([Weights.Shape[0].Value, Weights.Shape[1].Value, .. ones]);
    }
}

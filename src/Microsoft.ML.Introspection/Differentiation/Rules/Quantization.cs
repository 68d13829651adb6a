using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>
/// Numbers quantised to integers and back. Rounding is flat almost everywhere, so the gradient of the network as it is would
/// be zero; what is given is the straight-through one (Bengio et al. 2013, arXiv:1308.3432): as if nothing were rounded, and
/// nothing flows through what was cut off at the ends of the integers' range. Scales and zero points count as constants.
/// </summary>
internal static class Quantization
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["QuantizeLinear"] = a => a.Input == 0 ? QuantizeLinear(a) : null,
        ["DequantizeLinear"] = a => a.Input == 0 ? a.Dy * Along(a, a.At(1)).Cast(a.Dy.Type) : null,
        ["DynamicQuantizeLinear"] = a => a.Gradients[0] is { } dy ? dy / a.Node.Outputs[1] : null,
        ["MatMulInteger"] = a => a.Input < 2 ? MatMulInteger(a) : null,
        ["ConvInteger"] = a => a.Input == 0 ? ConvInteger(a) : null,
    };

    /// <summary>Whether a node's integers stand for real numbers, given which values do so already.</summary>
    public static bool KeepsQuantised(Node node, Func<Value, bool> isQuantised) =>
        Has(node, OperatorTraits.Quantises) || node.Facts?.IsFlat != true && node.Inputs.Any(i => i is not null && isQuantised(i));

    /// <summary>
    /// A node as its rule is to see it: where it works on quantised numbers themselves (moves them, pools them), on the real
    /// numbers they are.
    /// </summary>
    public static Node AsReal(Node node, Func<Value, bool> isQuantised)
    {
        if (Has(node, OperatorTraits.Quantises) || Has(node, OperatorTraits.Dequantises)
            || !node.Inputs.Any(i => i is not null && isQuantised(i)))
            return node;
        Value Real(Value value) => isQuantised(value) ? value.Cast(ElementType.Float) : value;
        return new Node(node.Graph, node.OperatorType, node.Domain, node.Name, [.. node.Inputs.Select(i => i is null ? null : Real(i))],
            node.Attributes)
        {
            Outputs = [.. node.Outputs.Select(Real)],
        };
    }

    private static bool Has(Node node, OperatorTraits traits) => node.Facts?.Has(traits) == true;

    // One over the scale inside the range; at its ends x was cut off, unless it lies there itself.
    private static Value QuantizeLinear(Adjoint a)
    {
        var scale = Along(a, a.At(1));
        var real = a.X / scale.Cast(a.X.Type) + (a.Given(2) is { } zero ? Along(a, zero).Cast(a.X.Type) : a.X.Like(0));
        (double low, double high) = a.Y.Type switch
        {
            ElementType.UInt8 => ((double)byte.MinValue, (double)byte.MaxValue),
            ElementType.Int8 => ((double)sbyte.MinValue, (double)sbyte.MaxValue),
            ElementType.UInt16 => ((double)ushort.MinValue, (double)ushort.MaxValue),
            ElementType.Int16 => ((double)short.MinValue, (double)short.MaxValue),
            _ => throw new UnsupportedOperatorException($"The {a.Node.Describe()} makes elements of type {a.Y.Type}, for which there is "
                + "no backward rule."),
        };
        var isInside = real.Less(low - 0.5).Not().And(real.Greater(high + 0.5).Not());
        return isInside.Where(a.Dy / scale.Cast(a.Dy.Type), a.Dy.Like(0)).Cast(a.X.Type);
    }

    // One number for all, or one for each position of an axis.
    private static Value Along(Adjoint a, Value parameter)
    {
        if (a.Attributes.Int("block_size") != 0)
            throw new UnsupportedOperatorException($"The {a.Node.Describe()} quantises in blocks, for which there is no backward rule.");
        if (parameter.Rank == 0)
            return parameter;
        var axis = parameter.Shape[0] == 1 ? a.At(0).Rank - 1 : Adjoint.Positive(a.Attributes.Int("axis", 1), a.At(0).Rank);
        return parameter.Reshape([-1, .. Enumerable.Repeat(1L, a.At(0).Rank - axis - 1)]);
    }

    private static Value MatMulInteger(Adjoint a)
    {
        var other = Real(a, 1 - a.Input);
        return a.Input == 0
            ? a.Dy.MatMul(other.TransposeMatrix()).SumTo(a.X.Shape)
            : other.TransposeMatrix().MatMul(a.Dy).SumTo(a.X.Shape);
    }

    private static Value ConvInteger(Adjoint a)
    {
        var x = a.X.Cast(ElementType.Float);
        // A convolution like this one, of real numbers; its rule does the rest.
        var like = new Node(a.Node.Graph, "Conv", "", a.Node.Name, [x, Real(a, 1)], a.Attributes) { Outputs = a.Node.Outputs };
        return BackwardRules.Default.Apply(new Adjoint(like, a.Gradients, 0))!;
    }

    // A factor with its zero point taken off.
    private static Value Real(Adjoint a, int input)
    {
        var value = a.At(input).Cast(ElementType.Float);
        if (a.Given(input + 2) is not { } zero)
            return value;
        // The zero point of a matrix on the left belongs to its rows; of kernels, to their output channels.
        var number = zero.Cast(ElementType.Float);
        var shaped = number.Rank == 0 || number.Shape.Size == 1 ? number
            : a.Node.OperatorType == "ConvInteger" ? number.Reshape([-1, .. Enumerable.Repeat(1L, value.Rank - 1)])
            : input == 0 && number.Rank == 1 ? number.Unsqueeze(1) : number;
        return value - shaped;
    }
}

using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Einstein's summation: the adjoint exchanges the letters of an operand with those of the result.</summary>
internal static class Summation
{
    public static readonly Dictionary<string, BackwardRule> Rules = new() { ["Einsum"] = Einsum };

    private static Value Einsum(Adjoint a)
    {
        var x = a.X;
        var equation = EinsumEquation.Parse(a.Attributes.Text("equation"), [.. a.Node.Inputs.Select(i => i!.Rank)]);
        var own = equation.Operands[a.Input];
        string[] others = [.. equation.Operands.Where((_, i) => i != a.Input)];

        // A letter that only this operand has was summed over: each of its elements gets the same.
        var given =
            new string(
                [.. own.Distinct().Where(l =>
                    equation.Result.Contains(l, StringComparison.Ordinal) || others.Any(o => o.Contains(l, StringComparison.Ordinal)))]);
        Value[] operands = [a.Dy, .. a.Node.Inputs.Where((_, i) => i != a.Input).Select(i => i!)];
        var gradient = operands.Length == 1 && given == equation.Result
            ? a.Dy
            : Operators.Emit("Einsum", Attributes.Of(("equation", $"{string.Join(',', others.Prepend(equation.Result))}->{given}")),
                operands);

        var first = own.Distinct().ToList();
        gradient =
            gradient.Unsqueeze([.. first.Index().Where(l => !given.Contains(l.Item, StringComparison.Ordinal)).Select(l => (long)l.Index)]);
        for (var axis = 0; axis < own.Length; axis++)
        {
            if (own.IndexOf(own[axis], StringComparison.Ordinal) is var before && before < axis)
                gradient = gradient.Unsqueeze(axis) * Diagonal(x, before, axis, gradient.Rank + 1);
        }
        return given.Length == first.Count ? gradient : gradient.ExpandLike(x);
    }

    // 1 where two axes of x have the same position.
    private static Value Diagonal(Value x, int before, int axis, int rank)
    {
        var extent = x.Shape[axis].Value;
        var ones = new double[extent * extent];
        for (var i = 0; i < extent; i++)
            ones[i * (extent + 1)] = 1;
        long[] extents = [.. Enumerable.Range(0, rank).Select(i => i == before || i == axis ? extent : 1)];
        return x.Graph.Constant(Tensor.FromDoubles(x.Type, ones, extent, extent)).Reshape(extents);
    }
}

using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Products of matrices, and normalisation, which is one with a diagonal matrix.</summary>
internal static class LinearCases
{
    public static IEnumerable<RuleCase> All => [.. Gemms(), .. MatMuls(), .. BatchNormalizations()];

    private static IEnumerable<RuleCase> Gemms()
    {
        long[] left = [2, 3], right = [3, 4];
        foreach (var (transposeA, transposeB) in ((bool, bool)[])[(false, false), (false, true), (true, false), (true, true)])
        {
            var (a, b) = (Any(transposeA ? [3, 2] : left), Any(transposeB ? [4, 3] : right));
            foreach (var added in (long[]?[])[null, [], [4], [1, 4], [2, 1], [2, 4]])
            {
                var c = added is null ? null : Any(added);
                var label = $"{(transposeA ? "Aᵀ" : "A")}·{(transposeB ? "Bᵀ" : "B")}{(added is null ? "" : $" + C{Lists.Text(added)}")}";
                yield return new RuleCase("Gemm", label, a, b, c)
                {
                    Attributes = Attributes.Of(("transA", transposeA), ("transB", transposeB)),
                    IsMultilinear = true,
                };
            }
            yield return new RuleCase("Gemm", $"scaled, transposed {transposeA}, {transposeB}", a, b, Any(4))
            {
                Attributes = Attributes.Of(("transA", transposeA), ("transB", transposeB), ("alpha", 0.7f), ("beta", -1.3f)),
                IsMultilinear = true,
            };
            yield return new RuleCase("Gemm", $"constant weights, transposed {transposeA}, {transposeB}", a, b.AsConstant,
                Any(4).AsConstant)
            {
                Attributes = Attributes.Of(("transA", transposeA), ("transB", transposeB), ("alpha", 0.7f)),
                IsMultilinear = true,
            };
        }
    }

    private static IEnumerable<RuleCase> MatMuls()
    {
        (long[] Left, long[] Right)[] pairs =
        [
            ([3], [3]), ([3], [3, 4]), ([2, 3], [3]), ([2, 3], [3, 4]), ([2, 2, 3], [3, 4]), ([2, 3], [2, 3, 4]), ([2, 2, 3], [2, 3, 2]),
            ([2, 1, 2, 3], [3, 3, 2]), ([3, 2, 3], [2, 1, 3, 2]), ([2, 2, 3], [3]), ([3], [2, 3, 2]), ([1, 2, 3], [2, 3, 1]),
            ([1, 1], [1, 1]),
        ];
        foreach (var (left, right) in pairs)
        {
            var label = $"{Lists.Text(left)} by {Lists.Text(right)}";
            yield return new RuleCase("MatMul", label, Any(left), Any(right)) { IsMultilinear = true };
            yield return new RuleCase("MatMul", $"{label}, a constant", Any(left), Any(right).AsConstant) { IsMultilinear = true };
        }
    }

    private static IEnumerable<RuleCase> BatchNormalizations()
    {
        foreach (var shape in (long[][])[[3, 2], [2, 3, 4], [2, 2, 2, 3], [1, 2, 2, 1, 2]])
        {
            var channels = shape[1];
            Operand[] operands = [Any(shape), Any(channels), Any(channels), Any(channels), Positive(channels)];
            yield return new RuleCase("BatchNormalization", $"of {Lists.Text(shape)}", operands);
            yield return new RuleCase("BatchNormalization", $"of {Lists.Text(shape)}, ε 0.1", operands)
            {
                Attributes = Attributes.Of(("epsilon", 0.1f)),
            };
            yield return new RuleCase("BatchNormalization", $"of {Lists.Text(shape)}, trained",
                [operands[0], .. operands[1..].Select(o => o.AsConstant)]);
        }
    }
}

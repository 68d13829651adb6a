using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Einstein's summation: products, sums, diagonals, ellipses.</summary>
internal static class SummationCases
{
    private static readonly Dictionary<char, long> Extents =
        new() { ['i'] = 2, ['j'] = 3, ['k'] = 4, ['b'] = 2, ['h'] = 2, ['q'] = 3, ['d'] = 2 };

    public static IEnumerable<RuleCase> All => [.. Plain(), .. Ellipses()];

    private static IEnumerable<RuleCase> Plain()
    {
        string[] equations =
        [
            "ij->ij", "ij->ji", "ij->i", "ij->j", "ij->", "ijk->ki", "ij,jk->ik", "ij,jk", "ij,kj->ik", "ij,j->i", "i,j->ij", "i,i->",
            "ij,ij->ij", "ij,ik->i", "bij,bjk->bik",
            "bqhd,bkhd->bhqk", "bhqk,bkhd->bqhd", "ij,jk,k->i", "ij,j,i->", "ij,k->k", "b,bij->ji", "ij",
        ];
        foreach (var equation in equations)
            yield return new RuleCase("Einsum", equation,
                [.. equation.Split("->")[0].Split(',').Select(t => Any([.. t.Select(l => Extents[l])]))]) {
                Attributes = Attributes.Of(("equation", equation)) };
        yield return new RuleCase("Einsum", "a diagonal", Any(3, 3)) { Attributes = Attributes.Of(("equation", "ii->i")) };
        yield return new RuleCase("Einsum", "a trace", Any(3, 3)) { Attributes = Attributes.Of(("equation", "ii->")) };
        yield return new RuleCase("Einsum", "traces of a batch", Any(2, 3, 3)) { Attributes = Attributes.Of(("equation", "bii->b")) };
        yield return new RuleCase("Einsum", "a diagonal times a matrix", Any(3, 3),
            Any(3, 2)) { Attributes = Attributes.Of(("equation", "ii,ij->ij")) };
        yield return new RuleCase("Einsum", "a diagonal apart", Any(3, 2, 3)) { Attributes = Attributes.Of(("equation", "iji->ji")) };
        yield return new RuleCase("Einsum", "a repeated axis", Any(2, 1),
            Any(2, 3)) { Attributes = Attributes.Of(("equation", "ij,ij->ij")) };
        yield return new RuleCase("Einsum", "one operand twice as a constant", Any(2, 3),
            Any(3, 2).AsConstant) { Attributes = Attributes.Of(("equation", "ij, jk -> ki")) };
    }

    private static IEnumerable<RuleCase> Ellipses()
    {
        yield return new RuleCase("Einsum", "ellipsis on both", Any(2, 3, 2),
            Any(2, 2, 4)) { Attributes = Attributes.Of(("equation", "...ij,...jk->...ik")) };
        yield return new RuleCase("Einsum", "ellipsis on one", Any(2, 2, 3, 2),
            Any(2, 4)) { Attributes = Attributes.Of(("equation", "...ij,jk->...ik")) };
        yield return new RuleCase("Einsum", "ellipsis repeated", Any(2, 1, 3),
            Any(1, 2, 3)) { Attributes = Attributes.Of(("equation", "...i,...i->...")) };
        yield return new RuleCase("Einsum", "ellipsis summed last", Any(2, 3, 4)) { Attributes = Attributes.Of(("equation", "...i->...")) };
    }
}

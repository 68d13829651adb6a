namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// An equation of Einstein's summation, the ellipsis written out: a letter for every axis of every operand and of the result.
/// </summary>
/// <param name="Operands">The letters of each operand's axes.</param>
/// <param name="Result">The letters of the result's axes.</param>
internal sealed record EinsumEquation(IReadOnlyList<string> Operands, string Result)
{
    private const string Ellipsis = "...";
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>Reads an equation for operands of known ranks.</summary>
    /// <exception cref="InvalidModelException">It does not fit them.</exception>
    public static EinsumEquation Parse(string text, IReadOnlyList<int> ranks)
    {
        var halves = text.Replace(" ", "", StringComparison.Ordinal).Split("->");
        var terms = halves[0].Split(',');
        if (terms.Length != ranks.Count || halves.Length > 2)
            throw Wrong($"it names {terms.Length} operands of {ranks.Count}");
        var hidden =
            terms.Select((t, i) => t.Contains(Ellipsis, StringComparison.Ordinal) ? ranks[i] - (t.Length - Ellipsis.Length) : 0).ToArray();
        // Axes under the ellipsis are counted from the last.
        var free = new string([.. Letters.Where(l => !text.Contains(l, StringComparison.Ordinal))]);
        if (hidden.Min() < 0 || hidden.Max() > free.Length)
            throw Wrong("the ellipsis stands for too few or too many axes");
        var common = free[..hidden.Max()];
        string[] operands =
            [.. terms.Select((t, i) => t.Replace(Ellipsis, common[(common.Length - hidden[i])..], StringComparison.Ordinal))];
        for (var i = 0; i < operands.Length; i++)
            if (operands[i].Length != ranks[i] || !operands[i].All(char.IsAsciiLetter))
                throw Wrong($"'{terms[i]}' does not name the axes of an operand of rank {ranks[i]}");
        var result = halves.Length == 2
            ? halves[1].Replace(Ellipsis, common, StringComparison.Ordinal)
            : common
                + new string(
                    [.. terms.SelectMany(t => t.Replace(Ellipsis, "", StringComparison.Ordinal)).GroupBy(l => l).Where(g => g.Count() == 1)
                        .Select(g => g.Key).Order()]);
        if (result.Distinct().Count() != result.Length || result.Any(l => !operands.Any(o => o.Contains(l, StringComparison.Ordinal))))
            throw Wrong("its result repeats a letter, or has one that no operand has");
        return new EinsumEquation(operands, result);

        InvalidModelException Wrong(string why) => new($"The equation '{text}' of an Einsum does not fit: {why}.");
    }

    /// <summary>The shape of the result.</summary>
    public Shape Infer(IReadOnlyList<Shape> operands) => new(Result.Select(letter =>
    {
        var extents =
            Operands.SelectMany((o, i) => o.Select((l, axis) => (l, Extent: operands[i][axis]))).Where(e => e.l == letter)
                .Select(e => e.Extent).ToList();
        return extents.Find(d => d != 1) is var wide && extents.Exists(d => d != 1) ? wide : (Dimension)1;
    }));

    /// <inheritdoc/>
    public override string ToString() => $"{string.Join(',', Operands)}->{Result}";
}

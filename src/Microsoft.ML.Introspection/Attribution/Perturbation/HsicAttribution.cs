using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What likeness of two masks is, cell by cell: K(x, y).</summary>
public enum HsicKernel
{
    /// <summary>½ − (x − y)², of masks of 0 and 1.</summary>
    Binary,

    /// <summary>exp(−(x − y)²/2·½²).</summary>
    Rbf,

    /// <summary>(q² − q + 1/6)/2 + (x − ½)(y − ½), q = |x − y|: that of Sobolev's space.</summary>
    Sobolev,
}

/// <summary>
/// HSIC attribution: how much the score under random masks depends on each cell, by the Hilbert–Schmidt independence criterion,
/// Σ (H·K·H) ⊙ (H·L·H)/n over pairs of masks, K the likeness of the cell in both, L that of the scores, exp(−(a − b)²/2σ²) with the median
/// of the scores as σ, H = I − 1/n. Dependence of any kind, in far fewer passes than Sobol indices. Novello, Fel, Vigouroux 2022,
/// arXiv:2206.06219. With a median near 0 it breaks down, as Xplique's does.
/// </summary>
/// <param name="Designs">How many masks.</param>
/// <param name="Kernel">What likeness of masks is.</param>
[Method("hsic", "How much the score under random masks depends on a region, by the Hilbert–Schmidt independence criterion",
    "Novello, Fel, Vigouroux 2022, arXiv:2206.06219")]
public sealed record HsicAttribution(
    [Option("How many masks.")]
    int Designs = 500,
    [Option("What likeness of masks is; binary takes masks of 0 and 1.")]
    HsicKernel Kernel = HsicKernel.Binary) : MaskSensitivity
{
    /// <summary>How many masks.</summary>
    public int Designs { get; } = Designs is >= 2 and <= 16_384 ? Designs
        : throw new ArgumentOutOfRangeException(nameof(Designs), Designs, "2 to 16,384 masks are compared, each with each.");

    private protected override (double[] Masks, int Count) Masks(int cells)
    {
        var masks = GivenOf(Designs, cells) ?? Sequence.Points(Designs, cells, Sequence == PointSequence.Sobol ? 1 : 0, Seed);
        if (Kernel == HsicKernel.Binary)
            for (var i = 0; i < masks.Length; i++)
                masks[i] = Math.Round(masks[i]);
        return (masks, Designs);
    }

    private protected override Value Measure(Value scores, double[] masks, int cells) =>
        Dependence(Kernel, scores, scores.Graph.Constant(Tensor.FromDoubles(scores.Type, masks, Designs, cells)));

    /// <summary>The dependence of scores on every cell.</summary>
    /// <param name="kernel">What likeness of masks is.</param>
    /// <param name="scores">Shape [N, masks].</param>
    /// <param name="masks">Shape [masks, cells].</param>
    /// <returns>Shape [N, cells].</returns>
    internal static Value Dependence(HsicKernel kernel, Value scores, Value masks)
    {
        var (n, cells) = (masks.Shape[0].Value, masks.Shape[1].Value);
        var (width, apart) = (Median(scores, n).Unsqueeze(2), scores.Unsqueeze(2) - scores.Unsqueeze(1));
        var alike = (-(apart * apart).OverOrZero(width * width * 2)).Exp();
        // H·L·H once; centring K as well would change nothing.
        var rows = alike - alike.MeanInOrder(2);
        var centred = rows - rows.MeanInOrder(1);
        var each = masks.Graph.Loop(masks.Graph.Constant(cells), [], (cell, _) =>
        {
            var x = masks.Gather(cell.Reshape(1), 1);
            return new LoopStep([], [(centred * Likeness(kernel, x, x.TransposeMatrix())).SumInOrder(1, 2).Squeeze(2) / n]);
        })[0];
        return each.Squeeze(2).Transpose(1, 0);
    }

    private static Value Likeness(HsicKernel kernel, Value x, Value y)
    {
        var d = x - y;
        return kernel switch
        {
            HsicKernel.Binary => 0.5 - d * d,
            HsicKernel.Rbf => (d * d * -2).Exp(),
            _ => (d * d - d.Abs() + 1.0 / 6) / 2 + (x - 0.5) * (y - 0.5),
        };
    }

    // [N, 1]: of an even number, the mean of the two in the middle.
    private static Value Median(Value scores, long n)
    {
        var upper = scores.Graph.Emit("TopK", [scores, scores.Graph.Constant(Tensor.Vector(n / 2 + 1))], Onnx.Attributes.None, 2)[0];
        return n % 2 == 1 ? upper.Slice([n / 2], [n / 2 + 1], [1]) : upper.Slice([n / 2 - 1], [n / 2 + 1], [1]).MeanInOrder(1);
    }
}

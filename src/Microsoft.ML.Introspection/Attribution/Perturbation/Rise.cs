using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// RISE: the input seen through many random soft masks; every element gets the mean of the scores, weighted by how visible it
/// was: Σ f(x⊙M)·M over their number and the share of visible cells. Shape [N, 1, D₁, …] (or [N, D₁, …, 1] where the channels come
/// last), one map for all channels; unit of the score. The masks are coarse grids of 0 and 1, enlarged (linearly) and shifted at random;
/// the same for every row and at every run. Petsiuk, Das, Saenko 2018, arXiv:1806.07421.
/// </summary>
/// <param name="Masks">How many masks; the paper takes some thousands.</param>
/// <param name="Cells">Cells of the grid along each axis behind the channels.</param>
/// <param name="Visible">The share of cells that are kept.</param>
/// <param name="Seed">Other masks for every seed.</param>
[Method("rise", "The mean score under random masks, weighted by what they show",
    "Petsiuk, Das, Saenko 2018, arXiv:1806.07421")]
public sealed record Rise(
    [Option("How many masks.")]
    int Masks = 4000,
    [Option("Cells of a mask's grid along each axis.")]
    int Cells = 7,
    [Option("The share of cells that are kept.")]
    double Visible = 0.5,
    [Option("Other masks for every seed.")]
    int Seed = 1) : AttributionMethod
{
    /// <summary>How many masks.</summary>
    public int Masks { get; } =
        Masks >= 1 ? Masks : throw new ArgumentOutOfRangeException(nameof(Masks), Masks, "At least one mask is needed.");

    /// <summary>Cells of the grid along each axis.</summary>
    public int Cells { get; } =
        Cells >= 1 ? Cells : throw new ArgumentOutOfRangeException(nameof(Cells), Cells, "The grid needs at least one cell.");

    /// <summary>The share of cells that are kept.</summary>
    public double Visible { get; } = Visible is > 0 and <= 1 ? Visible
        : throw new ArgumentOutOfRangeException(nameof(Visible), Visible, "The share of visible cells lies above 0 and is at most 1.");

    /// <summary>What is seen where a mask hides the input; of several baselines the attributions are averaged.</summary>
    [Option("What the input is compared with: zero, a number, blur:SIGMA, or a .npy file; several with commas between them are averaged "
        + "over.")]
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <summary>
    /// Masks to take in place of drawn ones, from 0 (hidden) to 1 (visible), shape [<see cref="Masks"/>, 1, D₁, …], or the 1 last where
    /// the input has its channels there; null to draw them.
    /// </summary>
    public Drawn? Given { get; init; }

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var input = question.Input;
        if (input.Rank < 3)
            throw new ArgumentException(
                $"RISE needs an input of shape [N, channels, …]; '{input.Name}' has {input.Shape}. Use feature ablation for tables.");
        long[] row = question.HasChannelsLast ? [.. question.Space, 1] : [1, .. question.Space];
        var masks = Given?.Of(question, Masks, row)
            ?? Variants.Numbered(Masks, numbers => MasksOf(numbers, input.Type, question.Space).Reshape([-1, 1, .. row]));
        var seen = question.Average(
            masks.Times(question.Baselines(Baseline)), (mask, hidden) => question.ScoreAt(input * mask + hidden * (1 - mask)) * mask);
        return seen / Visible;
    }

    /// <summary>The masks of some numbers.</summary>
    /// <param name="numbers">Shape [K].</param>
    /// <param name="type">The type of the elements.</param>
    /// <param name="space">The spatial extents, D₁, ….</param>
    /// <returns>Shape [K, 1, 1, D₁, …], from 0 (hidden) to 1 (visible).</returns>
    internal Value MasksOf(Value numbers, ElementType type, long[] space)
    {
        int[] extents = [.. space.Select(d => Sizes.Extent(d))];
        var cells = (long)Math.Pow(Cells, extents.Length);
        Value mask = SeededNoise.Uniform(numbers, cells, Seed, 0).Less(Visible).AsNumber(type);
        var shifts = SeededNoise.Integers(numbers, extents.Length, Seed, 1);

        // [K, cells₁, rest] → [K, D₁, rest] → [K, rest, D₁]: after the last axis they are in order again.
        long rest = cells;
        for (var axis = 0; axis < extents.Length; axis++)
        {
            rest /= Cells;
            var cell = CellOf(extents[axis]);
            var shift = shifts.Slice([axis], [axis + 1], [1]).Squeeze(1).Modulo(cell);
            var enlarge = numbers.Graph.Constant(Enlargements(extents[axis], type)).Gather(shift);
            mask = enlarge.MatMul(mask.Reshape(-1, Cells, rest)).Transpose(0, 2, 1);
            rest *= extents[axis];
        }
        return mask.Reshape([-1, 1, 1, .. space]);
    }

    private int CellOf(int extent) => (extent + Cells - 1) / Cells;

    // [shifts, extent, cells]: linear interpolation between the centres of cells, the grid being one cell longer than the axis.
    private Tensor Enlargements(int extent, ElementType type)
    {
        var cell = CellOf(extent);
        var table = new double[cell * extent * Cells];
        for (var shift = 0; shift < cell; shift++)
        {
            for (var element = 0; element < extent; element++)
            {
                var place = Math.Clamp((element + shift + 0.5) * Cells / ((Cells + 1) * cell) - 0.5, 0, Cells - 1);
                var left = (int)place;
                var row = (shift * extent + element) * Cells;
                table[row + left] += 1 - (place - left);
                table[row + Math.Min(left + 1, Cells - 1)] += place - left;
            }
        }
        return Tensor.FromDoubles(type, table, cell, extent, Cells);
    }
}

using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// What the score owes to the cells of a grid over the input, when all of them are dimmed at random at once: a measure of sensitivity
/// between the masks and the scores under them. One map for all channels, shape [N, 1, D₁, …] (or [N, D₁, …, 1] where the channels come
/// last); of tables, [N, features], each feature a cell. No gradients. The masks are the same for every row and at every run.
/// </summary>
public abstract record MaskSensitivity : AttributionMethod
{
    private const int MostCells = 1 << 16;

    /// <summary>Cells of the grid along each axis behind the channels; at most as many as the axis has elements.</summary>
    [Option("Cells of the grid along each axis behind the channels.")]
    public int Grid
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Grid), value, "A grid has 1 cell at least.");
    } = 8;

    /// <summary>How masks are spread.</summary>
    [Option("How masks are spread over all there could be.")]
    public PointSequence Sequence { get; init; } = PointSequence.Sobol;

    /// <summary>Other masks for every seed, of sequences that draw.</summary>
    [Option("Other masks for every seed, of sequences that draw.")]
    public int Seed { get; init; } = 1;

    /// <summary>What is seen where a mask hides the input.</summary>
    [Option("What the input is compared with: zero, a number, blur:SIGMA, or a .npy file; several with commas between them are averaged "
        + "over.")]
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <summary>Whether the map is enlarged to the input's extents (bicubic, as Xplique has it), or has a number for each cell.</summary>
    [Option("Whether the map is enlarged to the input's extents.")]
    public bool Upsample { get; init; } = true;

    /// <summary>
    /// Masks in the place of those of <see cref="Sequence"/>, from 0 (hidden) to 1, one row of cells each; null for these.
    /// </summary>
    public Tensor? Given { get; init; }

    /// <inheritdoc/>
    public sealed override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var input = question.Input;
        var isTable = input.Rank < 3;
        long[] extents = isTable ? [input.Shape[1].Value] : question.Space;
        long[] grid = isTable ? extents : [.. extents.Select(d => Math.Min(Grid, d))];
        if (input.Rank < 2 || grid.Aggregate(1.0, (p, d) => p * d) > MostCells)
            throw new ArgumentException($"A grid [{string.Join(", ", grid)}] over '{input.Name}' {input.Shape} has too many cells; at "
                + $"most {MostCells:N0} are possible. Ask for a coarser grid.");
        var cells = Sizes.Extent(Sizes.Count(grid));
        var (masks, count) = Masks(cells);
        var places = input.Graph.Constant(Places(grid, extents));
        long[] row = isTable ? extents : question.HasChannelsLast ? [.. extents, 1] : [1, .. extents];
        var baselines = question.Baselines(Baseline);
        var scores = question.Stack(Variants.Of(Tensor.From(masks, count, cells)).Times(baselines), (some, hidden) =>
        {
            var mask = some.Reshape([-1, cells]).Gather(places, 1).Reshape([-1, 1, .. row]);
            return question.ScoreAt(input * mask + hidden * (1 - mask));
        }).Reshape(-1, count, baselines.Count).MeanInOrder(2);
        var found = Measure(scores.Reshape(-1, count), masks, cells);
        if (isTable)
            return found;
        var map = found.Reshape([-1, 1, .. grid]);
        return Upsample ? question.AsInput(map.InterpolateCubic(extents)) : map;
    }

    /// <summary>The masks, one row of cells after the other.</summary>
    private protected abstract (double[] Masks, int Count) Masks(int cells);

    /// <summary>What each cell is to the scores.</summary>
    /// <param name="scores">Shape [N, masks].</param>
    /// <param name="masks">The masks.</param>
    /// <param name="cells">How many cells there are.</param>
    /// <returns>Shape [N, cells].</returns>
    private protected abstract Value Measure(Value scores, double[] masks, int cells);

    // The cell of every element, last axis fastest: masks are enlarged by repeating.
    private static Tensor Places(long[] grid, long[] extents)
    {
        var places = new long[Sizes.Count(extents)];
        for (var i = 0L; i < places.Length; i++)
        {
            var (rest, cell, stride) = (i, 0L, 1L);
            for (var axis = extents.Length - 1; axis >= 0; axis--)
            {
                cell += (rest % extents[axis] * 2 + 1) * grid[axis] / (2 * extents[axis]) * stride;
                (rest, stride) = (rest / extents[axis], stride * grid[axis]);
            }
            places[i] = cell;
        }
        return Tensor.From(places, places.Length);
    }

    /// <summary>Given masks of a shape, or an error.</summary>
    private protected double[]? GivenOf(int count, int cells) => Given is null ? null
        : Given.Dimensions.SequenceEqual((long[])[count, cells]) ? Given.ToDouble()
        : throw new ArgumentException($"The masks given have the shape {Given.Shape}; [{count}, {cells}] was expected, a row for each "
            + "mask, a column for each cell of the grid.");
}

using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// How different the images of a batch are to a layer: minus the cosines of the Gram matrices of their maps, over all pairs, divided by the
/// number of images (Olah, Mordvintsev, Schubert 2017, doi 10.23915/distill.00007).
/// </summary>
/// <param name="OfLayer">The layer, shape [N, channels, …].</param>
public sealed record DiversityObjective(string OfLayer) : Objective
{
    internal override Value Write(ObjectiveSite site)
    {
        var maps = site.Maps(OfLayer);
        var gram = ObjectiveSite.Flat(maps.MatMul(maps.TransposeMatrix()));
        var norm = (gram * gram).SumInOrder(1).Sqrt();
        var unit = gram / norm.Maximum(norm.Like(1e-10));
        var cosines = unit.MatMul(unit.TransposeMatrix());
        // Each row's share: its cosines with all others.
        var apart = cosines.ReduceSum([1], keepDimensions: false) - (unit * unit).SumInOrder(1).Squeeze(1);
        return -apart / site.Count.Cast(apart.Type);
    }
}

/// <summary>
/// How alike neighbouring images of a batch are to a layer: minus the mean square of their differences, at distances 1 to 4, each
/// distance counting less by a factor.
/// </summary>
/// <param name="OfLayer">The layer.</param>
public sealed record AlignmentObjective(string OfLayer) : Objective
{
    private const int Farthest = 4;

    /// <summary>By how much less each further distance counts.</summary>
    public double Decay
    {
        get;
        init => field = double.IsFinite(value) && value > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(Decay), value, "A number above 0 was expected.");
    } = 2;

    internal override Value Write(ObjectiveSite site)
    {
        var maps = ObjectiveSite.Flat(site.Layer(OfLayer));
        var (rows, numbers) = (site.Count, site.Numbers);
        var sum = (Value?)null;
        for (var distance = 1; distance <= Farthest; distance++)
        {
            // The last images have no further neighbour: they stand beside themselves.
            var next = (numbers + (long)distance).Minimum(rows - 1L);
            var away = maps - maps.Gather(next);
            var there = (numbers + (long)distance).Less(rows).AsNumber(maps.Type);
            var term = -(ObjectiveSite.Mean(away * away) * there) / Math.Pow(Decay, distance);
            sum = sum is null ? term : sum + term;
        }
        return sum!;
    }
}

/// <summary>A batch from one channel to another: image n of N makes the first to 1 − n/(N − 1), the other to n/(N − 1).</summary>
/// <param name="From">What the first image makes large.</param>
/// <param name="To">What the last makes large.</param>
public sealed record InterpolationObjective(Objective From, Objective To) : Objective
{
    internal override Value Write(ObjectiveSite site)
    {
        var (from, to) = (From.Write(site), To.Write(site));
        var last = (site.Count - 1L).Cast(from.Type);
        var share = site.Numbers.Cast(from.Type) / last.Maximum(last.Like(1));
        return from * (1 - share) + to * share;
    }
}

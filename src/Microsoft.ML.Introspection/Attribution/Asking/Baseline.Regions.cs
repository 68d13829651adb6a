using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

public abstract partial record Baseline
{
    /// <summary>
    /// The input itself, every element replaced by the mean of its group: superpixels in their mean colour, as LIME hides them. An axis
    /// along which the groups have the extent 1 is kept apart, so that every channel has a mean of its own.
    /// </summary>
    /// <param name="groups">
    /// The group of every element, as whole numbers of the shape of a row (or [1, row…]), extents of 1 meaning the same for all.
    /// </param>
    public static Baseline MeansOf(Tensor groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return new RegionMeans(groups);
    }

    private sealed record RegionMeans(Tensor Groups) : Baseline
    {
        private protected override IEnumerable<Value> All(Place place)
        {
            var input = place.Value;
            long[] row = [.. input.Shape.Skip(1).Select(d => d.Value)];
            var groups = FeatureGroups.For(Groups, row, input.Name);
            var extents = groups.Ids.Dimensions.ToArray();
            int[] apart = [.. Enumerable.Range(1, row.Length).Where(axis => extents[axis] == 1)];
            int[] together = [.. Enumerable.Range(1, row.Length).Except(apart)];

            // [N, row…] → [N, what is kept apart…, elements]: their sums by group over their number, given back to each.
            int[] order = [0, .. apart, .. together];
            long[] kept = [.. apart.Select(axis => row[axis - 1])];
            var elements = input.Transpose(order).Reshape([0, .. kept, groups.GroupOfId.Length]);
            var last = apart.Length + 1;
            var of = input.Graph.Constant(Tensor.From(Array.ConvertAll(groups.GroupOfId, g => (long)g), groups.GroupOfId.Length));
            var sums = elements.Slice([0], [groups.Count], [last]).FullLike(0).ScatterAdd(of.ExpandLike(elements), elements, last);
            double[] sizes = [.. Enumerable.Range(0, groups.Count).Select(g => (double)groups.GroupOfId.Count(o => o == g))];
            var means = sums / input.Graph.Constant(Tensor.FromDoubles(input.Type, sizes, sizes.Length));
            var back = new int[order.Length];
            for (var i = 0; i < order.Length; i++)
                back[order[i]] = i;
            return [means.Gather(of, last).Reshape([0, .. order.Skip(1).Select(axis => row[axis - 1])]).Transpose(back)];
        }

        public override string ToString() => $"means of {Groups.ToInt64().Distinct().Count()} groups";
    }
}

using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>The elements of an input that a unit sees, along each axis of space, both ends among them; parts may lie outside.</summary>
/// <param name="First">The first element along each axis.</param>
/// <param name="Last">The last element along each axis.</param>
public sealed record ReceptiveField(IReadOnlyList<long> First, IReadOnlyList<long> Last)
{
    /// <summary>What a unit sees, followed back through the network: the hull over all branches.</summary>
    /// <param name="network">The network; inputs and layers have their channels behind the batch.</param>
    /// <param name="layer">The layer, shape [N, channels, D₁, …].</param>
    /// <param name="position">The unit's position in the map.</param>
    /// <returns>
    /// By inputs that extend in space what it sees of them; of all where something between, such as a dense layer, sees everything. Inputs
    /// that it does not depend on are left out.
    /// </returns>
    /// <exception cref="ArgumentException">There is no such position.</exception>
    public static IReadOnlyDictionary<string, ReceptiveField> Of(Network network, string layer, params IReadOnlyList<int> position)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(position);
        var start = network.Definition(network.TensorOf(layer));
        long[] space = [.. start.Shape.Skip(2).Select(d => d.Value)];
        if (position.Count != space.Length || position.Index().Any(p => p.Item < 0 || p.Item >= space[p.Index]))
            throw new ArgumentException($"The maps of '{layer}' have the extents [{string.Join(", ", space)}]; there is no position "
                + $"[{string.Join(", ", position)}] in them.", nameof(position));
        var seen = new Dictionary<Value, (long First, long Last)[]> { [start] = [.. position.Select(p => ((long)p, (long)p))] };
        foreach (var node in start.Graph.Nodes.Reverse())
        {
            foreach (var output in node.Outputs)
            {
                if (!seen.TryGetValue(output, out var ranges))
                    continue;
                foreach (var input in node.Dependencies.Where(d => d.Constant is null))
                    Add(input, node.Inputs.Contains(input)
                        ? Fields.Before(node, input, output, ranges) ?? Everything(input) : Everything(input));
            }
        }
        var fields = new Dictionary<string, ReceptiveField>();
        foreach (var input in network.Inputs.Where(i => i.Shape!.Rank > 2))
            if (seen.TryGetValue(network.Definition(input.Name), out var found))
                fields[input.Name] = new ReceptiveField([.. found.Select(r => r.First)], [.. found.Select(r => r.Last)]);
        return fields;

        void Add(Value input, (long First, long Last)[] ranges) => seen[input] = seen.TryGetValue(input, out var known)
            ? [.. known.Zip(ranges, (a, b) => (Math.Min(a.First, b.First), Math.Max(a.Last, b.Last)))] : ranges;
    }

    /// <summary>What a unit sees of an image: zeros where it sees beyond its border.</summary>
    /// <param name="image">Shape [channels, D₁, …].</param>
    public Tensor Patch(Tensor image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Dimensions.Length != First.Count + 1)
            throw new ArgumentException($"An image of shape [channels, …] with {First.Count} axes of space was expected; given was "
                + $"{image.Shape}.", nameof(image));
        long[] extents = [image.Dimensions[0], .. Last.Zip(First, (last, first) => last - first + 1)];
        var (values, patch, place) = (image.ToDouble(), new double[Sizes.Count(extents)], new long[extents.Length]);
        for (var flat = 0; flat < patch.Length; flat++)
        {
            var (from, inside) = (0L, true);
            for (var axis = 0; axis < extents.Length; axis++)
            {
                var at = axis == 0 ? place[0] : place[axis] + First[axis - 1];
                inside &= at >= 0 && at < image.Dimensions[axis];
                from = from * image.Dimensions[axis] + at;
            }
            patch[flat] = inside ? values[from] : 0;
            for (var axis = extents.Length - 1; axis >= 0 && ++place[axis] == extents[axis]; axis--)
                place[axis] = 0;
        }
        return Tensor.FromDoubles(image.Type, patch, extents);
    }

    private static (long, long)[] Everything(Value value) =>
        [.. (value.ShapeOrNull?.Skip(2) ?? []).Select(d => (0L, (d.IsKnown ? d.Value : 1) - 1))];
}

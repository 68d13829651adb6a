using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// An image on its way to the network. Scales that are drawn make it larger or smaller; the graph's extents stay the same, those of the
/// largest, and beyond its own extents it is 0.
/// </summary>
/// <param name="Image">Shape [N, channels, D₁, …].</param>
/// <param name="Extents">The image's own extents of space, double precision, [N or 1, 1] each.</param>
internal sealed record Canvas(Value Image, IReadOnlyList<Value> Extents)
{
    /// <summary>The canvas of an image that fills it.</summary>
    public static Canvas Of(Value image) => new(image,
        [.. image.Shape.Skip(2).Select(d => image.Graph.Constant(Tensor.Filled(ElementType.Double, d.Value, 1, 1)))]);

    /// <summary>How many axes of space there are.</summary>
    public int Space => Extents.Count;

    /// <summary>The extent of the canvas along an axis of space.</summary>
    public long Room(int axis) => Image.Shape[axis + 2].Value;

    /// <summary>The numbers of the elements along an axis of some extent, double precision, [1, extent].</summary>
    public Value Numbers(long extent) =>
        Image.Graph.Constant(Tensor.From(Enumerable.Range(0, (int)extent).Select(i => (double)i).ToArray(), 1, extent));

    /// <summary>The canvas with an axis read at other places.</summary>
    /// <param name="axis">The axis of space.</param>
    /// <param name="places">Where to read, double precision, [N or 1, new room].</param>
    /// <param name="extent">The image's own extent behind, [N or 1, 1].</param>
    public Canvas Reading(int axis, Value places, Value extent)
    {
        // Behind the image's own end nothing is read: such places lie far outside.
        var kept = Numbers(places.Shape[1].Value).Less(extent).Where(places, places.Like(-2));
        return new Canvas(Resampling.Read(Image, axis + 2, kept), [.. Extents.Select((e, i) => i == axis ? extent : e)]);
    }

    /// <summary>1 where the image is, 0 elsewhere, along an axis: the image's type, [N or 1, 1, …, room, …].</summary>
    public Value Inside(int axis)
    {
        var inside = Numbers(Room(axis)).Less(Extents[axis]).AsNumber(Image.Type);
        return inside.Unsqueeze([.. Enumerable.Range(1, Image.Rank - 1).Where(i => i != axis + 2).Select(i => (long)i)]);
    }
}

/// <summary>What a transformation draws, step by step and image by image: the same for the same seed, step and place in the list.</summary>
/// <param name="Seeds">A number for each image, shape [N].</param>
/// <param name="Turn">The number of the step, or of its view, from 0, a scalar.</param>
/// <param name="Progress">From 0 at the first step to 1 at the last, a scalar of double precision.</param>
/// <param name="Tile">The number of the tile that is looked at, a scalar; null for the first.</param>
/// <param name="Place">The transformation's place in the list.</param>
internal sealed record Draws(Value Seeds, Value Turn, Value Progress, Value? Tile, int Place)
{
    private const int Seed = 0x7A45F;

    /// <summary>Numbers between 0 and 1, double precision, [N, count].</summary>
    public Value Uniform(int count, int stream = 0) =>
        Attribution.SeededNoise.Uniform(Seeds + Turn, count, Seed + Place, stream).Cast(ElementType.Double);

    /// <summary>Normal numbers, [N, row…].</summary>
    public Value Normal(long[] row, ElementType type) =>
        Attribution.SeededNoise.Normal(Seeds + Turn, row, Seed + Place, type).Squeeze(1);

    /// <summary>The given numbers of this step, double precision, [1, count].</summary>
    /// <param name="given">[steps, count] or [steps]; behind the last the first follows.</param>
    /// <param name="count">How many there are for a step.</param>
    /// <exception cref="ArgumentException">They have another shape.</exception>
    public Value Given(Tensor given, int count)
    {
        if (given.Dimensions.Length == 0 || given.Count == 0 || given.Count != given.Dimensions[0] * count)
            throw new ArgumentException($"What is given in the place of draws has the shape {given.Shape}; [steps, {count}] was expected.");
        var table = Turn.Graph.Constant(Tensor.From(given.ToDouble(), given.Dimensions[0], count));
        return table.Gather(Turn.Modulo(given.Dimensions[0]).Reshape(1));
    }
}

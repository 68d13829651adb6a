using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Elements or slices placed at positions, one by one or by coordinates, and combined with what is there.</summary>
internal static class Scattering
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["ScatterElements"] =
            a => Scattered(a, new ByElement(a.At(1), a.At(0).Rank, Adjoint.Positive(a.Attributes.Int("axis"), a.At(0).Rank))),
        ["ScatterND"] = a => Scattered(a, new ByCoordinates(a.At(1))),
        ["GatherND"] = a => a.Input == 0 ? GatherNd(a) : null,
        ["TopK"] = a => a.Input == 0 ? a.X.FullLike(0).ScatterAdd(a.Node.Outputs[1], a.Dy, a.Axis("axis", -1)) : null,
    };

    /// <summary>How positions are told: what places values there, and what picks them.</summary>
    private abstract record Places
    {
        /// <summary>Values placed in <paramref name="data"/>.</summary>
        public abstract Value Put(Value data, Value updates, string reduction);

        /// <summary>The values at the places.</summary>
        public abstract Value Pick(Value data);
    }

    private sealed record ByElement(Value Indices, int Rank, int Axis) : Places
    {
        public override Value Put(Value data, Value updates, string reduction) => Operators.Emit(
            "ScatterElements", Attributes.Of(("axis", Axis), ("reduction", reduction == "none" ? null : reduction)), data, Indices,
            updates);

        public override Value Pick(Value data) => data.GatherElements(Indices, Axis);
    }

    private sealed record ByCoordinates(Value Indices) : Places
    {
        public override Value Put(Value data, Value updates, string reduction) => Operators.Emit(
            "ScatterND", Attributes.Of(("reduction", reduction == "none" ? null : reduction)), data, Indices, updates);

        public override Value Pick(Value data) => Operators.Emit("GatherND", data, Indices);
    }

    private static Value? Scattered(Adjoint a, Places places)
    {
        var (data, updates) = (a.At(0), a.At(2));
        return (a.Attributes.Text("reduction", "none"), a.Input) switch
        {
            (_, 1) => null,
            ("none", 0) => places.Put(a.Dy, updates.FullLike(0), "none"),
            ("none", _) => places.Pick(a.Dy),
            ("add", 0) => a.Dy,
            ("add", _) => places.Pick(a.Dy),
            ("mul", 0) => a.Dy * places.Put(data.FullLike(1), updates, "mul"),
            ("mul", _) => places.Pick(a.Dy * data) * Others(places, data, updates),
            ("min" or "max", 0) => a.Dy * data.EqualTo(a.Y).AsNumber(data.Type) / Winners(a, places),
            ("min" or "max", _) => places.Pick(a.Dy / Winners(a, places)) * updates.EqualTo(places.Pick(a.Y)).AsNumber(data.Type),
            (var other, _) =>
                throw new UnsupportedOperatorException($"The {a.Node.Describe()} has no backward rule for the reduction '{other}'."),
        };
    }

    // The product of the other updates at the same place. Zeros are counted, not divided by, as in the product of an axis.
    private static Value Others(Places places, Value data, Value updates)
    {
        var isZero = updates.EqualTo(updates.Like(0));
        var filled = isZero.Where(updates.Like(1), updates);
        var product = places.Pick(places.Put(data.FullLike(1), filled, "mul")) / filled;
        var otherZeros = places.Pick(places.Put(data.FullLike(0), isZero.AsNumber(updates.Type), "add")) - isZero.AsNumber(updates.Type);
        return otherZeros.EqualTo(otherZeros.Like(0)).Where(product, product.Like(0));
    }

    // How many of those that met at a place are the extreme; they share, as in Max.
    private static Value Winners(Adjoint a, Places places)
    {
        var (data, updates) = (a.At(0), a.At(2));
        return places.Put(data.EqualTo(a.Y).AsNumber(data.Type), updates.EqualTo(places.Pick(a.Y)).AsNumber(data.Type), "add");
    }

    private static Value GatherNd(Adjoint a)
    {
        var (x, indices, batch) = (a.X, a.At(1), (int)a.Attributes.Int("batch_dims"));
        if (batch == 0)
            return new ByCoordinates(indices).Put(x.FullLike(0), a.Dy, "add");
        // Scattering knows no batches: the axes picked from become one, as do those of the indices and of the slices.
        var depth = (int)indices.Shape[-1].Value;
        long[] strides = new long[depth];
        for (var (i, stride) = (depth - 1, 1L); i >= 0; i--)
        {
            strides[i] = stride;
            stride *= x.Shape[batch + i].Value;
        }
        var extents = x.Graph.Constant([.. x.Shape.Skip(batch).Take(depth).Select(d => d.Value)]);
        var positions = indices.Cast(ElementType.Int64);
        positions = positions.Less(positions.Like(0)).Where(positions + extents, positions);
        var flat = (positions * x.Graph.Constant(strides)).ReduceSum([indices.Rank - 1], keepDimensions: false);

        var rows = x.Shape.Take(batch).Aggregate((Dimension)1, (p, d) => p * d) is { IsKnown: true } known ? known.Value : -1;
        var picks = flat.Shape.Skip(batch).Aggregate(1L, (p, d) => p * d.Value);
        var slice = x.Shape.Skip(batch + depth).Aggregate(1L, (p, d) => p * d.Value);
        var target = x.FullLike(0).Reshape(rows, x.Shape.Skip(batch).Take(depth).Aggregate(1L, (p, d) => p * d.Value), slice);
        var dy = a.Dy.Reshape(rows, picks, slice);
        return target.ScatterAdd(flat.Reshape(rows, picks, 1).ExpandLike(dy), dy, 1).ReshapeLike(x);
    }
}

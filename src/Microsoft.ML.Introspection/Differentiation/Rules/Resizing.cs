using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Interpolation: linear in the input whatever the mode, axis by axis.</summary>
internal static class Resizing
{
    public static readonly Dictionary<string, BackwardRule> Rules = new() { ["Resize"] = a => a.Input switch
    {
        0 => Resize(a),
        1 when a.Attributes.Text("coordinate_transformation_mode", "half_pixel") != "tf_crop_and_resize" => null,
        _ => throw new UnsupportedOperatorException($"The {a.Node.Describe()} takes its {(a.Input == 1 ? "region of interest" : "scales")} "
            + "from the data; it has no gradient by these."),
    } };

    private static Value Resize(Adjoint a)
    {
        var factors = a.Given(2)?.Constant?.ToDouble();
        if (a.Given(3) is null && factors is null)
            throw new UnsupportedOperatorException(
                $"The {a.Node.Describe()} takes its scales from the data; its gradient is known only for constant ones.");
        if (IsWholeEnlargement(a, factors))
        {
            // The copies of each element are added up.
            long[] kernel = [.. factors!.Skip(2).Select(s => (long)s)];
            return a.Dy.AveragePool(kernel, kernel) * kernel.Aggregate(1.0, (p, k) => p * k);
        }
        var dy = a.Dy;
        foreach (var (axis, interpolation) in Axes(a, factors))
            dy = dy.Along(axis, Tensor.FromDoubles(dy.Type, interpolation.Weights(), interpolation.Outputs, interpolation.Inputs));
        return dy;
    }

    // Nearest neighbours by whole factors, which our own rules write too.
    private static bool IsWholeEnlargement(Adjoint a, double[]? factors) =>
        factors is not null && a.X.Rank > 2 && factors.Length == a.X.Rank && a.Given(3) is null && !a.Attributes.Has("axes")
        && factors.Take(2).All(s => s == 1) && factors.All(s => s >= 1 && s == Math.Floor(s))
        && a.Attributes.Text("mode", "nearest") == "nearest"
        && a.Attributes.Text("coordinate_transformation_mode", "half_pixel") == "asymmetric"
        && a.Attributes.Text("nearest_mode", "round_prefer_floor") == "floor";

    private static IEnumerable<(int Axis, Interpolation Interpolation)> Axes(Adjoint a, double[]? factors)
    {
        var crops = a.Attributes.Text("coordinate_transformation_mode", "half_pixel") == "tf_crop_and_resize";
        var axes = a.Attributes.Ints("axes") ?? [.. Enumerable.Range(0, a.X.Rank).Select(i => (long)i)];
        var region = crops ? a.Given(1)?.Constant?.ToDouble()
            ?? throw new UnsupportedOperatorException($"The {a.Node.Describe()} takes its region of interest from the data; its gradient "
                + "is known only for a constant one.") : null;
        var ratio = CommonRatio(a, axes);
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = Adjoint.Positive(axes[i], a.X.Rank);
            Dimension from = a.X.Shape[axis], to = a.Y.Shape[axis];
            var (start, end) = region is null ? (0f, 1f) : ((float)region[i], (float)region[i + axes.Length]);
            if (from == to && (factors is null || factors[i] == 1) && ratio is null or 1 && (start, end) == (0f, 1f))
                continue;
            if (!from.IsKnown || !to.IsKnown)
                throw new UnsupportedOperatorException($"The gradient of the {a.Node.Describe()} needs axis {axis} of {a.X.Shape} and "
                    + $"{a.Y.Shape} as numbers. {Dimension.HowToFix}");
            yield return (axis,
                new Interpolation(a.Attributes, from.Value, to.Value, ratio ?? (float?)factors?[i] ?? (float)to.Value / from.Value, start,
                    end));
        }
    }

    // Where sizes are bounds that keep the proportions, one factor holds for all axes.
    private static float? CommonRatio(Adjoint a, long[] axes)
    {
        var policy = a.Attributes.Text("keep_aspect_ratio_policy", "stretch");
        if (policy == "stretch" || a.Given(3) is null)
            return null;
        var ratios = a.Constants(3)!.Zip(axes, (size, axis) => (float)size / a.X.Shape[Adjoint.Positive(axis, a.X.Rank)].Value);
        return policy == "not_larger" ? ratios.Min() : ratios.Max();
    }
}

using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Tests.Differentiation.Operand;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>Interpolation in every mode, larger and smaller.</summary>
internal static class ResizingCases
{
    private static readonly string[] Coordinates =
        ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"];

    public static IEnumerable<RuleCase> All => [.. Modes(), .. Nearest(), .. Smoothed(), .. Cubic(), .. Cropped(), .. Sized()];

    private static IEnumerable<RuleCase> Modes()
    {
        foreach (var mode in (string[])["nearest", "linear", "cubic"])
            foreach (var coordinates in Coordinates)
                foreach (var (height, width) in ((float, float)[])[(2, 1.6f), (0.6f, 3), (0.5f, 0.4f), (0.34f, 0.2f)])
                    yield return Scaled($"{mode}, {coordinates}, {height}×{width}", height, width, ("mode", mode),
                        ("coordinate_transformation_mode", coordinates));
        yield return new RuleCase("Resize", "linear, one axis", Any(2, 3, 5), null,
            Fixed(Tensor.Vector(1f, 1, 2.2f))) { Attributes = Attributes.Of(("mode", "linear")), IsMultilinear = true };
        yield return new RuleCase("Resize", "linear, three axes", Any(1, 2, 3, 2, 3), null, Fixed(Tensor.Vector(1f, 1, 2, 1.5f, 0.7f)))
        {
            Attributes = Attributes.Of(("mode", "linear")),
            IsMultilinear = true,
        };
        yield return new RuleCase("Resize", "nearest, all axes", Any(2, 3, 2), null, Fixed(Tensor.Vector(1.5f, 0.7f, 2)))
        {
            Attributes = Attributes.Of(("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")),
            Result = Shape.Of(3, 2, 4),
            IsMultilinear = true,
        };
        yield return Scaled("nearest, half_pixel, 2×3", 2, 3);
    }

    private static IEnumerable<RuleCase> Nearest()
    {
        foreach (var rounding in (string[])["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
            foreach (var coordinates in Coordinates)
                yield return Scaled($"{rounding}, {coordinates}", 1.5f, 0.5f, ("coordinate_transformation_mode", coordinates),
                    ("nearest_mode", rounding));
    }

    private static IEnumerable<RuleCase> Smoothed()
    {
        foreach (var mode in (string[])["linear", "cubic"])
            foreach (var (height, width) in ((float, float)[])[(0.5f, 0.4f), (0.7f, 2), (1, 0.34f)])
                foreach (var excluded in (int[])[0, 1])
                    if (mode == "cubic" || excluded == 0)
                        yield return Scaled($"{mode}, antialias, {height}×{width}, outside {excluded}", height, width, ("mode", mode),
                            ("antialias", 1), ("exclude_outside", excluded));
    }

    private static IEnumerable<RuleCase> Cubic()
    {
        yield return Scaled("cubic, coefficient -0.5", 1.7f, 0.6f, ("mode", "cubic"), ("cubic_coeff_a", -0.5f));
        yield return Scaled("cubic, outside excluded", 1.7f, 0.6f, ("mode", "cubic"), ("exclude_outside", 1));
    }

    private static IEnumerable<RuleCase> Cropped()
    {
        foreach (var mode in (string[])["nearest", "linear", "cubic"])
            foreach (var (label, region) in ((string, float[])[])[("inside", [0, 0, 0.2f, 0.1f, 1, 1, 0.7f, 0.9f]),
                ("beyond", [0, 0, -0.3f, 0.2f, 1, 1, 0.8f, 1.4f])])
                yield return new RuleCase("Resize", $"{mode}, cropped {label}", Any(1, 2, 5, 4), Fixed(Tensor.Vector<float>(region)), null,
                    Integers(1, 2, 4, 6))
                {
                    Attributes = Attributes.Of(("mode", mode), ("coordinate_transformation_mode", "tf_crop_and_resize"),
                        ("extrapolation_value", 0.5f)),
                    Result = Shape.Of(1, 2, 4, 6),
                    IsMultilinear = true,
                };
    }

    private static IEnumerable<RuleCase> Sized()
    {
        foreach (var mode in (string[])["nearest", "linear", "cubic"])
            yield return new RuleCase("Resize", $"{mode}, sizes", Any(2, 2, 5, 4), null, null,
                Integers(2, 2, 7, 3)) { Attributes = Attributes.Of(("mode", mode)), Result = Shape.Of(2, 2, 7, 3), IsMultilinear = true };
        yield return new RuleCase("Resize", "linear, axes", Any(2, 2, 5, 4), null, null, Integers(3, 9))
        {
            Attributes = Attributes.Of(("mode", "linear"), ("axes", (long[])[3, 2])),
            Result = Shape.Of(2, 2, 9, 3),
            IsMultilinear = true,
        };
        foreach (var (policy, extents) in ((string, long[])[])[("not_larger", [2, 2, 8, 6]), ("not_smaller", [2, 2, 9, 7])])
            yield return new RuleCase("Resize", $"linear, {policy}", Any(2, 2, 5, 4), null, null, Integers(9, 6))
            {
                Attributes = Attributes.Of(("mode", "linear"), ("axes", (long[])[2, 3]), ("keep_aspect_ratio_policy", policy)),
                Result = Shape.Of(extents),
                IsMultilinear = true,
            };
    }

    private static RuleCase Scaled(string label, float height, float width, params (string Name, object? Value)[] attributes) =>
        new("Resize", label, Any(1, 2, 6, 5), null, Fixed(Tensor.Vector(1f, 1, height, width))) { Attributes = Attributes.Of(attributes),
            IsMultilinear = true };
}

namespace Microsoft.ML.Introspection.Onnx.Reading.Opsets;

internal static partial class OpsetSteps
{
    // Upsampling never makes an axis smaller, so the element at or before the position is meant.
    private static void Upsample(StepSite site)
    {
        site.Operator = "Resize";
        site.Set("nearest_mode", "floor");
    }

    /// <summary>
    /// Resize-10 said nothing of coordinates; ONNX Runtime divides them by the scale, and for the nearest element rounds
    /// down where an axis grows, up where it shrinks.
    /// </summary>
    private static void ResizeCoordinates(StepSite site)
    {
        var (scales, known) = (site.Input(1), site.ConstantOf(1)?.ToDouble());
        var (shrinks, grows) = (known is null || known.Any(s => s < 1), known is null || known.Any(s => s > 1));
        site.Set("coordinate_transformation_mode", "asymmetric");
        site.SetInput(1, "");
        if (site.Text("mode", "nearest") != "nearest" || site.Has("nearest_mode") || !(shrinks && grows))
        {
            if (!site.Has("nearest_mode"))
                site.Set("nearest_mode", shrinks ? "ceil" : "floor");
            site.SetInput(2, scales);
            return;
        }
        // Axes that grow and axes that shrink want different rounding: the growing ones first.
        var one = site.Constant(Tensor.Scalar(1f), "one");
        var grown = site.Emit(
            "Resize", [site.Input(0), "", site.Emit("Max", [scales, one])],
            ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));
        site.SetInput(0, grown);
        site.SetInput(2, site.Emit("Min", [scales, one]));
        site.Set("nearest_mode", "ceil");
    }

    private static void ResizeInputs(StepSite site)
    {
        // Before, inputs could not be left out; an empty tensor stood for none.
        if (site.Text("coordinate_transformation_mode", "half_pixel") is var mode && mode != "tf_crop_and_resize")
            site.SetInput(1, "");
        if (site.HasInput(3) && site.HasInput(2))
        {
            if (site.ConstantOf(2) is { Count: > 0 })
                throw site.Invalid("is given both scales and sizes.");
            site.SetInput(2, "");
        }
        if (mode != "tf_half_pixel_for_nn")
            return;
        // (x + ½)/s rounded down is (x + ½)/s − ½ rounded to the nearest, halves up.
        if (site.Text("mode", "nearest") != "nearest" || site.Text("nearest_mode", "round_prefer_floor") != "floor")
            throw site.Unsupported(
                "its coordinates 'tf_half_pixel_for_nn' are known to later versions only for the nearest element, rounded down.");
        site.Set("coordinate_transformation_mode", "half_pixel");
        site.Set("nearest_mode", "round_prefer_ceil");
    }
}

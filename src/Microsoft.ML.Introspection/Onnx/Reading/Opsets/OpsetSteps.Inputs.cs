namespace Microsoft.ML.Introspection.Onnx.Reading.Opsets;

internal static partial class OpsetSteps
{
    private static void SliceBounds(StepSite site)
    {
        site.SetInput(1, Tensor.Vector<long>(Integers(site, "starts")), "starts");
        site.SetInput(2, Tensor.Vector<long>(Integers(site, "ends")), "ends");
        if (site.Take("axes") is { } axes)
            site.SetInput(3, Tensor.Vector<long>([.. axes.Ints]), "axes");
    }

    private static void ClipBounds(StepSite site)
    {
        var type = site.TypeOf(0);
        if (site.Take("min") is { } minimum)
            site.SetInput(1, Filled(site, type, minimum.F), "min");
        if (site.Take("max") is { } maximum)
            site.SetInput(2, Filled(site, type, maximum.F), "max");
    }

    private static void PadAmounts(StepSite site)
    {
        var filler = site.Take("value")?.F ?? 0;
        site.SetInput(1, Tensor.Vector<long>(Integers(site, "pads")), "pads");
        if (filler != 0)
            site.SetInput(2, Filled(site, site.TypeOf(0), filler), "filler");
    }

    // Outside of training, the only use we have for it, nothing is dropped, whatever the ratio.
    private static void DropoutRatio(StepSite site)
    {
        site.Take("ratio");
        site.DropOutputs(1, "what it holds outside of training is not laid down");
    }

    private static void EqualParts(StepSite site)
    {
        if (!site.HasInput(1) && !site.Has("num_outputs"))
            site.Set("num_outputs", site.Outputs);
    }

    private static void GridModes(StepSite site) => site.Set("mode", site.Text("mode", "bilinear") switch
    {
        "bilinear" => "linear",
        "bicubic" => "cubic",
        var other => other,
    });

    private static Tensor Filled(StepSite site, ElementType type, double value) =>
        type.Size() > 0 ? Tensor.Filled(type, value) : throw site.Invalid($"is given a tensor of type {type}; numbers were expected.");
}

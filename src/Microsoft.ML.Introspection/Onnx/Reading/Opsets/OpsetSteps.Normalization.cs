namespace Microsoft.ML.Introspection.Onnx.Reading.Opsets;

internal static partial class OpsetSteps
{
    /// <summary>Softmax and its like ran over all axes from the given one on, taken together; now they run over one.</summary>
    private static void AlongOneAxis(StepSite site)
    {
        var (name, x, axis) = (site.Operator, site.Input(0), site.Take("axis")?.I ?? 1);
        var shape = site.ShapeOf(0);
        if ((axis == -1 ? -1 : OnlyAxis(shape, axis)) is { } only)
        {
            site.Set("axis", only);
            return;
        }
        // Only where more than one extent is open do they have to be asked at run time.
        var extents = shape is not null && shape.Count(d => !d.IsKnown) <= 1 && !shape.Any(d => d == 0)
            ? site.Constant(Tensor.Vector<long>(shape.ToArrayOrMinusOne()), "extents")
            : site.Emit("Shape", [x]);
        var flat = site.Emit("Flatten", [x], ("axis", axis));
        site.Become("Reshape", site.Emit(name, [flat], ("axis", -1)), extents);
    }

    /// <summary>
    /// The axis along which alone the tensor extends from <paramref name="first"/> on; null if there are several, or nobody knows.
    /// </summary>
    private static long? OnlyAxis(Shape? shape, long first)
    {
        if (first < 0)
            first += shape?.Rank ?? 0;
        if (shape is null || first < 0 || first >= shape.Rank)
            return null;
        var extended = Enumerable.Range((int)first, shape.Rank - (int)first).Where(i => shape[i] != 1).ToList();
        return extended.Count switch { 0 => shape.Rank - 1, 1 => extended[0], _ => null };
    }

    /// <summary>With <c>spatial = 0</c> every element of a row had its own mean and variance.</summary>
    private static void NormalizationPerElement(StepSite site)
    {
        if (site.Take("spatial") is not { I: 0 })
            return;
        site.DropOutputs(1, "it is made in training only");
        var epsilon = site.Constant(Tensor.Filled(site.TypeOf(0), site.Take("epsilon")?.F ?? 1e-5f), "epsilon");
        var deviation = site.Emit("Sqrt", [site.Emit("Add", [site.Input(4), epsilon])]);
        var normal = site.Emit("Div", [site.Emit("Sub", [site.Input(0), site.Input(3)]), deviation]);
        site.Become("Add", site.Emit("Mul", [normal, site.Input(1)]), site.Input(2));
    }

    /// <summary>Scale and bias of a group become those of each of its channels.</summary>
    private static void ScalePerChannel(StepSite site)
    {
        var groups =
            site.Constant(Tensor.Vector(site.Int("num_groups") ?? throw site.Invalid("lacks the attribute 'num_groups'.")), "groups");
        var one = site.Constant(Tensor.Vector(1L), "one");
        var all = site.Constant(Tensor.Vector(-1L), "all");
        var channels = site.Emit("Shape", [site.Input(0)], ("start", 1), ("end", 2));
        var extents = site.Emit("Concat", [groups, site.Emit("Div", [channels, groups])], ("axis", 0));
        foreach (var input in (int[])[1, 2])
        {
            var column = site.Emit("Unsqueeze", [site.Input(input), one]);
            site.SetInput(input, site.Emit("Reshape", [site.Emit("Expand", [column, extents]), all]));
        }
    }
}

using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading.Opsets;

/// <summary>
/// What changed in the operators of the standard, from operator set 8 to 21: one table, an entry for each operator and
/// version whose new form reads the old one differently. Versions that only added types, optional inputs or attributes
/// with the old behaviour as default need none; neither do 22 to 26, which we read as they are.
/// </summary>
internal static partial class OpsetSteps
{
    private delegate void Step(StepSite site);

    private static readonly Dictionary<(string Operator, int Version), Step> Table = new()
    {
        // Attributes that became inputs.
        [("Upsample", 9)] = site => site.SetInput(1, Tensor.Vector<float>(Floats(site, "scales")), "scales"),
        [("Slice", 10)] = SliceBounds,
        [("TopK", 10)] = IntegersToInput("k", 1, required: true),
        [("Clip", 11)] = ClipBounds,
        [("Pad", 11)] = PadAmounts,
        [("Dropout", 12)] = DropoutRatio,
        [("ReduceSum", 13)] = IntegersToInput("axes", 1),
        [("Split", 13)] = IntegersToInput("split", 1),
        [("Squeeze", 13)] = IntegersToInput("axes", 1),
        [("Unsqueeze", 13)] = IntegersToInput("axes", 1, required: true),
        [("ReduceL1", 18)] = IntegersToInput("axes", 1),
        [("ReduceL2", 18)] = IntegersToInput("axes", 1),
        [("ReduceLogSum", 18)] = IntegersToInput("axes", 1),
        [("ReduceLogSumExp", 18)] = IntegersToInput("axes", 1),
        [("ReduceMax", 18)] = IntegersToInput("axes", 1),
        [("ReduceMean", 18)] = IntegersToInput("axes", 1),
        [("ReduceMin", 18)] = IntegersToInput("axes", 1),
        [("ReduceProd", 18)] = IntegersToInput("axes", 1),
        [("ReduceSumSquare", 18)] = IntegersToInput("axes", 1),
        [("DFT", 20)] = site => site.SetInput(2, Tensor.Scalar(site.Take("axis")?.I ?? 1L), "axis"),

        // Attributes with another default, another name, or none before.
        [("RoiAlign", 16)] = WithDefault("coordinate_transformation_mode", "output_half_pixel"),
        [("Split", 18)] = EqualParts,
        [("GridSample", 20)] = GridModes,

        // Operators that another one replaced.
        [("Upsample", 10)] = Upsample,
        [("Scatter", 11)] = site => site.Operator = "ScatterElements",

        // Another meaning.
        [("Scan", 9)] = site => throw site.Unsupported("it scans a batch of sequences, which later versions do not."),
        [("BatchNormalization", 9)] = NormalizationPerElement,
        [("Resize", 11)] = ResizeCoordinates,
        [("Resize", 13)] = ResizeInputs,
        [("Softmax", 13)] = AlongOneAxis,
        [("LogSoftmax", 13)] = AlongOneAxis,
        [("Hardmax", 13)] = AlongOneAxis,
        [("BatchNormalization", 14)] = site => site.DropOutputs(1, "it is made in training only"),
        [("GroupNormalization", 21)] = ScalePerChannel,
    };

    /// <summary>The operators of the table.</summary>
    public static IEnumerable<string> Operators => Table.Keys.Select(k => k.Operator).Distinct();

    /// <summary>Brings one node, which is changed, from one operator set to another.</summary>
    /// <returns>The nodes that stand for it, in order; its own outputs are made by the last.</returns>
    public static IEnumerable<NodeProto> Apply(NodeProto node, ConversionScope scope, int from, int to)
    {
        var result = new List<NodeProto>();
        if (node.Domain == "ai.onnx")
            node.Domain = "";
        for (var version = from + 1; version <= to && node.Domain.Length == 0; version++)
        {
            if (!Table.TryGetValue((node.OpType, version), out var step))
                continue;
            var site = new StepSite(node, scope, version);
            step(site);
            foreach (var before in site.Before)
                result.AddRange(Apply(before, scope, version, to));
        }
        result.Add(node);
        return result;
    }

    private static Step IntegersToInput(string attribute, int input, bool required = false) => site =>
    {
        if (site.Take(attribute) is { } found)
        {
            // Very old files do not tell an attribute's type.
            var isList = found.Ints.Count > 0 || found.Type == AttributeProto.Types.AttributeType.Ints;
            site.SetInput(input, Tensor.Vector<long>(isList ? [.. found.Ints] : [found.I]), attribute);
        }
        else if (required && !site.HasInput(input))
        {
            throw site.Invalid($"lacks the attribute '{attribute}'.");
        }
    };

    private static Step WithDefault(string attribute, string value) => site =>
    {
        if (!site.Has(attribute))
            site.Set(attribute, value);
    };

    private static long[] Integers(StepSite site, string attribute) =>
        site.Take(attribute) is { } found ? [.. found.Ints] : throw site.Invalid($"lacks the attribute '{attribute}'.");

    private static float[] Floats(StepSite site, string attribute) =>
        site.Take(attribute) is { } found ? [.. found.Floats] : throw site.Invalid($"lacks the attribute '{attribute}'.");
}

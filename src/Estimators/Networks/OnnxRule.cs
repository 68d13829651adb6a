using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>A network in the middle of a pipeline becomes a part of the whole.</summary>
internal static class OnnxRule
{
    /// <summary>What OnnxTransformer leaves out of the names of columns.</summary>
    public const string Ending = ".output";

    /// <summary>An output of the network.</summary>
    public static StepPlan Outputs(StepSite site, OnnxTransformer transformer)
    {
        var (inputs, outputs) = UnpublishedSteps.PortsOf(transformer);
        Network network;
        try
        {
            network = site.Step.Held(() => Loaded(site, transformer));
        }
        catch (Exception e) when (e is InvalidModelException or UnsupportedOperatorException)
        {
            return StepPlan.Not($"its network cannot be used: {e.Message}");
        }
        if (inputs.FirstOrDefault(i => !network.Inputs.Any(n => n.Name == i)) is { } unknown)
            return StepPlan.Not($"its network reads no '{unknown}'");
        var output = outputs.Concat(outputs.Select(o => o + Ending)).Concat(network.OutputNames)
            .First(o => network.OutputNames.Contains(o) && (o == site.Made.Name || o == site.Made.Name + Ending));
        return StepPlan.Of(inputs, values =>
        {
            var given = network.Inputs.ToDictionary(i => i.Name, i => Fitting(values[Array.IndexOf(inputs, i.Name)], i));
            return new PipelineValue(network.Trace(values[0].Value.Graph, given).FileOutput(output));
        }) with
        {
            Opset = network.Opset, FixesRows = network.AreFixed(),
            RowOf = input => network.Input(inputs[input]).Shape is { } shape && new Shape(shape.Skip(1)) is { IsKnown: true } row ? row
                : null,
        };
    }

    private static Network Loaded(StepSite site, OnnxTransformer transformer)
    {
        var model = UnpublishedSteps.NetworkOf(transformer);
        return OpenRows.Load(model, new NetworkOptions
        {
            KeepFinalActivation = true,
            Dimensions = OpenDimensions(model, UnpublishedSteps.ShapesOf(transformer), site),
        });
    }

    private static Value Fitting(PipelineValue value, TensorInfo input) =>
        value.As(new Shape(input.Shape!.Skip(1))).Cast(input.Type);

    // Extents that the file leaves open are as the user has said, or those of the column, where it has as many.
    private static IReadOnlyDictionary<string, long> OpenDimensions(OnnxModel model, IReadOnlyDictionary<string, int[]> given,
        StepSite site)
    {
        var open = new Dictionary<string, long>();
        foreach (var input in model.Inputs)
        {
            if (input.Shape is not { } shape || !site.Known.TryGetValue(input.Name, out var column)
                || column.Column.Type is not VectorDataViewType { IsKnownSize: true } vector)
                continue;
            var known = shape.Skip(1).Where(d => d.IsKnown).Aggregate(1L, (product, d) => product * d.Value);
            int[] extents = given.GetValueOrDefault(input.Name) is { } said && said.Length == shape.Rank && said.Skip(1).All(e => e > 0)
                ? said[1..]
                : vector.Dimensions.Length == shape.Rank - 1 ? [.. vector.Dimensions]
                : shape.Skip(1).Count(d => !d.IsKnown) == 1 && known > 0
                ? [.. shape.Skip(1).Select(d => d.IsKnown ? (int)d.Value : (int)(vector.Size / known))] : [];
            for (var axis = 0; axis < extents.Length; axis++)
                if (!shape[axis + 1].IsKnown)
                    open[$"{input.Name}[{axis + 1}]"] = extents[axis];
        }
        return open;
    }
}

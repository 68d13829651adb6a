using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// The networks of 21 cm light-cones on one that is made by a rule: an array <c>coarse</c> interpolated to the whole, in mK and by 1/1250 of
/// it; logits, feature maps of the first layer, and the gradient of the first logit summed over blocks.
/// </summary>
internal static class LightCones
{
    private static readonly int[] Extents = [140, 140, 2350];

    /// <summary>The largest differences of logits, of maps, and of the gradient's blocks, as shares of the largest number.</summary>
    public static (double Logits, double Maps, double Blocks) Compare(string file, NpzArchive arrays)
    {
        var prefix = Path.GetFileName(file).Contains("sim", StringComparison.Ordinal) ? "sim" : "optmock";
        var cone = Cone(arrays.Read("coarse"));
        var network = ModelFile.LoadNetwork(file);
        var graph = new Graph(network.Opset);
        var x = graph.Input(network.Inputs.Single().Name, ElementType.Float, network.Inputs.Single().Shape!);
        var trace = network.Trace(graph, new Dictionary<string, Value> { [x.Name] = x });
        var logits = trace.Output(network.OutputNames.Single());
        var maps = trace.Layer("conv3d");
        var first = logits.Gather(graph.Constant(Tensor.Scalar(0L)), 1).ReduceSum([0]);
        using var session = new ModelSession(graph.ToModel(
            [("logits", logits), ("mean", maps.ReduceMean([0, 2, 3, 4], keepDimensions: false)),
                ("max", maps.ReduceMax([0, 2, 3, 4], keepDimensions: false)), ("gradient", Gradient.Of(first, x))]), new RuntimeOptions());
        var raw = session.Run(new Dictionary<string, Tensor> { [x.Name] = Tensor.From(cone, [1, 140, 140, 2350, 1]) });
        var blocks = Blocks(raw["gradient"].As<float>());
        var scaled = session.Run(new Dictionary<string, Tensor>
        {
            [x.Name] = Tensor.From(Array.ConvertAll(cone, v => v * 0.0008f), [1, 140, 140, 2350, 1]),
        });
        return (
            Math.Max(Differ(arrays.Read($"{prefix}_mk_logits"), raw["logits"].ToDouble()),
                Differ(arrays.Read($"{prefix}_scaled_logits"), scaled["logits"].ToDouble())),
            Math.Max(Differ(arrays.Read($"{prefix}_maps_mean"), raw["mean"].ToDouble()),
                Differ(arrays.Read($"{prefix}_maps_max"), raw["max"].ToDouble())),
            Differ(arrays.Read($"{prefix}_mk_grad0_blocks"), blocks));
    }

    private static float[] Cone(NpyArray coarse)
    {
        var (values, shape) = (coarse.ToDoubles(), coarse.Shape.ToArray());
        for (var axis = 0; axis < 3; axis++)
            (values, shape[axis]) = (Interpolated(values, shape, axis, Extents[axis]), Extents[axis]);
        return Array.ConvertAll(values, v => (float)(-60 + 45 * v));
    }

    private static double[] Interpolated(double[] from, int[] shape, int axis, int extent)
    {
        var (outer, inner) = (shape[..axis].Aggregate(1, (a, b) => a * b), shape[(axis + 1)..].Aggregate(1, (a, b) => a * b));
        var result = new double[outer * extent * inner];
        for (var o = 0; o < outer; o++)
            for (var i = 0; i < extent; i++)
            {
                var at = (double)i * (shape[axis] - 1) / (extent - 1);
                var below = Math.Min((int)at, shape[axis] - 2);
                for (var k = 0; k < inner; k++)
                {
                    var place = (o * shape[axis] + below) * inner + k;
                    result[(o * extent + i) * inner + k] = from[place] + (at - below) * (from[place + inner] - from[place]);
                }
            }
        return result;
    }

    private static double[] Blocks(ReadOnlySpan<float> gradient)
    {
        var sums = new double[14 * 14 * 47];
        for (var i = 0; i < 140; i++)
            for (var j = 0; j < 140; j++)
                for (var k = 0; k < 2350; k++)
                    sums[(i / 10 * 14 + j / 10) * 47 + k / 50] += gradient[(i * 140 + j) * 2350 + k];
        return sums;
    }

    private static double Differ(NpyArray expected, double[] found)
    {
        var (left, scale, worst) = (expected.ToDoubles(), 0.0, 0.0);
        for (var i = 0; i < left.Length; i++)
            (scale, worst) = (Math.Max(scale, Math.Abs(left[i])), Math.Abs(left[i] - found[i]) is var d && d <= worst ? worst : d);
        return worst / scale;
    }
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>One function in two layouts has the same explanations, in its own layout each.</summary>
[TestClass]
public sealed class KeepingChannelsLast
{
    private static readonly AttributionMethod[] Methods =
    [
        new Saliency(SaliencyForm.ChannelMaximum), new Occlusion([2, 3], [1, 2]), new Occlusion([2]), new Occlusion([3]), new Rise(60, 3),
        new IntegratedGradients(8) { Baseline = Baseline.Blurred(1) }, new PartitionShap(null, 120), new ScoreCam(), new GradCam(),
        new FeatureAblation { Baseline = Baseline.Several(Baseline.Zero, Baseline.Blurred(0.7)) }, new GradCam() * new Saliency(),
    ];

    public static IEnumerable<object[]> Cases => from channels in (int[])[3, 1] from form in (string[])["plain", "scaled", "quantised"]
        from method in Enumerable.Range(0, Methods.Length) select new object[] { channels, form, method };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Explanations_are_each_others_transposes(int channels, string form, int method)
    {
        var image = Samples.Seeded(3, 2, channels, 6, 5);
        var first = Run(Two(channels, form, false), image);
        var last = Run(Two(channels, form, true), Moved(image, 0, 2, 3, 1));
        TensorAssert.AreClose(Moved(first, 0, 2, 3, 1), last, 2e-5, $"{Methods[method]}");

        Tensor Run(Network network, Tensor rows) =>
            GraphRunner.Run(Explanation.Compile(network, Methods[method], Target.Class(1)), ("x", rows))["attribution"];
    }

    [TestMethod]
    public void Signals_with_their_channels_last_are_windowed_along_time()
    {
        var x = Samples.Seeded(4, 3, 2, 7);
        TensorAssert.AreClose(Moved(Run([0, 1, 2], x), 0, 2, 1), Run([0, 2, 1], Moved(x, 0, 2, 1)), 1e-5);

        static Tensor Run(long[] order, Tensor rows) => GraphRunner.Run(Explanation.Compile(
            Network.From(new ModelBuilder(17).Input("x", [-1, .. rows.Dimensions[1..]]).Initializer("k", Samples.Seeded(5, 4, 2, 3))
                .Initializer("v", Samples.Seeded(6, 20, 2)).Node("Transpose", ["x"], ["t"], ("perm", order)).Node("Conv", ["t", "k"], ["c"])
                .Node("Relu", ["c"], ["r"]).Node("Flatten", ["r"], ["f"]).Node("MatMul", ["f", "v"], ["y"]).Output("y").Build()),
            new Occlusion([3], [2]), Target.Class(0)), ("x", rows))["attribution"];
    }

    [TestMethod]
    public void Images_asked_for_their_scores_are_halved_across_their_sides()
    {
        var image = Samples.Seeded(7, 1, 3, 6, 5);
        TensorAssert.AreClose(Moved(Run(false, image), 0, 2, 3, 1), Run(true, Moved(image, 0, 2, 3, 1)), 1e-5);

        static Tensor Run(bool areLast, Tensor row)
        {
            using var explainer = Explainer.For(Two(3, "plain", areLast), new ExplainerOptions
            {
                Algorithm = new AlgorithmChoice { Method = new PartitionShap(null, 150), Hierarchy = FeatureHierarchy.Auto },
                Background = Background.Zero(90), Outputs = new OutputChoice(Target.Class(1)),
            });
            var found = explainer.Room(1);
            explainer.Explain(row.As<float>(), found);
            return Tensor.From(Array.ConvertAll(found.Values.ToArray(), v => (float)v), row.Dimensions);
        }
    }

    [TestMethod]
    public void A_channel_inside_is_found_where_the_layer_has_it()
    {
        var image = Samples.Seeded(8, 2, 3, 6, 5);
        var (first, last) = (Run(false, image), Run(true, Moved(image, 0, 2, 3, 1)));
        TensorAssert.AreClose(Moved(first, 0, 2, 3, 1), last, 1e-6);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            Explanation.Compile(Two(3, "scaled", true), new Saliency(), Target.Channel("h", 3)));

        static Tensor Run(bool areLast, Tensor rows) => GraphRunner.Run(
            Explanation.Compile(Two(3, "scaled", areLast), new InputXGradient(), Target.Channel("h", 2)), ("x", rows))["attribution"];
    }

    // A convolution in the layout that it wants, behind a transpose (of a single channel a reshape) where the input has another.
    private static Network Two(int channels, string form, bool areLast)
    {
        var model = new ModelBuilder(17).Initializer("half", Tensor.Vector(0.5f)).Initializer("k", Samples.Seeded(1, 2, channels, 3, 3))
            .Initializer("v", Samples.Seeded(2, 2 * 4 * 3, 2)).Initializer("first", Tensor.Vector(0L, channels, 6, 5)).Output("y")
            .Initializer("step", Tensor.Scalar(1 / 64f)).Initializer("none", Tensor.Scalar((sbyte)0));
        model.Input("x", areLast ? [-1, 6, 5, channels] : [-1, channels, 6, 5]);
        _ = form switch
        {
            "scaled" => model.Node("Mul", ["x", "half"], ["h"]),
            "quantised" => model.Node("QuantizeLinear", ["x", "step", "none"], ["q"])
                .Node("DequantizeLinear", ["q", "step", "none"], ["h"]),
            _ => model.Node("Identity", ["x"], ["h"]),
        };
        _ = !areLast ? model.Node("Identity", ["h"], ["t"])
            : channels == 1 ? model.Node("Reshape", ["h", "first"], ["t"])
            : model.Node("Transpose", ["h"], ["t"], ("perm", (long[])[0, 3, 1, 2]));
        return Network.From(model.Node("Conv", ["t", "k"], ["c"]).Node("Relu", ["c"], ["r"]).Node("Flatten", ["r"], ["f"])
            .Node("MatMul", ["f", "v"], ["y"]).Build());
    }

    private static Tensor Moved(Tensor tensor, params int[] order)
    {
        var graph = new Graph();
        return GraphRunner.Run(graph.Input("x", tensor.Type, tensor.Shape).Transpose(order), ("x", tensor));
    }
}

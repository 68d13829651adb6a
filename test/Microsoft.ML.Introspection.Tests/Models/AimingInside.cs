using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Networks;

/// <summary>Targets inside a network: a unit, a channel, a whole layer.</summary>
[TestClass]
public sealed class AimingInside
{
    private const string Layer = "/relu2/Relu";

    private static readonly Network Network = References.Network("cnn_digits");

    private static readonly Tensor Digits = References.Arrays("cnn_digits")["input"].Head(2);

    [TestMethod]
    [DataRow("unit:/relu2/Relu:5,1,2", 5L, DisplayName = "a unit")]
    [DataRow("channel:/relu2/Relu:5", 5L, DisplayName = "a channel")]
    [DataRow("layer:/relu2/Relu", 0L, DisplayName = "a layer")]
    public void The_score_is_what_the_layer_makes_there(string text, long number)
    {
        var found = GraphRunner.Run(Explanation.Compile(Network, new Saliency(), Target.Parse(text)), ("input", Digits));
        var features = Features(Digits.ToDouble()).ToDouble();
        for (var row = 0; row < 2; row++)
        {
            Near.Equal(
                Wanted(text, features, row), found["score"].ToDouble()[row], 1e-5 * Math.Max(1, Math.Abs(Wanted(text, features, row))));
            Assert.AreEqual(number, found["target"].ToInt64()[row]);
        }
    }

    [TestMethod]
    [DataRow("unit:/conv2/Conv:5,1,2")]
    [DataRow("channel:/conv2/Conv_output_0:5")]
    [DataRow("layer:/conv2/Conv")]
    public void The_gradient_is_that_of_the_score(string text)
    {
        var model = Explanation.Compile(Network, new Saliency(), Target.Parse(text));
        using var session = GraphRunner.Load(model);
        // Without equal neighbours, the network is linear around the image, so that a short step tells the slope.
        var image = Samples.Floats(1, 1, 8, 8);
        var gradient = Asked(image)["attribution"].ToDouble();
        const double step = 1e-3;
        foreach (var pixel in new[] { 18, 27, 35, 44 })
        {
            var slope = (Score(pixel, step) - Score(pixel, -step)) / (2 * step);
            Near.Equal(slope, gradient[pixel], 1e-2 * Math.Max(1, Math.Abs(slope)), $"pixel {pixel}");
        }
        Finite.Above(0, gradient.Largest(Math.Abs));

        IReadOnlyDictionary<string, Tensor> Asked(Tensor input) => session.Run(new Dictionary<string, Tensor> { ["input"] = input });

        double Score(int pixel, double by)
        {
            var moved = image.As<float>().ToArray();
            moved[pixel] += (float)by;
            return Asked(Tensor.From(moved, image.Dimensions))["score"].ToDouble()[0];
        }
    }

    [TestMethod]
    public void Units_of_a_dense_layer_are_classes()
    {
        var unit = GraphRunner.Run(Explanation.Compile(Network, new Saliency(), Target.Unit("/fc/Gemm", 3)), ("input", Digits));
        var plain = GraphRunner.Run(Explanation.Compile(Network, new Saliency(), Target.Class(3)), ("input", Digits));
        TensorAssert.AreClose(plain["attribution"], unit["attribution"], 1e-6);
        TensorAssert.AreClose(plain["score"], unit["score"], 1e-6);
    }

    [TestMethod]
    public void Text_is_read_as_it_is_written()
    {
        foreach (var target in new[]
        {
            Target.Unit("/a:0", 3, 0, 12), Target.Channel("a/b:0", 7), Target.Layer("x:y"), Target.UnitInput("/a:0", "n:1"),
            Target.ChannelInput("a", "n"), Target.Weights("w:0"), Target.LayerWeights("a:0", "w"),
        })
            Assert.AreEqual(target, Target.Parse(target.ToString()!));
        Assert.AreNotEqual(Target.Unit("a", 1, 2), Target.Unit("a", 12));
        foreach (var text in new[] { "unit:a", "unit:a:", "unit:a:-1", "unit::1", "channel:a:1,2", "channel:a:x", "layer:", "unit::@n", "unit:a:@", "weights:a", "weights:@" })
            StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => Target.Parse(text)).Message, $"'{text}' is no target");
    }

    [TestMethod]
    public void Places_that_are_not_there_are_refused()
    {
        Refused(Target.Unit(Layer, 5, 1), "[32, 4, 4]", "[5,1]");
        Refused(Target.Unit(Layer, 5, 1, 4), "[32, 4, 4]", "[5,1,4]");
        Refused(Target.Channel(Layer, 32), "[batch, 32, 4, 4]", "channel 32");
        Assert.ThrowsExactly<ArgumentException>(() => Target.Unit(Layer));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Target.Unit(Layer, 1, -1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Target.Channel(Layer, -1));

        static void Refused(Target target, params string[] parts)
        {
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Explanation.Compile(Network, new Saliency(), target));
            foreach (var part in parts)
                StringAssert.Contains(error.Message, part);
        }
    }

    private static Tensor Features(double[] input)
    {
        var graph = new Graph(Network.Opset);
        var x = graph.Input("input", ElementType.Float, Network.DefaultInput.Shape!);
        var features = Network.Trace(graph, new Dictionary<string, Value> { ["input"] = x }).Layer(Layer);
        return GraphRunner.Run(features, ("input", Tensor.From(Array.ConvertAll(input, d => (float)d), Digits.Dimensions)));
    }

    // Of rows of 32 channels of 4 × 4 positions.
    private static double Wanted(string text, double[] features, int row) => text.Split(':')[0] switch
    {
        "unit" => features[row * 512 + 5 * 16 + 1 * 4 + 2],
        "channel" => features.Skip(row * 512 + 5 * 16).Take(16).Sum(),
        _ => features.Skip(row * 512).Take(512).Sum(),
    };
}

using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

/// <summary>Objectives on a network with branches; embeddings of tokens; decoders; views.</summary>
[TestClass]
public sealed class MatchingReferenceNetworks
{
    private static readonly RuntimeOptions OneThread = new() { Threads = 1 };

    [TestMethod]
    [DataRow("resnet_tiny", "/layer3/add/Add_output_0", 11, 6)]
    public void InValueAndGradient(string name, string layer, int channel, int label)
    {
        var (expected, network) = (References.Arrays($"features_{name}"), References.Network($"{name}_op17"));
        var direction = expected["obj_direction"].ToDouble();
        foreach (var (key, objective) in new (string, Objective)[]
        {
            ("neuron_centre", Objective.Neuron(layer, channel)), ("channel", Objective.Channel(layer, channel)),
            ("deepdream_mean_square", Objective.Layer(layer)), ("logit", Objective.Logit(label)),
            ("direction_p2", Objective.Direction(layer, direction, 2)),
            ("direction_cos", Objective.Direction(layer, direction) with { CosineAlone = true }), ("diversity", new DiversityObjective(layer)),
            ("interpolation", new InterpolationObjective(Objective.Channel(layer, channel), Objective.Channel(layer, channel + 3))),
            ("alignment", new AlignmentObjective(layer)),
        })
        {
            var (value, gradient) = (expected[$"obj_{key}_value_f64"], expected[$"obj_{key}_gradient"]);
            var found = Found.At(network, objective, expected["obj_input"].Head(gradient.Dimensions[0]));
            double[] values = value.Dimensions.Length == 0 ? [found.Value.Sum()] : found.Value;
            Finite.AtMost(1e-5, Found.Gap(value.ToDouble(), values), key);
            Finite.AtMost(1e-5, Found.Gap(gradient.ToDouble(), found.Gradient.ToDouble()), key);
        }
    }

    [TestMethod]
    public void BesideAKinkTheGradientIsThatOfItsOwnSide()
    {
        // In the third image a unit before ReLU6 is 0 but for rounding: above it in single precision, and not above it in the references'
        // double. The gradients differ in its field of 27 elements, and agree again where the image is moved until the unit is below 0.
        var (expected, network) = (References.Arrays("features_mobilenet"), References.Network("mobilenet_tiny_op17"));
        var (images, gradient) = (expected["obj_input"], expected["obj_diversity_gradient"].ToDouble());
        var diversity = new DiversityObjective("/b4/project/project.0/Conv_output_0");
        var (row, channel, y, x, pixels) = (2, 33, 12, 25, 3 * 32 * 32);
        var unit = Found.At(network, Objective.Neuron("/b1/expand/expand.0/Conv_output_0", channel, y, x),
            Tensor.FromDoubles(images.Type, images.ToDouble()[(row * pixels)..], 1, 3, 32, 32));
        Finite.AtMost(2e-7, Math.Abs(unit.Value[0]));
        var towards = unit.Gradient.ToDouble();
        bool[] field = [.. Enumerable.Range(0, gradient.Length).Select(i => i >= row * pixels && towards[i - row * pixels] != 0)];
        Assert.AreEqual(27, field.Count(f => f));
        double Gap(double[] found, bool isInField) => Enumerable.Range(0, gradient.Length).Where(i => field[i] == isInField)
            .Select(i => Math.Abs(gradient[i] - found[i])).Largest() / gradient.Largest(Math.Abs);
        Finite.AtMost(1e-5, Gap(Found.At(network, diversity, images).Gradient.ToDouble(), false));

        double[] Moved(double by)
        {
            var (moved, squares) = (images.ToDouble(), towards.Sum(t => t * t));
            for (var i = 0; i < pixels; i++)
                moved[row * pixels + i] += by * towards[i] / squares;
            return Found.At(network, diversity, Tensor.FromDoubles(images.Type, moved, images.Dimensions)).Gradient.ToDouble();
        }
        Finite.AtMost(5e-5, Gap(Moved(-5e-6), true));
        Finite.AtLeast(5e-3, Gap(Moved(5e-6), true));
    }

    [TestMethod]
    public void EmbeddingsAndTheirNearestTokens()
    {
        var expected = References.Arrays("features_embedding");
        var (network, start) = (References.Network("transformer_text_emb"), expected["emb_start"]);
        var numbers = start.Count / start.Dimensions[0];
        // The references hold embeddings by half the squares of what they are away from the start.
        var objective = Objective.Logit(1) + 0.05 * numbers / 2 * Penalty.Distance;
        var options = new MaximizationOptions { Parametrisation = new Pixels(), StartIsGiven = true };
        var last = start;
        foreach (var steps in (int[])[1, 10, 20])
        {
            var found = Maximization.Run(network, objective, options,
                new MaximizationRun { Steps = steps, Start = start, Reference = start }, OneThread);
            last = found.Images;
            Finite.AtMost(1e-4, Found.Gap(expected[$"emb_step{steps}_f64"].ToDouble(), last.ToDouble()), $"step {steps}");
            Finite.AtMost(1e-4, Found.Gap(expected["emb_objective_f64"].ToDouble()[..(2 * steps)], found.Objectives.ToDouble()));
        }
        var array = NpyArray.Load(Path.Combine(AppContext.BaseDirectory, "data", "features", "transformer_text_embedding.npy"));
        var table = Tensor.From(array.ToSingles(), [.. array.Shape.Select(e => (long)e)]);
        foreach (var (key, found) in new[]
        {
            ("cosine", NearestTokens.ByCosine(last, table)), ("distance", NearestTokens.ByDistance(last, table)),
        })
        {
            CollectionAssert.AreEqual(expected[$"emb_nearest_{key}"].ToInt64(), found.Select(f => f.Token).ToArray(), key);
            Near.Equal(expected[$"emb_{key}_f64"].ToDouble(), [.. found.Select(f => f.Nearness)], 1e-4);
        }

        // The same from tokens, through the network that looks them up.
        var whole = References.Network("transformer_text");
        var input = whole.Inputs[0].Name;
        Near.Equal(table.ToDouble(), NearestTokens.TableOf(whole, input).ToDouble(), 1e-6);
        var tokens = Tensor.From(expected["emb_tokens"].ToInt64(), expected["emb_tokens"].Dimensions);
        var told = Maximization.Run(whole, objective, new MaximizationOptions { Parametrisation = new Pixels(), Input = input },
            new MaximizationRun { Steps = 10, Tokens = tokens }, OneThread);
        Finite.AtMost(1e-4, Found.Gap(expected["emb_step10_f64"].ToDouble(), told.Images.ToDouble()));
        Assert.Contains("take Pixels", Assert.ThrowsExactly<ArgumentException>(() =>
            Maximization.Compile(whole, objective, new MaximizationOptions { Input = input })).Message);
        Assert.ThrowsExactly<ArgumentException>(() => NearestTokens.ByCosine(last, start));
    }

    [TestMethod]
    public void CodesOfADecoder()
    {
        // An image of 8 × 8 is a code of 3 times a matrix, through a sigmoid: the same as optimising through both networks.
        var random = new Random(7);
        float[] weights = [.. Enumerable.Range(0, 192).Select(_ => (float)(random.NextDouble() - 0.5))];
        var decoder = Network.From(new ModelBuilder(17).Input("z", -1, 3).Initializer("w", Tensor.From(weights, 3, 64))
            .Initializer("s", Tensor.From([-1L, 1, 8, 8], 4)).Node("MatMul", ["z", "w"], ["h"]).Node("Sigmoid", ["h"], ["g"])
            .Node("Reshape", ["g", "s"], ["y"]).Output("y").Build(), new NetworkOptions { KeepFinalActivation = true });
        var network = References.Network("cnn_digits_op17");
        var found = Maximization.Run(network, Objective.Logit(), new MaximizationOptions { Parametrisation = new Decoder(decoder) { Bound = 2 } },
            new MaximizationRun { Steps = 40, Targets = [3, 5] }, OneThread);
        Assert.AreEqual("[2, 3]", found.Parameters.Shape.ToString());
        Finite.AtMost(2, found.Parameters.ToDouble().Largest(Math.Abs));
        Finite.Above(found.Objectives.ToDouble()[0], found.Objectives.ToDouble()[^2]);
        var codes = found.Parameters.ToDouble();
        double[] made = [.. Enumerable.Range(0, 128).Select(i => 1 / (1 + Math.Exp(
            -Enumerable.Range(0, 3).Sum(k => codes[i / 64 * 3 + k] * weights[k * 64 + i % 64]))))];
        Near.Equal(made, found.Images.ToDouble(), 1e-5);
        // The gradient by a code is that by the image times the decoder's derivative.
        var start = Tensor.From([0.3f, -0.2f, 0.5f], 1, 3);
        var one = Maximization.Run(network, Objective.Logit(3), new MaximizationOptions
        {
            Parametrisation = new Decoder(decoder) { Bound = double.PositiveInfinity }, StartIsGiven = true, Optimizer = new GradientAscent(1e4),
        }, new MaximizationRun { Steps = 1, Start = start }, OneThread);
        double[] image = [.. Enumerable.Range(0, 64).Select(i => 1 / (1 + Math.Exp(
            -Enumerable.Range(0, 3).Sum(k => start.ToDouble()[k] * weights[k * 64 + i]))))];
        var by = Found.At(network, Objective.Logit(3), Tensor.FromDoubles(ElementType.Float, image, 1, 1, 8, 8)).Gradient.ToDouble();
        for (var k = 0; k < 3; k++)
            Near.Equal(Enumerable.Range(0, 64).Sum(i => by[i] * image[i] * (1 - image[i]) * weights[k * 64 + i]),
                (one.Parameters.ToDouble()[k] - start.ToDouble()[k]) / 1e4, 1e-4);
        Assert.Contains("images", Assert.ThrowsExactly<ArgumentException>(() => Maximization.Compile(References.Network("vgg_tiny"),
            Objective.Logit(1), new MaximizationOptions { Parametrisation = new Decoder(decoder) })).Message);
    }

    [TestMethod]
    public void ViewsAreAveragedAndBlurredGradientsAreCoarse()
    {
        var network = References.Network("cnn_digits_op17");
        var images = References.Arrays("features_objectives")["obj_input"].Head(1);
        var shifts = Tensor.From([1.0, 0, 0, 2, -1, 1], 3, 2);
        MaximizationOptions Rolled(Tensor given, int views) =>
            new() { Transformations = [new Roll(2) { Given = given }], Views = views };
        var all = Found.At(network, Objective.Logit(3), images, Rolled(shifts, 3));
        var apart = Enumerable.Range(0, 3).Select(v => Found.At(network, Objective.Logit(3), images,
            Rolled(Tensor.From(shifts.ToDouble()[(2 * v)..(2 * v + 2)], 1, 2), 1))).ToArray();
        Near.Equal(apart.Average(a => a.Value[0]), all.Value[0], 1e-5);
        double[] mean = [.. Enumerable.Range(0, 64).Select(i => apart.Average(a => a.Gradient.ToDouble()[i]))];
        Finite.AtMost(1e-5, Found.Gap(mean, all.Gradient.ToDouble()));

        var plain = Found.At(network, Objective.Logit(3), images).Gradient.ToDouble();
        double[] Blurred(double first) => Found.At(network, Objective.Logit(3), images,
            new MaximizationOptions { GradientBlur = new GradientBlur(first, 0) }).Gradient.ToDouble();
        Finite.AtMost(1e-5, Found.Gap(plain, Blurred(0)));
        double Weight(int from, int to) => Math.Exp(-0.5 * (from - to) * (from - to)) / Enumerable.Range(0, 8).Sum(j => Math.Exp(-0.5 * (j - to) * (j - to)));
        double[] expected = [.. Enumerable.Range(0, 64).Select(i => Enumerable.Range(0, 64).Sum(j =>
            plain[j] * Weight(j / 8, i / 8) * Weight(j % 8, i % 8)))];
        Finite.AtMost(1e-5, Found.Gap(expected, Blurred(1)));

        var vgg = References.Network("vgg_tiny");
        var crops = Maximization.Run(vgg, Objective.Channel("/features/features.6/Relu", 3), new MaximizationOptions
        {
            Parametrisation = new FixedMagnitude(FixedMagnitude.MeanMagnitude(References.Arrays("vgg_tiny")["input"])),
            Optimizer = new NesterovAdam(), Transformations = [new CentredCrop(0.9, 0.4), new Noise(0.05)], Views = 4,
        }, new MaximizationRun { Steps = 12 }, OneThread);
        var curve = crops.Objectives.ToDouble();
        Finite.Above(curve[..3].Average(), curve[^3..].Average());
    }
}

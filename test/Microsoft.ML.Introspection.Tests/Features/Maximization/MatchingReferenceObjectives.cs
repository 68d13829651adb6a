using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class MatchingReferenceObjectives
{
    private const string Layer = "/conv2/Conv";
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_objectives");
    private static readonly IReadOnlyDictionary<string, Tensor> Extras = References.Arrays("features_extras");

    private static double[] Direction => Expected["obj_direction"].ToDouble();

    private static double[] Weights => Expected["obj_weights"].ToDouble();

    private static Tensor Wanted => Expected["obj_target_tensor"];

    private static readonly Dictionary<string, Func<Objective>> Objectives = new()
    {
        ["neuron_centre"] = () => Objective.Neuron(Layer, 4),
        ["neuron_yx"] = () => Objective.Neuron(Layer, 4, 1, 1),
        ["channel"] = () => Objective.Channel(Layer, 4),
        ["deepdream_mean_square"] = () => Objective.Layer(Layer),
        ["layer_mean"] = () => Objective.Layer(Layer, LayerForm.Mean),
        ["half_square_norm"] = () => Objective.Layer(Layer, LayerForm.HalfSumOfSquares),
        ["logit"] = () => Objective.Logit(2),
        ["direction_dot"] = () => Objective.Direction(Layer, Direction),
        ["direction_p1"] = () => Objective.Direction(Layer, Direction, 1),
        ["direction_p2"] = () => Objective.Direction(Layer, Direction, 2),
        ["direction_cos"] = () => Objective.Direction(Layer, Direction) with { CosineAlone = true },
        ["direction_neuron_p2"] = () => Objective.Direction(Layer, Direction, 2) with { Position = [1, 1] },
        ["direction_neuron_cos"] = () => Objective.Direction(Layer, Direction) with { Position = [1, 1], CosineAlone = true },
        ["tensor_direction_p0"] = () => new DirectionObjective(Layer, Wanted),
        ["tensor_direction_p2"] = () => new DirectionObjective(Layer, Wanted) { Power = 2 },
        ["channel_weight"] = () => new ChannelWeightsObjective(Layer, Weights),
        ["neuron_weight"] = () => new ChannelWeightsObjective(Layer, Weights) { Position = [1, 1] },
        ["localgroup_weight"] = () => new ChannelWeightsObjective(Layer, Weights) { Position = [1, 1], Window = [2, 2] },
        ["input_difference"] = () => new LikenessObjective(Layer, Wanted),
        ["total_variation"] = () => Penalty.TotalVariation(),
        ["l1_input"] = () => Penalty.L1(0.5),
        ["l2_input"] = () => Penalty.L2(0.5),
        ["blur_input"] = () => Penalty.Blur,
        ["combination"] = () => 2 * Objective.Channel(Layer, 4) - 0.5 * Objective.Channel(Layer, 7) + 0.1 * Objective.Logit(2)
            + 1e-3 * Penalty.L1(0.5),
        ["product"] = () => Objective.Channel(Layer, 4) * Objective.Channel(Layer, 7),
        ["diversity"] = () => new DiversityObjective(Layer),
        ["interpolation"] = () => new InterpolationObjective(Objective.Channel(Layer, 4), Objective.Channel(Layer, 7)),
        ["alignment"] = () => new AlignmentObjective(Layer),
    };

    public static IEnumerable<object[]> Names => Objectives.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void InValueAndGradient(string name)
    {
        var (value, gradient) = (Expected[$"obj_{name}_value_f64"], Expected[$"obj_{name}_gradient_f64"]);
        var images = Expected["obj_input"].Head(gradient.Dimensions[0]);
        var found = Found.At(References.Network("cnn_digits_op17"), Objectives[name](), images);
        double[] values = value.Dimensions.Length == 0 ? [found.Value.Sum()] : found.Value;
        Finite.AtMost(1e-5, Found.Gap(value.ToDouble(), values), "value");
        Finite.AtMost(1e-5, Found.Gap(gradient.ToDouble(), found.Gradient.ToDouble()), "gradient");
    }

    [TestMethod]
    public void AllOfThemAreThere() => CollectionAssert.AreEquivalent(
        Expected.Keys.Where(k => k.EndsWith("_value_f64", StringComparison.Ordinal)).Select(k => k[4..^10]).ToArray(), Objectives.Keys.ToArray());

    [TestMethod]
    [DataRow("tv_mean")]
    [DataRow("norm_p1")]
    [DataRow("norm_p2")]
    [DataRow("norm_p6")]
    [DataRow("l_inf")]
    [DataRow("boundary")]
    public void InPenalties(string name)
    {
        Objective penalty = name switch
        {
            "tv_mean" => Penalty.TotalVariation(mean: true),
            "norm_p1" => Penalty.Norm(1),
            "norm_p2" => Penalty.Norm(2),
            "norm_p6" => Penalty.Norm(6),
            "l_inf" => Penalty.Norm(double.PositiveInfinity),
            _ => Penalty.Boundary(3),
        };
        var sign = name == "boundary" ? 1 : -1;
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 3, 12, 10).Node("Relu", ["x"], ["y"]).Output("y").Build());
        var found = Found.At(network, penalty, Extras["reg_input"]);
        Finite.AtMost(1e-5, Found.Gap(Extras[$"reg_{name}_value_f64"].ToDouble(), [.. found.Value.Select(v => sign * v)]));
        Finite.AtMost(1e-5, Found.Gap(Extras[$"reg_{name}_gradient_f64"].ToDouble(), [.. found.Gradient.ToDouble().Select(v => sign * v)]));
    }

    [TestMethod]
    [DataRow(SilentUnits.Plain, "plain")]
    [DataRow(SilentUnits.Redirected, "redirected")]
    [DataRow(SilentUnits.Open, "open")]
    public void InSilentUnits(SilentUnits rule, string name)
    {
        var found = Found.At(References.Network("vgg_tiny"), Objective.Channel("/features/features.11/Relu", 8), Extras["relu_input"],
            new MaximizationOptions { SilentUnits = rule, WarmUpSteps = 1 });
        Finite.AtMost(1e-5, Found.Gap(Extras[$"relu_{name}_gradient"].ToDouble(), found.Gradient.ToDouble()));
        if (rule != SilentUnits.Plain)
        {
            var later = Found.At(References.Network("vgg_tiny"), Objective.Channel("/features/features.11/Relu", 8), Extras["relu_input"],
                new MaximizationOptions { SilentUnits = rule, WarmUpSteps = 0 });
            Finite.AtMost(1e-5, Found.Gap(Extras["relu_plain_gradient"].ToDouble(), later.Gradient.ToDouble()));
        }
    }

    [TestMethod]
    public void TargetsAreInputs()
    {
        var images = Expected["obj_input"].Head(3);
        foreach (var (open, fixedTo) in new (Objective, Func<int, Objective>)[]
        {
            (Objective.Channel(Layer), c => Objective.Channel(Layer, c)), (Objective.Neuron(Layer), c => Objective.Neuron(Layer, c)),
            (Objective.Logit(), c => Objective.Logit(c)),
        })
        {
            var network = References.Network("cnn_digits_op17");
            var found = Found.At(network, open, images, null, 4, 7, 0);
            foreach (var (row, target) in new[] { (0, 4), (1, 7), (2, 0) })
            {
                var alone = Found.At(network, fixedTo(target), images.Row(row));
                Near.Equal(alone.Value[0], found.Value[row], 1e-6);
                Near.Equal(alone.Gradient.ToDouble(), found.Gradient.Row(row).ToDouble(), 1e-6);
            }
        }
    }

    [TestMethod]
    public void WhereAVectorIsZeroNoGradientIsNaN()
    {
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 2).Node("Relu", ["x"], ["y"]).Output("y").Build());
        foreach (var alone in (bool[])[true, false])
        {
            var found = Found.At(network, Objective.Direction("y", [1, 2], 2) with { CosineAlone = alone }, Tensor.From([-1f, -2], 1, 2));
            Finite.All(found.Gradient.ToDouble());
            Finite.All(found.Value);
        }
    }

    [TestMethod]
    public void WhatIsNotThereIsRefused()
    {
        var network = References.Network("cnn_digits_op17");
        Assert.Contains("32 channels", Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Maximization.Compile(network, Objective.Channel(Layer, 32))).Message);
        Assert.Contains("no position", Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Maximization.Compile(network, Objective.Neuron(Layer, 1, 4, 0))).Message);
        Assert.Contains("no layer", Assert.ThrowsExactly<ArgumentException>(
            () => Maximization.Compile(network, Objective.Channel("none"))).Message);
        Assert.Contains("32 channels", Assert.ThrowsExactly<ArgumentException>(
            () => Maximization.Compile(network, Objective.Direction(Layer, [1, 2]))).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Penalty.Norm(0.5));
    }
}

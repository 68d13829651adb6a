using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Methods made of others, against the same put together by hand: shapes, names, scores, base values, totals.</summary>
[TestClass]
public sealed class WrappingMethods
{
    private static readonly Network Text = References.Network("transformer_text");
    private static readonly Tensor Tokens = References.Arrays("transformer_text")["token_ids"].Head(2);
    private static readonly Network Table = References.Network("mlp_breast_cancer_tanh");
    private static readonly Tensor Rows = References.Arrays("mlp_breast_cancer_tanh")["input"].Head(3);

    [TestMethod]
    [DataRow(TokenReduction.Sum), DataRow(TokenReduction.L2Norm)]
    public void Tokens_of_every_class(TokenReduction reduction)
    {
        var method = new IntegratedGradients(6);
        var isSum = reduction == TokenReduction.Sum;
        var all = Run(Text, new PerToken(new PerClass(method), reduction), Tokens, null, isSum);
        var classes = (int)all["score"].Dimensions[1];
        Assert.AreEqual(3, all["attribution"].Dimensions.Length);
        for (var c = 0; c < classes; c++)
        {
            var one = Run(Text, new PerToken(method, reduction), Tokens, Target.Class(c), isSum);
            foreach (var name in isSum ? (string[])["attribution", "score", "base", "gap"] : ["attribution", "score"])
                AreClose(one[name].ToDouble(), Part(all[name], c, classes), $"{name} of class {c}");
        }
    }

    [TestMethod]
    public void Noise_around_every_class()
    {
        var method = new IntegratedGradients(6);
        var all = Run(Table, new Smooth(new PerClass(method), 5), Rows, null, true);
        var classes = (int)all["score"].Dimensions[1];
        CollectionAssert.AreEqual(new long[] { 3, classes, 30 }, all["attribution"].Dimensions.ToArray());
        for (var c = 0; c < classes; c++)
        {
            var one = Run(Table, new Smooth(method, 5), Rows, Target.Class(c), true);
            foreach (var name in (string[])["attribution", "score", "base", "gap"])
                AreClose(one[name].ToDouble(), Part(all[name], c, classes), $"{name} of class {c}");
        }
        CollectionAssert.AreEqual(new[] { "no.a", "yes.a" }, new Smooth(new PerClass(method, ["no", "yes"])).Names(["a"]).ToArray());
        CollectionAssert.AreEqual(new[] { "no.a", "yes.a" }, new PerToken(new PerClass(method, ["no", "yes"])).Names(["a"]).ToArray());
    }

    [TestMethod]
    public void Base_value_and_attributions_sum_to_the_score_whatever_is_wrapped_around()
    {
        var method = new IntegratedGradients(40);
        foreach (var wrapped in (AttributionMethod[])[new Smooth(method, 3, 0.05),
            new Ensemble(method, References.Network("mlp_breast_cancer")),
            new Smooth(new Ensemble(method, References.Network("mlp_breast_cancer")), 2)])
        {
            var found = Run(Table, wrapped, Rows, Target.Class(1), true);
            for (var row = 0; row < 3; row++)
            {
                var sum = found["base"].ToDouble()[row] + found["attribution"].ToDouble().Skip(30 * row).Take(30).Sum();
                Near.Equal(found["score"].ToDouble()[row], sum - found["gap"].ToDouble()[row], 1e-3, wrapped.ToString());
                Near.Equal(0, found["gap"].ToDouble()[row], 0.1, wrapped.ToString());
            }
        }
    }

    [TestMethod]
    public void The_mean_over_noise_promises_the_mean_of_the_promises()
    {
        // With noise of one value, what is promised is that of the shifted row.
        var shift = Samples.Seeded(5, 1, 30);
        float[] shifted = [.. Rows.As<float>().ToArray().Select((x, i) => x + shift.As<float>()[i % 30])];
        var method = new IntegratedGradients(5);
        var smooth = Run(Table, new Smooth(method, 1) { Given = shift }, Rows, Target.Class(1), true);
        var plain = Run(Table, method, Tensor.From(shifted, 3, 30), Target.Class(1), true);
        AreClose(plain["attribution"].ToDouble(), smooth["attribution"].ToDouble(), "attribution");
        AreClose(plain["gap"].ToDouble(), smooth["gap"].ToDouble(), "gap");
    }

    [TestMethod]
    public void Products_and_what_is_left_over_promise_no_sum()
    {
        foreach (var method in (AttributionMethod[])[new IntegratedGradients(2) * new DeepLift(), new Strongest(new DeepLift(), 3, 3),
            new Smooth(new DeepLift(), 2, Form: SmoothForm.Square), new PerToken(new DeepLift(), TokenReduction.L2Norm)])
            Assert.ThrowsExactly<ArgumentException>(
                () => Explanation.Compile(method is PerToken ? Text : Table, method, Target.Class(0), new ExplanationOptions
            {
                Inputs = method is PerToken ? [Text.Inputs[0].Name] : null, GapName = "gap",
            }), method.ToString());
        // What the strongest were taken from still starts somewhere, for every class.
        var kept = GraphRunner.Run(
            Explanation.Compile(Table, new Strongest(new PerClass(new DeepLift()), 3, 3), null,
                new ExplanationOptions { BaseValueName = "base" }), ("input", Rows));
        var whole = Run(Table, new PerClass(new DeepLift()), Rows, null, true);
        TensorAssert.AreEqual(whole["base"], kept["base"]);
        TensorAssert.AreEqual(whole["score"], kept["score"]);
        Assert.AreEqual(1, (new PerClass(new DeepLift()) * new Saliency()).LeadingAxes);
        CollectionAssert.AreEqual(new[] { "x.a", "y.a" },
            (new Saliency() * new PerClass(new DeepLift(), ["x", "y"])).Names(["a"]).ToArray());
    }

    private static IReadOnlyDictionary<string, Tensor> Run(Network network, AttributionMethod method, Tensor input, Target? target,
        bool sums) => GraphRunner.Run(
        Explanation.Compile(network, method, target, new ExplanationOptions
        {
            Inputs = [network.Inputs[0].Name], BaseValueName = sums ? "base" : null, GapName = sums ? "gap" : null,
        }),
        (network.Inputs[0].Name, input));

    // Class c of [N, classes, …].
    private static double[] Part(Tensor all, int c, int classes)
    {
        var elements = all.ToDouble();
        var size = elements.Length / (int)all.Dimensions[0] / classes;
        return [.. elements.Chunk(size).Where((_, i) => i % classes == c).SelectMany(p => p)];
    }

    private static void AreClose(double[] expected, double[] found, string what)
    {
        Assert.HasCount(expected.Length, found, what);
        for (var i = 0; i < expected.Length; i++)
            Assert.IsTrue(Math.Abs(expected[i] - found[i]) <= 1e-4 * Math.Max(1, Math.Abs(expected[i])),
                $"{what}, element {i}: expected {expected[i]}, found {found[i]}");
    }
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Methods for every class, and the strongest of what a method gives.</summary>
[TestClass]
public sealed class ExplainingEveryClass
{
    private static readonly Network Digits = References.Network("cnn_digits");

    [TestMethod]
    public void Every_class_gets_what_it_gets_as_the_target()
    {
        var method = new IntegratedGradients(8);
        var names = new ExplanationOptions { BaseValueName = "base" };
        var all = Run(new PerClass(method), Target.ArgMax, names);
        for (var c = 0; c < 10; c++)
        {
            var one = Run(method, Target.Class(c), names);
            AreClose(Part(all["attribution"], c, 10), one["attribution"].ToDouble());
            AreClose(Part(all["base"], c, 10), one["base"].ToDouble());
        }
        CollectionAssert.AreEqual(new[] { "0.a", "0.b", "1.a", "1.b" }, new PerClass(method, ["0", "1"]).Names(["a", "b"]).ToArray());
    }

    [TestMethod]
    public void Base_value_and_attributions_sum_to_the_score()
    {
        var results = Run(new DeepLift(), Target.Class(3), new() { BaseValueName = "base" });
        var sums = results["attribution"].ToDouble().Chunk(64).Select(row => row.Sum());
        AreClose([.. sums.Zip(results["base"].ToDouble(), (s, b) => s + b)], results["score"].ToDouble());
        Assert.Contains("base value",
            Assert.ThrowsExactly<ArgumentException>(() => Run(new Saliency(), Target.ArgMax, new() { BaseValueName = "base" })).Message);
    }

    [TestMethod]
    [DataRow(null, null, false), DataRow(3, 2, false), DataRow(3, 2, true), DataRow(0, 5, true), DataRow(1, 0, false),
        DataRow(100, 100, true), DataRow(0, 0, true), DataRow(null, 1, true)]
    public void The_strongest_attributions_stay_in_their_places(int? positive, int? negative, bool normalize)
    {
        var whole = Run(new InputXGradient(), Target.ArgMax)["attribution"].ToDouble().Chunk(8).ToArray();
        var kept = Run(new Strongest(new InputXGradient(), positive, negative, normalize), Target.ArgMax)["attribution"].ToDouble().Chunk(8)
            .ToArray();
        for (var line = 0; line < whole.Length; line++)
        {
            var best =
                whole[line].Where(v => v > 0).OrderDescending().Take(positive ?? 8)
                    .Concat(whole[line].Where(v => v < 0).Order().Take(negative ?? 8)).ToHashSet();
            var scale = normalize && best.Count > 0 ? best.Largest(Math.Abs) : 1;
            AreClose([.. whole[line].Select(v => best.Contains(v) ? v / scale : 0)], kept[line]);

            var numbers = whole[line].Select(v => (float)v).ToArray();
            Strongest.Keep(numbers, new float[8], positive, negative, normalize);
            AreClose(kept[line], [.. numbers.Select(v => (double)v)]);
        }
    }

    [TestMethod]
    public void Of_equal_attributions_the_first_are_kept()
    {
        var numbers = new[] { 1f, -2, 1, 0, -2, 1, 3 };
        Strongest.Keep(numbers, new float[7], 2, 1, false);
        CollectionAssert.AreEqual(new[] { 1f, -2, 0, 0, 0, 0, 3 }, numbers);

        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(1, 7));
        var kept = GraphRunner.Run([Strongest.Of(x, 2, 1, false)], [("x", Tensor.From([1f, -2, 1, 0, -2, 1, 3], 1, 7))])[0];
        CollectionAssert.AreEqual(numbers, kept.As<float>().ToArray());
    }

    private static IReadOnlyDictionary<string, Tensor> Run(AttributionMethod method, Target target, ExplanationOptions? options = null)
    {
        using var session = new ModelSession(Explanation.Compile(Digits, method, target, options));
        return session.Run(
            new Dictionary<string, Tensor> { [Digits.DefaultInput.Name] = References.Arrays("cnn_digits")["input"].Head(3) });
    }

    // Class c of [N, classes, …].
    private static double[] Part(Tensor all, int c, int classes)
    {
        var elements = all.ToDouble();
        var size = elements.Length / (int)all.Dimensions[0] / classes;
        return [.. elements.Chunk(size).Where((_, i) => i % classes == c).SelectMany(p => p)];
    }

    private static void AreClose(double[] expected, double[] found) => Near.Relative(expected, found, 1e-5);
}

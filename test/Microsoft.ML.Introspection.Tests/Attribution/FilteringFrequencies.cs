using System.Numerics;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>FORGrad against Fourier sums written out, in complex numbers of double precision.</summary>
[TestClass]
public sealed class FilteringFrequencies
{
    [TestMethod]
    [DataRow("cnn_digits", 1.0), DataRow("cnn_digits", 2.5), DataRow("vgg_tiny", 4.0), DataRow("conv3d_tiny", 2.0)]
    public void Only_low_ones_are_left(string model, double cutoff)
    {
        var network = References.Network(model);
        var input = References.Arrays(model)["input"].Head(1);
        var plain = Run(network, new Saliency(), input);
        var filtered = Run(network, new LowPass(new Saliency(), cutoff), input).ToDouble();
        int[] space = [.. plain.Dimensions[2..].ToArray().Select(d => (int)d)];
        var size = space.Aggregate(1, (a, b) => a * b);
        double[] expected = [.. plain.ToDouble().Chunk(size).SelectMany(map => Filtered(map, space, cutoff))];
        Near.Relative(expected, filtered, 1e-5, model, $"low-pass {cutoff}");
        foreach (var (before, after) in plain.ToDouble().Chunk(size).Zip(filtered.Chunk(size)))
            Near.Equal(before.Sum(), after.Sum(), 1e-5 * before.Sum(Math.Abs), "what the map sums to");
        Finite.Above(1e-3, plain.ToDouble().Zip(filtered, (a, b) =>
            Math.Abs(a - b)).Largest() / plain.ToDouble().Largest(Math.Abs));
    }

    [TestMethod]
    public void All_frequencies_are_the_map_itself()
    {
        var (network, input) = (References.Network("cnn_digits"), References.Arrays("cnn_digits")["input"].Head(2));
        Near.Relative(Run(network, new Saliency(), input).ToDouble(),
            Run(network, MethodCatalog.Create("saliency", new Dictionary<string, string> { ["low-pass"] = "100" }), input).ToDouble(),
            1e-5, "cnn_digits", "all frequencies");
        Assert.IsInstanceOfType<Saliency>(MethodCatalog.Create("saliency"));
        var both = (LowPass)MethodCatalog.Create("saliency", new Dictionary<string, string> { ["low-pass"] = "3.5", ["smooth"] = "4" });
        Assert.AreEqual(3.5, both.Cutoff);
        Assert.IsInstanceOfType<Smooth>(both.Method);
    }

    [TestMethod]
    public void What_has_no_space_is_refused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(References.Network("mlp_breast_cancer"), new LowPass(new Saliency())));
        StringAssert.Contains(error.Message, "Frequencies are those of space");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LowPass(new Saliency(), 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LowPass(new Saliency(), double.NaN));
    }

    private static Tensor Run(Network network, AttributionMethod method, Tensor input)
    {
        using var session = new ModelSession(Explanation.Compile(network, method, Target.Class(1)), new RuntimeOptions { Threads = 1 });
        return session.Run(new Dictionary<string, Tensor> { [network.DefaultInput.Name] = input })["attribution"];
    }

    private static double[] Filtered(double[] map, int[] space, double cutoff)
    {
        var places = Enumerable.Range(0, map.Length).Select(i => Place(i, space)).ToArray();
        Complex Wave(int[] frequency, int[] place) => Complex.Exp(2 * Math.PI * Complex.ImaginaryOne
            * frequency.Zip(place, (k, x) => (double)k * x).Zip(space, (kx, n) => kx / n).Sum());
        var spectrum = places.Where(k => k.Zip(space, (f, n) => Math.Pow(f > n / 2 ? f - n : f, 2)).Sum() <= cutoff * cutoff)
            .Select(k => (K: k, Amplitude: map.Select((value, i) => value * Complex.Conjugate(Wave(k, places[i])))
                .Aggregate(Complex.Zero, Complex.Add))).ToList();
        return [.. places.Select(p => spectrum.Select(s => s.Amplitude * Wave(s.K, p)).Aggregate(Complex.Zero,
            Complex.Add).Real / map.Length)];
    }

    private static int[] Place(int i, int[] space)
    {
        var place = new int[space.Length];
        for (var axis = space.Length - 1; axis >= 0; axis--)
            (place[axis], i) = (i % space[axis], i / space[axis]);
        return place;
    }
}

using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class MatchingReferenceParametrisations
{
    private static readonly IReadOnlyDictionary<string, Tensor> Expected = References.Arrays("features_parametrisations");

    [TestMethod]
    [DataRow("8x8", "fft", 1.0, ColorCorrelation.None, ValueRange.Free)]
    [DataRow("8x8", "fft_decay085", 0.85, ColorCorrelation.None, ValueRange.Free)]
    [DataRow("8x8", "fft_sigmoid", 1.0, ColorCorrelation.None, ValueRange.Sigmoid)]
    [DataRow("8x8", "fft_rgb", 1.0, ColorCorrelation.Lucid, ValueRange.Sigmoid)]
    [DataRow("8x8", "fft_xplique_rgb", 0.85, ColorCorrelation.Xplique, ValueRange.Stretched)]
    [DataRow("9x7", "fft", 1.0, ColorCorrelation.None, ValueRange.Free)]
    [DataRow("9x7", "fft_rgb", 1.0, ColorCorrelation.Lucid, ValueRange.Sigmoid)]
    [DataRow("9x7", "fft_xplique_rgb", 0.85, ColorCorrelation.Xplique, ValueRange.Stretched)]
    public void InSpectra(string size, string name, double decay, ColorCorrelation colors, ValueRange range)
    {
        var fourier = new Fourier { Decay = decay, Values = new ImageValues(colors, range) };
        var theta = Expected[$"fft_theta_{size}"];
        // Of an odd width the reference has a column that nothing reads.
        var columns = int.Parse(size[2..], System.Globalization.CultureInfo.InvariantCulture) / 2 + 1;
        Same(fourier, Columns(theta, columns), size, $"{name}_image", $"{name}_gradient", Expected[$"cotangent_{size}"],
            gradient => Columns(gradient, columns));
    }

    [TestMethod]
    [DataRow("8x8", "xplique", 1e-5, false, -1.0, 1.0, ColorCorrelation.Xplique)]
    [DataRow("8x8", "horama", 1e-4, true, -2.5, 2.5, ColorCorrelation.Xplique)]
    [DataRow("9x7", "xplique", 1e-5, false, -1.0, 1.0, ColorCorrelation.Xplique)]
    [DataRow("9x7", "grey", 1e-5, false, 0.0, 1.0, ColorCorrelation.None)]
    public void InFixedMagnitudes(string size, string name, double epsilon, bool ofSamples, double low, double high, ColorCorrelation colors)
    {
        var maco = new FixedMagnitude(Expected[$"maco_magnitude_{size}"])
        {
            Epsilon = epsilon, SampleDeviation = ofSamples, Values = new ImageValues(colors, ValueRange.Sigmoid, low, high),
        };
        Same(maco, Batch(Expected[$"maco_phase_{size}"]), size, $"maco_{name}_image", $"maco_{name}_gradient",
            Expected[$"cotangent_{size}"].Head(1), gradient => gradient);
    }

    [TestMethod]
    [DataRow("8x8", false)]
    [DataRow("8x8", true)]
    [DataRow("9x7", false)]
    [DataRow("9x7", true)]
    public void InPyramids(string size, bool aligns)
    {
        var pyramid = new LaplacianPyramid { AlignsCorners = aligns, Values = new ImageValues(Range: ValueRange.Free) };
        double[] levels = [.. Enumerable.Range(0, 4).SelectMany(level => Expected[$"laplacian_level{level}_{size}"].ToDouble())];
        var name = $"laplacian_{(aligns ? "align" : "half_pixel")}";
        var last = Expected[$"laplacian_level3_{size}"].Count;
        Same(pyramid, Tensor.From(levels, 1, levels.Length), size, $"{name}_image", $"{name}_gradient3", Expected[$"cotangent_{size}"].Head(1),
            gradient => gradient, found => found[^(int)last..]);
    }

    [TestMethod]
    public void MeanMagnitudesAreThoseOfTheTransform()
    {
        // One wave: all of its magnitude lies at its frequency; a mean over two images halves what one of them lacks.
        float[] wave = [.. Enumerable.Range(0, 6 * 8).Select(i => (float)Math.Cos(2 * Math.PI * (i % 8) * 2 / 8))];
        var mean = FixedMagnitude.MeanMagnitude(Tensor.From([.. wave, .. new float[48]], 2, 1, 6, 8));
        Assert.AreEqual("[1, 6, 5]", mean.Shape.ToString());
        var expected = new double[30];
        expected[2] = 48 / 2.0 / 2;
        Near.Equal(expected, mean.ToDouble(), 1e-5);
    }

    [TestMethod]
    public void SpectraOfCurvesAndVolumesAreReal()
    {
        foreach (var image in (long[][])[[2, 9], [1, 4, 3, 5], [1, 4, 3, 6]])
        {
            // A spectrum of nothing but frequency 0 is a constant image: its weight, over the root of the size and 4.
            var fourier = new Fourier { Values = new ImageValues(Range: ValueRange.Free) };
            var row = fourier.Row(image);
            var theta = new double[row.Aggregate(1L, (p, e) => p * e)];
            theta[0] = 1;
            var graph = new Graph();
            var found = GraphRunner.Run(fourier.Image(graph.Constant(Tensor.From(theta, [1, .. row])), image)).ToDouble();
            var space = image[1..];
            var size = space.Aggregate(1L, (p, e) => p * e);
            Near.Equal([.. Enumerable.Repeat(space.Max() / Math.Sqrt(size) / 4, (int)size)], found[..(int)size], 1e-9);
        }
    }

    private static void Same(Parametrisation parametrisation, Tensor theta, string size, string image, string gradient, Tensor cotangent,
        Func<Tensor, Tensor> trimmed, Func<double[], double[]>? part = null)
    {
        long[] extents = [3, .. size.Split('x').Select(long.Parse)];
        foreach (var (type, tolerance) in new[] { (ElementType.Float, 1e-5), (ElementType.Double, 1e-9) })
        {
            Assert.AreEqual(Shape.Of([theta.Dimensions[0], .. parametrisation.Row(extents)]), theta.Shape);
            var graph = new Graph();
            var parameters = graph.Input("theta", type, theta.Shape);
            var made = parametrisation.Image(parameters, extents);
            var back = Gradient.Of(made, [parameters], graph.Constant(Tensor.FromDoubles(type, cotangent.ToDouble(), cotangent.Dimensions)))[0];
            var found = GraphRunner.Run([made, back], ("theta", Tensor.FromDoubles(type, theta.ToDouble(), theta.Dimensions)));
            Finite.AtMost(tolerance, Found.Gap(Best($"{image}_{size}").ToDouble(), found[0].ToDouble()), image);
            if (Expected.Keys.Any(k => k.StartsWith($"{gradient}_{size}", StringComparison.Ordinal)))
                Finite.AtMost(tolerance, Found.Gap(trimmed(Best($"{gradient}_{size}")).ToDouble(),
                    part is null ? found[1].ToDouble() : part(found[1].ToDouble())), gradient);
        }
    }

    private static Tensor Best(string name) => Expected.TryGetValue($"{name}_f64", out var best) ? best : Expected[name];

    private static Tensor Batch(Tensor one) => Tensor.From(one.ToDouble(), [1, .. one.Dimensions]);

    private static Tensor Columns(Tensor spectrum, int columns)
    {
        var (all, numbers) = ((int)spectrum.Dimensions[3], spectrum.ToDouble());
        long[] extents = [.. spectrum.Dimensions[..3], columns, 2];
        return Tensor.From(numbers.Where((_, i) => i / 2 % all < columns).ToArray(), extents);
    }
}

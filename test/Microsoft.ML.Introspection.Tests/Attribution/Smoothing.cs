using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;
using static Microsoft.ML.Introspection.Tests.Attribution.KeepingPathAxioms;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>The noise that the graph draws, and methods under it.</summary>
[TestClass]
public sealed class Smoothing
{
    [TestMethod]
    public void The_noise_is_normal()
    {
        var noise = Draw(200, 1000, seed: 1);
        var n = noise.Length;
        double Moment(int power) => noise.Average(v => Math.Pow(v, power));
        // Four standard errors of each.
        Near.Equal(0, Moment(1), 4 / Math.Sqrt(n));
        Near.Equal(1, Moment(2), 4 * Math.Sqrt(2.0 / n));
        Near.Equal(0, Moment(3), 4 * Math.Sqrt(15.0 / n));
        Near.Equal(3, Moment(4), 4 * Math.Sqrt(96.0 / n));
        foreach (var (bound, share) in ((double, double)[])[(1, 0.317311), (2, 0.045500), (3, 0.002700)])
            Near.Equal(share, noise.Count(v => Math.Abs(v) > bound) / (double)n, 4 * Math.Sqrt(share / n));
        Assert.HasCount(n, noise.Where(double.IsFinite).ToList());
    }

    [TestMethod]
    public void Elements_draws_and_seeds_do_not_resemble_each_other()
    {
        const int Draws = 100, Size = 1000;
        var (noise, other) = (Draw(Draws, Size, 1), Draw(Draws, Size, 2));
        void Uncorrelated(string what, Func<int, double> right) => Near.Equal(
            0, Enumerable.Range(0, noise.Length).Average(i => noise[i] * right(i)), 4 / Math.Sqrt(noise.Length), what);
        foreach (var lag in (int[])[1, 2, 8, Size / 2, Size - 1])
            Uncorrelated($"elements {lag} apart", i => noise[i / Size * Size + (i + lag) % Size]);
        foreach (var lag in (int[])[1, 2, 7])
            Uncorrelated($"draws {lag} apart", i => noise[(i + lag * Size) % noise.Length]);
        Uncorrelated("diagonals", i => noise[(i + Size + 1) % noise.Length]);
        Uncorrelated("seeds", i => other[i]);
        Uncorrelated("squares of halves", i => Math.Pow(noise[i / Size * Size + (i + Size / 2) % Size], 2) - 1);
        // Four elements at the corners of a rectangle: what a sum of two tables would betray.
        Near.Equal(
            0,
            Enumerable.Range(0, noise.Length - Size - 1).Average(i => noise[i] * noise[i + 1] * noise[i + Size] * noise[i + Size + 1]),
            4 / Math.Sqrt(noise.Length));
    }

    [TestMethod]
    public void The_noise_is_the_same_at_every_run_and_however_it_is_portioned()
    {
        var graph = new Graph();
        var numbers = graph.Input("numbers", ElementType.Int64, Shape.Of(2));
        var two = SeededNoise.Normal(numbers, [1000], 1, ElementType.Float);
        var pair = GraphRunner.Run(two, ("numbers", Tensor.Vector<long>(7, 99))).ToDouble();
        var all = Draw(100, 1000, 1);
        CollectionAssert.AreEqual(all[7000..8000], pair[..1000]);
        CollectionAssert.AreEqual(all[99000..], pair[1000..]);
    }

    [TestMethod]
    public void The_noise_of_rows_of_millions_is_normal_and_independent()
    {
        // Such rows are numbered by lines of 4,096 and places within a line.
        const int size = (1 << 21) + 9_001, line = 4_096;
        var both = Draw(2, size, 1);
        var (one, other) = (both[..size], both[size..]);
        double Product(double[] x, double[] y, int lag) => Enumerable.Range(0, size - lag).Average(i => x[i] * y[i + lag]);
        var noise = 6 / Math.Sqrt(size);
        foreach (var draw in (double[][])[one, other])
        {
            Near.Equal(0, draw.Average(), noise);
            Near.Equal(1, Product(draw, draw, 0), 2 * noise);
            Near.Equal(3, draw.Average(z => z * z * z * z), 10 * noise);
            foreach (var lag in (int[])[1, line - 1, line, line + 1, 2 * line, (size + 1) / 2])
                Near.Equal(0, Product(draw, draw, lag), 2 * noise, $"{lag}");
        }
        foreach (var lag in (int[])[0, 1, line])
            Near.Equal(0, Product(one, other, lag), 2 * noise, $"{lag}");
    }

    [TestMethod]
    public void A_linear_function_is_what_it_is_under_noise()
    {
        var network = Function(3, x => x.MatMul(x.Graph.Constant(Tensor.From((float[])[2, -1, 0.5f], 3, 1))));
        var input = Samples.Floats(4, 3);
        TensorAssert.AreClose(Explained.Run(network, new Saliency(), input), Explained.Run(network, new Smooth(new Saliency(), 7), input),
            1e-6);
        Assert.IsTrue(Explained.Run(network, new Smooth(new Saliency(), 7, Form: SmoothForm.Variance), input).ToDouble().All(v => v == 0));
        var squares = Explained.Run(network, new Smooth(new Saliency(), 7, Form: SmoothForm.Square), input).ToDouble();
        TensorAssert.AreClose(Tensor.From((float[])[4, 1, 0.25f], 1, 3), Tensor.From(squares[..3].Select(s => (float)s).ToArray(), 1, 3),
            1e-5);
    }

    [TestMethod]
    public void The_deviation_is_a_share_of_each_rows_range()
    {
        // The gradient of x²/2 is x: its variance is that of the noise.
        var network = Function(64, x => (x * x / 2).ReduceSum([1]));
        var (low, high) = (Enumerable.Range(0, 64).Select(i => i / 63f), Enumerable.Range(0, 64).Select(i => 5 + 10 * i / 63f));
        var found =
            Explained.Run(network, new Smooth(new Saliency(), 400, 0.2, SmoothForm.Variance),
                Tensor.From(low.Concat(high).ToArray(), 2, 64)).ToDouble();
        Near.Equal(0.04, found[..64].Average(), 0.04 * 0.05);
        Near.Equal(4, found[64..].Average(), 4 * 0.05);
    }

    [TestMethod]
    public void A_row_is_explained_alike_in_any_company()
    {
        var (network, input) = (References.Network("cnn_digits"), References.Arrays("cnn_digits")["input"]);
        foreach (var method in (AttributionMethod[])[new Smooth(new Saliency(), 10),
            new IntegratedGradients(10) { Baseline = Baseline.Blurred(1) }, new Occlusion([3], [2]), new Rise(30, 3)])
        {
            var together = Explained.Run(network, method, input, 3);
            TensorAssert.AreClose(together.Row(5), Explained.Run(network, method, input.Row(5), 3), 1e-5, method.ToString());
        }
    }

    [TestMethod]
    [DataRow("resnet_tiny", 4)]
    [DataRow("mlp_breast_cancer_tanh", 6)]
    public void Any_method_can_be_smoothed(string model, int samples)
    {
        // One loop within the other for the images: the mean over noisy inputs, each explained by itself.
        var (network, arrays) = (References.Network(model), References.Arrays(model));
        var input = arrays["input"].Head(1);
        var noise = Samples.Seeded(8, [samples, .. input.Dimensions[1..]]);
        noise = Tensor.From(noise.As<float>().ToArray().Select(v => v * 0.05f).ToArray(), noise.Dimensions);
        var inner = new IntegratedGradients(7) { Baseline = Baseline.Constant(0.1) };
        var expected = new double[input.Count];
        for (var s = 0; s < samples; s++)
        {
            float[] noisy = [.. input.ToDouble().Zip(noise.Row(s).ToDouble(), (x, e) => (float)(x + e))];
            var one = Explained.Run(network, inner, Tensor.From(noisy, input.Dimensions)).ToDouble();
            for (var i = 0; i < one.Length; i++)
                expected[i] += one[i] / samples;
        }
        var found = Explained.Run(network, new Smooth(inner, samples) { Given = noise }, input);
        var error = References.RowErrors(Tensor.From(expected.Select(e => (float)e).ToArray(), input.Dimensions), found)[0];
        Finite.Below(1e-4, error);
    }

    [TestMethod]
    public void What_cannot_be_is_refused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Smooth(new Saliency(), 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Smooth(new Saliency(), Noise: -1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Smooth(new Saliency(), Form: (SmoothForm)9));
        var error = Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(References.Network("mlp_breast_cancer"), new Smooth(new Saliency(), 3) { Given = Samples.Floats(2, 30) }));
        StringAssert.Contains(error.Message, "[2, 30]; expected was [3, 30]");
    }

    private static double[] Draw(int draws, int size, int seed)
    {
        var graph = new Graph();
        var numbers = graph.Input("numbers", ElementType.Int64, Shape.Of(draws));
        var noise = SeededNoise.Normal(numbers, [size], seed, ElementType.Float);
        return GraphRunner.Run(noise, ("numbers", Tensor.From(Enumerable.Range(0, draws).Select(i => (long)i).ToArray(), draws)))
            .ToDouble();
    }
}

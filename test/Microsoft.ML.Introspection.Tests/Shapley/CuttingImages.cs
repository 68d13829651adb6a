using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Superpixels: grids, and regions of like colour.</summary>
[TestClass]
public sealed class CuttingImages
{
    [TestMethod]
    public void A_grid_has_cells_of_about_the_same_size()
    {
        var labels = Superpixels.Grid(7, 10, 2, 3);
        Assert.AreEqual(new Shape(1, 7, 10), labels.Shape);
        var sizes = labels.ToInt64().GroupBy(l => l).OrderBy(g => g.Key).Select(g => g.Count()).ToArray();
        CollectionAssert.AreEqual((int[])[16, 12, 12, 12, 9, 9], sizes);
        Assert.AreEqual(0, labels.ToInt64()[0]);
        Assert.AreEqual(5, labels.ToInt64()[^1]);
    }

    [TestMethod]
    [DataRow(3)]
    [DataRow(1)]
    [DataRow(4)]
    public void Regions_keep_to_the_edges_of_what_is_shown(int channels)
    {
        // A disc on a ground of another colour, with some noise.
        var (image, disc) = Disc(channels, 48, 64);
        var labels = Superpixels.Slic(image, 40).ToInt64();
        var mixed = labels.Index().GroupBy(p => p.Item)
            .Sum(region => Math.Min(region.Count(p => disc[p.Index]), region.Count(p => !disc[p.Index])));
        Finite.Below(0.01 * labels.Length, mixed, "pixels that lie with others");
        var count = labels.Distinct().Count();
        Assert.IsTrue(count is > 25 and < 70, $"{count} regions");
        Assert.AreEqual(count - 1, labels.Max());
        AssertConnected(labels, 48, 64);
        CollectionAssert.AreEqual(labels, Superpixels.Slic(image, 40).ToInt64());
        // A grid of as many cells does not.
        var grid = Superpixels.Grid(48, 64, 6, 7).ToInt64();
        Finite.Above(
            3 * mixed + 50,
            grid.Index().GroupBy(p => p.Item).Sum(region => Math.Min(region.Count(p => disc[p.Index]), region.Count(p => !disc[p.Index]))));
    }

    [TestMethod]
    public void What_is_cut_off_from_its_region_joins_a_neighbour()
    {
        // Grey with noise: k-means alone leaves scattered pixels.
        var random = new Random(3);
        var noise = Tensor.From([.. Enumerable.Range(0, 3 * 1600).Select(_ => 0.5f + 0.12f * (random.NextSingle() - 0.5f))], 3, 40, 40);
        var labels = Superpixels.Slic(noise, 16, compactness: 10).ToInt64();
        AssertConnected(labels, 40, 40);
        var sizes = labels.GroupBy(l => l).Select(g => g.Count()).Order().ToArray();
        // A quarter of a hundred pixels at least, but for the first of all, which has nobody before it.
        Finite.AtLeast(25, sizes[1], string.Join(' ', sizes));
        Assert.IsTrue(sizes.Length is > 8 and < 40, string.Join(' ', sizes));
    }

    [TestMethod]
    public void Quick_shift_finds_what_is_shown_without_being_told_how_many()
    {
        var (image, disc) = Disc(3, 48, 64);
        var labels = Superpixels.Quickshift(image, kernel: 3, furthest: 30, ratio: 1).ToInt64();
        var mixed = labels.Index().GroupBy(p => p.Item)
            .Sum(region => Math.Min(region.Count(p => disc[p.Index]), region.Count(p => !disc[p.Index])));
        Assert.AreEqual(0, mixed);
        Assert.AreEqual(labels.Max() + 1, labels.Distinct().Count());
        Assert.IsTrue(labels.Max() is > 1 and < 100, $"{labels.Max() + 1} regions");
        CollectionAssert.AreEqual(labels, Superpixels.Quickshift(image, kernel: 3, furthest: 30, ratio: 1).ToInt64());
        // Who may follow no further than a pixel, or looks further around, makes more and fewer.
        Finite.Above(labels.Max(), Superpixels.Quickshift(image, kernel: 1, furthest: 3, ratio: 1).ToInt64().Max());
        Finite.Below(labels.Max(), Superpixels.Quickshift(image, kernel: 6, furthest: 60, ratio: 1).ToInt64().Max());
        // One colour everywhere: places alone decide, and nothing goes round in circles.
        Assert.HasCount(36, Superpixels.Quickshift(Tensor.From(new float[36], 1, 6, 6), kernel: 1).ToInt64());
    }

    [TestMethod]
    public void Compact_regions_are_nearly_squares()
    {
        var (image, _) = Disc(3, 40, 40);
        var labels = Superpixels.Slic(image, 16, compactness: 1000).ToInt64();
        Assert.AreEqual(16, labels.Distinct().Count());
        foreach (var region in labels.Index().GroupBy(p => p.Item))
            Assert.IsTrue(region.Count() is > 60 and < 140, $"{region.Count()} pixels");
    }

    [TestMethod]
    [DataRow(1, 1, 5)]
    [DataRow(2, 3, 50)]
    [DataRow(1, 40, 4)]
    [DataRow(40, 1, 4)]
    public void Small_and_narrow_images_are_cut_as_well(int height, int width, int regions)
    {
        var labels = Superpixels.Slic(Samples.Positives(3, height, width), regions).ToInt64();
        Assert.HasCount(height * width, labels);
        Assert.IsTrue(labels.All(l => l >= 0) && labels.Max() + 1 == labels.Distinct().Count());
        AssertConnected(labels, height, width);
    }

    [TestMethod]
    public void Images_of_trained_networks_are_cut()
    {
        var image = References.Arrays("vgg_tiny")["input"].Head(1);
        var labels = Superpixels.Slic(image, 30);
        Assert.AreEqual(new Shape(1, 32, 32), labels.Shape);
        AssertConnected(labels.ToInt64(), 32, 32);
    }

    [TestMethod]
    [DataRow(1, 1, 1, 100, 0, 0)]
    [DataRow(0, 0, 0, 0, 0, 0)]
    [DataRow(1, 0, 0, 53.24, 80.09, 67.20)]
    [DataRow(0, 1, 0, 87.73, -86.18, 83.18)]
    [DataRow(0, 0, 1, 32.30, 79.19, -107.86)]
    public void Colours_are_those_of_CIELAB(double r, double g, double b, double l, double redness, double yellowness)
    {
        var lab = CieLab.FromSrgb([r, g, b]);
        Near.Equal(l, lab[0], 0.01);
        Near.Equal(redness, lab[1], 0.02);
        Near.Equal(yellowness, lab[2], 0.02);
    }

    [TestMethod]
    public void Bad_input_is_refused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => Superpixels.Grid(4, 4, 5, 1));
        Assert.ThrowsExactly<ArgumentException>(() => Superpixels.Grid(0, 4, 1, 1));
        Assert.ThrowsExactly<ArgumentException>(() => Superpixels.Grid(100_000, 100_000, 1, 1));
        Assert.ThrowsExactly<ArgumentException>(() => Superpixels.Slic(Samples.Floats(4, 4)));
        Assert.ThrowsExactly<ArgumentException>(() => Superpixels.Slic(Tensor.From([1f, float.NaN], 1, 1, 2)));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Superpixels.Slic(Samples.Floats(1, 4, 4), 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Superpixels.Slic(Samples.Floats(1, 4, 4), compactness: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Superpixels.Quickshift(Samples.Floats(1, 4, 4), kernel: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Superpixels.Quickshift(Samples.Floats(1, 4, 4), ratio: 2));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => Superpixels.Slic(Samples.Floats(1, 4, 4), cancellation: cancelled.Token));
    }

    private static (Tensor Image, bool[] Disc) Disc(int channels, int height, int width)
    {
        var random = new Random(5);
        bool[] disc =
            [.. Enumerable.Range(0, height * width)
                .Select(p => Math.Pow(p / width - height / 2.0, 2) + Math.Pow(p % width - width / 2.0, 2) < height * height / 9.0)];
        float[] ground = [0.2f, 0.5f, 0.8f, 0.1f], shown = [0.9f, 0.3f, 0.2f, 0.7f];
        return (Tensor.From([.. Enumerable.Range(0, channels * height * width).Select(i =>
            (disc[i % (height * width)] ? shown : ground)[i / (height * width)] + 0.04f * (random.NextSingle() - 0.5f))], channels, height,
                width), disc);
    }

    private static void AssertConnected(long[] labels, int height, int width)
    {
        var (seen, started) = (new bool[labels.Length], new HashSet<long>());
        for (var first = 0; first < labels.Length; first++)
        {
            if (seen[first])
                continue;
            Assert.IsTrue(started.Add(labels[first]), $"Region {labels[first]} lies in pieces.");
            var open = new Stack<int>([first]);
            seen[first] = true;
            while (open.TryPop(out var pixel))
            {
                foreach (var (dy, dx) in ((int, int)[])[(-1, 0), (1, 0), (0, -1), (0, 1)])
                {
                    var (y, x) = (pixel / width + dy, pixel % width + dx);
                    if (y < 0 || y >= height || x < 0 || x >= width || seen[y * width + x] || labels[y * width + x] != labels[first])
                        continue;
                    seen[y * width + x] = true;
                    open.Push(y * width + x);
                }
            }
        }
    }
}

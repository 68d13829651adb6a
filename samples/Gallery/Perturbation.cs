using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Gallery;

/// <summary>Regions are greyed in the order of their relevance (Samek et al. 2017, arXiv:1509.06321).</summary>
internal static class Perturbation
{
    private const int Region = 4;

    /// <summary>The mean probability of what was seen at first, after 0, 1, 2 … regions.</summary>
    /// <param name="network">The network with its softmax; pictures have three channels, and these stand last.</param>
    /// <param name="pixels">The pictures, from 0 to 1.</param>
    /// <param name="maps">A relevance for each pixel of each.</param>
    /// <param name="seen">What is seen in each.</param>
    /// <param name="side">Pixels along each side.</param>
    public static double[] Curve(Network network, float[] pixels, float[][] maps, long[] seen, int side)
    {
        using var session = new ModelSession(NetworkOutputs.Compile(network));
        var (regions, damaged) = (side / Region, (float[])pixels.Clone());
        int[][] order = [.. maps.Select(map => Enumerable.Range(0, regions * regions)
            .OrderByDescending(region => Pixels(region).Sum(pixel => map[pixel])).ToArray())];
        var curve = new double[regions * regions / 2 + 1];
        for (var step = 0; ; step++)
        {
            var scores = session.Run(new Dictionary<string, Tensor>
            {
                [network.DefaultInput.Name] = Tensor.From(damaged, maps.Length, side, side, 3),
            })[network.DefaultOutput].As<float>().ToArray().Chunk(10).ToArray();
            curve[step] = scores.Zip(seen, (probabilities, digit) => probabilities[digit]).Average();
            if (step == curve.Length - 1)
                return curve;
            for (var picture = 0; picture < maps.Length; picture++)
                foreach (var pixel in Pixels(order[picture][step]))
                    damaged.AsSpan((picture * side * side + pixel) * 3, 3).Fill(0.5f);
        }

        IEnumerable<int> Pixels(int region) => Enumerable.Range(0, Region * Region).Select(i =>
            (region / regions * Region + i / Region) * side + region % regions * Region + i % Region);
    }
}

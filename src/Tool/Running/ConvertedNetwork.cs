using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tool.Running;

/// <summary>A network of another library as ONNX, compared on seeded rows with what was read before it is written.</summary>
internal sealed class ConvertedNetwork
{
    // Extents that the file leaves open.
    private const int Open = 8;
    private const long FewElements = 1 << 20;
    private const double Tolerance = 1e-4;

    private ConvertedNetwork(OnnxModel model, double difference) => (Model, Difference) = (model, difference);

    /// <summary>What is written.</summary>
    public OnnxModel Model { get; }

    /// <summary>The largest difference on the seeded rows, as a share of the largest number.</summary>
    public double Difference { get; }

    /// <summary>Converts a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is written.</param>
    /// <exception cref="InvalidModelException">It cannot be translated, or gives something else as it is written.</exception>
    public static ConvertedNetwork Of(string path, TranslationOptions options)
    {
        var (plain, model) = (ModelFile.ReadNetwork(path, options with { ChannelsFirst = false }), ModelFile.ReadNetwork(path, options));
        var written = OnnxModel.Parse(model.ToArray());
        // As it was read against the file's bytes.
        using var read = new ModelSession(plain);
        using var converted = new ModelSession(written);
        var rows = Rows(plain);
        var expected = read.Run(rows);
        var found = converted.Run(options.ChannelsFirst ? rows.ToDictionary(r => r.Key, r => Turned(r.Value)) : rows);
        var worst = expected.Aggregate(0.0, (most, e) => Math.Max(most,
            Differ(options.ChannelsFirst ? Turned(e.Value) : e.Value, found[e.Key], e.Key)));
        return worst <= Tolerance ? new ConvertedNetwork(model, worst) : throw new InvalidModelException(
            $"'{path}' as ONNX gives outputs that differ by {worst:0.0e0} of the largest on rows that were drawn, so nothing is written. "
                + "Please report it with the file.");
    }

    private static Dictionary<string, Tensor> Rows(OnnxModel model)
    {
        var random = new Random(1);
        return model.Inputs.ToDictionary(i => i.Name, i =>
        {
            long[] row = [.. i.Shape!.Skip(1).Select(d => d.IsKnown ? d.Value : Open)];
            var size = row.Aggregate(1L, (a, b) => a * b);
            long[] extents = [i.Shape![0].IsKnown ? i.Shape[0].Value : size <= FewElements ? 2 : 1, .. row];
            var numbers = new double[extents[0] * size];
            for (var k = 0; k < numbers.Length; k++)
                numbers[k] = i.Type.IsFloating() ? random.NextDouble() * 2 - 1 : random.Next(2);
            return Tensor.FromDoubles(i.Type, numbers, extents);
        });
    }

    // Channels from the end to the second place.
    private static Tensor Turned(Tensor tensor)
    {
        var graph = new Graph();
        if (tensor.Dimensions.Length < 4)
            return tensor;
        var x = graph.Input("x", tensor.Type, tensor.Shape);
        using var session = new ModelSession(graph.ToModel([("y", x.Transpose([0, x.Rank - 1, .. Enumerable.Range(1, x.Rank - 2)]))]));
        return session.Run(new Dictionary<string, Tensor> { ["x"] = tensor })["y"];
    }

    private static double Differ(Tensor expected, Tensor found, string output)
    {
        if (!expected.Shape.Equals(found.Shape))
            throw new InvalidModelException($"The output '{output}' has the shape {found.Shape} where {expected.Shape} was expected.");
        var (left, right) = (expected.ToDouble(), found.ToDouble());
        var (scale, worst) = (1e-30, 0.0);
        for (var i = 0; i < left.Length; i++)
        {
            // What is no number on both sides says nothing; on one side it is as wrong as can be.
            if (double.IsFinite(left[i]) != double.IsFinite(right[i]))
                return double.PositiveInfinity;
            if (!double.IsFinite(left[i]))
                continue;
            (scale, worst) = (Math.Max(scale, Math.Abs(left[i])), Math.Max(worst, Math.Abs(left[i] - right[i])));
        }
        return worst / scale;
    }
}

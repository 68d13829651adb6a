using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Images.Tests.Support;

/// <summary>Small networks of pixels, in files that go away.</summary>
internal sealed class PixelNetworks : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("images-tests-");

    public string Folder => _folder.FullName;

    private static Dimension Rows => Dimension.Symbol("N");

    /// <summary>scores [N, 2] of pixels [N, shape]: weighted sums, the second with the weights turned round. Weights are smooth and differ.</summary>
    public string Linear(params long[] shape) => Write(graph => Scores(graph, "Pixels", "scores", Rows, shape));

    /// <summary>The same for one row at a time, as the networks of ML.NET's featurizers are.</summary>
    public string OneRow(params long[] shape) => Write(graph => Scores(graph, "Pixels", "scores", 1, shape));

    /// <summary>One row at a time, where the number of rows matters: the mean of all rows is subtracted.</summary>
    public string MixedRows(params long[] shape) => Write(graph =>
    {
        var (name, scores) = Scores(graph, "Pixels", "scores", 1, shape)[0];
        return [(name, scores - scores.ReduceMean([0]) * 0.5f)];
    });

    /// <summary>features [1, shape] = pixels less 100, by a network of its own, whose input and output are called as given.</summary>
    public string Shifted(string input, string output, params long[] shape) => Write(graph =>
        [(output, graph.Input(input, ElementType.Float, new Shape([1, .. shape.Select(e => (Dimension)e)])) - 100f)]);

    /// <summary>The linear network by other names.</summary>
    public string LinearBehind(string input, string output, params long[] shape) => Write(graph => Scores(graph, input, output, 1, shape));

    /// <summary>scores [N, 2] of pixels and something else.</summary>
    public string WithOther(params long[] shape) => Write(graph =>
    {
        var (name, scores) = Scores(graph, "Pixels", "scores", Rows, shape)[0];
        return [(name, scores + graph.Input("Other", ElementType.Float, new Shape(Rows, 2)))];
    });

    /// <summary>The weight of a number of the pixels in a class.</summary>
    public static float Weight(long place, int of) => of == 0 ? MathF.Sin(place * 0.37f) + 0.3f : MathF.Cos(place * 0.11f) - 0.2f;

    public void Dispose() => _folder.Delete(recursive: true);

    private static (string Name, Value Value)[] Scores(Graph graph, string input, string output, Dimension rows, long[] shape)
    {
        var size = shape.Aggregate(1L, (a, b) => a * b);
        var pixels = graph.Input(input, ElementType.Float, new Shape([rows, .. shape.Select(e => (Dimension)e)]));
        var weights = new float[size * 2];
        for (var i = 0; i < size; i++)
            for (var c = 0; c < 2; c++)
                weights[2 * i + c] = Weight(i, c);
        return [(output, pixels.Reshape([-1, size]).MatMul(graph.Constant(Tensor.From(weights, size, 2))))];
    }

    private string Write(Func<Graph, (string, Value)[]> write)
    {
        var graph = new Graph();
        var file = Path.Combine(Folder, $"{Guid.NewGuid():N}.onnx");
        graph.ToModel(write(graph), keepAllInputs: true).Save(file);
        return file;
    }
}

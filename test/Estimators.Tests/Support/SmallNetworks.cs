using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>Networks of a few numbers, written for one question each, in files that go away.</summary>
internal sealed class SmallNetworks : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estimators-tests-");

    private static Dimension N => Dimension.Symbol("N");

    /// <summary>scores [N, 2] = [a·x, x·y]: the gradient by x of the second is y, and a of the first.</summary>
    public string TwoInputs() => Write(graph =>
    {
        var x = graph.Input("x", ElementType.Float, new Shape(N, 3));
        var y = graph.Input("y", ElementType.Float, new Shape(N, 3));
        var a = graph.Constant(Tensor.From([1f, 10f, 100f], 1, 3));
        return [("scores", Operators.Concat(1, (x * a).ReduceSum([1]), (x * y).ReduceSum([1])))];
    });

    /// <summary>score [N] = x² + y, both inputs of shape [N].</summary>
    public string Scalars() => Write(graph =>
    {
        var x = graph.Input("x", ElementType.Float, new Shape(N));
        var y = graph.Input("y", ElementType.Float, new Shape(N));
        return [("score", x * x + y)];
    });

    /// <summary>scores [N, 2] = [Σ weight[token], Σ features], tokens 64-bit integers: a table looked up and floats beside it.</summary>
    public string TokensAndFloats() => Write(graph =>
    {
        var tokens = graph.Input("tokens", ElementType.Int64, new Shape(N, 2));
        var features = graph.Input("features", ElementType.Float, new Shape(N, 3));
        var table = graph.Constant(Tensor.Vector<float>(0f, 1f, 2f, 4f));
        var looked = table.Gather(tokens, 0).ReduceSum([1]);
        return [("scores", Operators.Concat(1, looked * features.ReduceSum([1]), (features * features).ReduceSum([1])))];
    });

    /// <summary>scores [N, 1] = Σ x³ over a row of any length (times two more).</summary>
    public string OpenLength(params Dimension[] rest) => Write(graph =>
    {
        var x = graph.Input("x", ElementType.Float, new Shape([N, Dimension.Symbol("length"), .. rest]));
        return [("score",
            (x * x * x).ReduceSum([.. Enumerable.Range(1, rest.Length + 1).Select(i => (long)i)], keepDimensions: false).Unsqueeze(1))];
    });

    /// <summary>score = Σ ln x: NaN where a number is negative.</summary>
    public string Logarithms(ElementType type = ElementType.Float) => Write(graph =>
        [("score", graph.Input("x", type, new Shape(N, 3)).Log().ReduceSum([1]))]);

    /// <summary>Scores in half precision.</summary>
    public string Halves() => Write(graph => [("score", graph.Input("x", ElementType.Float16, new Shape(N, 3)).ReduceSum([1]))]);

    /// <summary>A network whose first axis is fixed: score = Σ x².</summary>
    public string FixedRows(int rows) => Write(graph =>
    {
        var x = graph.Input("x", ElementType.Float, Shape.Of(rows, 3));
        return [("score", (x * x).ReduceSum([1]))];
    });

    /// <summary>score = Σ x² over an image of three channels.</summary>
    public string Image() => Write(graph =>
    {
        var x = graph.Input("x", ElementType.Float, new Shape(N, 3, 4, 4));
        return [("score", (x * x).ReduceSum([1, 2, 3], keepDimensions: false).Unsqueeze(1))];
    });

    /// <summary>Scores in double precision.</summary>
    public string Doubles() => Write(graph =>
    {
        var x = graph.Input("x", ElementType.Double, new Shape(N, 3));
        return [("score", (x * x).ReduceSum([1]))];
    });

    /// <summary>
    /// score = Σ x², and beside it outputs that are no scores: the largest item's place, whether the sum is positive, the batch's mean.
    /// </summary>
    public string OtherOutputs() => Write(graph =>
    {
        var x = graph.Input("x", ElementType.Float, new Shape(N, 3));
        return
        [
            ("score", (x * x).ReduceSum([1])), ("place", x.ArgMax(1, keepDimensions: false)), ("positive", x.ReduceSum([1]).Greater(0)),
            ("mean", x.ReduceMean([0], keepDimensions: false)), ("number", x.ReduceMean([0, 1], keepDimensions: false)),
        ];
    });

    /// <summary>features [N, 4] of image [N, 1, 8, 8]: two convolutions and the mean over space, with weights drawn by chance.</summary>
    public string Featuriser() => Write(graph =>
    {
        var random = new Random(11);
        var image = graph.Input("image", ElementType.Float, new Shape(N, 1, 8, 8));
        return [("features", Convolved(Convolved(image, 3), 4).ReduceMean([2, 3], keepDimensions: false))];

        Value Convolved(Value x, int channels)
        {
            var (from, count) = (x.Shape[1].Value, (int)(channels * x.Shape[1].Value * 9));
            float[] weights = [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.4f)];
            return x.Conv(graph.Constant(Tensor.From(weights, channels, from, 3, 3)), [1, 1], [1, 1], [1, 1, 1, 1]).Relu();
        }
    });

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(Func<Graph, (string, Value)[]> write)
    {
        var graph = new Graph();
        var file = Path.Combine(_folder.FullName, $"{Guid.NewGuid():N}.onnx");
        graph.ToModel(write(graph), keepAllInputs: true).Save(file);
        return file;
    }
}

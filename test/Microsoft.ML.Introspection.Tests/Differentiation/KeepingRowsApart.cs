using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Differentiation.Cases;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>Networks of a symbolic batch: the gradient of a row is the same whatever rows stand beside it.</summary>
[TestClass]
public sealed class KeepingRowsApart
{
    private const int Rows = 4;

    private static readonly Dictionary<string, (long[] Row, Func<Value, Value> Network)> Networks = new()
    {
        ["a perceptron"] = ([5], x => x.Gemm(Weights(x, 5, 4)).Tanh().Gemm(Weights(x, 4, 3)).Softmax(1)),
        ["convolutions"] = ([2, 7], x => x
            .Conv(Weights(x, 4, 2, 3), [2], [1], [1, 1]).Relu()
            .Conv(Weights(x, 4, 2, 2), [1], [1], [0, 1], groups: 2).Reshape(0, -1).Gemm(Weights(x, 16, 3))),
        ["strided planes"] = ([3, 7, 6], x => x
            .Conv(Weights(x, 4, 3, 3, 3), [2, 2], [1, 1], [1, 1, 1, 1]).Relu()
            .Conv(Weights(x, 4, 1, 2, 2), [2, 1], [1, 1], [0, 0, 0, 0], groups: 4)
            .Reshape(-1, 4 * 2 * 2).Gemm(Weights(x, 16, 2))),
        ["volumes"] = ([1, 4, 4, 6], x => x
            .Conv(Weights(x, 2, 1, 2, 2, 3), [1, 1, 2], [1, 1, 1], [0, 1, 0, 1, 0, 1]).Relu()
            .MaxPool([2, 2, 2], [2, 2, 1]).ReduceMean([2, 3, 4], keepDimensions: false)),
        ["tiling maxima"] = ([2, 4, 6], x => x.MaxPool([2, 2], [2, 2]).Reshape(0, 12).Gemm(Weights(x, 12, 2))),
        ["overlapping maxima"] = ([2, 5, 5], x => x.MaxPool([3, 3], [1, 1]).Reshape(0, 18).Gemm(Weights(x, 18, 2))),
        ["overlapping means"] = ([2, 5, 5], x => x.AveragePool([3, 3], [2, 2]).Reshape(0, 8).Gemm(Weights(x, 8, 2))),
        ["tiling means"] = ([2, 4, 4], x => x.AveragePool([2, 2], [2, 2]).Reshape(0, 8).Gemm(Weights(x, 8, 2))),
        ["global maxima"] = ([3, 4, 2], x => Operators.Emit("GlobalMaxPool", x).Reshape(0, 3).Gemm(Weights(x, 3, 2))),
        ["upsampling"] = ([2, 3, 3], x =>
            x.ConvTranspose(Weights(x, 2, 3, 3, 2), [2, 2], [1, 1], [1, 0, 0, 0], [0, 1]).Tanh().ReduceMax([2, 3], keepDimensions: false)),
        ["matrices"] = ([3, 4], x =>
            x.MatMul(Weights(x, 4, 2)).MatMul(Weights(x, 2, 3)).TransposeMatrix().Softmax(2).MatMul(x).ReduceSum([2],
                keepDimensions: false)),
        ["attention"] = ([3, 4], x => x.MatMul(x.TransposeMatrix()).Softmax(2).MatMul(x).Reshape(0, -1)),
        ["split heads"] =
            ([3, 4], x => x.Reshape(0, 3, 2, 2).Transpose(0, 2, 1, 3).MatMul(Weights(x, 2, 2)).Transpose(0, 2, 1, 3).Reshape(0, 12)),
        ["pieces"] = ([6], x =>
            Operators.Concat(1, x.Slice([4], [-99], [1], [-2]), x.Gather(x.Graph.Constant([1, 1, 3]), 1), x.Slice([2], [3], [1])).Tanh()),
        ["a row of extents"] = ([2, 3], x => Operators.Emit("Flatten", x).Unsqueeze(1).Squeeze(1).Exp() * Weights(x, 6)),
        ["normalised"] = ([2, 3], x => (x - x.ReduceMean([1, 2])) / ((x * x).ReduceMean([1, 2]) + 1e-3).Sqrt()),
        ["batch norm"] = ([2, 3], x =>
            Operators.Emit("BatchNormalization", x, Weights(x, 2), Weights(x, 2), Weights(x, 2), x.Graph.Constant(Samples.Positives(2)))),
    };

    // Operators whose output has a row for each row of their only variable.
    private static readonly IReadOnlyList<RuleCase> RowCases = [.. RuleCases.All.Values.Where(c =>
        c.Operands.Count(o => o is { IsVariable: true }) == 1 && c.Outputs == 1 && c.Result is null && KeepsRows(c))];

    public static IEnumerable<object[]> RowOperators => RowCases.Select(c => c.Operator).Distinct().Select(name => new object[] { name });

    public static IEnumerable<object[]> Names => Networks.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Gradient_of_a_row(string name)
    {
        var (row, network) = Networks[name];
        var (x, y) = Build(row, network);
        var scores = (y * y).ReduceSum([.. Enumerable.Range(1, y.Rank - 1).Select(i => (long)i)]);
        Check(row, Gradient.Of(scores, x));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Second_derivative_of_a_row(string name)
    {
        var (row, network) = Networks[name];
        var (x, y) = Build(row, network);
        var gradient = Gradient.Of((y * y).ReduceSum([.. Enumerable.Range(1, y.Rank - 1).Select(i => (long)i)]), x);
        Check(row, Gradient.Of((gradient * x).Sin(), x));
    }

    [TestMethod]
    [DynamicData(nameof(RowOperators))]
    public void An_open_batch_gives_what_a_batch_of_known_size_gives(string name)
    {
        var cases = RowCases.Where(c => c.Operator == name).ToList();
        Assert.IsNotEmpty(cases);
        foreach (var rule in cases)
        {
            var (known, open) = (SquareGradient(rule, null), SquareGradient(rule, "batch"));
            TensorAssert.AreClose(known, open, 1e-5, rule.Name);
        }
    }

    private static Tensor SquareGradient(RuleCase rule, string? batch)
    {
        var written = rule.Write(ElementType.Float, batch);
        var (x, y) = (written.Variables[0], written.Outputs[0]);
        if (batch is not null)
            Assert.AreEqual(batch, y.Shape[0].ToString(), rule.Name);
        var gradient = Gradient.Of(y * y, x.Value);
        Assert.AreEqual(x.Value.Shape, gradient.Shape, rule.Name);
        return GraphRunner.Run(gradient, (x.Value.Name, x.Numbers));
    }

    private static (Value X, Value Y) Build(long[] row, Func<Value, Value> network)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape([Dimension.Symbol("batch"), .. Shape.Of(row)]));
        return (x, network(x));
    }

    private static void Check(long[] row, Value gradient)
    {
        var all = Samples.Floats([Rows, .. row]);
        using var session = GraphRunner.Load(gradient.Graph.ToModel([("gradient", gradient)]));
        var together = Run(all);
        Assert.AreEqual(all.Shape, together.Shape);
        Finite.Above(0, together.ToDouble().Largest(Math.Abs));
        var size = (int)(all.Count / Rows);
        for (var i = 0; i < Rows; i++)
        {
            var alone = Run(Tensor.From(all.As<float>().Slice(i * size, size), [1, .. row]));
            TensorAssert.AreClose(Tensor.From(together.As<float>().Slice(i * size, size), [1, .. row]), alone, 1e-5, $"row {i}");
        }

        Tensor Run(Tensor x) => session.Run(new Dictionary<string, Tensor> { ["x"] = x })["gradient"];
    }

    private static bool KeepsRows(RuleCase rule) => rule.Operator switch
    {
        "Conv" or "ConvTranspose" or "MaxPool" or "AveragePool" or "LpPool" or "GlobalAveragePool" or "GlobalMaxPool" or "GlobalLpPool"
            or "PRelu"
            or "BatchNormalization" or "DepthToSpace" or "SpaceToDepth" or "Resize" => true,
        "Relu" or "LeakyRelu" or "Elu" or "Selu" or "Sigmoid" or "Tanh" or "Softplus" or "HardSigmoid" or "HardSwish" or "Gelu" or "Mish"
            or "Clip" => true,
        "Softmax" or "LogSoftmax" or "Concat" => rule.Attributes.Int("axis", -1) > 0,
        "Gather" => rule.Attributes.Int("axis") == 1,
        "Transpose" => rule.Attributes.Ints("perm") is [0, ..],
        "Slice" => rule.Label is "one axis" or "to the end" or "step 2" or "turned round" or "back by 2" or "all of it",
        "Pad" => rule.Label.EndsWith("axes given", StringComparison.Ordinal),
        _ when rule.Operator.StartsWith("Reduce", StringComparison.Ordinal) =>
            rule.Label == "an axis of 1" || rule.Label.StartsWith("axes [1]", StringComparison.Ordinal),
        _ => false,
    };

    private static Value Weights(Value x, params long[] dimensions) =>
        x.Graph.Constant(Samples.Seeded(dimensions.Length + (int)dimensions[0], dimensions));
}

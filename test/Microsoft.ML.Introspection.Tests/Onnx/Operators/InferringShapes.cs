using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>The types and shapes we foretell are those that ONNX Runtime's results have.</summary>
[TestClass]
public sealed class InferringShapes
{
    [TestMethod]
    public void Elementwise_operators() => Agree(InferenceCases.Elementwise());

    [TestMethod]
    public void Broadcasting_operators() => Agree(InferenceCases.Broadcasting());

    [TestMethod]
    public void Convolutions() => Agree(InferenceCases.Convolving());

    [TestMethod]
    public void Transposed_convolutions() => Agree(InferenceCases.Deconvolving());

    [TestMethod]
    public void Pooling() => Agree(InferenceCases.Pools());

    [TestMethod]
    public void Matrix_products() => Agree(InferenceCases.Products());

    [TestMethod]
    public void Sums_of_products_and_sequences_turned_round() => Agree(InferenceCases.Summing());

    [TestMethod]
    public void Reductions() => Agree(InferenceCases.Reducing());

    [TestMethod]
    public void Indexing() => Agree(InferenceCases.Picking());

    [TestMethod]
    public void Shaping() => Agree(InferenceCases.Rearranging());

    [TestMethod]
    public void Every_entry_is_tried()
    {
        var tried = InferenceCases.All().Select(c => c.Operator).Distinct().ToList();
        // A constant alone, with no input that could be fed; see FoldingConstants, and below.
        string[] alone = ["ConstantOfShape", "Range", "BlackmanWindow", "HammingWindow", "HannWindow", "MelWeightMatrix"];
        CollectionAssert.AreEquivalent(ShapeInference.Operators.Except(alone).ToArray(), tried);
    }

    [TestMethod]
    public void Windows_as_long_as_a_number_says()
    {
        foreach (var type in (ElementType[])[ElementType.Float, ElementType.Double])
        {
            var graph = new Graph(21);
            var attributes = Attributes.Of(("output_datatype", (long)type));
            var values = ((string[])["BlackmanWindow", "HammingWindow", "HannWindow"]).Select(o => graph.Emit(o, [Number(7L)], attributes))
                .Append(graph.Emit("MelWeightMatrix", [Number(4L), Number(9L), Number(8000L), Number(10f), Number(3000f)], attributes)).Select(o => o[0]).ToList();
            var found = GraphRunner.Run(values);
            for (var i = 0; i < values.Count; i++)
                Assert.AreEqual((found[i].Type, found[i].Shape), (values[i].Type, values[i].Shape));

            Value Number<T>(T number) where T : unmanaged => graph.Constant(Tensor.Scalar(number));
        }
    }

    [TestMethod]
    [DataRow(0, 7, 2)]
    [DataRow(5, -4, -3)]
    [DataRow(3, 1, 1)]
    public void A_range_counts_its_steps(long start, long limit, long step)
    {
        var graph = new Graph();
        Value?[] inputs = [.. ((long[])[start, limit, step]).Select(n => graph.Constant(Tensor.Scalar(n)))];
        var told = ShapeInference.Infer(graph, "Range", inputs, Attributes.None, 1)[0];
        var range = graph.Add("Range", "", "", inputs, Attributes.None, [("range", ElementType.Int64, null)]).Outputs[0];
        Assert.AreEqual(GraphRunner.Run(range).Shape, told.Shape);
    }

    [TestMethod]
    public void Extents_spelled_out_by_other_shapes()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 3, 4));
        var batch = x.ShapeOf().Slice([0], [1], [0]);
        var extents = Operators.Concat(0, graph.Emit("Shape", [x], Attributes.Of(("end", 1)))[0], graph.Constant(12, 1));

        Assert.AreEqual(new Shape(Dimension.Symbol("N"), 12, 1), graph.Emit("Reshape", [x, extents])[0].Shape);
        Assert.AreEqual(new Shape(Dimension.Symbol("N"), 12, 1), graph.Emit("ConstantOfShape", [extents])[0].Shape);
        Assert.AreEqual(x.Shape, graph.Emit("Expand", [graph.Constant(1f), x.ShapeOf()])[0].Shape);
        Assert.AreEqual(Shape.Of(1), batch.Shape);
        Assert.ThrowsExactly<InvalidModelException>(() => graph.Emit("Reshape", [x, graph.Input("s", ElementType.Int64, Shape.Of(2))]));
    }

    [TestMethod]
    public void Open_extents_cancel_in_a_reshape()
    {
        var (graph, n, t) = (new Graph(), Dimension.Symbol("N"), Dimension.Symbol("T"));
        var x = graph.Input("x", ElementType.Float, new Shape(n, t, 6));
        Assert.AreEqual(new Shape(n * 2, 3), graph.Input("y", ElementType.Float, new Shape(n, 6)).Reshape(-1, 3).Shape);
        Assert.AreEqual(new Shape(n, 12), graph.Input("z", ElementType.Float, new Shape(n, 3, 4)).Reshape(0, -1).Shape);
        Assert.AreEqual(new Shape(n, t, 2, 3), x.Reshape(0, 0, 2, -1).Shape);
        Assert.IsTrue(x.Reshape(-1, 6).Shape[0].IsUnknown, "a product of two symbols has no name");
    }

    [TestMethod]
    public void What_cannot_be_is_refused_with_operator_and_shapes()
    {
        var graph = new Graph();
        var (x, y) = (graph.Input("x", ElementType.Float, Shape.Of(2, 3, 8)), graph.Input("y", ElementType.Float, Shape.Of(5, 3, 8)));
        var integers = graph.Input("i", ElementType.Int64, Shape.Of(2, 3, 8));
        Refused(() => x + y, "Add", "[2, 3, 8]", "[5, 3, 8]");
        Refused(() => x + integers, "Add", "Float", "Int64");
        Refused(() => x.MatMul(y), "MatMul", "8", "3");
        Refused(() => x.Reshape(7, 7), "Reshape", "[7, 7]");
        Refused(() => x.Transpose(0, 3, 1), "Transpose");
        Refused(() => x.Softmax(0).Squeeze(5), "Squeeze", "5");
        Refused(() => x.ReduceSum([4]), "ReduceSum", "4");
        Refused(() => x.Conv(graph.Constant(Samples.Floats(4, 2, 3)), [1], [1], [0, 0]), "Conv", "3 channels");
        Refused(() => x.Conv(graph.Constant(Samples.Floats(4, 3, 9)), [1], [1], [0, 0]), "9");
        Refused(() => x.Conv(graph.Constant(Samples.Floats(4, 3, 3)), [0], [1], [0, 0]), "Conv");
        var gaps = Attributes.Of(("kernel_shape", new long[] { 1 }), ("strides", new long[] { 4 }), ("auto_pad", "SAME_UPPER"));
        Refused(() => graph.Emit("MaxPool", [x], gaps)[0], "explicit pads");
        Refused(() => graph.Emit("Tile", [x])[0], "Tile");
        Refused(() => graph.Emit("DepthToSpace", [x])[0], "DepthToSpace");
        Refused(() => graph.Emit("MatMul", [x, null])[0], "MatMul");
        Assert.Contains("GridSample", Assert.ThrowsExactly<UnsupportedOperatorException>(() => graph.Emit("GridSample", [x])).Message);

        static void Refused(Func<Value> build, params string[] parts)
        {
            var message = Assert.ThrowsExactly<InvalidModelException>(build, string.Join(", ", parts)).Message;
            foreach (var part in parts)
                Assert.Contains(part, message);
        }
    }

    private static void Agree(IEnumerable<InferenceCases.Case> cases)
    {
        var wrong = new List<string>();
        foreach (var test in cases)
        {
            // The first axis of what is fed stands once for a number, once for a symbol.
            foreach (var symbolic in (bool[])[false, true])
            {
                if (symbolic && (test.Fed[0].Dimensions is []
                    || test.Fed.Any(f => f.Dimensions is [] || f.Dimensions[0] != test.Fed[0].Dimensions[0])))
                    continue;
                try
                {
                    Agree(test, symbolic);
                }
                catch (Exception e)
                {
                    wrong.Add($"{test} {(symbolic ? "with a symbol" : "")}: {e.Message}");
                }
            }
        }
        Assert.IsEmpty(wrong, $"{wrong.Count} disagree:\n{string.Join("\n", wrong.Take(20))}");
    }

    private static void Agree(InferenceCases.Case test, bool symbolic)
    {
        var graph = new Graph();
        var fed = test.Fed.Select((t, i) => graph.Input($"x{i}", t.Type, symbolic ? t.Shape.With(0, Dimension.Symbol("N")) : t.Shape));
        Value?[] inputs = [.. fed, .. test.Constants.Select(c => c is null ? null : graph.Constant(c))];
        IReadOnlyList<Value> outputs;
        try
        {
            outputs = graph.Emit(test.Operator, inputs, Attributes.Of(test.Settings), test.Outputs);
        }
        catch (InvalidModelException) when (symbolic)
        {
            // Some need numbers, and say so.
            return;
        }
        catch (InvalidOperationException) when (symbolic)
        {
            return;
        }
        Assert.HasCount(test.Outputs, outputs, test.ToString());
        var results = GraphRunner.Run(outputs, test.Fed.Select((t, i) => ($"x{i}", t)));
        for (var i = 0; i < outputs.Count; i++)
        {
            Assert.AreEqual(results[i].Type, outputs[i].Type, test.ToString());
            var foretold = symbolic ? outputs[i].Shape.Substitute("N", test.Fed[0].Dimensions[0]) : outputs[i].Shape;
            if (!symbolic || !foretold.HasUnknown)
                Assert.AreEqual(results[i].Shape, foretold, test.ToString());
            Assert.AreEqual(results[i].Shape.Rank, foretold.Rank, test.ToString());
        }
    }
}

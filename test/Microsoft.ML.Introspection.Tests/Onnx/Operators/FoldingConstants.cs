using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>What is computed while a graph is built is what ONNX Runtime would have computed.</summary>
[TestClass]
public sealed class FoldingConstants
{
    private static readonly Tensor Cube = Samples.Counting(2, 3, 4);

    private sealed record Case(string Operator, Tensor[] Inputs, params (string Name, object? Value)[] Attributes)
    {
        public double Tolerance { get; init; }
    }

    private static IEnumerable<Case> Cases() =>
    [
        .. Arithmetic(), .. Elementwise(), .. Casts(), .. Shaping(), .. Slices(), .. Picking(), .. Comparisons(), .. Made(),
    ];

    [TestMethod]
    public void Agrees_with_the_runtime()
    {
        foreach (var test in Cases())
        {
            var graph = new Graph();
            var what = $"{test.Operator}({string.Join(", ", test.Inputs.Select(Describe))}) {{{Attributes.Of(test.Attributes)}}}";
            var folded = ConstantFolding.TryFold(graph, test.Operator, [.. test.Inputs.Select(i => graph.Constant(i))],
                Attributes.Of(test.Attributes));
            Assert.IsNotNull(folded, $"{what} is not folded");
            TensorAssert.AreSame(Run(test), folded.Single().Constant!, what, test.Tolerance);
        }
    }

    [TestMethod]
    public void Every_entry_is_tried() =>
        CollectionAssert.AreEquivalent(ConstantFolding.Operators.ToArray(), Cases().Select(c => c.Operator).Distinct().ToArray());

    [TestMethod]
    public void Optional_inputs_in_the_middle_take_their_defaults()
    {
        var graph = new Graph();
        var x = graph.Constant(Cube);
        TensorAssert.AreEqual(
            GraphRunner.Run(Input(out var y).Slice([1, 0], [2, 3], [0, 1]), ("x", Cube)), x.Slice([1, 0], [2, 3], [0, 1]).Constant!);
        var folded = ConstantFolding.TryFold(
            graph, "Slice", [x, graph.Constant(1, 2), graph.Constant(2, 0), null, graph.Constant(1, -1)],
            Attributes.None)!.Single().Constant!;
        Assert.AreEqual(Shape.Of(1, 2, 4), folded.Shape);
        CollectionAssert.AreEqual(Enumerable.Range(20, 4).Concat(Enumerable.Range(16, 4)).Select(i => (double)i).ToArray(),
            folded.ToDouble());
    }

    [TestMethod]
    public void Nodes_that_do_not_fit_their_constants_are_left_to_the_runtime()
    {
        var graph = new Graph();
        Left("Reshape", Cube, Tensor.Vector(5L, 5));
        Left("Reshape", Cube, Tensor.Vector(1L, 1, 1, 0));
        Left("Reshape", Cube, Tensor.Vector(24f));
        Left("Add", Samples.Counting(3), Samples.Counting(4));
        Left("Expand", Cube, Tensor.Vector(5L));
        Left("ConstantOfShape", Tensor.Vector(-2L, 3));
        Left("Div", Tensor.Vector(1L), Tensor.Vector(0L));
        Left("Div", Tensor.Vector(long.MinValue), Tensor.Vector(-1L));
        Left("Squeeze", Cube, Tensor.Vector(0L));
        Left("Unsqueeze", Cube, Tensor.Vector(9L));
        Left("Range", Tensor.Scalar(0L), Tensor.Scalar(5L), Tensor.Scalar(0L));
        Left("Concat", Cube, Tensor.Vector(1L));
        Assert.IsNull(ConstantFolding.TryFold(graph, "Transpose", [graph.Constant(Cube)], Attributes.Of(("perm", new long[] { 0, 7, 1 }))));
        Assert.IsNull(ConstantFolding.TryFold(graph, "Gather", [graph.Constant(Cube), graph.Constant(0L)], Attributes.Of(("axis", 5))));

        void Left(string name, params Tensor[] inputs) =>
            Assert.IsNull(ConstantFolding.TryFold(graph, name, [.. inputs.Select(i => graph.Constant(i))], Attributes.None), name);
    }

    [TestMethod]
    public void What_would_bloat_the_file_or_the_memory_is_left_to_the_runtime()
    {
        var graph = new Graph();
        var (row, column) =
            (graph.Constant(Tensor.From(new long[1 << 13], 1, 1 << 13)), graph.Constant(Tensor.From(new long[1 << 13], 1 << 13, 1)));
        foreach (var name in (string[])["Add", "Max", "Equal"])
            Assert.IsNull(ConstantFolding.TryFold(graph, name, [row, column], Attributes.None), name);
        Assert.IsNull(ConstantFolding.TryFold(graph, "Where", [graph.Constant(Tensor.Scalar(true)), row, column], Attributes.None));
        Assert.IsNull(ConstantFolding.TryFold(graph, "Expand", [row, graph.Constant(1L << 40, 1 << 13)], Attributes.None));
        Assert.IsNull(ConstantFolding.TryFold(graph, "ConstantOfShape", [graph.Constant(1L << 40, 1L << 40)], Attributes.None));
        Assert.IsNull(
            ConstantFolding.TryFold(graph, "Gather", [column, graph.Constant(Tensor.From(new long[1 << 12], 1 << 12))],
                Attributes.Of(("axis", 1))));
        Assert.IsNull(ConstantFolding.TryFold(graph, "Pad", [row, graph.Constant(0L, 0, 1L << 40, 0)], Attributes.None));
        Assert.IsNull(
            ConstantFolding.TryFold(graph, "Range", [graph.Constant(0L), graph.Constant(1L << 40), graph.Constant(1L)], Attributes.None));
    }

    [TestMethod]
    public void An_index_beyond_the_axis_is_an_error_now()
    {
        var graph = new Graph();
        Assert.ThrowsExactly<InvalidModelException>(() => graph.Constant(Cube).Gather(graph.Constant(2L)));
        Assert.ThrowsExactly<InvalidModelException>(() => graph.Constant(Cube).Gather(graph.Constant(-3L)));
    }

    [TestMethod]
    public void Extents_are_picked_out_of_partly_open_shapes()
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 3, 4));
        CollectionAssert.AreEqual(new long[] { 4 }, x.ShapeOf().Gather(graph.Constant([2])).Constant!.ToInt64());
        CollectionAssert.AreEqual(new long[] { 4 }, x.ShapeOf().Gather(graph.Constant([-1])).Constant!.ToInt64());
        Assert.IsNull(x.ShapeOf().Gather(graph.Constant([0])).Constant);
        Assert.AreEqual(Shape.Scalar, x.ShapeOf().Gather(graph.Constant(Tensor.Scalar(1L))).Shape);
    }

    [TestMethod]
    [DataRow(0L, 3L), DataRow(1L, 2L), DataRow(-2L, 3L), DataRow(0L, -1L), DataRow(-9L, 9L), DataRow(2L, 1L)]
    public void Extents_of_a_known_shape(long start, long end)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(2, 3, 4));
        var attributes = Attributes.Of(("start", start), ("end", end));
        var builder = new ModelBuilder(21, fileFormat: 10).Input("x", 2, 3, 4).Node("Shape", ["x"], ["y"], ("start", start), ("end", end))
            .Output("y", ElementType.Int64);
        TensorAssert.AreSame(GraphRunner.Run(builder.Build(), ("x", Cube))["y"], graph.Emit("Shape", [x], attributes)[0].Constant!);
    }

    [TestMethod]
    public void Literals_of_every_kind()
    {
        var graph = new Graph();
        TensorAssert.AreEqual(Tensor.Scalar(2f), Literal(("value_float", 2f)));
        TensorAssert.AreEqual(Tensor.Scalar(2L), Literal(("value_int", 2)));
        TensorAssert.AreEqual(Tensor.Vector(2f, 3), Literal(("value_floats", new float[] { 2, 3 })));
        TensorAssert.AreEqual(Tensor.Vector(2L, 3), Literal(("value_ints", new long[] { 2, 3 })));
        TensorAssert.AreEqual(Cube, Literal(("value", Cube)));
        Assert.IsNull(ConstantFolding.TryFold(graph, "Constant", [], Attributes.Of(("value_string", "text"))));

        Tensor Literal((string, object?) attribute) =>
            ConstantFolding.TryFold(graph, "Constant", [], Attributes.Of(attribute))!.Single().Constant!;
    }

    [TestMethod]
    public void Three_operands_of_a_type_we_do_not_compute_stay_a_node()
    {
        var graph = new Graph();
        var halves = Enumerable.Range(0, 3).Select(i => (Value?)graph.Constant(Tensor.Filled(ElementType.Float16, i, 2))).ToList();
        Assert.IsNull(ConstantFolding.TryFold(graph, "Max", halves, Attributes.None));
    }

    private static IEnumerable<Case> Arithmetic()
    {
        foreach (var name in (string[])["Add", "Sub", "Mul", "Div", "Max", "Min"])
        {
            yield return new(name, [Samples.Floats(2, 3, 4), Samples.Seeded(1, 3, 1)]);
            yield return new(name, [Samples.Floats(4), Samples.Seeded(1, 2, 1, 4)]);
            yield return new(name, [Samples.Floats(), Samples.Seeded(1, 2, 2)]);
            yield return new(name, [Samples.Floats(1, 3), Samples.Seeded(1, 2, 1)]);
            yield return new(name, [Samples.Floats(0, 3), Samples.Seeded(1, 3)]);
            yield return new(name, [Tensor.Vector(0.5, -3, 7), Tensor.Scalar(2.5)]);
            yield return new(name, [Tensor.Vector(-7L, 7, 8, long.MaxValue), Tensor.Vector(2L, -2, 3, 2)]);
            yield return new(name, [Tensor.Vector(-7, 7, int.MinValue), Tensor.Scalar(3)]);
            yield return new(name, [Tensor.Vector(1f, float.NaN, float.PositiveInfinity, 0f), Tensor.Vector(float.NaN, 1, 2, 0)]);
        }
        foreach (var name in (string[])["Max", "Min"])
        {
            yield return new(name, [Samples.Floats(2, 3)]);
            yield return new(name, [Samples.Floats(2, 3), Samples.Seeded(1, 3), Samples.Seeded(2, 2, 1)]);
        }
    }

    private static IEnumerable<Case> Elementwise()
    {
        foreach (var name in (string[])["Neg", "Abs", "Relu", "Identity"])
        {
            yield return new(name, [Samples.Floats(2, 3)]);
            yield return new(name, [Tensor.Scalar(-2.5)]);
        }
        foreach (var name in (string[])["Neg", "Abs", "Identity"])
            yield return new(name, [Tensor.Vector(-2L, 0, 5, long.MinValue)]);
        yield return new("Identity", [Tensor.Vector(true, false)]);
        foreach (var name in (string[])["Sqrt", "Reciprocal", "Exp"])
        {
            yield return new(name, [Samples.Positives(2, 3)]) { Tolerance = 1e-6 };
            yield return new(name, [Tensor.From(Array.ConvertAll(Samples.Positives(2, 3).ToDouble(), d => d), 2, 3)]) { Tolerance = 1e-14 };
        }
        yield return new("Sqrt", [Tensor.Vector(-1f, 0, float.PositiveInfinity)]);
        yield return new("Reciprocal", [Tensor.Vector(0f, float.NegativeInfinity)]);
        yield return new("Exp", [Tensor.Vector(-200f, 200)]);
    }

    private static IEnumerable<Case> Casts()
    {
        ElementType[] types = [ElementType.Float, ElementType.Double, ElementType.Int64, ElementType.Int32];
        foreach (var from in (Tensor[])[
            Tensor.Vector(-2.7f, 0, 3.5f), Tensor.Vector(-2.7, 1e10, 3.5), Tensor.Vector(-2L, 0, (1L << 60) + 1), Tensor.Vector(-2, 0, 7),
            Tensor.Vector(true, false)])
        {
            foreach (var to in types)
            {
                // Left to the runtime: what no exporter's shape arithmetic does.
                if (to == ElementType.Int32 && from.Type is not (ElementType.Int64 or ElementType.Int32)
                    || from.Type == ElementType.Bool && to == ElementType.Int64)
                    continue;
                yield return new("Cast", [from], ("to", (long)to));
            }
        }
        yield return new("Cast", [Tensor.Vector(-2L, 0, 7)], ("to", (long)ElementType.Bool));
        yield return new("Cast", [Tensor.Vector(-2, 0, 7)], ("to", (long)ElementType.Bool));
    }

    private static IEnumerable<Case> Shaping()
    {
        foreach (var target in (long[][])[[24], [-1], [4, 6], [0, 12], [0, 0, -1], [-1, 0, 2], [2, -1, 2, 2], [1, 24, 1]])
            yield return new("Reshape", [Cube, Tensor.Vector<long>(target)]);
        yield return new("Reshape", [Samples.Floats(0, 3), Tensor.Vector(3L, 0)], ("allowzero", 1));
        yield return new("Reshape", [Samples.Floats(), Tensor.Vector(1L, 1)]);
        yield return new("Reshape", [Samples.Floats(1), Tensor.Vector<long>()]);
        foreach (var axis in (long[])[0, 1, 2, 3, -1, -2, -3])
            yield return new("Flatten", [Cube], ("axis", axis));
        yield return new("Flatten", [Cube]);
        var thin = Samples.Counting(1, 3, 1, 2, 1);
        foreach (var axes in (long[][])[[0], [2], [-1], [0, 4], [-3, 0], [0, 2, 4]])
            yield return new("Squeeze", [thin, Tensor.Vector<long>(axes)]);
        yield return new("Squeeze", [thin]);
        foreach (var axes in (long[][])[[0], [3], [-1], [0, 4], [-1, 0], [4, 1], [-4]])
            yield return new("Unsqueeze", [Cube, Tensor.Vector<long>(axes)]);
        foreach (var order in (long[][])[[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1], [2, 0, 1]])
            yield return new("Transpose", [Cube], ("perm", order));
        yield return new("Transpose", [Cube]);
        yield return new("Transpose", [Tensor.From([true, false, true, true, false, false], 3, 2)]);
        foreach (var target in (long[][])[[2, 3, 4], [5, 2, 3, 4], [1], [1, 1, 4], [3, 1]])
            yield return new("Expand", [Cube, Tensor.Vector<long>(target)]);
        yield return new("Expand", [Samples.Counting(3, 1), Tensor.Vector(2L, 1, 4)]);
        yield return new("Expand", [Samples.Counting(), Tensor.Vector(2L, 3)]);
        yield return new("Expand", [Samples.Counting(3, 1), Tensor.Vector(3L, 0)]);
        foreach (var pads in (long[][])[[0, 1, 2, 1, 0, 2], [0, 0, 0, 0, 0, 0], [-1, 0, 1, 0, -1, -2], [0, -1, 0, 0, 3, 0]])
            yield return new("Pad", [Cube, Tensor.Vector<long>(pads)]);
        yield return new("Size", [Cube]);
        foreach (var axis in (long[])[0, 1, 2, -1, -3])
            yield return new("Concat", [Cube, Samples.Floats(2, 3, 4), Cube], ("axis", axis));
        yield return new("Concat", [Cube, Samples.Floats(2, 1, 4)], ("axis", 1));
        yield return new("Concat", [Tensor.Vector<long>(), Tensor.Vector(1L, 2)], ("axis", 0));
        yield return new("Concat", [Samples.Floats(0, 2), Samples.Floats(0, 3)], ("axis", 1));
    }

    private static IEnumerable<Case> Slices()
    {
        var x = Samples.Counting(6, 5);
        foreach (var start in (long[])[0, 2, -2, 9, -9])
        {
            foreach (var end in (long[])[0, 4, -1, 100, -100, int.MaxValue, long.MaxValue, long.MinValue])
            {
                foreach (var step in (long[])[1, 2, 7, -1, -2, -7, long.MaxValue])
                    yield return new("Slice", [x, Tensor.Vector(start), Tensor.Vector(end), Tensor.Vector(0L), Tensor.Vector(step)]);
            }
        }
        yield return new("Slice", [x, Tensor.Vector(1L), Tensor.Vector(4L)]);
        yield return new("Slice", [x, Tensor.Vector(1L, -3), Tensor.Vector(4L, -1)]);
        yield return new("Slice", [x, Tensor.Vector(1L, -3), Tensor.Vector(4L, -1), Tensor.Vector(-1L, 0)]);
        yield return new("Slice", [x, Tensor.Vector(1, -3), Tensor.Vector(4, -1), Tensor.Vector(1, 0), Tensor.Vector(1, 1)]);
        yield return new("Slice", [Samples.Floats(0, 3), Tensor.Vector(0L), Tensor.Vector(5L), Tensor.Vector(0L), Tensor.Vector(-1L)]);
    }

    private static IEnumerable<Case> Picking()
    {
        foreach (var axis in (long[])[0, 1, 2, -1, -3])
        {
            yield return new("Gather", [Cube, Tensor.Scalar(1L)], ("axis", axis));
            yield return new("Gather", [Cube, Tensor.From([1L, -1, 0, -2], 2, 2)], ("axis", axis));
            yield return new("Gather", [Cube, Tensor.Vector(1, 0)], ("axis", axis));
            yield return new("Gather", [Cube, Tensor.Vector<long>()], ("axis", axis));
        }
        yield return new("Gather", [Tensor.Vector(3L, 4, 5), Tensor.Scalar(-1L)]);
    }

    private static IEnumerable<Case> Comparisons()
    {
        yield return new("Equal", [Tensor.From([1L, 2, 3, 4], 2, 2), Tensor.Vector(1L, 4)]);
        yield return new("Equal", [Tensor.Scalar(1L), Tensor.Scalar(1L)]);
        foreach (var comparison in (string[])["Less", "LessOrEqual", "Greater", "GreaterOrEqual"])
            yield return new(comparison, [Tensor.From([1L, 2, 3, 4], 2, 2), Tensor.Vector(2L, 3)]);
        yield return new("Not", [Tensor.Vector(true, false)]);
        yield return new("And", [Tensor.From([true, false], 2, 1), Tensor.Vector(true, false)]);
        yield return new("Or", [Tensor.From([true, false], 2, 1), Tensor.Vector(true, false)]);
        yield return new("Where", [Tensor.From([true, false], 2, 1), Tensor.Vector(1L, 2, 3), Tensor.Scalar(9L)]);
        yield return new("Where", [Tensor.Scalar(false), Tensor.Vector(1L, 2), Tensor.Vector(5L, 6)]);
    }

    private static IEnumerable<Case> Made()
    {
        yield return new("ConstantOfShape", [Tensor.Vector(2L, 3)]);
        yield return new("ConstantOfShape", [Tensor.Vector(2L, 3)], ("value", Tensor.Vector(7L)));
        yield return new("ConstantOfShape", [Tensor.Vector<long>()], ("value", Tensor.Vector(1.5f)));
        yield return new("ConstantOfShape", [Tensor.Vector(2L, 0)], ("value", Tensor.Vector(true)));
        foreach (var (from, to, step) in ((long, long, long)[])[(0, 5, 1), (2, 9, 3), (9, 2, -2), (5, 0, 1), (0, 5, -1), (-3, 3, 2),
            (3, 3, 1)])
        {
            yield return new("Range", [Tensor.Scalar(from), Tensor.Scalar(to), Tensor.Scalar(step)]);
            yield return new("Range", [Tensor.Scalar((int)from), Tensor.Scalar((int)to), Tensor.Scalar((int)step)]);
        }
    }

    private static Tensor Run(Case test)
    {
        var builder = new ModelBuilder(Graph.MinimumOpset, fileFormat: 10);
        for (var i = 0; i < test.Inputs.Length; i++)
            builder.Input($"x{i}", test.Inputs[i].Type, test.Inputs[i].Dimensions.ToArray());
        builder.Node(test.Operator, [.. test.Inputs.Select((_, i) => $"x{i}")], ["y"],
            [.. test.Attributes.Select(a => (a.Name, a.Value!))]);
        builder.Output("y", ResultType(test));
        return GraphRunner.Run(builder.Build(), test.Inputs.Select((t, i) => ($"x{i}", t)))["y"];
    }

    private static ElementType ResultType(Case test) => test.Operator switch
    {
        "Cast" => (ElementType)(long)test.Attributes[0].Value!,
        "Size" => ElementType.Int64,
        "Equal" or "Less" or "LessOrEqual" or "Greater" or "GreaterOrEqual" => ElementType.Bool,
        "Where" => test.Inputs[1].Type,
        "ConstantOfShape" => test.Attributes is [(_, Tensor value)] ? value.Type : ElementType.Float,
        _ => test.Inputs[0].Type,
    };

    private static string Describe(Tensor tensor) =>
        tensor.Count <= 8 ? $"{tensor} {{{string.Join(' ', tensor.ToDouble())}}}" : tensor.ToString();

    private static Value Input(out Value x) => x = new Graph().Input("x", ElementType.Float, Cube.Shape);
}

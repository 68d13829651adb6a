using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>What does not count gets nothing, however steep it is, and random or unknown things are refused, not passed over.</summary>
[TestClass]
public sealed class MeetingInfinities
{
    private static readonly Tensor Rows = Tensor.From([0f, 0, 0, 1, 2, 2, -3, 0, 4], 3, 3);

    [TestMethod]
    [DataRow("root of a sum of squares")]
    [DataRow("power of a half")]
    [DataRow("products")]
    [DataRow("ReduceL2")]
    public void A_norm_has_slope_0_at_0(string how)
    {
        double[] norms = [0, 3, 5], gradient = [0, 0, 0, 1 / 3.0, 2 / 3.0, 2 / 3.0, -0.6, 0, 0.8];
        var network = Made(x => how switch
        {
            "root of a sum of squares" => (x * x).ReduceSum([1]).Sqrt(),
            "power of a half" => x.Abs().Pow(x.Like(2)).ReduceSum([1]).Pow(x.Like(0.5)),
            "products" => x.Unsqueeze(1).MatMul(x.Unsqueeze(2)).Reshape(-1, 1).Sqrt(),
            _ => Operators.Emit("ReduceL2", x, x.Graph.Constant([1L])),
        });
        var squares = Rows.ToDouble().Select((v, i) => v * gradient[i]).ToArray();
        Near.Equal(gradient, Of(network, new Saliency()), 1e-6);
        Near.Equal(squares, Of(network, new InputXGradient()), 1e-6);
        Near.Equal(squares, Of(network, new IntegratedGradients(30)), 1e-5);
        Near.Equal(squares.Chunk(3).Select(row => row.Sum()).ToArray(), norms, 1e-6);
    }

    [TestMethod]
    public void A_cosine_that_is_kept_from_0_has_its_slope_there()
    {
        var network = Made(x =>
        {
            var w = x.Graph.Constant(Tensor.From([1f, 2, 3], 3, 1));
            return x.MatMul(w) / ((x * x).ReduceSum([1]) * 14).Sqrt().Maximum(x.Like(1e-8));
        });
        var found = Of(network, new Saliency());
        Near.Relative([1e8, 2e8, 3e8], found[..3], 1e-6);
        // d cos = w/(|x||w|) − cos·x/|x|² away from there.
        var (length, cosine) = (Math.Sqrt(14) * 3, 11 / (Math.Sqrt(14) * 3));
        Near.Equal([1 / length - cosine / 9, 2 / length - cosine * 2 / 9, 3 / length - cosine * 2 / 9], found[3..6], 1e-6);
        Near.Equal(new double[3], Of(network, new IntegratedGradients(20))[..3], 0);
        Near.Equal(new double[3], Of(network, new InputXGradient())[..3], 0);
    }

    [TestMethod]
    public void Ways_that_are_not_taken_lead_nowhere()
    {
        // Each value is infinite or NaN at 0, where something else is taken.
        Func<Value, Value>[] steep =
        [
            x => x.Log(), x => 1 / x, x => x.Reciprocal(), x => (x * x).Pow(x.Like(-0.5)), x => x / (x * x), x => x.Sqrt(),
            x => Operators.Emit("Asin", 1 - x.Abs()), x => Operators.Emit("Atanh", 1 - x.Abs()), x => Operators.Emit("Acosh", 1 + x),
            x => x.Abs().Pow(x - 1),
        ];
        foreach (var (i, f) in steep.Index())
        {
            var network = Made(x =>
            {
                var positive = x.Abs() * 0.1;
                return x.EqualTo(x.Like(0)).Where(x * 7, f(positive)).ReduceSum([1]);
            });
            var found = Of(network, new Saliency());
            Near.Equal([7, 7, 7], found[..3], 0, $"{i}");
            Near.Equal(7, found[7], 0, $"{i}");
            Finite.All(found);
            Finite.Above(0, Math.Abs(found[3]), $"{i}");
        }
    }

    [TestMethod]
    public void What_a_choice_leaves_aside_contributes_nothing_however_deep_it_lies()
    {
        // Infinite or no number at 0, and from there multiplied, mixed along an axis, normalised, before something else is taken.
        Func<Value, Value>[] aside =
        [
            x => x * x.Log(), x => x.Sin() / x, x => x.Log() * x.Abs().Sqrt() * 2, x => (x * 1000).Abs().Exp().Reciprocal() / x,
            x => Operators.Emit("Sinh", 1 / x) * x, x => x.Log().MatMul(x.Graph.Constant(Tensor.From([1f, 2, 0, 0, 1, 2, 3, 0, 1], 3, 3))),
            x => x.Log().ReduceSum([1]) * x, x => x.Log().Softmax(1) + x, x => Operators.Emit("LogSoftmax", x.Log()),
            x => x.Graph.Add("MeanVarianceNormalization", "", "", [x], Attributes.Of(("axes", (long[])[1])),
                [(null, x.Type, x.Shape)]).Outputs[0],
        ];
        foreach (var (i, f) in aside.Index())
        {
            var network = Made(x => x.Abs().ReduceMin([1]).EqualTo(x.Like(0)).Where(x * 7, f(x.Abs())).ReduceSum([1]));
            var found = Of(network, new Saliency());
            Near.Equal([7, 7, 7], found[..3], 0, $"{i}");
            Near.Equal([7, 7, 7], found[6..], 0, $"{i}");
            Finite.All(found);
        }
    }

    [TestMethod]
    [DataRow("add", false)]
    [DataRow("add", true)]
    [DataRow("where", false)]
    [DataRow("where", true)]
    public void Rows_of_attention_that_are_masked_wholly_leave_the_others_their_gradient(string how, bool isBehind)
    {
        // Key 1 of row 0 is masked, all keys of row 1, none of row 2; row 1 is put right from the softmax, or from what is made of it.
        var low = float.NegativeInfinity;
        float[] mask = [0, low, 0, low, low, low, 0, 0, 0];
        Value Attended(Value x, bool isRepaired)
        {
            var rows = x.Reshape(-1, 3, 1);
            var scores = rows.MatMul(rows.Transpose(0, 2, 1));
            var masked = how == "add" ? scores + x.Graph.Constant(Tensor.From(isRepaired ? mask : [0, low, 0, 0, 0, 0, 0, 0, 0], 3, 3))
                : x.Graph.Constant(Tensor.From([.. mask.Select((m, i) => m == 0 || !isRepaired && i is 3 or 4 or 5)], 3, 3))
                    .Where(scores, x.Like(low));
            var isEmpty = x.Graph.Constant(Tensor.From([false, true, false], 3, 1));
            var weights = masked.Softmax(2);
            var y = isBehind ? isEmpty.Where(x.Like(0), weights.MatMul(rows)) : isEmpty.Where(x.Like(0), weights).MatMul(rows);
            return y.Reshape(-1, 3).ReduceSum([1]);
        }
        var expected = Of(Made(x => Attended(x, isRepaired: false)), new Saliency());
        Finite.Above(0.1, expected.Select(Math.Abs).ToArray().Largest());
        Near.Equal(expected, Of(Made(x => Attended(x, isRepaired: true)), new Saliency()), 1e-6);
        foreach (var method in (AttributionMethod[])[new IntegratedGradients(20), new DeepLift(), new LayerwiseRelevance()])
            Near.Equal(Of(Made(x => Attended(x, isRepaired: false)), method), Of(Made(x => Attended(x, isRepaired: true)), method), 1e-5);
    }

    [TestMethod]
    public void Exponentials_that_overflow_into_nothing_have_slope_0()
    {
        Func<Value, Value>[] flat =
        [
            x => 1 / (1 + (x * -100).Exp()), x => (1 + (x * 100).Exp()).Reciprocal(), x => (x * 100).Exp().Clip(null, 10),
            x => (x * 100).Exp().Minimum(x.Like(10)), x => (-(x * 100).Exp()).Exp(), x => 1 / Operators.Emit("Cosh", x * 100),
        ];
        foreach (var (i, f) in flat.Index())
        {
            var found = Of(Made(x => f(x).ReduceSum([1])), new Saliency());
            Finite.All(found);
            Near.Equal([0, 0, 0], found[3..6], 1e-20, $"{i}");
        }
    }

    [TestMethod]
    public void Deviations_of_constant_rows_have_slope_0()
    {
        var network = Made(x =>
        {
            var centred = x - x.ReduceMean([1]);
            return (centred * centred).ReduceMean([1]).Sqrt();
        });
        var model = Explanation.Compile(network, new Saliency());
        var found = GraphRunner.Run(model, ("x", Tensor.From([2f, 2, 2, 1, 2, 3], 2, 3)))["attribution"].ToDouble();
        var deviation = Math.Sqrt(2 / 3.0);
        Near.Equal([0, 0, 0, -1 / (3 * deviation), 0, 1 / (3 * deviation)], found, 1e-6);
    }

    [TestMethod]
    public void Rows_that_attend_to_nothing_get_nothing()
    {
        // A softmax of −∞ alone is NaN; the network puts 0 in its place, as exporters of attention do.
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 3, 3));
        const float Never = float.NegativeInfinity;
        var mask = graph.Constant(Tensor.From([0, 0, 0, Never, Never, Never, 0, Never, 0], 3, 3));
        var weights = (x.MatMul(x.TransposeMatrix()) + mask).Softmax(2);
        var safe = Operators.Emit("IsNaN", weights).Where(weights.Like(0), weights);
        var y = safe.MatMul(x).ReduceSum([1], keepDimensions: false);
        var model = graph.ToModel([("y", y)]);
        var rows = Samples.Seeded(1, 2, 3, 3);
        var found = GraphRunner.Run(Explanation.Compile(Network.From(model), new Saliency(), Target.Class(1)), ("x", rows));
        Agrees(model, rows, found["attribution"].ToDouble(), 1);
    }

    [TestMethod]
    [DataRow(false, 0, "bool")]
    [DataRow(true, 0, "bool")]
    [DataRow(true, 3, "bool")]
    [DataRow(false, 0, "float")]
    [DataRow(true, 0, "none")]
    public void An_attention_that_sees_nothing_gives_and_gets_nothing(bool causal, int mode, string mask)
    {
        // The second row may see nothing; beside a causal mask neither may the first.
        bool[] seen = [!causal, true, false, false, false, false, true, false, true];
        var model = new ModelBuilder(23, 10).Input("x", -1, 1, 3, 4).Output("y").Output("inner")
            .Initializer("w", Samples.Seeded(2, 4, 4)).Initializer("rows", Tensor.Vector(0L, 12)).Initializer("v", Samples.Seeded(3, 12, 2))
            .Initializer("m", mask == "float" ? Tensor.From(Array.ConvertAll(seen, s => s ? 0.5f : float.NegativeInfinity), 3, 3)
                : Tensor.From(seen, 3, 3))
            .Node("MatMul", ["x", "w"], ["k"])
            .Node("Attention", mask == "none" ? ["x", "k", "x"] : ["x", "k", "x", "m"], ["a", "", "", "inner"],
                ("is_causal", causal ? 1L : 0L), ("qk_matmul_output_mode", (long)mode))
            .Node("Reshape", ["a", "rows"], ["f"]).Node("MatMul", ["f", "v"], ["y"]).Build();
        var rows = Samples.Seeded(4, 2, 1, 3, 4);
        var network = Network.From(model);
        var found = GraphRunner.Run(Explanation.Compile(network, new Saliency(), Target.Class(1)), ("x", rows))["attribution"].ToDouble();
        Agrees(model, rows, found, 1);
    }

    [TestMethod]
    public void What_is_drawn_in_training_is_refused()
    {
        foreach (var (training, isRefused) in ((bool?, bool)[])[(null, false), (false, false), (true, true)])
        {
            var model = new ModelBuilder(17).Input("x", -1, 3).Initializer("ratio", Tensor.Scalar(0.5f)).Output("y");
            if (training is { } given)
                model.Initializer("training", Tensor.Scalar(given));
            var network = Network.From(
                model.Node("Dropout", training is null ? ["x", "ratio"] : ["x", "ratio", "training"], ["y"]).Build());
            if (isRefused)
                StringAssert.Contains(Assert.ThrowsExactly<UnsupportedOperatorException>(() =>
                    Explanation.Compile(network, new Saliency(), Target.Class(0))).Message, "training mode");
            else
                Near.Equal([1, 0, 0], Of(network, new Saliency(), Target.Class(0))[..3], 0);
        }
        var computed = new ModelBuilder(17).Input("x", -1, 3).Input("t", ElementType.Bool).Initializer("ratio", Tensor.Scalar(0.5f))
            .Node("Dropout", ["x", "ratio", "t"], ["y"]).Output("y").Build();
        Assert.ThrowsExactly<UnsupportedOperatorException>(() =>
            Explanation.Compile(Network.From(computed), new Saliency(), Target.Class(0)));
    }

    [TestMethod]
    public void By_its_ratio_a_dropout_for_inference_has_slope_0()
    {
        var graph = new Graph();
        var (x, ratio) = (graph.Input("x", ElementType.Float, Shape.Of(2, 3)), graph.Input("r", ElementType.Float, Shape.Scalar));
        var y = Operators.Emit("Dropout", x, ratio);
        var found = GraphRunner.Run(Gradient.Of(y, ratio), ("x", Samples.Floats(2, 3)), ("r", Tensor.Scalar(0.3f)));
        TensorAssert.AreEqual(Tensor.Scalar(0f), found);
    }

    [TestMethod]
    [DataRow("region", "tf_crop_and_resize", "region of interest")]
    [DataRow("scales", "half_pixel", "scales")]
    public void Sizes_from_the_data_are_refused(string what, string mode, string words)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, Shape.Of(1, 1, 4, 4));
        var computed = graph.Input("c", ElementType.Float, Shape.Of(what == "region" ? 8 : 4));
        var scales = graph.Constant(Tensor.Vector<float>(1, 1, 2, 2));
        var node = graph.Add("Resize", "", "", what == "region" ? [x, computed, scales] : [x, null, computed],
            Attributes.Of(("mode", "linear"), ("coordinate_transformation_mode", mode)), [(null, ElementType.Float, Shape.Of(1, 1, 8, 8))]);
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() => Gradient.Of(node.Outputs[0], computed));
        StringAssert.Contains(error.Message, words);
        if (what == "region")
        {
            var uncropped = graph.Add("Resize", "", "", [x, computed, scales], Attributes.Of(("mode", "linear")),
                [(null, ElementType.Float, Shape.Of(1, 1, 8, 8))]);
            var found = GraphRunner.Run(Gradient.Of(uncropped.Outputs[0], computed),
                ("c", Samples.Floats(8)), ("x", Samples.Floats(1, 1, 4, 4)));
            TensorAssert.AreEqual(Tensor.Filled(ElementType.Float, 0, 8), found);
        }
    }

    [TestMethod]
    public void A_score_of_0_has_an_ablation_map_of_0()
    {
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 1, 4, 4)
            .Initializer("k", Samples.Positives(2, 1, 3, 3)).Node("Conv", ["x", "k"], ["c"]).Node("Relu", ["c"], ["r"])
            .Node("GlobalAveragePool", ["r"], ["p"]).Node("Flatten", ["p"], ["y"]).Output("y").Build());
        var rows = Tensor.From([.. new float[16], .. Samples.Positives(1, 1, 4, 4).As<float>()], 2, 1, 4, 4);
        var model = Explanation.Compile(network, new AblationCam(), Target.Class(0));
        var found = GraphRunner.Run(model, ("x", rows))["attribution"].ToDouble();
        Near.Equal(new double[16], found[..16], 0);
        Finite.Above(0, found[16..].Largest());
    }

    private static Network Made(Func<Value, Value> score)
    {
        var graph = new Graph();
        return Network.From(graph.ToModel(
            [("y", score(graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 3))))]));
    }

    private static double[] Of(Network network, AttributionMethod method, Target? target = null) =>
        GraphRunner.Run(Explanation.Compile(network, method, target), ("x", Rows))["attribution"].ToDouble();

    // The gradient of one score of each row by central differences of what ONNX Runtime makes of the model.
    private static void Agrees(OnnxModel model, Tensor rows, double[] gradient, int output)
    {
        const double Step = 1e-2;
        var (count, size) = ((int)rows.Dimensions[0], rows.ToDouble().Length / (int)rows.Dimensions[0]);
        using var session = GraphRunner.Load(model);
        for (var i = 0; i < size; i++)
        {
            var (above, below) = (At(i, Step), At(i, -Step));
            for (var row = 0; row < count; row++)
                Near.Equal((above[row] - below[row]) / (2 * Step), gradient[row * size + i], 5e-3, $"element {i} of row {row}");
        }

        double[] At(int element, double by)
        {
            var moved = rows.ToDouble().Select((v, i) => i % size == element ? v + by : v).ToArray();
            var scores = session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.FromDoubles(rows.Type, moved, rows.Dimensions) })["y"];
            return [.. Enumerable.Range(0, count).Select(row => scores.ToDouble()[row * (int)scores.Dimensions[1] + output])];
        }
    }
}

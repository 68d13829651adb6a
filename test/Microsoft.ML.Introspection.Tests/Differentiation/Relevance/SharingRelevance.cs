using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Differentiation.Relevance;

/// <summary>What holds of relevance whatever the network: conservation, and what it comes to in simple cases.</summary>
[TestClass]
public sealed class SharingRelevance
{
    private readonly Graph _graph = new();

    public static IEnumerable<object[]> Conserving =>
    [
        [RelevanceComposite.Uniform(RelevanceRules.Zero), 2e-4], [RelevanceComposite.Uniform(RelevanceRules.Epsilon(1e-9)), 2e-4],
        [RelevanceComposite.Uniform(RelevanceRules.ZPlus), 2e-4], [RelevanceComposite.Uniform(RelevanceRules.Gamma()), 2e-4],
        [RelevanceComposite.EpsilonPlus(), 2e-4], [RelevanceComposite.EpsilonPlus().Flat(), 2e-4],
        [RelevanceComposite.EpsilonGammaBox(-3, 3), 2e-4], [RelevanceComposite.DeepTaylor(-3, 3), 2e-4],
        [RelevanceComposite.Uniform(RelevanceRules.Epsilon())
            .With(new RelevanceEntry(LayerKind.Linear, RelevanceRules.WSquare) { OnlyFirst = true }), 2e-4],
        // A unit that nothing speaks against has no negative part to take β from: it hands on α times what it had.
        [RelevanceComposite.Uniform(RelevanceRules.AlphaBeta(2, 1)), 1e-2],
        [RelevanceComposite.Uniform(RelevanceRules.AlphaBeta(1.5, 0.5)), 1e-2],
        [RelevanceComposite.EpsilonAlpha2Beta1(), 1e-2], [RelevanceComposite.EpsilonAlpha2Beta1().Flat(), 1e-2],
    ];

    // Without biases nothing keeps relevance back: convolution, residual sum, max and average pooling, concatenation, dense layer.
    [TestMethod]
    [DynamicData(nameof(Conserving))]
    public void Nothing_is_lost_without_biases(RelevanceComposite composite, double tolerance)
    {
        var x = _graph.Input("x", ElementType.Float, Shape.Of(2, 2, 8, 8));
        var h = Conv(x, 4, 2, 1).Relu();
        h = h + Conv(h, 4, 4, 2).Relu();
        h = Operators.Concat(1, h.MaxPool([2, 2], [2, 2]), Conv(h, 3, 4, 3).Relu().AveragePool([2, 2], [2, 2]));
        var score = h.ReduceMean([2, 3], keepDimensions: false).MatMul(_graph.Constant(Samples.Seeded(4, 7, 1)));
        var relevance = RelevancePropagation.Of(score, x, composite);
        var found =
            GraphRunner.Run([relevance.ReduceSum([1, 2, 3], keepDimensions: false).Unsqueeze(1), score], ("x", Samples.Floats(2, 2, 8, 8)));
        TensorAssert.AreClose(found[1], found[0], tolerance, composite.Name);
        Finite.Above(0.1, found[1].ToDouble().Min(Math.Abs), "the scores are not nothing");
    }

    [TestMethod]
    public void Without_biases_relevance_by_LRP_0_is_input_times_gradient()
    {
        var x = _graph.Input("x", ElementType.Float, Shape.Of(3, 2, 6, 6));
        var h = Conv(x, 4, 2, 1).Relu().MaxPool([2, 2], [2, 2]);
        var score =
            h.Reshape(3, -1).MatMul(_graph.Constant(Samples.Seeded(2, 36, 5))).Relu().MatMul(_graph.Constant(Samples.Seeded(3, 5, 1)));
        var found = GraphRunner.Run(
            [RelevancePropagation.Of(score, x, RelevanceComposite.Uniform(RelevanceRules.Zero)), x * Gradient.Of(score, x)],
            ("x", Samples.Floats(3, 2, 6, 6)));
        TensorAssert.AreClose(found[1], found[0], 1e-4);
    }

    [TestMethod]
    public void Attention_conserves_with_its_weights_held_fast()
    {
        var x = _graph.Input("x", ElementType.Float, Shape.Of(2, 5, 6));
        Value Project(int seed) => x.MatMul(_graph.Constant(Samples.Seeded(seed, 6, 6)));
        var weights = (Project(1).MatMul(Project(2).TransposeMatrix()) / Math.Sqrt(6)).Softmax(2);
        var attended = weights.MatMul(Project(3)) + x;
        var centred = attended - attended.ReduceMean([2]);
        var normed = centred / ((centred * centred).ReduceMean([2]) + 1e-5).Sqrt();
        var score = (normed * (1 + (normed / Math.Sqrt(2)).Erf())).ReduceMean([1], keepDimensions: false)
            .MatMul(_graph.Constant(Samples.Seeded(5, 6, 1)));
        var relevance = RelevancePropagation.Of(score, x, RelevanceComposite.Uniform(RelevanceRules.Epsilon(0)));
        var found =
            GraphRunner.Run([relevance.ReduceSum([1, 2], keepDimensions: false).Unsqueeze(1), score], ("x", Samples.Floats(2, 5, 6)));
        TensorAssert.AreClose(found[1], found[0], 1e-3);
    }

    public static IEnumerable<object[]> Rules =>
    [
        [RelevanceRules.Zero], [RelevanceRules.Epsilon(0.1)], [RelevanceRules.ZPlus], [RelevanceRules.AlphaBeta()],
        [RelevanceRules.Gamma()],
        [RelevanceRules.Flat], [RelevanceRules.WSquare], [RelevanceRules.Box(-2, 2)],
    ];

    [TestMethod]
    [DynamicData(nameof(Rules))]
    public void A_dense_layer_may_be_written_as_product_and_sum_or_as_one(LinearRule rule)
    {
        var x = _graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("n"), 5));
        Tensor weights = Samples.Seeded(1, 5, 4), bias = Samples.Seeded(2, 4);
        var apart = x.MatMul(_graph.Constant(weights)) + _graph.Constant(bias);
        var transposed = _graph.Constant(ConstantShaping.Transpose(weights, null));
        var whole = Operators.Emit("Gemm", Attributes.Of(("transB", 1), ("alpha", 0.5f), ("beta", 2f)), x, transposed * 2,
            _graph.Constant(bias) * 0.5);
        var composite = RelevanceComposite.Uniform(rule);
        var found = GraphRunner.Run([RelevancePropagation.Of(apart, x, composite), RelevancePropagation.Of(whole, x, composite)],
            ("x", Samples.Floats(3, 5)));
        TensorAssert.AreClose(found[0], found[1], 1e-4);
        Near.Apart(found[0].ToDouble()[0], found[0].ToDouble()[5], message: "each row has its own");
    }

    [TestMethod]
    public void Two_signals_share_and_a_gate_gets_nothing()
    {
        var x = _graph.Input("x", ElementType.Float, Shape.Of(1, 3));
        var y = _graph.Input("y", ElementType.Float, Shape.Of(1, 3));
        var composite = RelevanceComposite.EpsilonPlus();
        (string, Tensor)[] feeds = [("x", Tensor.From([1f, 2, -3], 1, 3)), ("y", Tensor.From([4f, -1, 2], 1, 3))];
        var shared = GraphRunner.Run([RelevancePropagation.Of(x * y, x, composite), RelevancePropagation.Of(x * y, y, composite)], feeds);
        TensorAssert.AreClose(Tensor.From([2f, -1, -3], 1, 3), shared[0], 1e-5);
        TensorAssert.AreClose(Tensor.From([2f, -1, -3], 1, 3), shared[1], 1e-5);
        var gated = x * y.Sigmoid();
        var found =
            GraphRunner.Run([RelevancePropagation.Of(gated, x, composite), gated, RelevancePropagation.Of(gated, y, composite)], feeds);
        TensorAssert.AreClose(found[1], found[0], 1e-6);
        TensorAssert.AreClose(Tensor.From([0f, 0, 0], 1, 3), found[2], 0);
        // Hard swish, GELU and ReLU6 with a factor, spelled out: all goes to the signal.
        var (hardSwish, gelu, capped) = (x * (y + 3).Clip(0, 6) / 6, x * (1 + (y / Math.Sqrt(2)).Erf()) * 0.5, x * y.Clip(0, 6));
        found = GraphRunner.Run([Relevant(hardSwish, y), Relevant(gelu, y), Relevant(capped, y), capped * 0.5], feeds);
        TensorAssert.AreClose(Tensor.From([0f, 0, 0], 1, 3), found[0], 0);
        TensorAssert.AreClose(Tensor.From([0f, 0, 0], 1, 3), found[1], 0);
        TensorAssert.AreClose(found[3], found[2], 1e-5);

        Value Relevant(Value of, Value to) => RelevancePropagation.Of(of, to, composite);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Batch_normalisation_beside_a_convolution_is_part_of_it(bool before)
    {
        var x = _graph.Input("x", ElementType.Float, Shape.Of(2, 4, 6, 6));
        var kernel = _graph.Constant(Samples.Seeded(1, 4, 4, 3, 3));
        Value[] parameters =
            [.. Enumerable.Range(2, 4).Select(seed => _graph.Constant(seed == 5 ? Samples.Positives(4) : Samples.Seeded(seed, 4)))];
        Value Normalised(Value v) => Operators.Emit("BatchNormalization", Attributes.None, [v, .. parameters]);
        Value Convolved(Value v) => v.Conv(kernel, [1, 1], [1, 1], [0, 0, 0, 0]);
        var whole = before ? Convolved(Normalised(x)) : Normalised(Convolved(x));

        var factor = parameters[0] / (parameters[3] + 1e-5).Sqrt();
        var shift = parameters[1] - parameters[2] * factor;
        var merged = kernel * factor.Reshape(before ? [1, 4, 1, 1] : [4, 1, 1, 1]);
        var bias = before ? (kernel.ReduceSum([2, 3]) * shift.Reshape(1, 4, 1, 1)).ReduceSum([1, 2, 3], keepDimensions: false) : shift;
        var single =
            Operators.Emit("Conv", Attributes.Of(("kernel_shape", (long[])[3, 3])), x, merged, _graph.Constant(GraphRunner.Run(bias)));

        foreach (var rule in (LinearRule[])[RelevanceRules.Epsilon(0.1), RelevanceRules.Gamma(), RelevanceRules.AlphaBeta()])
        {
            var composite = RelevanceComposite.Uniform(rule);
            var found = GraphRunner.Run([RelevancePropagation.Of(single, x, composite), RelevancePropagation.Of(whole, x, composite)],
                ("x", Samples.Floats(2, 4, 6, 6)));
            TensorAssert.AreClose(found[0], found[1], 2e-3, rule.Name);
        }
    }

    [TestMethod]
    public void A_transformer_runs_and_its_layer_normalisation_may_be_written_either_way()
    {
        var tokens = References.Arrays("transformer_text")["token_ids"];
        Tensor Of(string model)
        {
            var network = References.Network(model);
            var graph = new Graph(network.Opset);
            var trace = network.Trace(graph,
                new Dictionary<string, Value> { ["token_ids"] = graph.Input("token_ids", ElementType.Int64, network.Inputs[0].Shape!) });
            var embedding = network.Layers.First(l => l.Operator == "Gather" && l.Type == ElementType.Float);
            return GraphRunner.Run(
                RelevancePropagation.Of(trace.Output("logits").Slice([0], [1], [1]), trace.Layer(embedding.Name),
                    RelevanceComposite.Uniform(RelevanceRules.Epsilon(0.01))), ("token_ids", tokens));
        }
        var (spelled, operators) = (Of("transformer_text"), Of("transformer_text_op17"));
        Finite.Above(0.01, spelled.ToDouble().Largest(Math.Abs));
        Finite.Below(2e-3, References.RowErrors(spelled, operators).Largest());
    }

    [TestMethod]
    public void A_network_with_gates_and_transposed_convolutions_is_explained()
    {
        var network = References.Network("mobilenet_tiny");
        var input = References.Arrays("mobilenet_tiny")["input"];
        var found = GraphRunner.Run(Explanation.Compile(network, new LayerwiseRelevance()), [("input", input)]);
        Assert.IsTrue(found["attribution"].ToDouble().All(double.IsFinite));
        var (relevance, rows) = (found["attribution"].ToDouble(), (int)input.Dimensions[0]);
        for (var row = 0; row < rows; row++)
        {
            // The biases keep part of it, never all.
            var kept = relevance.Skip(row * relevance.Length / rows).Take(relevance.Length / rows).Sum() / found["score"].ToDouble()[row];
            Assert.IsTrue(kept is > 0.1 and < 2, $"row {row} keeps {kept}");
        }
    }

    [TestMethod]
    public void An_operator_without_a_rule_is_named()
    {
        var x = _graph.Input("x", ElementType.Float, Shape.Of(2, 3));
        var node = _graph.Add("Det", "", "the determinant", [x], Attributes.None, [("d", ElementType.Float, x.Shape)]);
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(
            () => RelevancePropagation.Of(node.Outputs[0], x, RelevanceComposite.EpsilonPlus()));
        StringAssert.Contains(error.Message, "'Det' (node 'the determinant'");
    }

    private Value Conv(Value x, long outputs, long inputs, int seed) =>
        x.Conv(_graph.Constant(Samples.Seeded(seed, outputs, inputs, 3, 3)), [1, 1], [1, 1], [1, 1, 1, 1]);
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Models;

/// <summary>
/// Operators that hold many in one: what is read in their place gives what ONNX Runtime's own kernels give, and its attention is found.
/// </summary>
[TestClass]
public sealed class WritingFusedOperatorsOut
{
    private const int Rows = 3, Tokens = 5, Width = 8, Heads = 2;
    private const string Microsoft = "com.microsoft";

    private static readonly Dictionary<string, Action<Fused>> Kinds = new()
    {
        ["Attention"] = f => f.Packed(),
        ["Attention, masked by numbers of keys"] = f => f.Packed(mask: f.Mask(Tensor.From([5, 3, 4], Rows))),
        ["Attention, masked by ends and starts"] = f => f.Packed(mask: f.Mask(Tensor.From([5, 4, 5, 0, 1, 2], 2 * Rows))),
        ["Attention, masked by keys"] = f => f.Packed(mask: f.Mask(Tensor.From([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0], Rows,
            Tokens))),
        ["Attention, masked by queries and keys"] = f => f.Packed(mask: f.Mask(
            Tensor.From([.. Enumerable.Range(0, Rows * Tokens * Tokens).Select(i => i % 5 <= i / 5 % 5 ? 1 : i % 3)], Rows, Tokens,
                Tokens))),
        ["Attention, causal"] = f => f.Packed(attributes: ("unidirectional", 1L)),
        ["Attention, a scale"] = f => f.Packed(attributes: ("scale", 0.3f)),
        ["Attention, a summand"] = f => f.Packed(summand: f.Constant(f.Random(1, Heads, Tokens, Tokens))),
        ["Attention, sizes"] = f => f.Packed(sizes: [8, 8, 12]),
        ["Attention, causal and masked"] = f => f.Packed(mask: f.Mask(Tensor.From([5, 3, 4], Rows)), attributes: ("unidirectional", 1L)),
        ["MultiHeadAttention"] = f => f.Multi(),
        ["MultiHeadAttention, masked"] = f => f.Multi(mask: f.Mask(Tensor.From([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0], Rows,
            Tokens))),
        ["MultiHeadAttention, no bias"] = f => f.Multi(bias: false),
        ["MultiHeadAttention, a summand"] = f => f.Multi(summand: f.Constant(f.Random(1, Heads, Tokens, Tokens))),
        ["MultiHeadAttention, causal"] = f => f.Multi(attributes: ("unidirectional", 1L)),
        ["QAttention"] = f => f.Quantised(),
        ["SkipLayerNormalization"] = f => f.Node("SkipLayerNormalization",
            ["x", f.Add("Mul", "x", f.Constant(f.Random(Width))), f.Constant(f.Random(Width)), f.Constant(f.Random(Width)),
                f.Constant(f.Random(Width))],
            ["y", "", "", "sum"], ("epsilon", 1e-5f)),
        ["SkipSimplifiedLayerNormalization"] = f => f.Node("SkipSimplifiedLayerNormalization",
            ["x", f.Add("Mul", "x", f.Constant(f.Random(Width))), f.Constant(f.Random(Width))], ["y"], ("epsilon", 1e-5f)),
        ["BiasGelu"] = f => f.Node("BiasGelu", ["x", f.Constant(f.Random(Width))], ["y"]),
        ["FastGelu"] = f => f.Node("FastGelu", ["x", f.Constant(f.Random(Width))], ["y"]),
        ["Gelu"] = f => f.Node("Gelu", ["x"], ["y"]),
        ["QuickGelu"] = f => f.Node("QuickGelu", ["x"], ["y"], ("alpha", 1.5f)),
        ["FusedMatMul"] = f => f.Node("FusedMatMul", ["x", f.Constant(f.Random(12, Width))], ["y"], ("alpha", 0.5f), ("transB", 1L)),
        ["EmbedLayerNormalization"] = f => f.Embedded(),
    };

    public static IEnumerable<object[]> Cases => Kinds.Keys.Select(k => new object[] { k });

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Gives_what_the_kernel_gives(string kind)
    {
        // Two numbers to a row tell rows only where these are counted.
        var isFixed = kind.Contains("starts", StringComparison.Ordinal);
        var fused = new Fused(isFixed);
        Kinds[kind](fused);
        var model = fused.Build();
        var network = Network.From(model);
        Assert.IsFalse(network.Layers.Any(l => l.Operator.EndsWith(kind.Split(',')[0], StringComparison.Ordinal) && l.Operator != "Gelu"),
            "the node is still there");
        var graph = new Graph(network.Opset);
        var trace = network.Trace(graph, network.Inputs.ToDictionary(i => i.Name, i => graph.Input(i.Name, i.Type, i.Shape!)));
        using var kernel = new ModelSession(model, new RuntimeOptions { Threads = 1 });
        using var written = new ModelSession(graph.ToModel([("y", trace.FileOutput("y"))]), new RuntimeOptions { Threads = 1 });
        var expected = kernel.Run(fused.Feeds)["y"];
        Near.Relative(expected.ToDouble(), written.Run(fused.Feeds)["y"].ToDouble(), 2e-6, kind, "written out");
        Finite.Above(0.1, expected.ToDouble().Largest(Math.Abs));
        if (!kind.Contains("Attention", StringComparison.Ordinal))
            return;
        var blocks = AttentionBlock.Of(network);
        Assert.HasCount(1, blocks);
        Assert.AreEqual((AttentionKind.Self, isFixed ? "[3, 2, 5, 5]" : "[batch, 2, 5, 5]"), (blocks[0].Kind, blocks[0].Shape.ToString()));
        Assert.IsEmpty(AttentionBlock.LeftIn(network));
    }

    [TestMethod]
    public void The_operator_of_the_standard_tells_its_probabilities_under_its_own_name()
    {
        var network = References.Network("attention/encoder_prenorm_23");
        Assert.IsFalse(network.Layers.Any(l => l.Operator == "Attention"));
        foreach (var block in AttentionBlock.Of(network))
            StringAssert.Contains(block.Name, "/Softmax");
        // Queries meet keys once in each block, whatever is asked.
        foreach (var method in (AttributionMethod[])[new AttentionRollout(), new GenericAttention()])
        {
            var nodes = Explanation.Compile(network, method).Proto.Graph.Node;
            Assert.AreEqual(2, nodes.Count(n => n.OpType == "Softmax"), $"{method}");
            Assert.IsFalse(nodes.Any(n => n.OpType == "Attention"));
        }
    }

    [TestMethod]
    public void What_cannot_be_written_out_stays_and_is_named()
    {
        var fused = new Fused();
        fused.Packed(attributes: ("do_rotary", 1L));
        var network = Network.From(fused.Build());
        var left = AttentionBlock.LeftIn(network);
        Assert.HasCount(1, left);
        Assert.AreEqual("com.microsoft:Attention", left[0].Operator);
        var error = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(network, new AttentionRollout(), Target.Parse("unit:y:0,0")));
        StringAssert.Contains(error.Message, left[0].Name);
    }

    /// <summary>A network of one fused operator between an input x [N, 5, 8] and an output y.</summary>
    private sealed class Fused
    {
        private readonly ModelBuilder _model = new(17);
        private readonly Random _random = new(17);
        private int _constants;

        public Fused(bool isFixed = false)
        {
            _model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = Microsoft, Version = 1 });
            _model.Input("x", isFixed ? Rows : -1, Tokens, Width);
            if (!isFixed)
                _model.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new() { DimParam = "batch" };
            Feeds["x"] = Random(Rows, Tokens, Width);
        }

        public Dictionary<string, Tensor> Feeds { get; } = [];

        public Tensor Random(params long[] extents) =>
            Tensor.From([.. Enumerable.Range(0, (int)extents.Aggregate(1L, (a, b) => a * b)).Select(_ =>
                (float)(2 * _random.NextDouble() - 1))],
                extents);

        public string Constant(Tensor tensor)
        {
            _model.Initializer($"constant{++_constants}", tensor);
            return $"constant{_constants}";
        }

        // A mask is an input, whose rows are those of the batch; numbers of two to a row cannot be, and are constants.
        public string Mask(Tensor mask)
        {
            var integers = Tensor.From([.. mask.ToInt64().Select(i => (int)i)], mask.Dimensions);
            if (mask.Dimensions[0] != Rows)
                return Constant(integers);
            _model.Input("mask", ElementType.Int32, [-1, .. mask.Dimensions[1..]]);
            _model.Graph.Input[^1].Type.TensorType.Shape.Dim[0] = new() { DimParam = "batch" };
            Feeds["mask"] = integers;
            return "mask";
        }

        public void Packed(string mask = "", string summand = "", long[]? sizes = null, params (string, object)[] attributes)
        {
            var all = sizes is null ? 3 * Width : (int)sizes.Sum();
            Node("Attention", ["x", Constant(Random(Width, all)), Constant(Random(all)), mask, "", summand], ["y"],
                [("num_heads", (long)Heads), .. sizes is null ? ((string, object)[])[] : [("qkv_hidden_sizes", sizes)], .. attributes]);
        }

        public void Multi(string mask = "", string summand = "", bool bias = true, params (string, object)[] attributes)
        {
            string Projected() => Add("MatMul", "x", Constant(Random(Width, Width)));
            Node("MultiHeadAttention", [Projected(), Projected(), Projected(), bias ? Constant(Random(3 * Width)) : "", mask, summand],
                ["y"],
                [("num_heads", (long)Heads), .. attributes]);
        }

        public void Quantised()
        {
            _model.Node("DynamicQuantizeLinear", ["x"], ["whole", "scale", "zero"]);
            var weights = Tensor.From([.. Enumerable.Range(0, Width * 3 * Width).Select(_ => (byte)_random.Next(256))], Width, 3 * Width);
            Node("QAttention", ["whole", Constant(weights), Constant(Random(3 * Width)), "scale", Constant(Tensor.Scalar(0.01f)), "",
                "zero",
                Constant(Tensor.Scalar((byte)128))], ["y"], ("num_heads", (long)Heads));
        }

        public void Embedded()
        {
            _model.Input("ids", ElementType.Int32, -1, Tokens);
            _model.Graph.Input[^1].Type.TensorType.Shape.Dim[0] = new() { DimParam = "batch" };
            Feeds["ids"] = Tensor.From([.. Enumerable.Range(0, Rows * Tokens).Select(i => i * 7 % 11)], Rows, Tokens);
            Node("EmbedLayerNormalization", ["ids", "ids", Constant(Random(11, Width)), Constant(Random(9, Width)), Constant(Random(11,
                Width)),
                Constant(Random(Width)), Constant(Random(Width))], ["words", ""], ("epsilon", 1e-5f));
            _model.Node("Add", ["words", "x"], ["y"]);
        }

        public string Add(string operatorType, params string[] inputs)
        {
            _model.Node(operatorType, inputs, [$"made{++_constants}"]);
            return $"made{_constants}";
        }

        public void Node(string operatorType, string[] inputs, string[] outputs, params (string, object)[] attributes)
        {
            var node = ModelBuilder.NodeOf(operatorType, inputs, outputs, attributes);
            node.Domain = Microsoft;
            _model.Graph.Node.Add(node);
        }

        public OnnxModel Build() => _model.Output("y").Build();
    }
}

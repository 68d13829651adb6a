using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>
/// The same attention in other operators: reference networks are rewritten, and what the references say must still come out.
/// </summary>
[TestClass]
public sealed class FindingDressedAttention
{
    /// <summary>What stands for a node.</summary>
    private delegate IEnumerable<NodeProto> Dress(NodeProto node, Func<string, string> fresh, Func<Tensor, string> constant);

    // Each rewrites the softmax, or the product before or behind it.
    private static readonly Dictionary<string, (string Operator, Dress Dress)> Dresses = new()
    {
        ["quotient of exponentials"] = ("Softmax", (n, fresh, constant) => Quotient(n, n.Input[0], fresh, constant)),
        ["the largest taken away"] = ("Softmax", (n, fresh, constant) =>
        [
            Node("ReduceMax", [n.Input[0]], fresh("largest"), ("axes", new long[] { -1 })),
            Node("Sub", [n.Input[0], fresh("largest")], fresh("less")),
            .. Quotient(n, fresh("less"), fresh, constant),
        ]),
        ["times the reciprocal"] = ("Softmax", (n, fresh, constant) =>
        [
            Node("Exp", [n.Input[0]], fresh("e")), Node("ReduceSum", [fresh("e"), constant(Tensor.Vector(-1L))], fresh("sum")),
            Node("Reciprocal", [fresh("sum")], fresh("one")), Node("Mul", [fresh("one"), fresh("e")], n.Output[0]),
        ]),
        ["exponential of a logarithm"] = ("Softmax", (n, fresh, _) =>
            [Node("LogSoftmax", [n.Input[0]], fresh("log"), ("axis", -1L)), Node("Exp", [fresh("log")], n.Output[0])]),
        ["less the logarithm of the sum"] = ("Softmax", (n, fresh, _) =>
        [
            Node("ReduceLogSumExp", [n.Input[0]], fresh("log"), ("axes", new long[] { -1 })),
            Node("Sub", [n.Input[0], fresh("log")], fresh("less")), Node("Exp", [fresh("less")], n.Output[0]),
        ]),
        ["rows laid flat"] = ("Softmax", (n, fresh, constant) =>
        [
            Node("Shape", [n.Input[0]], fresh("shape")), Node("Flatten", [n.Input[0]], fresh("flat"), ("axis", 3L)),
            Node("Softmax", [fresh("flat")], fresh("soft"), ("axis", -1L)),
            Node("Reshape", [fresh("soft"), fresh("shape")], n.Output[0]),
        ]),
        ["keys before queries"] = ("Softmax", (n, fresh, _) =>
        [
            Node("Transpose", [n.Input[0]], fresh("turned"), ("perm", new long[] { 0, 1, 3, 2 })),
            Node("Softmax", [fresh("turned")], fresh("soft"), ("axis", 2L)),
            Node("Transpose", [fresh("soft")], n.Output[0], ("perm", new long[] { 0, 1, 3, 2 })),
        ]),
        ["a scale on both sides"] = ("Softmax", (n, fresh, constant) =>
        [
            Node("Mul", [constant(Tensor.Scalar(4f)), n.Input[0]], fresh("large")),
            Node("Div", [fresh("large"), constant(Tensor.Scalar(4f))], fresh("own")), Node("Softmax", [fresh("own")], n.Output[0],
                ("axis", -1L)),
        ]),
        ["a mask of truth values"] = ("Softmax", (n, fresh, constant) =>
        [
            Node("Where", [constant(Tensor.From([true], 1)), n.Input[0], constant(Tensor.Scalar(-1e9f))], fresh("seen")),
            Node("Softmax", [fresh("seen")], n.Output[0], ("axis", -1L)),
        ]),
        ["computed summands, many"] = ("Softmax", (n, fresh, constant) =>
        [
            Node("Softmax", [n.Input[0]], fresh("other"), ("axis", -1L)),
            Node("ReduceSum", [fresh("other"), constant(Tensor.Vector(-1L))], fresh("one")),
            Node("Mul", [fresh("one"), constant(Tensor.Scalar(0f))], fresh("nothing")),
            .. Enumerable.Range(0, 600).Select(i => Node("Add",
                i % 2 == 0 ? [fresh("nothing"), i == 0 ? n.Input[0] : fresh($"sum{i}")] : [fresh($"sum{i}"), fresh("nothing")],
                    fresh($"sum{i + 1}"))),
            Node("Softmax", [fresh("sum600")], n.Output[0], ("axis", -1L)),
        ]),
        ["values first"] = ("MatMul behind", (n, fresh, _) =>
        [
            Node("Transpose", [n.Input[0]], fresh("weights"), ("perm", new long[] { 0, 1, 3, 2 })),
            Node("Transpose", [n.Input[1]], fresh("values"), ("perm", new long[] { 0, 1, 3, 2 })),
            Node("MatMul", [fresh("values"), fresh("weights")], fresh("turned")),
            Node("Transpose", [fresh("turned")], n.Output[0], ("perm", new long[] { 0, 1, 3, 2 })),
        ]),
        ["a sum behind"] = ("MatMul behind", (n, _, _) =>
            [Node("Einsum", [n.Input[1], n.Input[0]], n.Output[0], ("equation", "nhkd,nhqk->nhqd"))]),
        ["a sum before"] = ("MatMul before", (n, _, _) =>
            [Node("Einsum", [n.Input[0], n.Input[1]], n.Output[0], ("equation", "nhqd,nhdk->nhqk"))]),
        ["heads last"] = ("MatMul behind", (n, fresh, _) =>
        [
            Node("Transpose", [n.Input[0]], fresh("weights"), ("perm", new long[] { 0, 3, 2, 1 })),
            Node("Einsum", [fresh("weights"), n.Input[1]], n.Output[0], ("equation", "nkqh,nhkd->nhqd")),
        ]),
    };

    public static IEnumerable<object[]> Cases =>
        from dress in Dresses.Keys
        from model in (string[])["encoder_prenorm", "decoder_layernorm", "encoder_postnorm_mask", "vit"]
        select new object[] { dress, model };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Says_what_the_references_say(string dress, string model)
    {
        var network = Dressed(dress, model);
        var plain = AttentionBlock.Of(References.Network("attention/" + model));
        var blocks = AttentionBlock.Of(network);
        Assert.HasCount(plain.Count, blocks);
        for (var i = 0; i < blocks.Count; i++)
            Assert.AreEqual((plain[i].Kind, plain[i].Shape.ToString()), (blocks[i].Kind, blocks[i].Shape.ToString()), blocks[i].Name);
        Assert.IsEmpty(AttentionBlock.LeftIn(network));
        var arrays = References.Arrays("attention_" + model);
        foreach (var (array, method, tolerance) in ((string, AttributionMethod, double)[])
        [
            ("rollout", new AttentionRollout { Query = "all" }, 1e-5), ("generic_attention", new GenericAttention { Query = "all" }, 1e-5),
            ("attnlrp_epsilon", new AttentionRelevance(), 3e-4), ("cplrp_epsilon", new AttentionRelevance(AttentionRule.Conservative),
                3e-4),
        ])
        {
            var name = arrays.Keys.FirstOrDefault(k => k == array || k.StartsWith(array + "_", StringComparison.Ordinal));
            // A sum of scores is one to relevance, too, with what keeps it from 0.
            if (name is null || dress == "computed summands, many" && array.Contains("lrp", StringComparison.Ordinal))
                continue;
            var found = MatchingReferenceAttention.Run(network, method, null, arrays);
            Near.Equal(0, arrays[name].ToDouble().Zip(found.ToDouble(), (a, b) =>
                Math.Abs(a - b)).Largest() / arrays[name].ToDouble().Largest(Math.Abs),
                tolerance, $"{dress}, {model}, {name}");
        }
    }

    [TestMethod]
    public void Logits_before_a_softmax_in_parts_are_found()
    {
        var proto = OnnxModel.Load(References.ModelFile("cnn_digits")).Proto.Clone();
        var logits = proto.Graph.Output[0].Name;
        foreach (var node in Quotient(Node("Softmax", [logits], "probabilities"), logits, name => name, tensor =>
        {
            proto.Graph.Initializer.Add(tensor.ToProto("axis"));
            return "axis";
        }))
            proto.Graph.Node.Add(node);
        proto.Graph.Output[0].Name = "probabilities";
        var network = Network.From(new OnnxModel(proto));
        Assert.AreEqual("Softmax", network.Layers[^1].Operator);
        Assert.IsFalse(network.Layers.Any(l => l.Operator == "Exp"));
        Assert.AreEqual(logits, network.OutputDefinition("probabilities").Name);
    }

    [TestMethod]
    public void Rows_that_do_not_sum_to_1_are_told_with_their_block()
    {
        // Halved behind the softmax in the second row alone, and of no number where all keys are masked.
        foreach (var (factor, row) in ((float[], int)[])[([1, 0.5f, 1, 1], 1), ([1, 1, 1, float.NaN], 3)])
        {
            var network = Rewritten("encoder_prenorm", "Softmax", (n, fresh, constant) =>
            [
                Node("Softmax", [n.Input[0]], fresh("soft"), ("axis", -1L)),
                Node("Mul", [fresh("soft"), constant(Tensor.From(factor, 4, 1, 1, 1))], n.Output[0]),
            ], 4);
            var arrays = References.Arrays("attention_encoder_prenorm");
            var error = Assert.ThrowsExactly<InvalidOperationException>(() =>
                MatchingReferenceAttention.Run(network, new AttentionRollout(), null, arrays));
            Assert.IsTrue(AttentionBlock.Of(network).Any(b =>
                error.Message.Contains($"'{b.Name}' of row {row} of the batch does not sum to 1", StringComparison.Ordinal)), error.Message);
        }
    }

    private static Network Dressed(string dress, string model) => Rewritten(model, Dresses[dress].Operator, Dresses[dress].Dress);

    private static Network Rewritten(string model, string place, Dress dress, long? batch = null)
    {
        var proto = OnnxModel.Load(References.ModelFile("attention/" + model)).Proto.Clone();
        var blocks = AttentionBlock.Of(References.Network("attention/" + model));
        var wanted = blocks.Select(b => place switch
        {
            "Softmax" => b.Node.Outputs[0].Name,
            "MatMul behind" => proto.Graph.Node.First(n => n.OpType == "MatMul" && n.Input[0] == b.Probabilities.Name).Output[0],
            _ => proto.Graph.Node.First(n => n.OpType == "MatMul" && n.Input[1] == b.Key.Name).Output[0],
        }).ToHashSet();
        var nodes = proto.Graph.Node.ToList();
        proto.Graph.Node.Clear();
        foreach (var node in nodes)
        {
            if (!wanted.Contains(node.Output[0]))
            {
                proto.Graph.Node.Add(node);
                continue;
            }
            var count = 0;
            proto.Graph.Node.Add(dress(node, name => $"{node.Output[0]}/{name}", tensor =>
            {
                var name = $"{node.Output[0]}/constant{count++}";
                proto.Graph.Initializer.Add(tensor.ToProto(name));
                return name;
            }));
        }
        return Network.From(new OnnxModel(proto), batch is { } rows
            ? new NetworkOptions { Dimensions = proto.Graph.Input.ToDictionary(i => $"{i.Name}[0]", _ => rows) } : null);
    }

    private static IEnumerable<NodeProto> Quotient(NodeProto softmax, string of, Func<string, string> fresh, Func<Tensor,
        string> constant) =>
    [
        Node("Exp", [of], fresh("e")), Node("ReduceSum", [fresh("e"), constant(Tensor.Vector(-1L))], fresh("sum")),
        Node("Div", [fresh("e"), fresh("sum")], softmax.Output[0]),
    ];

    private static NodeProto Node(string operatorType, string[] inputs, string output, params (string Name, object Value)[] attributes) =>
        ModelBuilder.NodeOf(operatorType, inputs, [output], attributes);
}

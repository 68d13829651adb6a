using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>
/// Attention of tiny transformers against references in PyTorch (<c>test/data/reference/attention_*</c>): encoders with masks, decoders
/// with heads that share keys, cross-attention, vision transformers; written out, as the operator of opset 23, and as PyTorch exports it.
/// </summary>
[TestClass]
public sealed class MatchingReferenceAttention
{
    private static readonly (string Reference, string Model)[] Models =
    [
        ("encoder_prenorm", "encoder_prenorm"), ("encoder_prenorm", "encoder_prenorm_23"),
        ("encoder_postnorm_mask", "encoder_postnorm_mask"), ("encoder_postnorm_mask", "encoder_additive_mask"),
        ("encoder_postnorm_mask", "encoder_postnorm_mask_23"),
        ("decoder_causal", "decoder_causal"), ("decoder_causal", "decoder_causal_23"), ("decoder_layernorm", "decoder_layernorm"),
        ("cross", "cross"), ("vit", "vit"), ("vit", "vit_23"), ("vit", "vit_torch"),
        // Its normalisations are written in their parts.
        ("transformer_text", "transformer_text_emb"),
    ];

    private static readonly Dictionary<string, AttributionMethod> Methods = new()
    {
        ["rollout"] = new AttentionRollout { Query = "all" },
        ["rollout_max"] = new AttentionRollout(HeadFusion.Max) { Query = "all" },
        ["rollout_min"] = new AttentionRollout(HeadFusion.Min) { Query = "all" },
        ["rollout_no_residual"] = new AttentionRollout { Query = "all", Residual = false },
        ["rollout_discard0.5"] = new AttentionRollout(Discard: 0.5) { Query = "all" },
        ["rollout_last"] = new AttentionRollout { Query = "all", Start = 1 },
        ["attention_flow"] = new AttentionFlow { Query = "all" },
        ["gradient_attention"] = new GradientAttention { Query = "all" },
        ["gradient_times_attention"] = new GradientAttention(GradientAttentionForm.Product) { Query = "all" },
        ["generic_attention"] = new GenericAttention { Query = "all" },
        ["generic_attention_last"] = new GenericAttention { Query = "all", Start = 1 },
        ["rollout_decoder"] = new AttentionRollout { Query = "all" },
        ["rollout_cross"] = new AttentionRollout { Query = "all" },
        ["generic_R_qq"] = new GenericAttention { Query = "all" },
        ["generic_R_qi"] = new GenericAttention { Query = "all" },
        ["generic_R_qi_unnormalised"] = new GenericAttention { Query = "all", Normalized = false },
        ["transformer_attribution"] = new TransformerAttribution { Query = "all" },
        ["transformer_attribution_last"] = new TransformerAttribution { Query = "all", Start = 1 },
        ["legrad_torchcam"] = new LeGrad(LeGradReadout.Mean) { Upsample = false },
        ["legrad_cls"] = new LeGrad { Upsample = false },
        ["attnlrp_epsilon"] = new AttentionRelevance(),
        ["cplrp_epsilon"] = new AttentionRelevance(AttentionRule.Conservative),
        ["vit_gamma_0.25_0.05"] = new AttentionRelevance(AttentionRule.Conservative) { GammaConvolution = 0.25, GammaDense = 0.05 },
        ["vit_gamma_100_0.1"] = new AttentionRelevance(AttentionRule.Conservative) { GammaConvolution = 100, GammaDense = 0.1 },
    };

    public static IEnumerable<object[]> Cases =>
        from model in Models
        from array in References.Arrays("attention_" + model.Reference).Keys
        let of = Of(array)
        where Methods.ContainsKey(of.Method)
            && !(model.Reference is "decoder_layernorm" && array.EndsWith("_last", StringComparison.Ordinal))
        select new object[] { model.Reference, model.Model, array };

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Every_row(string reference, string model, string array)
    {
        var arrays = References.Arrays("attention_" + reference);
        var (method, place) = Of(array);
        var network = References.Network(reference == "transformer_text" ? model : "attention/" + model);
        place ??= array is "rollout_cross" or "generic_R_qi" or "generic_R_qi_unnormalised" ? "source"
            : reference == "cross" ? "target_tokens" : null;
        var found = Run(network, Methods[method], place, arrays);
        Check($"{model} {array}", arrays[array], found, method.Contains("lrp", StringComparison.Ordinal)
            ? reference == "encoder_postnorm_mask" ? 3e-4 : 1e-4
            : method.StartsWith("vit", StringComparison.Ordinal) ? 1e-4
            : method.StartsWith("transformer", StringComparison.Ordinal) ? 1e-3 : 1e-5);
    }

    [TestMethod]
    [DataRow("encoder_prenorm", 2, "Self")]
    [DataRow("encoder_prenorm_23", 2, "Self")]
    [DataRow("cross", 6, "Self Self Self Cross Self Cross")]
    [DataRow("vit_torch", 2, "Self")]
    [DataRow("decoder_causal", 2, "Self")]
    public void Blocks_are_found(string model, int count, string kinds)
    {
        var blocks = AttentionBlock.Of(References.Network("attention/" + model));
        Assert.HasCount(count, blocks);
        var found = blocks.Select(b => b.Kind.ToString()).ToList();
        Assert.AreEqual(kinds, string.Join(' ', kinds.Contains(' ', StringComparison.Ordinal) ? found : found.Distinct()));
    }

    [TestMethod]
    public void Rows_of_raw_attention_sum_to_1_and_padded_tokens_get_exactly_0()
    {
        var arrays = References.Arrays("attention_encoder_postnorm_mask");
        var network = References.Network("attention/encoder_postnorm_mask");
        var map = Run(network, new RawAttention { Query = "all", Block = 0 }, null, arrays).ToDouble();
        foreach (var row in map.Chunk(7))
            Near.Equal(1, row.Sum(), 1e-5);
        var mask = arrays["input_mask"].ToInt64();
        foreach (AttributionMethod method in (AttributionMethod[])
            [new RawAttention(), new AttentionRollout(), new GenericAttention(), new AttentionFlow(),
                new AttentionRollout { Query = "mean" }, new AttentionFlow { Query = "mean" }])
        {
            var tokens = Run(network, method, null, arrays).ToDouble();
            for (var i = 0; i < mask.Length; i++)
                Assert.IsTrue(mask[i] != 0 || tokens[i] == 0, $"{method}: {tokens[i]} of a padded token");
        }
    }

    [TestMethod]
    [DataRow("encoder_prenorm"), DataRow("encoder_prenorm_23"), DataRow("decoder_causal"), DataRow("decoder_causal_23")]
    [DataRow("encoder_postnorm_mask"), DataRow("encoder_postnorm_mask_23"), DataRow("encoder_additive_mask"), DataRow("cross")]
    [DataRow("decoder_layernorm")]
    public void Raw_maps_of_every_block_and_head(string model)
    {
        var reference = Models.First(m => m.Model == model).Reference;
        var arrays = References.Arrays("attention_" + reference);
        var network = References.Network("attention/" + model);
        for (var block = 0; block < AttentionBlock.Of(network).Count; block++)
        {
            var expected = arrays[$"map{block}"];
            Check($"{model} map {block}", expected, Run(network, new AttentionMap(block), "source", arrays), 1e-5);
            if (AttentionBlock.Of(network)[block].Kind != AttentionKind.Self)
                continue;
            var (heads, size) = ((int)expected.Dimensions[1], (int)(expected.Dimensions[2] * expected.Dimensions[3]));
            var maps = expected.ToDouble().Chunk(size).Chunk(heads).ToList();
            var place = model == "cross" ? "target_tokens" : null;
            foreach (var head in (int[])[0, heads - 1])
                Check($"{model} head {head} of map {block}", Tensor.From(maps.SelectMany(m => m[head]).ToArray(), [expected.Count / heads]),
                    Run(network, new RawAttention { Block = block, Head = head, Query = "all" }, place, arrays), 1e-5);
            foreach (var fusion in Enum.GetValues<HeadFusion>())
                Check($"{model} {fusion} of map {block}", Tensor.From(maps.SelectMany(m => Enumerable.Range(0, size).Select(i =>
                        fusion == HeadFusion.Mean ? m.Average(h => h[i]) : fusion == HeadFusion.Max ? m.Select(h => h[i]).Largest()
                            : m.Min(h => h[i])))
                    .ToArray(), [expected.Count / heads]),
                    Run(network, new RawAttention(fusion) { Block = block, Query = "all" }, place, arrays), 1e-5);
        }
    }

    [TestMethod]
    [DataRow("encoder_prenorm"), DataRow("decoder_causal"), DataRow("decoder_causal_23"), DataRow("encoder_postnorm_mask")]
    public void Flow_through_all_blocks(string model)
    {
        var arrays = References.Arrays("attention_" + Models.First(m => m.Model == model).Reference);
        var expected = arrays["attention_flow"];
        var network = References.Network("attention/" + model);
        var maps = AttentionBlock.Of(network).Select((_, block) => Run(network, new AttentionMap(block), null, arrays)).ToList();
        var (rows, tokens) = ((int)expected.Dimensions[0], (int)expected.Dimensions[^1]);
        for (var row = 0; row < rows; row++)
        {
            List<Tensor> own = [.. maps.Select(m => Tensor.From(m.ToDouble().Chunk((int)(m.Count / m.Dimensions[0])).ElementAt(row),
                m.Dimensions[1..]))];
            var wanted = expected.ToDouble().Chunk(tokens * tokens).ElementAt(row);
            Near.Relative(wanted, new AttentionFlow().Of(own).ToDouble(), 1e-5, model, $"row {row}");
            Near.Relative(wanted[^tokens..], new AttentionFlow().Of(own, tokens - 1).ToDouble(), 1e-5, model, $"row {row}, last token");
        }
    }

    [TestMethod]
    public void Tokens_of_an_image_lie_on_it_again()
    {
        var arrays = References.Arrays("attention_vit");
        var found = Run(References.Network("attention/vit"), new AttentionRollout { Upsample = false }, null, arrays);
        var expected = arrays["rollout"].ToDouble();
        CollectionAssert.AreEqual((long[])[4, 1, 4, 4], found.Dimensions.ToArray());
        for (var row = 0; row < 4; row++)
            Near.Relative(expected.AsSpan(row * 17 * 17 + 1, 16).ToArray(), found.ToDouble().AsSpan(row * 16, 16).ToArray(),
                1e-5, "class token", "vit");
    }

    [TestMethod]
    public void What_is_not_there_is_named()
    {
        var none = Assert.ThrowsExactly<ArgumentException>(
            () => Explanation.Compile(References.Network("cnn_digits"), new AttentionRollout()));
        StringAssert.Contains(none.Message, "no attention");
        Assert.ThrowsExactly<ArgumentException>(() => new AttentionRollout { Query = "somebody" });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new AttentionRollout(Discard: 1));
        Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(References.Network("attention/vit"), new RawAttention { Block = 9 }));
    }

    private static (string Method, string? Place) Of(string array)
    {
        foreach (var lrp in (string[])["attnlrp_epsilon_", "cplrp_epsilon_"])
            if (array.StartsWith(lrp, StringComparison.Ordinal))
                return (lrp[..^1], array[lrp.Length..]);
        return (array, null);
    }

    internal static Tensor Run(Network network, Reading method, string? place, IReadOnlyDictionary<string, Tensor> arrays)
    {
        var graph = Explanation.Compile(network, new Ask(method, Target.Label("label"))
        {
            Of = [place is not null && network.Inputs.Any(i => i.Name == place) ? place : network.DefaultInput.Name],
        });
        using var session = new ModelSession(graph.Model, new RuntimeOptions { Threads = 1 });
        var feeds = network.Inputs.ToDictionary(i => i.Name, i => arrays.TryGetValue("input_" + i.Name, out var given) ? given
            : arrays[arrays.Keys.First(k => k.StartsWith("input_", StringComparison.Ordinal))]);
        feeds["label"] = Tensor.From(arrays["target"].ToInt64(), arrays["target"].Count, 1);
        return session.Run(feeds)["attribution"];
    }

    private void Check(string what, Tensor expected, Tensor found, double tolerance)
    {
        Assert.AreEqual(expected.Count, found.Count, what);
        var (a, b) = (expected.ToDouble(), found.ToDouble());
        var error = a.Zip(b, (x, y) => Math.Abs(x - y)).Largest() / a.Largest(Math.Abs);
        TestContext.WriteLine($"{what}: {error:E1}");
        Finite.AtMost(tolerance, error, what);
    }
}

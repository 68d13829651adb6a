using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;
using static Microsoft.ML.Introspection.Tests.Support.RecurrentNetworks;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Relevance through recurrent layers in all their settings.</summary>
[TestClass]
public sealed class RelevingRecurrentLayers
{
    public static IEnumerable<object[]> Layers =>
        from kind in (string[])["LSTM", "GRU", "RNN"]
        from direction in (string[])["forward", "reverse", "bidirectional"]
        from more in (string[])["", "biases", "lengths", "clip", "activations",
            .. kind == "LSTM" ? (string[])["peepholes", "input_forget"] : kind == "GRU" ? ["linear_before_reset"] : []]
        select new object[] { kind, direction, more };

    // The states come of the row, so that what they get comes to the row as well.
    [TestMethod]
    [DynamicData(nameof(Layers))]
    public void With_biases_shared_out_nothing_is_lost(string kind, string direction, string more)
    {
        var network = Reading(x => Layer(x, kind, direction, $"{more} biases states"), more == "lengths" ? RowCount : null);
        var found = GraphRunner.Run(Explanation.Compile(network, new LayerwiseRelevance(RelevanceComposite.RecurrentSharedBias(0.01)),
            Target.Class(1)), [("x", Row)]);
        var (score, relevance) = (found["score"].ToDouble(), found["attribution"].ToDouble().Chunk(StepCount * FeatureCount).ToList());
        for (var row = 0; row < RowCount; row++)
            Near.Equal(score[row], relevance[row].Sum(), 2e-5 * Math.Max(1, relevance[row].Largest(Math.Abs)), $"row {row}");
    }

    // What a layer reads behind a row's end does not count: a row of fewer steps is told the same by a network of fewer.
    [TestMethod]
    [DataRow("LSTM"), DataRow("GRU"), DataRow("RNN")]
    public void Steps_behind_the_end_of_a_row_change_nothing(string kind)
    {
        foreach (var direction in (string[])["forward", "reverse", "bidirectional"])
        {
            var network = Reading(x => Layer(x, kind, direction, "biases lengths"), RowCount);
            var other = Row.ToDouble();
            // RowCount have 4, 2 and 1 steps.
            for (var i = 0; i < other.Length; i++)
                if (i / FeatureCount % StepCount >= ((int[])[4, 2, 1])[i / FeatureCount / StepCount])
                    other[i] += 3;
            var method = new LayerwiseRelevance(RelevanceComposite.Recurrent(0.01));
            var model = Explanation.Compile(network, method, Target.Class(0));
            var (found, changed) = (GraphRunner.Run(model, [("x", Row)])["attribution"],
                GraphRunner.Run(model, [("x", Tensor.From(other, RowCount, StepCount, FeatureCount).ToFloats())])["attribution"]);
            TensorAssert.AreClose(found, changed, 1e-6, direction);
        }
    }
}

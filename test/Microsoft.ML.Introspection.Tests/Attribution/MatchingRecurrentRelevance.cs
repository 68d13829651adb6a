using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>
/// Relevance through recurrent layers against references in double precision, which agree with Arras' own code
/// (<c>test/data/reference/recurrent_*</c>).
/// </summary>
[TestClass]
public sealed class MatchingRecurrentRelevance
{
    private static readonly string[] Models = ["bilstm", "bigru", "bigru_reset_before", "lstm_stacked_mean", "lstm_text_emb"];

    public static IEnumerable<object[]> Cases =>
        from model in Models
        from array in References.Arrays("recurrent_" + model).Keys
        where array.StartsWith("lrp_", StringComparison.Ordinal)
        // With an ε that small single precision is no more than noise where a sum is near 0.
        where !array.Contains("eps1e-06", StringComparison.Ordinal)
        select new object[] { model, array };

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Every_row(string model, string array)
    {
        var arrays = References.Arrays("recurrent_" + model);
        var parts = array.Split('_');
        var epsilon = double.Parse(parts[2][3..], System.Globalization.CultureInfo.InvariantCulture);
        var composite = parts[1] == "half" ? RelevanceComposite.RecurrentHalf(epsilon)
            : array.Contains("bias_shared", StringComparison.Ordinal) ? RelevanceComposite.RecurrentSharedBias(epsilon)
            : RelevanceComposite.Recurrent(epsilon);
        var network = References.Network(model == "lstm_text_emb" ? model : "recurrent/" + model);
        var found = Run(network, composite, arrays);
        var (a, b) = (arrays[array].ToDouble(), found.ToDouble());
        var error = a.Zip(b, (x, y) => Math.Abs(x - y)).Largest() / a.Largest(Math.Abs);
        TestContext.WriteLine($"{model} {array}: {error:E1}");
        Finite.AtMost(1e-4, error, $"{model} {array}");
    }

    [TestMethod]
    public void Composites_of_other_layers_take_the_epsilon_of_their_dense_ones()
    {
        var arrays = References.Arrays("recurrent_bilstm");
        var found = Run(References.Network("recurrent/bilstm"), RelevanceComposite.EpsilonPlus(0.01), arrays);
        Near.Relative(arrays["lrp_all_eps0.01_f64"].ToDouble(), found.ToDouble(), 1e-5, "bilstm", "epsilon-plus");
    }

    [TestMethod]
    [DataRow("bilstm")]
    [DataRow("bigru")]
    [DataRow("bigru_reset_before")]
    public void With_biases_shared_out_the_inputs_sum_to_the_score(string model)
    {
        // The first states are zeros and keep the little that the biases give them; the references have it to 1e-14.
        var arrays = References.Arrays("recurrent_" + model);
        var network = References.Network("recurrent/" + model);
        var found = Run(network, RelevanceComposite.RecurrentSharedBias(), arrays).ToDouble();
        var expected = arrays["lrp_all_eps0.001_bias_shared_f64"].ToDouble();
        var size = found.Length / 3;
        for (var row = 0; row < 3; row++)
            Near.Equal(expected.Chunk(size).ElementAt(row).Sum(), found.Chunk(size).ElementAt(row).Sum(), 1e-5, model);
    }

    private static Tensor Run(Network network, RelevanceComposite composite, IReadOnlyDictionary<string, Tensor> arrays)
    {
        var model = Explanation.Compile(network, new LayerwiseRelevance(composite), Target.Label("label"));
        using var session = new ModelSession(model, new RuntimeOptions { Threads = 1 });
        var input = arrays["input"];
        return session.Run(new Dictionary<string, Tensor>
        {
            [network.DefaultInput.Name] = input,
            ["label"] = Tensor.From(arrays["target"].ToInt64(), input.Dimensions[0], 1),
        })["attribution"];
    }
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>A layer normalisation that is written in its parts is to relevance what the operator is.</summary>
[TestClass]
public class PassingWrittenNormalizations
{
    private const int Rows = 3, Tokens = 4, Channels = 6, Classes = 2;
    private const float Epsilon = 1e-5f;

    // From x less its mean, and its square's mean with an ε.
    private static readonly Dictionary<string, Func<Value, Value, Value>> Forms = new()
    {
        ["root"] = (centred, variance) => centred / variance.Sqrt(),
        ["power"] = (centred, variance) => centred / Operators.Emit("Pow", variance, Number(variance, 0.5f)),
        ["reciprocal"] = (centred, variance) => Operators.Emit("Reciprocal", variance.Sqrt()) * centred,
        ["one over"] = (centred, variance) => centred * (Number(variance, 1) / variance.Sqrt()),
        ["negative power"] = (centred, variance) => centred * Operators.Emit("Pow", variance, Number(variance, -0.5f)),
    };

    public static IEnumerable<object[]> Cases =>
        from form in Forms.Keys from isScaled in (bool[])[true, false] from isSquared in (bool[])[true, false]
        select new object[] { form, isScaled, isSquared };

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void As_the_operator(string form, bool isScaled, bool isSquared)
    {
        Agree(Normalised(null, isScaled, isSquared), Normalised(form, isScaled, isSquared));
    }

    // As TensorFlow and Keras 3 write it: x·(γ/σ) + (β − μ·(γ/σ)).
    [TestMethod]
    [DataRow("less"), DataRow("negated mean"), DataRow("negated product"), DataRow("taken away"), DataRow("mean of squares")]
    public void With_the_mean_taken_away_behind(string form)
    {
        foreach (var isScaled in (bool[])[true, false])
        {
            var parts = Of((x, scale, shift) =>
            {
                var mean = x.ReduceMean([-1]);
                var (centred, squares) = (x - mean, (x * x).ReduceMean([-1]));
                var variance = form == "mean of squares" ? squares - mean * mean : (centred * centred).ReduceMean([-1]);
                var factor = Operators.Emit("Reciprocal", (variance + Number(x, Epsilon)).Sqrt());
                factor = isScaled ? factor * scale : factor;
                Value Shifted(Value by) => isScaled ? by + shift : by;
                return form switch
                {
                    "negated mean" => x * factor + Shifted(-mean * factor),
                    "negated product" => Shifted(-(mean * factor)) + factor * x,
                    "taken away" => Shifted(x * factor - factor * mean),
                    _ => x * factor + (isScaled ? shift - mean * factor : -(mean * factor)),
                };
            });
            Agree(Normalised(null, isScaled, false), parts);
        }
    }

    private static void Agree(Network whole, Network parts)
    {
        foreach (var method in (AttributionMethod[])
            [new AttentionRelevance(), new AttentionRelevance(AttentionRule.Conservative), new LayerwiseRelevance()])
            Near.Equal(Run(whole, method), Run(parts, method), 2e-6, $"{method}");
    }

    private static Network Normalised(string? form, bool isScaled, bool isSquared) => Of((x, scale, shift) =>
    {
        if (form is null)
            return x.Graph.Add("LayerNormalization", "", "normalised",
                isScaled ? [x, scale, shift] : [x, x.Graph.Constant(Tensor.Filled(ElementType.Float, 1, Channels))],
                Attributes.Of(("axis", -1L), ("epsilon", Epsilon)), [("normalised", x.Type, x.Shape)]).Outputs[0];
        var centred = x - x.ReduceMean([-1]);
        var square = isSquared ? Operators.Emit("Pow", centred, Number(x, 2)) : centred * centred;
        var y = Forms[form](centred, square.ReduceMean([-1]) + Number(x, Epsilon));
        return isScaled ? scale * y + shift : y;
    });

    private static Network Of(Func<Value, Value, Value, Value> normalised)
    {
        var graph = new Graph(17);
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), Tokens, Channels));
        var y = normalised(x, graph.Constant(Samples.Seeded(2, Channels)), graph.Constant(Samples.Seeded(3, Channels)));
        var hidden = y.MatMul(graph.Constant(Samples.Seeded(5, Channels, Channels))).Relu() + x;
        return Network.From(graph.ToModel([("scores", hidden.ReduceMean([1], keepDimensions: false)
            .MatMul(graph.Constant(Samples.Seeded(4, Channels, Classes))))]));
    }

    private static Value Number(Value like, float number) => like.Graph.Constant(Tensor.Scalar(number));

    private static double[] Run(Network network, AttributionMethod method) => GraphRunner.Run(
        Explanation.Compile(network, method, Target.Class(1)), ("x", Samples.Floats(Rows, Tokens, Channels)))["attribution"].ToDouble();
}

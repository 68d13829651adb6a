using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>DeepLIFT through a softmax: complete and bounded however sharp it is, and blind to what is masked.</summary>
[TestClass]
public sealed class LiftingSoftmaxes
{
    private static readonly Tensor Sharp = Tensor.From([1f, 0, 0, 1, 1, 1, 0, 0, -1, 1, 2, -1], 6, 2);
    private static readonly float[] Logits = [1, 0.5f, 0.2f, 0, -0.4f, -1];

    public static IEnumerable<object[]> Masks => from mask in (float[])[float.NegativeInfinity, float.MinValue, -1e9f, -1e4f, -1e30f]
        from form in (string[])["Softmax", "written out", "from the largest", "logarithm"] select new object[] { mask, form };

    [TestMethod]
    [DataRow(5f, new[] { 0.61, -0.12, 0.05, 0, 0.07, -0.19 })]
    [DataRow(20f, new[] { 0.55, 0, 0.06, 0, 0.06, -0.17 })]
    [DataRow(60f, new[] { 0.56, 0, 0.06, 0, 0.06, -0.17 })]
    [DataRow(300f, null)]
    [DataRow(1e5f, null)]
    [DataRow(1e-5f, null)]
    public void Sharp_softmaxes_are_shared_out_within_bounds(float scale, double[]? expected)
    {
        // Without taking the largest off, the exponentials themselves overflow.
        foreach (var form in (string[])["Softmax", "from the largest", .. scale < 80 ? (string[])["written out"] : []])
        {
            float[] x = scale is 20 or 60 ? [scale, scale / 2, scale / 4, 0, -scale / 2, -scale] : [.. Logits.Select(v => v * scale)];
            var (lifted, gap) = Lifted(Form(form, null, Sharp), Tensor.From(x, 1, 6));
            Finite.Below(1e-6 + 1e-7 * scale, Math.Abs(gap[0]), form);
            Finite.Below(0.75, lifted.Largest(Math.Abs), form);
            if (expected is not null && form != "from the largest")
                Near.Equal(expected, lifted, 0.006, form);
        }
    }

    // Masked positions cannot matter: the others get what they get where the masked ones are not there at all.
    [TestMethod]
    [DynamicData(nameof(Masks))]
    public void What_is_masked_gets_nothing_and_changes_nothing(float mask, string form)
    {
        var values = Tensor.From([1f, 2, 3, -1, 0, 5, 2, 2], 4, 2);
        var rows = Tensor.From([1f, 2, -0.5f, 0.3f, 0.2f, 0, 1, 1], 2, 4);
        var (lifted, gap) = Lifted(Form(form, Tensor.From([0f, mask, 0, mask], 1, 4), values), rows, Target.Class(1));
        var (alone, _) = Lifted(Form(form, null, Tensor.From([1f, 2, 0, 5], 2, 2)), Tensor.From([1f, -0.5f, 0.2f, 1], 2, 2),
            Target.Class(1));
        Near.Equal([alone[0], 0, alone[1], 0, alone[2], 0, alone[3], 0], lifted, 2e-6);
        Finite.Below(2e-6, gap.Largest(Math.Abs));
        if (form == "Softmax")
            Near.Equal([-0.952723, 0.569923], [lifted[..4].Sum(), lifted[4..].Sum()], 1e-5);
    }

    [TestMethod]
    public void Rows_may_be_masked_each_in_its_own_way_and_wholly()
    {
        // Scores of a row with itself, causal, and with a temperature; the last variant forbids all keys of a row, which becomes 0.
        foreach (var (mask, temperature) in new[] { (float.NegativeInfinity, 1.0), (float.MinValue, 0.01), (-1e9f, 100) })
        {
            var graph = new Graph();
            var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 3, 4));
            float[] causal = [0, mask, mask, 0, 0, mask, 0, 0, 0];
            var scores = x.MatMul(graph.Constant(Samples.Seeded(1, 4, 4))).MatMul(x.TransposeMatrix()) / temperature;
            var seen = (scores + graph.Constant(Tensor.From(causal, 3, 3))).Softmax(2).MatMul(x);
            var y = seen.ReduceSum([1], keepDimensions: false).MatMul(graph.Constant(Samples.Seeded(2, 4, 2)));
            var (lifted, gap) = Lifted(Network.From(graph.ToModel([("y", y)])), Samples.Seeded(3, 5, 3, 4));
            Finite.All(lifted);
            Finite.Below(temperature < 1 ? 2e-3 : 2e-4, gap.Largest(Math.Abs), $"{mask}");
        }
        var whole = new Graph();
        var logits = whole.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 2));
        var nothing = (logits + whole.Constant(Tensor.Filled(ElementType.Float, double.NegativeInfinity, 1, 2))).Softmax(1);
        var safe = Operators.Emit("IsNaN", nothing).Where(nothing.Like(0), nothing);
        var (none, _) = Lifted(Network.From(whole.ToModel([("y", safe + logits)])), Samples.Seeded(4, 2, 2));
        Near.Equal(Samples.Seeded(4, 2, 2).ToDouble().Select((v, i) => i % 2 == 0 ? v : 0).ToArray(), none, 1e-6);
    }

    [TestMethod]
    public void Deep_SHAP_over_backgrounds_is_as_complete()
    {
        var network = Form("Softmax", Tensor.From([0f, float.NegativeInfinity, 0, 0, float.MinValue, 0], 1, 6), Sharp);
        var options = new ExplanationOptions { GapName = "gap" };
        var method = new DeepShap { Baseline = Baseline.Given(Samples.Seeded(5, 4, 6)) };
        var found = GraphRunner.Run(Explanation.Compile(network, method, Target.Class(0), options), ("x", Samples.Seeded(6, 3, 6)));
        Finite.Below(1e-5, found["gap"].ToDouble().Largest(Math.Abs));
        Near.Equal(new double[6], found["attribution"].ToDouble().Where((_, i) => i % 6 is 1 or 4).ToArray(), 0);
    }

    [TestMethod]
    public void Shifting_all_scores_of_a_row_changes_nothing()
    {
        var x = Samples.Seeded(7, 3, 6);
        var shifted = Tensor.From(Array.ConvertAll(x.As<float>().ToArray(), v => v + 64), 3, 6);
        var centre = new DeepLift { Baseline = Baseline.Constant(64) };
        var (here, there) = (Lifted(Form("Softmax", null, Sharp), x), Lifted(Form("Softmax", null, Sharp), shifted, null, centre));
        Near.Equal(here.Attribution, there.Attribution, 1e-5);
    }

    private static Network Form(string form, Tensor? mask, Tensor weights)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), weights.Dimensions[0]));
        var scores = mask is null ? x : x + graph.Constant(mask);
        var (e, shifted) = (scores.Exp(), (scores - scores.ReduceMax([1])).Exp());
        var y = form switch
        {
            "written out" => e / e.ReduceSum([1]),
            "from the largest" => shifted / shifted.ReduceSum([1]),
            "logarithm" => scores.LogSoftmax(1).Exp(),
            _ => scores.Softmax(1),
        };
        return Network.From(graph.ToModel([("y", y.MatMul(graph.Constant(weights)))]));
    }

    private static (double[] Attribution, double[] Gap) Lifted(Network network, Tensor rows, Target? target = null, DeepLift? method = null)
    {
        var options = new ExplanationOptions { GapName = "gap" };
        var model = Explanation.Compile(network, method ?? new DeepLift(), target ?? Target.Class(0), options);
        var found = GraphRunner.Run(model, ("x", rows));
        return (found["attribution"].ToDouble(), found["gap"].ToDouble());
    }
}

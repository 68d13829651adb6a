using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Tests.Uncertainty;

/// <summary>Dropout, ensembles and noise within a graph.</summary>
[TestClass]
public class PassingSeveralTimes
{
    [TestMethod]
    public void DropoutIsWhatMasksMakeOfTheNetwork()
    {
        using var reference = new UncertaintyReferences("dropout");
        var network = Model("model");
        string[] relus = [.. network.Layers.Where(l => l.Operator == "Relu").Select(l => l.Name)];
        var (input, masks) = (reference.Numbers("input"), new[] { reference.Numbers("mask_0"), reference.Numbers("mask_1") });
        var found = Enumerable.Range(0, 12).Select(row => Run(network, input.AsSpan(row * 13, 13), new DropoutPasses
        {
            Samples = 30,
            Layers = [.. relus.Select((name, i) => new DroppedLayer(name, 0.5) { Given = OfRow(masks[i], row) })],
        })).ToList();
        void Same(string name, string part, double tolerance) =>
            Near.Equal(reference.Numbers(name), [.. found.SelectMany(f => f[part])], tolerance, name);
        Same("mc_mean", "p_mean", 1e-6);
        Same("mc_std", "p_deviation", 1e-6);
        Same("mc_predictive_entropy", "d_entropy", 2e-6);
        Same("mc_expected_entropy", "d_expected_entropy", 2e-6);
        Same("mc_mutual_information", "d_mutual_information", 2e-6);
        Same("mc_variation_ratio", "d_variation_ratio", 1e-6);
        Same("attribution_mean", "a_mean", 1e-5);
        Same("attribution_std", "a_deviation", 1e-5);
        Same("attribution_sign_agreement", "a_sign_agreement", 1e-6);
    }

    [TestMethod]
    public void AnEnsembleIsItsMembers()
    {
        using var reference = new UncertaintyReferences("dropout");
        var found = Run(Model("member_0"), reference.Numbers("input"),
            new EnsemblePasses(Model("member_1"), Model("member_2"), Model("member_3")));
        foreach (var (name, part) in (ReadOnlySpan<(string, string)>)[("mean", "p_mean"), ("std", "p_deviation"),
            ("predictive_entropy", "d_entropy"), ("expected_entropy", "d_expected_entropy"),
            ("mutual_information", "d_mutual_information"), ("variation_ratio", "d_variation_ratio")])
            Near.Equal(reference.Numbers("ensemble_" + name), found[part], 2e-6, name);
    }

    [TestMethod]
    public void DrawnMasksAreTheSameForAllRowsAndLeaveOutTheirShare()
    {
        using var reference = new UncertaintyReferences("dropout");
        var (network, input) = (Model("model"), reference.Numbers("input"));
        var passes = new DropoutPasses { Samples = 40, Layers = [.. Relus(network).Select(name => new DroppedLayer(name, 0.3))] };
        var all = Run(network, input, passes);
        var one = Run(network, input.AsSpan(5 * 13, 13), passes);
        Near.Equal(all["p_mean"].AsSpan(15, 3), one["p_mean"], 1e-6);
        Assert.IsTrue(all["p_deviation"].Any(d => d > 0.01));
        var other = Run(network, input, passes with { Seed = 2 });
        Assert.AreNotEqual(all["p_mean"][0], other["p_mean"][0]);
        // Nothing is left out at a rate of 0, and all passes agree.
        var none = Run(network, input, new DropoutPasses { Layers = [new(Relus(network)[0], 0)] });
        Near.Equal(new double[36], none["p_deviation"], 1e-6);
        using var plain = Microsoft.ML.Introspection.Evaluation.RowFunction.Scores(network);
        Near.Equal(Softmax(plain.Of(input)), none["p_mean"], 1e-6);
        // The mean logit of a linear layer behind dropout is what it is without.
        var linear = Twice(dropout: false);
        var said = Run(linear, [1.0, -2.0], new DropoutPasses { Samples = 4000, Layers = [new("h", 0.25)] }, justMean: true);
        Near.Equal([0.5], said["p_mean"], 0.06);
        Near.Equal([Math.Sqrt((1 + 2.25) * 0.25 / 0.75)], said["p_deviation"], 0.06);
    }

    [TestMethod]
    public void LargeRowsPassOneByOneAndSayTheSame()
    {
        using var reference = new UncertaintyReferences("dropout");
        var (network, input) = (Model("model"), reference.Numbers("input"));
        var dropout = new DropoutPasses { Samples = 6, Layers = [.. Relus(network).Select(name => new DroppedLayer(name, 0.3))] };
        foreach (var passes in (Passes[])[dropout, new NoisePasses(6), new EnsemblePasses(Model("member_1"))])
        {
            Ask[] asks = [new(new SpreadOfPredictions(passes), null, "p"),
                new(new SpreadOfAttributions(new IntegratedGradients(4), passes), null, "a"),
                new(new SpreadOfAttributions(new Smooth(new Saliency(), 4), passes), null, "s")];
            var whole = Run(network, input, asks);
            // One variant at a time, of passes and of what a method asks within each; and a few.
            foreach (var portion in (long[])[1, 39])
                foreach (var (name, values) in Run(network, input, asks, new CompilationOptions { Portion = portion }))
                    Near.Equal(whole[name], values, 2e-5, $"{passes}: {name}");
        }
    }

    [TestMethod]
    public void ThePlacesThatAFileTellsAreTaken()
    {
        var network = Twice(dropout: true);
        var (layer, rate) = (DropoutPasses.In(network).Single().Name, DropoutPasses.In(network).Single().Rate);
        Assert.AreEqual(0.25, rate);
        var found = Run(network, [1.0, -2.0], new DropoutPasses { Samples = 4000 }, justMean: true);
        Near.Equal([Math.Sqrt((1 + 2.25) * 0.25 / 0.75)], found["p_deviation"], 0.06);
        Assert.Contains("Name the layers",
            Assert.Throws<ArgumentException>(() => Run(Model("model"), new double[13], new DropoutPasses())).Message);
        Assert.Contains("tells none", Assert.Throws<ArgumentException>(() => Run(network, [1.0, -2.0], new DropoutPasses())).Message);
    }

    [TestMethod]
    public void LabelsThatDoNotExcludeEachOtherAreProbabilitiesEachByItself()
    {
        var graph = new Graph();
        var input = graph.Input("input", ElementType.Float, new Shape([Dimension.Unknown, 3]));
        var network = Network.From(graph.ToModel([("labels", input.Sigmoid())]));
        double[] row = [0.5, -1, 2];
        var found = Run(network, row, new NoisePasses(2, 1e-6), justMean: true);
        Near.Equal([.. row.Select(s => 1 / (1 + Math.Exp(-s)))], found["p_mean"], 1e-4);
        Assert.IsFalse(Disagreement.IsFor(network));
        Assert.Contains("labels", Assert.Throws<ArgumentException>(() => Run(network, row, new NoisePasses(2))).Message);
        // The explained label falls by itself, whatever the others do.
        using var scores = RowFunction.Scores(network);
        Near.Equal([(1 / (1 + Math.Exp(-2.0)) + 0.5) / 2], new Deletion(1).Of(
            new(row, [0, 0, 1], [3], scores, [2])), 1e-6);
    }

    [TestMethod]
    public void NoiseSpreadsWhatDependsOnTheRow()
    {
        var network = Twice(dropout: false);
        var found = Run(network, [1.0, -2.0], new NoisePasses(3000, 0.1), justMean: true);
        Near.Equal([0.3 * Math.Sqrt(1 + 0.75 * 0.75)], found["p_deviation"], 0.02);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NoisePasses(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DroppedLayer("a", 1));
        Assert.Throws<ArgumentException>(() => new EnsemblePasses());
    }

    private static Dictionary<string, double[]> Run(Network network, ReadOnlySpan<double> rows, Passes passes, bool justMean = false)
    {
        Ask[] asks = justMean ? [new(new SpreadOfPredictions(passes), null, "p")]
            : [new(new SpreadOfPredictions(passes), null, "p"), new(new Disagreement(passes), null, "d"),
                new(new SpreadOfAttributions(new InputXGradient(), passes), null, "a")];
        return Run(network, rows, asks);
    }

    private static Dictionary<string, double[]> Run(
        Network network, ReadOnlySpan<double> rows, Ask[] asks, CompilationOptions? options = null)
    {
        using var session = new ModelSession(Explanation.Compile(network, options ?? new(), asks).Model, new RuntimeOptions());
        var input = network.DefaultInput;
        var width = input.Shape![1].Value;
        var singles = new float[rows.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(rows, singles);
        return session.Run(new Dictionary<string, Tensor> { [input.Name] = Tensor.From(singles, rows.Length / width, width) })
            .ToDictionary(o => o.Key, o => o.Value.ToDouble());
    }

    private static Tensor OfRow(double[] masks, int row)
    {
        var width = masks.Length / (30 * 12);
        return Tensor.From((float[])[.. Enumerable.Range(0, 30).SelectMany(pass =>
            Enumerable.Range(0, width).Select(i => (float)masks[(pass * 12 + row) * width + i]))], 30, width);
    }

    private static string[] Relus(Network network) => [.. network.Layers.Where(l => l.Operator == "Relu").Select(l => l.Name)];

    private static double[] Softmax(double[] logits) => [.. logits.Chunk(3).SelectMany(row =>
    {
        var sum = row.Sum(Math.Exp);
        return row.Select(z => Math.Exp(z) / sum);
    })];

    // x₀·1 + x₁·0.75 + 1, behind a layer h = x·w.
    private static Network Twice(bool dropout)
    {
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 2));
        var h = graph.Add("Mul", "", "h", [x, graph.Constant(Tensor.Vector(1f, 0.75f))], Attributes.None, [("h", x.Type, x.Shape)]).Outputs[0];
        if (dropout)
            h = Operators.Emit("Dropout", h, graph.Constant(Tensor.Scalar(0.25f)));
        return Network.From(graph.ToModel([("y", h.ReduceSum([1]) + 1)]));
    }

    private static Network Model(string name) => Network.Load(Path.Combine(UncertaintyReferences.Folder("dropout"), name + ".onnx"));
}

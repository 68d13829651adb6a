using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Several questions answered by one graph.</summary>
[TestClass]
public sealed class AskingSeveralQuestions
{
    private static readonly Network Vgg = References.Network("vgg_tiny");
    private static readonly Tensor Input = References.Arrays("vgg_tiny")["input"].Head(2);

    [TestMethod]
    public void One_graph_says_what_a_graph_for_each_says()
    {
        Ask[] asks =
        [
            new(new Saliency(), null, "Saliency") { ScoreName = "Score", TargetName = "Class" },
            new(new InputXGradient(), Target.Class(2), "Product") { ScoreName = "Second" },
            new(new GuidedBackprop(), null, "Guided"),
            new(new GradCam(), null, "Map") { ScoreName = "Score", TargetName = "Class" },
            new(new IntegratedGradients(5), Target.Difference(0, 1), "Path") { BaseValueName = "Base", GapName = "Gap" },
        ];
        var layer = Vgg.Layers.First(l => l.Operator == "Conv").Name;
        asks = [.. asks, new(new Activation(layer), null, "Maps")];
        var all = Explanation.Compile(Vgg, asks);
        Assert.AreEqual(
            "Saliency, Class, Score, Product, Second, Guided, Map, Path, Base, Gap, Maps",
            string.Join(", ", all.Ports.Select(p => p.Name)));
        CollectionAssert.AreEqual(all.Ports.Select(p => p.Name).ToArray(), all.Model.Outputs.Select(o => o.Name).ToArray());
        Assert.IsTrue(all.Ports.Index().All(p => p.Index == p.Item.Index));
        Assert.AreEqual("Gap", all.Of("Path", PortKind.Gap).Single().Name);
        Assert.AreEqual(PortKind.BaseValue, all["Base"].Kind);
        Assert.ThrowsExactly<ArgumentException>(() => all["nothing"]);

        var found = GraphRunner.Run(all.Model, ("input", Input));
        foreach (var ask in asks)
        {
            var alone = Explanation.Compile(Vgg, ask);
            foreach (var (name, tensor) in GraphRunner.Run(alone.Model, ("input", Input)))
                TensorAssert.AreEqual(tensor, found[name], $"{ask.Name}: {name}");
        }
    }

    [TestMethod]
    public void The_network_stands_in_the_graph_once()
    {
        int Convolutions(OnnxModel model) => model.Proto.Graph.Node.Count(n => n.OpType == "Conv");
        int Nodes(params Ask[] asks) => Explanation.Compile(Vgg, asks).Model.Proto.Graph.Node.Count;
        var plain = Vgg.Layers.Count(l => l.Operator == "Conv");
        Ask saliency = new(new Saliency(), null, "a"), product = new(new InputXGradient(), null, "b"),
            activation = new(new Activation(Vgg.Layers[^1].Name), null, "c");
        Assert.AreEqual(plain, Convolutions(Explanation.Compile(Vgg, activation, activation with { Name = "d" }).Model));
        // What both share is the gradient; the product adds one node.
        Assert.AreEqual(Nodes(saliency) + 1, Nodes(saliency, product));
    }

    [TestMethod]
    public void Names_given_twice_and_nothing_are_refused()
    {
        Refused("Nothing is asked");
        Refused("Two asks are named 'attribution'", new Ask(new Saliency()), new Ask(new InputXGradient()));
        Refused("Two outputs are named 'Score'",
            new Ask(new Saliency(), Target.Class(0), "a") { ScoreName = "Score" },
            new Ask(new Saliency(), Target.Class(1), "b") { ScoreName = "Score" });
        Refused("no base value", new Ask(new Saliency()) { BaseValueName = "Base" });
        Refused("no completeness gap", new Ask(new Activation(Vgg.Layers[0].Name)) { GapName = "Gap" });
        Refused("no layer 'conv'", new Ask(new Activation("conv")));
        Refused("no input 'pixels'", new Ask(new Saliency()) { Of = ["pixels"] });
        Assert.ThrowsExactly<ArgumentException>(() => new Ask(new Saliency()) { Of = [] });
        Assert.ThrowsExactly<ArgumentException>(() => new Ask(new Saliency()) { Of = ["a", "a"] });
        Assert.ThrowsExactly<ArgumentException>(() => new Ask(new Saliency(), null, ""));
        Assert.ThrowsExactly<ArgumentNullException>(() => new Ask(null!));

        static void Refused(string message, params Ask[] asks) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(Vgg, asks)).Message, message);
    }

    [TestMethod]
    public void A_layer_is_asked_of_like_an_input()
    {
        var layer = Vgg.Layers.First(l => l.Operator == "Relu").Name;
        var one =
            GraphRunner.Run(Explanation.Compile(Vgg, new Saliency(), null, new ExplanationOptions { Layer = layer }),
                ("input", Input))["attribution"];
        TensorAssert.AreEqual(one,
            GraphRunner.Run(Explanation.Compile(Vgg, new Ask(new Saliency()) { Of = [layer] }).Model, ("input", Input))["attribution"]);
    }

    [TestMethod]
    [DataRow(1L), DataRow(100L), DataRow(3100L), DataRow(1L << 30)]
    public void How_much_is_computed_at_once_changes_no_number(long portion)
    {
        foreach (var method in (AttributionMethod[])[new IntegratedGradients(6), new Smooth(new Saliency(), 4), new Occlusion([16]),
            new Rise(6, 3), new ScoreCam(), new AblationCam()])
        {
            var usual = GraphRunner.Run(Explanation.Compile(Vgg, method, Target.Class(1)), ("input", Input))["attribution"];
            var other = Explanation.Compile(Vgg, method, Target.Class(1), new ExplanationOptions { Portion = portion });
            TensorAssert.AreClose(usual, GraphRunner.Run(other, ("input", Input))["attribution"], 1e-4, method.ToString());
        }
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new CompilationOptions { Portion = 0 });
    }

    [TestMethod]
    public void A_network_of_a_fixed_batch_takes_one_variant_at_a_time()
    {
        Network Of(long batch) => Network.From(new ModelBuilder(17).Input("x", batch, 4)
            .Initializer("w", Samples.Seeded(2, 4, 3)).Node("MatMul", ["x", "w"], ["h"]).Node("Tanh", ["h"], ["y"]).Output("y").Build());
        AttributionMethod[] methods =
        [
            new IntegratedGradients(8), new Smooth(new Saliency(), 5), new Occlusion([1]), new FeatureAblation(), new ExactShap(),
            new GradientShap(9),
            new TaylorCoefficients(), new DeepLift { Baseline = Baseline.Several(Baseline.Zero, Baseline.Constant(1)) },
        ];
        var input = Samples.Floats(1, 4);
        foreach (var method in methods)
        {
            var free = GraphRunner.Run(Explanation.Compile(Of(-1), method, Target.Class(1)), ("x", input))["attribution"];
            TensorAssert.AreClose(free, GraphRunner.Run(Explanation.Compile(Of(1), method, Target.Class(1)), ("x", input))["attribution"],
                1e-5, method.ToString());
        }
    }
}

using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using static Microsoft.ML.Introspection.Tests.Explaining.ModelKinds;

namespace Microsoft.ML.Introspection.Tests.Explaining;

/// <summary>Graphs of explainers give what explainers give.</summary>
[TestClass]
public sealed class CompilingExplainers
{
    private static readonly float[] Asked = Table(4), Usual = Table(3, 2);

    private static readonly long[] Truth = [2, 0, 1, 1];

    [TestMethod]
    [DataRow("trees", ShapAlgorithm.Auto, true), DataRow("trees", ShapAlgorithm.Auto, false), DataRow("linear", ShapAlgorithm.Auto, true),
        DataRow("network", ShapAlgorithm.Exact, true), DataRow("network", ShapAlgorithm.Deep, true)]
    public void The_graph_gives_the_same(string kind, ShapAlgorithm algorithm, bool withBackground)
    {
        foreach (var text in (string[])["all", "argmax", "1", "2-0", "label:truth"])
        {
            var choice = OutputChoice.Parse(text);
            using var explainer = For(kind, new ExplainerOptions
            {
                Algorithm = new() { Algorithm = algorithm }, Background = withBackground ? new(Usual) : null, Outputs = choice,
                Kept = text == "1" ? new KeptValues(1, 2, true) : null,
            });
            var explained = Of(explainer, Asked, choice.LabelColumn is null ? null : Truth, scored: false);
            var names = new ExplanationNames { Input = "rows", Attribution = "why", BaseValue = "base", Score = "score",
                Target = choice.Target is null ? null : "class" };
            var graph = Run(explainer.Compile(names), Asked, FeatureCount, "rows", choice.LabelColumn is { } label ? (label, Truth) : null);
            AreClose(graph["why"].ToDouble(), explained.Values, 1e-4);
            AreClose(graph["base"].ToDouble(), explained.BaseValues, 1e-4);
            AreClose(graph["score"].ToDouble(), explained.Scores, 1e-4);
            if (choice.Target is not null)
                CollectionAssert.AreEqual(explained.Outputs.ToArray().Select(o => (long)o).ToArray(), graph["class"].ToInt64());
        }
    }

    [TestMethod]
    public void Groups_and_interactions_are_in_the_graph()
    {
        var players = Players.Named(FeatureCount, [("some", [1, 4])]);
        using var trees = Explainer.For(Trees, new ExplainerOptions { Players = players });
        var explained = Of(trees, Asked, pairs: true);
        var graph = Run(trees.Compile(new ExplanationNames { Interactions = "pairs" }), Asked, FeatureCount);
        AreClose(graph["attribution"].ToDouble(), explained.Values, 1e-4);
        AreClose(graph["pairs"].ToDouble(), explained.Interactions, 1e-4);
        using var linear = Explainer.For(Linear, new ExplainerOptions { Players = players, Background = new(Usual) });
        AreClose(Run(linear.Compile(), Asked, FeatureCount)["attribution"].ToDouble(), Of(linear, Asked).Values, 1e-4);
    }

    [TestMethod]
    public void Algorithms_have_names_and_options_in_texts()
    {
        Assert.AreEqual("auto tree linear exact kernel permutation sampling partition gradient deep",
            string.Join(' ', AlgorithmCatalog.All.Select(a => a.Name)));
        foreach (var described in AlgorithmCatalog.All)
            Assert.AreEqual(described.Algorithm, AlgorithmCatalog.Create(described.Name).Algorithm, described.Name);
        var kernel = AlgorithmCatalog.Create("kernel", new Dictionary<string, string> { ["samples"] = "300", ["selection"] = "2" });
        Assert.AreEqual(new Introspection.Shapley.KernelShap(300) { Selection = Introspection.Shapley.Selection.Features(2) },
            kernel.Method);
        Assert.AreEqual(("kernel", true), (kernel.Name, kernel.IsForAnyModel));
        Assert.AreEqual(FeatureHierarchy.Auto, AlgorithmCatalog.Create("partition").Hierarchy);
        Refused<ArgumentException>(() => AlgorithmCatalog.Create("best"), "no algorithm 'best'");
        Refused<ArgumentException>(() => AlgorithmCatalog.Create("tree", new Dictionary<string, string> { ["seed"] = "1" }),
            "has no option 'seed'", "It belongs to");
        Refused<ArgumentException>(() => AlgorithmCatalog.Create("partition", new Dictionary<string, string> { ["hierarchy"] = "x" }),
            "takes auto, correlation, order");
    }
}

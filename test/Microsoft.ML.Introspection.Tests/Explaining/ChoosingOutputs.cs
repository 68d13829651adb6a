using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using static Microsoft.ML.Introspection.Tests.Explaining.ModelKinds;

namespace Microsoft.ML.Introspection.Tests.Explaining;

/// <summary>What a target takes of all outputs.</summary>
[TestClass]
public sealed class ChoosingOutputs
{
    private const int Count = 6;

    private static readonly float[] Asked = Table(Count), Usual = Table(3, 2);

    private static readonly long[] Truth = [0, 2, 1, 1, 0, 2];

    [TestMethod]
    [DataRow("trees", ShapAlgorithm.Auto), DataRow("trees", ShapAlgorithm.Exact), DataRow("linear", ShapAlgorithm.Auto),
        DataRow("network", ShapAlgorithm.Auto)]
    [DataRow("network", ShapAlgorithm.Deep), DataRow("function", ShapAlgorithm.Auto)]
    public void Takes_the_class_the_difference_or_what_rows_say(string kind, ShapAlgorithm algorithm)
    {
        ExplainerOptions options = new() { Algorithm = new() { Algorithm = algorithm }, Background = new(Usual) };
        using var whole = For(kind, options);
        var all = Of(whole, Asked);
        foreach (var text in (string[])["argmax", "1", "2-0", "label:truth"])
        {
            var choice = OutputChoice.Parse(text);
            using var explainer = For(kind, options with { Outputs = choice });
            var explained = Of(explainer, Asked, choice.LabelColumn is null ? null : Truth);
            for (var row = 0; row < Count; row++)
            {
                var scores = all.Scores.Slice(row * Outputs, Outputs);
                var (why, whyNot) = text switch
                {
                    "argmax" => (scores.IndexOf(Math.Max(scores[0], Math.Max(scores[1], scores[2]))), -1),
                    "1" => (1, -1),
                    "2-0" => (2, 0),
                    _ => ((int)Truth[row], -1),
                };
                Assert.AreEqual(why, explained.Outputs[row], text);
                AreClose([Of(all.Scores, 0)], explained.Scores.Slice(row, 1), 1e-5);
                AreClose([Of(all.BaseValues, 0)], explained.BaseValues.Slice(row, 1), 1e-5);
                for (var feature = 0; feature < FeatureCount; feature++)
                    AreClose([Of(all.Values, feature, FeatureCount)], explained.ValuesOf(row).Slice(feature, 1), 1e-5);

                double Of(ReadOnlySpan<double> numbers, int place, int size = 1) =>
                    numbers[(row * Outputs + why) * size + place] - (whyNot < 0 ? 0 : numbers[(row * Outputs + whyNot) * size + place]);
            }
        }
    }

    [TestMethod]
    public void Interactions_follow_the_target()
    {
        using var whole = Explainer.For(Trees);
        using var explainer = Explainer.For(Trees, new ExplainerOptions { Outputs = new(Target.Difference(2, 1)) });
        var (all, explained) = (Of(whole, Asked, pairs: true), Of(explainer, Asked, pairs: true));
        const int size = FeatureCount * FeatureCount;
        for (var row = 0; row < Count; row++)
            for (var i = 0; i < size; i++)
                AreClose([all.Interactions[(row * Outputs + 2) * size + i] - all.Interactions[(row * Outputs + 1) * size + i]],
                    explained.Interactions.Slice(row * size + i, 1));
    }

    [TestMethod]
    public void Scores_may_be_summed_in_the_place_of_asking_the_model()
    {
        foreach (var kind in (string[])["trees", "linear", "function"])
        {
            using var explainer = For(kind, new ExplainerOptions { Background = new(Usual), Outputs = new(Target.ArgMax) });
            var (asked, summed) = (Of(explainer, Asked).Scores.ToArray(), Of(explainer, Asked, scored: false).Scores.ToArray());
            AreClose(asked, summed, 1e-5);
        }
    }

    [TestMethod]
    public void Only_the_strongest_values_are_kept_and_normalised()
    {
        using var whole = Explainer.For(Trees, new ExplainerOptions { Outputs = new(Target.Class(0)) });
        using var explainer =
            Explainer.For(Trees, new ExplainerOptions { Outputs = new(Target.Class(0)), Kept = new KeptValues(1, 0, true) });
        var (all, kept) = (Of(whole, Asked), Of(explainer, Asked));
        for (var row = 0; row < Count; row++)
        {
            var values = all.ValuesOf(row).ToArray();
            CollectionAssert.AreEqual(values.Select(v => v > 0 && v == values.Largest() ? 1.0 : 0).ToArray(), kept.ValuesOf(row).ToArray());
        }
        AreClose(all.Scores, kept.Scores);
    }

    [TestMethod]
    public void Reads_texts()
    {
        Assert.AreSame(OutputChoice.All, OutputChoice.Parse("ALL"));
        Assert.AreEqual(new OutputChoice(Target.ArgMax), OutputChoice.Parse("argmax"));
        Assert.AreEqual(new OutputChoice(Target.Difference(2, 0)), OutputChoice.Parse("2-0"));
        Assert.AreEqual("truth", OutputChoice.Parse("label:truth").LabelColumn);
        Refused<FormatException>(() => OutputChoice.Parse("best"), "'best' is no target; expected all, argmax");
        Refused<FormatException>(() => OutputChoice.Parse("channel:conv:1"), "lies inside a network");
        Refused<ArgumentException>(() => new OutputChoice(Target.Layer("conv")), "lies in the layer 'conv'");
    }

    [TestMethod]
    public void Tells_what_slots_are()
    {
        Assert.AreEqual((3, 1, 1), (OutputChoice.All.Slots(3), new OutputChoice(Target.ArgMax).Slots(3), OutputChoice.All.Slots(1)));
        CollectionAssert.AreEqual((int[])[2, 0], new OutputChoice(Target.Difference(2, 0)).Needed(3).ToArray());
        Assert.AreEqual("c2-c0", new OutputChoice(Target.Difference(2, 0)).Name(2, c => $"c{c}"));
        Assert.IsTrue(new OutputChoice(Target.Label("x")).Varies && !new OutputChoice(Target.Class(1)).Varies);
    }

    [TestMethod]
    public void Classes_that_are_not_there_are_refused()
    {
        Refused<ArgumentOutOfRangeException>(() => Explainer.For(Trees, new ExplainerOptions { Outputs = new(Target.Class(3)) }),
            "class 3 is out of range: the model has 3 outputs, 0 to 2.");
        using var explainer = Explainer.For(Trees, new ExplainerOptions { Outputs = new(Target.Label("truth")) });
        Refused<ArgumentException>(() => Of(explainer, Asked), "'truth'", "6 rows and 0 classes");
        Refused<ArgumentException>(() => Of(explainer, Asked, [0, 1, 2, 3, 0, 0]),
            "Row 3: the class 3 is out of range; the model has 3 outputs, 0 to 2.");
    }
}

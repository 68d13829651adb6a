using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers;

/// <summary>A file of XGBoost holds all rounds; which of them predict depends on who predicts.</summary>
[TestClass]
public sealed partial class StoppingEarly
{
    [GeneratedRegex("""
        "attributes":\{[^}]*\}
        """)]
    private static partial Regex Attributes();

    [GeneratedRegex("""
        "best_iteration":"\d+"
        """)]
    private static partial Regex Told();

    private static readonly Tensor Rows = Tensor.From<float>(
        [
            0.1257302165031433f, -0.13210485875606537f, 0.6404226422309875f, 0.10490011423826218f, -0.5356693863868713f,
            0.3615950644016266f, 1.3040000200271606f, 0.9470809698104858f, -0.7037352323532104f, -1.2654215097427368f, -0.6232744455337524f,
            0.04132597893476486f, -2.32503080368042f, -0.218791663646698f, -1.2459110021591187f, -0.7322673797607422f,
            -0.5442590117454529f, -0.3163001537322998f, 0.4116305410861969f, 1.042513370513916f,
        ], 5, 4);

    // XGBRegressor(early_stopping_rounds=10).predict and Booster.predict of XGBoost 1.7.4.
    private static readonly double[] OfTheBest = [0.5500524, -0.8212942, -0.82068413, -1.2171874, -0.8212942],
        OfAll = [0.26048467, -1.5268742, -1.9980801, -2.571434, -1.6543032];

    [TestMethod]
    public void The_rounds_up_to_the_best_count_unless_others_are_asked_for()
    {
        var file = References.TreeFile("xgb17_stopped.json");
        var best = XGBoostModel.Load(file);
        Near.Relative(OfTheBest, best.Raw(Rows).ToDouble(), 1e-6);
        Assert.AreEqual("The model was stopped early: its best round is 3 of 13. The rounds up to it count, as XGBoost's scikit-learn "
            + "interface predicts; Booster.predict takes all.", best.Remark);
        var all = XGBoostModel.Load(file, BoostingRounds.All);
        Near.Relative(OfAll, all.Raw(Rows).ToDouble(), 1e-6);
        StringAssert.Contains(all.Remark, "All count");
        var first = TreeFile.Load(file, BoostingRounds.First(3));
        Near.Relative(OfTheBest, first.Raw(Rows).ToDouble(), 1e-6);
        StringAssert.Contains(TreeFile.Load(file, BoostingRounds.First(5)).Remark, "The first 5 count");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => TreeFile.Load(file, BoostingRounds.First(14))).Message,
            "The model has 13 rounds; the first 14 were asked for.");
    }

    // A round has a tree for each class, several in forests, one where leaves are vectors; or the file says where rounds begin.
    [TestMethod]
    [DataRow("xgb_wine.json", 3)]
    [DataRow("xgb17_forest.json", 3)]
    [DataRow("xgb21_vector_leaves.json", 3)]
    [DataRow("xgb34_dart.json", 1)]
    [DataRow("xgb17_targets.json", 3)]
    public void A_round_is_all_its_trees(string name, int treesOfARound)
    {
        var all = XGBoostModel.Load(References.TreeFile(name), BoostingRounds.All);
        // The file holds numbers that JSON has not, so it is changed as text.
        var text = Attributes().Replace(File.ReadAllText(References.TreeFile(name)), "\"attributes\":{\"best_iteration\":\"1\"}");
        var best = XGBoostModel.Parse(Encoding.UTF8.GetBytes(text));
        Assert.AreEqual(2 * treesOfARound, best.Trees.Count);
        Assert.IsTrue(best.Trees.Count < all.Trees.Count, "the case needs rounds after the second");
        for (var i = 0; i < best.Trees.Count; i++)
            Assert.IsTrue(all.Trees[i].Nodes.SequenceEqual(best.Trees[i].Nodes), $"tree {i}");
        StringAssert.Contains(best.Remark, $"its best round is 2 of {all.Trees.Count / treesOfARound}");
    }

    [TestMethod]
    [DataRow("xgb17_stopped.json", "0", 1)]
    [DataRow("xgb17_stopped.json", "11", 12)]
    [DataRow("xgb17_dart.json", "0", 1)]
    [DataRow("xgb_wine.json", "0", 3)]
    public void The_best_may_be_the_first_or_the_last_but_one(string name, string best, int trees)
    {
        var file = References.TreeFile(name);
        var all = XGBoostModel.Load(file, BoostingRounds.All);
        var text = File.ReadAllText(file);
        var found = XGBoostModel.Parse(Encoding.UTF8.GetBytes(Told().IsMatch(text)
            ? Told().Replace(text, $"\"best_iteration\":\"{best}\"")
            : Attributes().Replace(text, $"\"attributes\":{{\"best_iteration\":\"{best}\"}}")));
        Assert.HasCount(trees, found.Trees);
        Assert.IsNotNull(found.Remark);
        for (var i = 0; i < trees; i++)
            Assert.IsTrue(all.Trees[i].Nodes.SequenceEqual(found.Trees[i].Nodes), $"tree {i}");
    }

    [TestMethod]
    [DataRow("12")]
    [DataRow("40")]
    [DataRow("-1")]
    [DataRow("two")]
    [DataRow(null)]
    public void Where_nothing_comes_after_the_best_all_rounds_count(string? best)
    {
        var text = File.ReadAllText(References.TreeFile("xgb17_stopped.json"))
            .Replace("\"best_iteration\":\"2\"", best is null ? "\"another\":\"2\"" : $"\"best_iteration\":\"{best}\"");
        var trees = XGBoostModel.Parse(Encoding.UTF8.GetBytes(text));
        Near.Relative(OfAll, trees.Raw(Rows).ToDouble(), 1e-6);
        Assert.IsNull(trees.Remark);
    }

    [TestMethod]
    public void Rounds_are_of_XGBoost_and_read_from_texts()
    {
        Assert.AreEqual(BoostingRounds.Best, BoostingRounds.Parse("best"));
        Assert.AreEqual(BoostingRounds.All, BoostingRounds.Parse("all"));
        Assert.AreEqual(BoostingRounds.First(7), BoostingRounds.Parse("7"));
        foreach (var text in (string[])["0", "-1", "some", "1.5"])
            StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => BoostingRounds.Parse(text)).Message, $"'{text}' was given");
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => TreeFile.Load(References.TreeFile("lgbm_binary.txt"), BoostingRounds.First(2)));
        StringAssert.Contains(error.Message, "Rounds are chosen of models of XGBoost");
    }
}

using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;
using static Microsoft.ML.Introspection.Tests.Shapley.KeepingShapleyAxioms;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Few players selected by least angles and lasso, against scikit-learn's paths in shap's formulation.</summary>
[TestClass]
public sealed class SelectingPlayers
{
    private static readonly IReadOnlyDictionary<string, Tensor> Reference = References.Arrays("shapley_selection");

    [TestMethod]
    [DataRow("dense")]
    [DataRow("sparse")]
    [DataRow("noisy")]
    public void Selected_players_get_what_the_reference_gives_them(string name)
    {
        var values = Reference[name + "_values"].ToDouble();
        var game = new Game(int.Log2(values.Length), s => values[s]);
        foreach (var (text, selection) in ((string, Selection)[])[("1", Selection.Features(1)), ("3", Selection.Features(3)),
            ("5", Selection.Features(5)), ("aic", Selection.Aic), ("bic", Selection.Bic)])
            AreClose(Reference[$"{name}_{text}"].ToDouble(), game.Explained(new KernelShap { Selection = selection }), 1e-9, text);
    }

    [TestMethod]
    public void Few_players_suffice_where_few_play()
    {
        var values = Reference["sparse_values"].ToDouble();
        var game = new Game(9, s => values[s]);
        foreach (var selection in (Selection[])[Selection.Features(3), Selection.Bic])
            CollectionAssert.AreEqual((int[])[0, 3, 6],
                game.Explained(new KernelShap { Selection = selection }).Index().Where(v => v.Item != 0).Select(v => v.Index).ToArray());
    }

    [TestMethod]
    public void All_players_selected_are_all_players()
    {
        var game = Game.Random(6, 3);
        AreClose(game.Explained(new KernelShap()), game.Explained(new KernelShap { Selection = Selection.Features(6) }), 1e-11);
        AreClose(game.Explained(new KernelShap()), game.Explained(new KernelShap { Selection = Selection.Features(60) }), 1e-11);
        AreClose([3], new Game(1, s => 3 * s).Explained(new KernelShap { Selection = Selection.Aic }), 1e-12);
    }

    [TestMethod]
    [DataRow("path_lars", false)]
    [DataRow("path_lasso", true)]
    public void Paths_take_the_steps_of_the_reference(string name, bool lasso)
    {
        var rows = Matrix<double>.Build.Dense(40, 6, (i, j) => Reference["path_rows"].ToDouble()[i * 6 + j]);
        var targets = Vector<double>.Build.DenseOfArray(Reference["path_targets"].ToDouble());
        var steps = LeastAngles.Path(rows.TransposeThisAndMultiply(rows), rows.TransposeThisAndMultiply(targets), lasso).ToList();
        AreClose(Reference[name].ToDouble(), [.. steps.SelectMany(s => s.Coefficients)], 1e-10);
        if (lasso)
            Assert.IsTrue(steps.Zip(steps.Skip(1)).Any(s => s.Second.Active.Count <= s.First.Active.Count), "a column is let go");
        // At the end of the path lies the plain regression.
        AreClose([.. (rows.TransposeThisAndMultiply(rows)).Cholesky().Solve(rows.TransposeThisAndMultiply(targets))],
            [.. steps[^1].Coefficients], 1e-10);
    }

    [TestMethod]
    public void A_column_that_others_hold_already_is_passed_over()
    {
        var random = new Random(2);
        var rows = Matrix<double>.Build.Dense(20, 4, (_, _) => random.NextDouble() - 0.5);
        rows.SetColumn(3, rows.Column(0) - 2 * rows.Column(1));
        var targets = Vector<double>.Build.Dense(20, _ => random.NextDouble());
        var last = LeastAngles.Path(rows.TransposeThisAndMultiply(rows), rows.TransposeThisAndMultiply(targets), lasso: false).Last();
        Assert.HasCount(3, last.Active);
        var residual = rows.TransposeThisAndMultiply(targets - rows * last.Coefficients);
        Finite.Below(1e-9, residual.AbsoluteMaximum());
    }

    [TestMethod]
    public void Texts_name_selections()
    {
        Assert.AreEqual(Selection.Features(4), Selection.Parse("4"));
        Assert.AreEqual(Selection.Aic, Selection.Parse("AIC"));
        Assert.AreEqual(Selection.Bic, Selection.Parse("bic"));
        Assert.AreEqual(Selection.None, Selection.Parse("none"));
        foreach (var wrong in (string[])["0", "-1", "lasso", ""])
            StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => Selection.Parse(wrong)).Message,
                "expected none, a number of them, aic, or bic");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Selection.Features(0));
        Assert.AreNotEqual(new KernelShap(), new KernelShap { Selection = Selection.Aic });
        Assert.AreEqual(new KernelShap { Selection = Selection.Features(2) }, new KernelShap { Selection = Selection.Features(2) });
    }
}

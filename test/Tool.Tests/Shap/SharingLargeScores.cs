namespace Microsoft.ML.Introspection.Tool.Tests.Shap;

/// <summary>Sums of money, bytes, milliseconds: scores of any size are shared out, as raw scores and as predictions.</summary>
[TestClass]
public sealed class SharingLargeScores
{
    [TestMethod]
    [DataRow("raw", 1e12)]
    [DataRow("prediction", 1e12)]
    [DataRow("prediction", 1.0)]
    [DataRow("prediction", 1e15)]
    [DataRow("prediction", 6e11)]
    public async Task Values_are_those_of_the_enumeration(string kind, double scale)
    {
        using var work = new Workplace();
        work.Write("model.txt", Model(scale));
        work.Write("rows.csv", "0,0\n1,0\n1,1\n0,1\n");
        var outcome = (await work.RunAsync("shap", "@model.txt", "--data", "@rows.csv", "--background", "data", "--output-kind", kind, "-o",
            "@out.csv")).IsDone();
        Assert.DoesNotContain("NaN", outcome.Out);
        double[] expected = [-0.75, -0.25, 0.75, -0.75, 1.25, 0.75, -1.25, 0.25];
        double[] found = [.. work.ReadCsv("out.csv")[1..].SelectMany(line => line[^2..]).Select(double.Parse)];
        Near.Equal(expected, Array.ConvertAll(found, v => v / scale), 1e-6);
    }

    [TestMethod]
    public async Task Equal_scores_are_shared_out_as_nothing_but_rounding()
    {
        using var work = new Workplace();
        work.Write("model.txt", Model(0));
        work.Write("rows.csv", "0,0\n1,0\n1,1\n");
        foreach (var kind in (string[])["raw", "prediction"])
        {
            (await work.RunAsync(
                "shap", "@model.txt", "--data", "@rows.csv", "--background", "data", "--output-kind", kind, "-o", "@o.csv")).IsDone();
            foreach (var line in work.ReadCsv("o.csv")[1..])
                Near.Equal([0, 0], Array.ConvertAll(line[^2..], double.Parse), 1e12 * 1e-15);
        }
    }

    // a ≤ ½: 1; else b ≤ ½: 2; else 4, times the scale (of 0: all leaves are 10¹²).
    private static string Model(double scale)
    {
        var leaves = scale == 0 ? [1e12, 1e12, 1e12] : (double[])[scale, 2 * scale, 4 * scale];
        return FormattableString.Invariant($"""
            tree
            version=v4
            num_class=1
            num_tree_per_iteration=1
            label_index=0
            max_feature_idx=1
            objective=regression
            feature_names=a b
            feature_infos=[0:1] [0:1]
            tree_sizes=100

            Tree=0
            num_leaves=3
            num_cat=0
            split_feature=0 1
            split_gain=1 1
            threshold=0.5 0.5
            decision_type=2 2
            left_child=-1 -2
            right_child=1 -3
            leaf_value={leaves[0]:R} {leaves[1]:R} {leaves[2]:R}
            leaf_weight=2 1 1
            leaf_count=2 1 1
            internal_value=0 0
            internal_weight=4 2
            internal_count=4 2
            is_linear=0
            shrinkage=1


            end of trees

            """).ReplaceLineEndings("\n");
    }
}

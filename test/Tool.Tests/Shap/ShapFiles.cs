using System.Globalization;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tool.Tests.Shap;

/// <summary>Files for the command, and what it wrote.</summary>
internal static class ShapFiles
{
    /// <summary>The rows of a reference, shape [N, features].</summary>
    public static NpyArray Rows(string model, string array = "input")
    {
        using var reference = NpzArchive.Open(Workplace.Given($"{model}.npz"));
        return reference.Read(array);
    }

    /// <summary>The trees of a file that comes with the tests.</summary>
    public static TreeEnsemble Trees(string file) => TreeFile.Load(Workplace.Given(file));

    /// <summary>The values of trees, computed directly: [N, outputs, features].</summary>
    public static double[] Values(TreeEnsemble trees, NpyArray rows, TreeShapOptions? options = null)
    {
        var shap = new TreeShap(trees, options);
        var values = new double[rows.Shape[0] * trees.OutputCount * shap.PlayerCount];
        shap.Values(rows.ToDoubles(), values);
        return values;
    }

    /// <summary>The same by pairs: [N, outputs, features, features].</summary>
    public static double[] Interactions(TreeEnsemble trees, NpyArray rows)
    {
        var values = new double[rows.Shape[0] * trees.OutputCount * trees.FeatureCount * trees.FeatureCount];
        new TreeShap(trees).Interactions(rows.ToDoubles(), values);
        return values;
    }

    /// <summary>The raw scores of trees: [N, outputs].</summary>
    public static double[] Scores(TreeEnsemble trees, NpyArray rows) => [.. rows.ToDoubles().Chunk(trees.FeatureCount).SelectMany(row =>
    {
        var scores = new double[trees.OutputCount];
        trees.Score(row, scores);
        return scores;
    })];

    /// <summary>Rows as text; missing numbers are empty cells.</summary>
    public static string Csv(NpyArray rows, IReadOnlyList<string>? header, IReadOnlyList<int>? columns = null) => string.Concat(
        (header is null ? []
            : (string[])[string.Join(',', (columns ?? [.. Enumerable.Range(0, header.Count)]).Select(c => header[c])) + "\n"])
        .Concat(
            rows.ToDoubles().Chunk(rows.Shape[1])
                .Select(row => string.Join(',', (columns ?? [.. Enumerable.Range(0, row.Length)]).Select(c => Cell(row[c]))) + "\n")));

    /// <summary>The numbers in some columns of a table.</summary>
    public static double[] Numbers(this string[][] table, Range columns) =>
        [.. table[1..].SelectMany(line => line[columns]).Select(Number)];

    /// <summary>A cell as a number.</summary>
    public static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);

    /// <summary>Asserts that numbers are the same to the last digits of a sum.</summary>
    public static void AreSame(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance = 1e-12) =>
        Near.Relative(expected, actual, tolerance);

    private static string Cell(double value) => double.IsNaN(value) ? "" : value.ToString(CultureInfo.InvariantCulture);
}

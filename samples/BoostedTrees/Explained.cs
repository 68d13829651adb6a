using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML;

namespace BoostedTrees;

/// <summary>Explained rows: what is said of them on the console, and the report.</summary>
internal static class Explained
{
    private const int Told = 4;
    private const int Ranked = 8;

    /// <summary>The columns that come out: values, base value, and the values of pairs.</summary>
    public static ShapOptions Columns { get; } = new() { BaseValueColumnName = "Base", InteractionsColumnName = "Pairs" };

    /// <summary>Reads the columns, with the scores that the model itself gives in "Score".</summary>
    public static ShapValues Read(MLContext mlContext, IDataView explained, ScoreLink link) =>
        mlContext.Data.ReadShapValues(explained, "Shap", "Base", new ShapValuesOptions
    {
        FeatureColumnName = "Features",
        InteractionsColumnName = "Pairs",
        LabelColumnName = "Label",
        ScoreColumnName = "Score",
        OutputNames = ["benign"],
        Link = link,
    }).Single();

    /// <summary>What matters over all rows, why single rows came out as they did, and whether the values add up.</summary>
    public static void Print(string model, ShapValues values)
    {
        Console.WriteLine($"""
            {model}
            Base value {Signed(values.BaseValue)}: the score for benign before anything is measured, a probability of {values.PredictionAt(values.BaseValue)!.Value.ToString("P0", CultureInfo.InvariantCulture)}.
            What matters, by mean |SHAP| over {values.RowCount} tumours that were not seen in training:
            """);
        foreach (var feature in values.Ranking.Take(Ranked))
            Console.WriteLine($"  {values.MeanAbsolute[feature],6:0.000}  {values.FeatureNames[feature],-24} "
                + $"{new string('█', (int)(30 * values.MeanAbsolute[feature] / values.MeanAbsolute[values.Ranking[0]]))}");

        Console.WriteLine("\n row  truth      score    most telling measurements");
        foreach (var row in Shown(values))
            Console.WriteLine($"{row,4}  {(IsBenign(values, row) ? "benign" : "malignant"),-9} "
                + $"{Signed(values.Predictions[row])}{(IsRight(values, row) ? " " : "!")}   {Telling(values, row)}");

        Console.WriteLine("\nLocal accuracy: base value and SHAP values of a row sum to the model's own score; largest difference "
            + $"{values.LargestGap!.Value.ToString("G2", CultureInfo.InvariantCulture)}.\n");
    }

    /// <summary>All views of the values on one page.</summary>
    public static void Save(string model, ShapValues values, string file) => ShapReport.Of(values, new ShapReportOptions
    {
        Title = "Breast cancer",
        Facts = [("Model", model)],
        Rows = [.. Shown(values)],
    }).Save(file);

    /// <summary>The largest difference between the SHAP values of two views of the same rows.</summary>
    public static float LargestDifference(IDataView one, IDataView other) => one.GetColumn<float[]>("Shap")
        .Zip(other.GetColumn<float[]>("Shap"), (a, b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max())
        .Max();

    // The surest of each kind, the most doubtful, and all mistakes.
    private static IEnumerable<int> Shown(ShapValues values)
    {
        int[] sorted = [.. Enumerable.Range(0, values.RowCount).OrderBy(row => values.Predictions[row])];
        return new[] { sorted[^1], sorted[0], sorted.MinBy(row => Math.Abs(values.Predictions[row])) }.Concat(
            sorted.Where(row => !IsRight(values, row))).Distinct();
    }

    private static bool IsBenign(ShapValues values, int row) => values.Labels![row] == bool.TrueString;

    private static bool IsRight(ShapValues values, int row) => values.Predictions[row] > 0 == IsBenign(values, row);

    private static string Telling(ShapValues values, int row)
    {
        var told = new List<string>();
        foreach (var feature in values.Strongest(row, Told))
            told.Add($"{Signed(values.ForRow(row)[feature])} {values.FeatureNames[feature]}");
        return string.Join(", ", told);
    }

    private static string Signed(double value) => value.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture).PadLeft(6);
}

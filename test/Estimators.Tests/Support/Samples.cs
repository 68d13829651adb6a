using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>Made-up tables whose label depends on the features.</summary>
internal static class Samples
{
    public const int FeatureCount = 8;

    public static string[] FeatureNames { get; } = ["width", "steps", "share", "weight", "noise", "flag", "depth", "age"];

    /// <summary>
    /// Some features in steps (so that values tie), one of a few values, one without influence; NaN in a tenth of them if asked for.
    /// </summary>
    public static float[][] Rows(int count, int seed, bool missing = false)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float[] row =
            [
                random.NextSingle() * 10 - 5, random.Next(12), MathF.Round(random.NextSingle(), 2), MathF.Exp(random.NextSingle() * 6 - 3),
                random.NextSingle(), random.Next(2), -1000 + random.Next(2000), MathF.Round(random.NextSingle() * 80),
            ];
            if (missing)
                for (var i = 0; i < row.Length; i++)
                    if (random.Next(10) == 0)
                        row[i] = float.NaN;
            return row;
        })];
    }

    public static float Signal(float[] row)
    {
        float Or(int feature, float other) => float.IsNaN(row[feature]) ? other : row[feature];
        return Or(0, 2) * 0.4f + MathF.Sin(Or(1, 3)) + (Or(5, 1) > 0 ? Or(2, 0.1f) * 3 : -0.5f) + MathF.Log(Or(3, 1)) * 0.7f
            + (Or(6, 500) > 0 ? 1 : 0) - Or(7, 70) / 40;
    }

    /// <summary>Data for regression, with "Features", "Label", and a key "Group" for ranking.</summary>
    public static RowSource Numbers(float[][] rows, Func<float, float>? label = null) => Features(rows)
        .Add("Label", NumberDataViewType.Single, row => (label ?? (s => s))(Signal(rows[row])))
        .Add("Group", new KeyDataViewType(typeof(uint), 1000), row => (uint)(row / 10 + 1));

    /// <summary>Data for two classes.</summary>
    public static RowSource Truths(float[][] rows) =>
        Features(rows).Add("Label", BooleanDataViewType.Instance, row => Signal(rows[row]) + (row % 7 - 3) * 0.2f > 0.5f);

    /// <summary>Data for three classes, keys with names.</summary>
    public static RowSource Classes(float[][] rows) => Features(rows)
        .Add("Label", NumberDataViewType.UInt32, row => Signal(rows[row]) is var s && s < -0.5f ? 3u : s < 1 ? 5u : 9u);

    public static RowSource Features(float[][] rows) => Trained.Features(rows, FeatureNames);
}

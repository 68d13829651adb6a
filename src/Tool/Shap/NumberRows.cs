using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Rows of numbers.</summary>
/// <param name="source">The numbers, and behind them the class of each row where the target wants it.</param>
/// <param name="features">The names of the features.</param>
/// <param name="scaling">What is subtracted from and divides the numbers, where anything.</param>
/// <param name="tellsClasses">Whether the target wants the class of each row.</param>
internal sealed class NumberRows(RowSource source, IReadOnlyList<string> features, (double[] Mean, double[] Deviation)? scaling,
    bool tellsClasses = false)
    : FeatureRows(source)
{
    public override IReadOnlyList<string> Features => features;

    public override RowBlock Block(int capacity) => new(capacity, features.Count, scaling is not null);

    public override void Take(RowBlock block, int row)
    {
        Source.Read(0, block.ShownRow(row));
        if (scaling is { } by)
            Scale(block.ShownRow(row), block.SeenRow(row), by);
        block.Carried[row] = Source.Carried();
        if (tellsClasses)
            Source.Read(1, block.Classes.AsSpan(row, 1));
    }

    private static void Scale(ReadOnlySpan<double> from, Span<double> to, (double[] Mean, double[] Deviation) by)
    {
        for (var i = 0; i < from.Length; i++)
            to[i] = (from[i] - by.Mean[i]) / by.Deviation[i];
    }
}

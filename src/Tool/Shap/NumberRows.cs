using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Rows of numbers.</summary>
/// <param name="data">The file.</param>
/// <param name="features">The names of the features.</param>
/// <param name="scaling">What is subtracted from and divides the numbers, where anything.</param>
/// <param name="classes">Whether the file tells the class of each row.</param>
internal sealed class NumberRows(DataFile data, IReadOnlyList<string> features, (double[] Mean, double[] Deviation)? scaling, bool classes = false) : RowSource
{
    public override IReadOnlyList<string> Features => features;

    public override IReadOnlyList<string> CarriedNames => data.CarriedNames;

    public override double Progress => Math.Min(1, data.Progress);

    public override RowBlock Block(int capacity) => new(capacity, features.Count, scaling is not null);

    public override void Dispose() => data.Dispose();

    protected override bool MoveNext() => data.MoveNext();

    protected override void Take(RowBlock block, int row)
    {
        data.Read(block.ShownRow(row));
        if (scaling is { } by)
            Scale(block.ShownRow(row), block.SeenRow(row), by);
        block.Carried[row] = data.Carried();
        if (classes)
            block.Classes[row] = data.TargetClass();
    }

    private static void Scale(ReadOnlySpan<double> from, Span<double> to, (double[] Mean, double[] Deviation) by)
    {
        for (var i = 0; i < from.Length; i++)
            to[i] = (from[i] - by.Mean[i]) / by.Deviation[i];
    }
}

using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>How two jobs are compared.</summary>
public sealed record DriftOptions
{
    private const long MostSampledNumbers = 1L << 24;
    private const int FewestSampledRows = 1000;

    /// <summary>How many bins the numbers of the first job fall into, each with as many of them as the others.</summary>
    public int Bins { get; init => field = Checked(value, value is >= 2 and <= 1000, nameof(Bins), "from 2 to 1000"); } = 10;

    /// <summary>The share of intervals that hold the true difference, each taken by itself.</summary>
    public double Level { get; init => field = Checked(value, value is > 0 and < 1, nameof(Level), "between 0 and 1"); } = 0.95;

    /// <summary>How probabilities of differences are raised, since there are many of them.</summary>
    public TestCorrection Correction
    {
        get;
        init => field = Checked(value, Enum.IsDefined(value), nameof(Correction), "one that there is");
    } = TestCorrection.Holm;

    /// <summary>
    /// How many rows of each job are kept, all of them where there are no more: of these come the bounds of bins, histograms and distances;
    /// of tables with more than 256 columns fewer, so that memory stays bounded.
    /// </summary>
    public int SampleRows { get; init => field = Checked(value, value >= 10, nameof(SampleRows), "from 10 on"); } = 1 << 16;

    /// <summary>Draws other rows for every seed, where there are more than are kept.</summary>
    public int Seed { get; init; } = 1;

    internal int SampleOf(int columns) =>
        (int)Math.Min(SampleRows, Math.Max(FewestSampledRows, MostSampledNumbers / Math.Max(1, columns)));

    private static T Checked<T>(T value, bool isGood, string name, string expected) => isGood ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is expected to be {expected}.");
}

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>How many may ask a pool of engines at once.</summary>
public sealed record ExplanationPoolOptions
{
    private readonly int _engines = Environment.ProcessorCount, _mostWaiting = 1000;

    /// <summary>How many engines there are at most, which is how many rows are explained at once: by default one a processor.</summary>
    public int Engines
    {
        get => _engines;
        init => _engines = value is > 0 and <= 1024 ? value
            : throw new ArgumentOutOfRangeException(nameof(Engines), value, "From 1 to 1,024 engines were expected.");
    }

    /// <summary>
    /// How many callers may wait for an engine: 1,000 by default. Those that come then are turned away
    /// (<see cref="ExplanationPoolFullException"/>), which is kinder than an answer nobody waits for any more.
    /// </summary>
    public int MostWaiting
    {
        get => _mostWaiting;
        init => _mostWaiting = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(MostWaiting), value, "A number of callers from 0 was expected.");
    }
}

/// <summary>More callers wait for an engine of a pool than it allows. Ask again later.</summary>
/// <param name="waiting">How many wait.</param>
public sealed class ExplanationPoolFullException(int waiting)
    : InvalidOperationException(
        $"{waiting} callers wait for an engine already, as many as the pool allows. Ask again later, or raise MostWaiting.");

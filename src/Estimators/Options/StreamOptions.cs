using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>How a stream of objects goes through a transformer.</summary>
public sealed record StreamOptions
{
    private readonly int _mostRows = 256, _chunksAtOnce = 1;
    private readonly TimeSpan _patience = TimeSpan.FromMilliseconds(20);

    /// <summary>The most rows that go through together: 256 by default. Networks want several of their batches.</summary>
    public int MostRows
    {
        get => _mostRows;
        init => _mostRows = value > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(MostRows), value, "At least one row was expected.");
    }

    /// <summary>
    /// How long a row waits for others to come, so that they go through together: 20 ms by default. With <see cref="TimeSpan.Zero"/> only
    /// those go together that are there at once.
    /// </summary>
    public TimeSpan Patience
    {
        get => _patience;
        init => _patience = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(1) ? value
            : throw new ArgumentOutOfRangeException(nameof(Patience), value, "A time from none to a day was expected.");
    }

    /// <summary>
    /// How many chunks are worked on at the same time: one by default, since networks and trees use all processors by themselves. As many
    /// results may wait to be read; then the source is not asked for more.
    /// </summary>
    public int ChunksAtOnce
    {
        get => _chunksAtOnce;
        init => _chunksAtOnce = value is > 0 and <= 1024 ? value
            : throw new ArgumentOutOfRangeException(nameof(ChunksAtOnce), value, "From 1 to 1,024 chunks were expected.");
    }

    /// <summary>What columns the members of the incoming class are; null for what the class itself says.</summary>
    public SchemaDefinition? InputSchemaDefinition { get; init; }

    /// <summary>What columns the members of the outgoing class are; null for what the class itself says.</summary>
    public SchemaDefinition? OutputSchemaDefinition { get; init; }
}

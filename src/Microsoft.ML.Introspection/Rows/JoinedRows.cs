namespace Microsoft.ML.Introspection.Rows;

/// <summary>
/// Several sources that go from row to row together: a row of theirs is a row of each. The first is the main one, whose texts are carried
/// along.
/// </summary>
public sealed class JoinedRows : RowSource
{
    private readonly IReadOnlyList<RowSource> _sources;
    private readonly (RowSource Source, int Tensor)[] _places;

    /// <summary>Joins sources that stand before their first rows.</summary>
    /// <param name="sources">The sources, one at least; disposed of with this.</param>
    public JoinedRows(params IReadOnlyList<RowSource> sources)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sources.Count);
        _sources = sources;
        _places = [.. sources.SelectMany(s => s.Tensors.Select((_, tensor) => (s, tensor)))];
        Tensors = [.. sources.SelectMany(s => s.Tensors)];
    }

    /// <inheritdoc/>
    public override string Name => Main.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<RowTensor> Tensors { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> CarriedNames => Main.CarriedNames;

    /// <inheritdoc/>
    public override long? Count => _sources.Select(s => s.Count).Max();

    /// <inheritdoc/>
    public override double Progress => Main.Progress;

    /// <inheritdoc/>
    public override string Place => Main.Place;

    /// <inheritdoc/>
    public override string Advice => Main.Advice;

    private RowSource Main => _sources[0];

    /// <summary>The source that a tensor comes from.</summary>
    public RowSource SourceOf(int tensor) => _places[tensor].Source;

    /// <inheritdoc/>
    public override void Read<T>(int tensor, Span<T> row) => _places[tensor].Source.Read(_places[tensor].Tensor, row);

    /// <inheritdoc/>
    public override string[] Carried() => Main.Carried();

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var source in _sources)
            source.Dispose();
    }

    /// <inheritdoc/>
    protected override long Advance(long rows)
    {
        var gone = Main.Skip(rows);
        foreach (var other in _sources.Skip(1))
        {
            var further = other.Skip(rows);
            // The main source went as far as it could; one more row of another is one too many.
            var (shorter, longer) = further < gone ? (other, Main) : (Main, other);
            if (further != gone)
            {
                throw new InvalidDataException(
                    $"'{shorter.Name}' ends before '{longer.Name}' ({longer.Place}); the files must have as many rows.");
            }
        }
        return gone;
    }
}

namespace Microsoft.ML.Introspection.Models;

/// <summary>What a file leaves open, decided when it is read.</summary>
public sealed record NetworkOptions
{
    private readonly IReadOnlyDictionary<string, long> _dimensions = new Dictionary<string, long>();
    private readonly IReadOnlyDictionary<string, IReadOnlyList<long>> _rowShapes = new Dictionary<string, IReadOnlyList<long>>();

    /// <summary>
    /// Numbers for open extents other than the batch, by the symbol the file gives them (<c>"sequence"</c>) or, where it
    /// gives none, by input and axis (<c>"input_ids[1]"</c>).
    /// </summary>
    public IReadOnlyDictionary<string, long> Dimensions
    {
        get => _dimensions;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Dimensions));
            foreach (var (name, extent) in value)
                if (extent < 1)
                    throw new ArgumentOutOfRangeException(nameof(Dimensions), extent, $"The dimension '{name}' must be at least 1.");
            _dimensions = value;
        }
    }

    /// <summary>The extents of one row of an input (the batch axis left out), by the input's name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> RowShapes
    {
        get => _rowShapes;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(RowShapes));
            foreach (var (name, extents) in value)
                if (extents.Any(e => e < 1))
                    throw new ArgumentOutOfRangeException(nameof(RowShapes), $"[{string.Join(", ", extents)}]",
                        $"The extents of a row of '{name}' must be at least 1.");
            _rowShapes = value;
        }
    }

    /// <summary>
    /// Whether a softmax, log-softmax or sigmoid at the very end stays part of the function. By default it is dropped, so
    /// that logits are explained: gradients of probabilities fade where the network is sure (Simonyan et al. 2013).
    /// </summary>
    public bool KeepFinalActivation { get; init; }
}

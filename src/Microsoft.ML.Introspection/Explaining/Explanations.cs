using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Explaining;

/// <summary>
/// What an <see cref="Explainer"/> says of some rows, in memory that is made once and used again for the next rows. A slot is one explained
/// output of a row: all outputs of a model, or the one that the target chooses.
/// </summary>
public sealed class Explanations
{
    private readonly double[] _values;
    private readonly double[] _scores;
    private readonly double[] _bases;
    private readonly int[] _outputs;
    private double[] _interactions = [];
    private float[] _singles = [];
    private float[] _strongest = [];

    internal Explanations(Explainer explainer, int capacity, bool withInteractions)
    {
        (Capacity, Slots, Players, HasInteractions) = (capacity, explainer.Slots, explainer.Players.Count, withInteractions);
        _values = new double[checked(capacity * Slots * Players)];
        (_scores, _bases, _outputs) = (new double[capacity * Slots], new double[capacity * Slots], new int[capacity * Slots]);
        Picked = new (int, int)[capacity * Slots];
        IsDirect = explainer.Outputs.Target is null || !explainer.Outputs.Varies && !explainer.Outputs.IsDifference;
        var needed = explainer.Needed.Count;
        NeededScores = IsDirect ? _scores : new double[capacity * needed];
        NeededValues = IsDirect ? _values : new double[checked(capacity * needed * Players)];
    }

    /// <summary>For how many rows there is room.</summary>
    public int Capacity { get; }

    /// <summary>How many rows there are.</summary>
    public int Count { get; internal set; }

    /// <summary>How many slots a row has.</summary>
    public int Slots { get; }

    /// <summary>How many features or groups there are.</summary>
    public int Players { get; }

    /// <summary>Whether pairs of them are explained, too.</summary>
    public bool HasInteractions { get; }

    /// <summary>The SHAP values, shape [N, slots, players].</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count * Slots * Players);

    /// <summary>What the model says, shape [N, slots].</summary>
    public ReadOnlySpan<double> Scores => _scores.AsSpan(0, Count * Slots);

    /// <summary>What the values start from, shape [N, slots].</summary>
    public ReadOnlySpan<double> BaseValues => _bases.AsSpan(0, Count * Slots);

    /// <summary>The output that each slot explains, shape [N, slots]; of a difference the first.</summary>
    public ReadOnlySpan<int> Outputs => _outputs.AsSpan(0, Count * Slots);

    /// <summary>The interaction values, shape [N, slots, players, players]; empty where they are not explained.</summary>
    public ReadOnlySpan<double> Interactions => HasInteractions ? _interactions.AsSpan(0, Count * Slots * Players * Players) : [];

    /// <summary>The values of a row, shape [slots, players].</summary>
    public ReadOnlySpan<double> ValuesOf(int row) => Values.Slice(row * Slots * Players, Slots * Players);

    /// <summary>What is written of the needed outputs, before a target takes its own; the same memory where it takes all of them.</summary>
    internal double[] NeededValues { get; }

    internal double[] NeededScores { get; }

    internal double[] NeededInteractions { get; private set; } = [];

    /// <summary>Whether what is needed is what is given.</summary>
    internal bool IsDirect { get; }

    /// <summary>Which of the needed outputs each slot explains, and less which other.</summary>
    internal (int Why, int WhyNot)[] Picked { get; }

    /// <summary>Room for what an explainer makes of rows on the way.</summary>
    internal double[] Scratch = [], MoreScratch = [];

    internal float[] Merged = [];

    internal Span<double> ValuesAt(int slot) => _values.AsSpan(slot * Players, Players);

    internal ref double ScoreAt(int slot) => ref _scores[slot];

    internal ref double BaseAt(int slot) => ref _bases[slot];

    internal ref int OutputAt(int slot) => ref _outputs[slot];

    internal Span<double> InteractionsAt(int slot) => _interactions.AsSpan(slot * Players * Players, Players * Players);

    /// <summary>Makes room for pairs, which need much and may never be asked for.</summary>
    internal void ReserveInteractions(int needed)
    {
        Room(ref _interactions, checked(Capacity * Slots * Players * Players));
        if (NeededInteractions.Length == 0)
            NeededInteractions = IsDirect ? _interactions : new double[checked(Capacity * needed * Players * Players)];
    }

    /// <summary>Rows in single precision.</summary>
    internal ReadOnlySpan<float> Singles<T>(ReadOnlySpan<T> rows) where T : unmanaged, INumber<T>
    {
        if (typeof(T) == typeof(float))
            return MemoryMarshal.Cast<T, float>(rows);
        var singles = Room(ref _singles, rows.Length);
        TensorPrimitives.ConvertTruncating(rows, singles);
        return singles;
    }

    /// <summary>Keeps the strongest values of a slot.</summary>
    internal void Keep(int slot, KeptValues kept)
    {
        Room(ref _strongest, 2 * Players);
        var values = ValuesAt(slot);
        var strongest = _strongest.AsSpan(0, Players);
        TensorPrimitives.ConvertTruncating<double, float>(values, strongest);
        Attribution.Strongest.Keep(strongest, _strongest.AsSpan(Players, Players), kept.Positive, kept.Negative, kept.Normalize);
        TensorPrimitives.ConvertTruncating<float, double>(strongest, values);
    }

    /// <summary>A buffer, larger than before where it must be.</summary>
    internal static Span<T> Room<T>(ref T[] buffer, int size)
    {
        if (buffer.Length < size)
            buffer = new T[size];
        return buffer.AsSpan(0, size);
    }
}

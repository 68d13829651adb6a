using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// A method that treats features as players of a game: the value v(S) of a coalition S is the mean score of rows that take the features of
/// S from the row that is explained and all others from a background row, v(S) = mean over b of f(x on S, b elsewhere); so v(∅) = mean
/// f(b), and v(all) = f(x). The attributions have the unit of the score, positive where a player raises it. One description serves a graph
/// (<see cref="Explanation"/>) and any <see cref="IScorer"/> (<see cref="BlackBox"/>).
/// </summary>
public abstract record CoalitionMethod : AttributionMethod
{
    private readonly ConcurrentDictionary<(int Players, int Rows), CoalitionDesign> _designs;

    /// <summary>For derived methods.</summary>
    protected CoalitionMethod() => _designs = new();

    /// <summary>A copy with the same options; its designs are its own, as options may be changed in it.</summary>
    protected CoalitionMethod(CoalitionMethod original) : base(original)
    {
        ArgumentNullException.ThrowIfNull(original);
        _designs = new();
        (Groups, GroupNames, Spread, Baseline) = (original.Groups, original.GroupNames, original.Spread, original.Baseline);
    }

    /// <summary>
    /// Elements that are one player: the player of every element, as whole numbers of the shape of a row (or [1, row…]), extents of 1
    /// meaning the same for all. Players follow the order of these numbers. Null makes every element a player.
    /// </summary>
    [Option("A .npy file of whole numbers of the shape of a row: the group of every element; the elements of a group play as one. "
        + "Nothing for each by itself.", Absent = "")]
    public Tensor? Groups { get; init; }

    /// <summary>What the groups are called, in their order; null to name them after their elements.</summary>
    public IReadOnlyList<string>? GroupNames { get; init; }

    /// <summary>
    /// With groups: whether the attribution keeps the input's shape, each element getting an even share of what its group gets, so that
    /// sums hold. Otherwise there is one number for each group.
    /// </summary>
    [Option("With groups: whether every element gets an even share of what its group gets, in the place of one number for each group.")]
    public bool Spread { get; init; }

    /// <summary>
    /// Where absent players' values come from: one row, or several that are averaged over (the background). An <see cref="IScorer"/> brings
    /// its own.
    /// </summary>
    [Option("Where the values of absent features come from: zero, a number, blur:SIGMA, means for those of each group, or a .npy file of "
        + "a row or of several, the background; several with commas between them are averaged over.")]
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <summary>The coalitions and coefficients for so many players; made once.</summary>
    /// <param name="players">How many players there are.</param>
    /// <param name="rows">How many background rows there are, for methods that draw some of them.</param>
    /// <exception cref="ArgumentException">The method cannot do with so many players.</exception>
    public CoalitionDesign Design(int players, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(players, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        return _designs.GetOrAdd((players, DrawsRows ? rows : 1), key => Plan(key.Players, key.Rows));
    }

    /// <inheritdoc/>
    /// <returns>Shape of the input; with groups [N, groups], unless they are spread.</returns>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return CoalitionGraph.Attribute(question, this);
    }

    /// <summary>f(x) − mean f(b).</summary>
    public override Value? Total(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Baseline.Change(question);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return Groups is null || Spread ? items : PlayerNames(items);
    }

    /// <summary>Whether the other has the same options.</summary>
    public virtual bool Equals(CoalitionMethod? other) => base.Equals(other)
        && Groups == other.Groups && Spread == other.Spread && Baseline == other.Baseline
        && (GroupNames ?? []).SequenceEqual(other.GroupNames ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Groups, Spread, Baseline);

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append(CultureInfo.InvariantCulture, $"Groups = {Groups?.ToString() ?? "none"}, Spread = {Spread}, Baseline = {Baseline}");
        return true;
    }

    /// <summary>Whether the design draws background rows, and so depends on how many there are.</summary>
    protected virtual bool DrawsRows => false;

    /// <summary>Makes the design: the same for the same options.</summary>
    /// <param name="players">How many players there are.</param>
    /// <param name="rows">How many background rows there are; 1 unless <see cref="DrawsRows"/>.</param>
    protected abstract CoalitionDesign Plan(int players, int rows);

    /// <summary>Why the method cannot be written as a graph; null where it can.</summary>
    protected internal virtual string? NoGraph => null;

    /// <summary>
    /// The attributions of a game, from the values of the design's coalitions: the linear ones, unless a method has others.
    /// </summary>
    /// <param name="design">The design.</param>
    /// <param name="values">v(S) of each coalition.</param>
    /// <param name="none">v(∅).</param>
    /// <param name="all">v(all).</param>
    /// <param name="attributions">Where to write, one for each player.</param>
    protected internal virtual void Solve(CoalitionDesign design, ReadOnlySpan<double> values, double none, double all,
        Span<double> attributions)
    {
        ArgumentNullException.ThrowIfNull(design);
        design.Attribute(values, none, all, attributions);
    }

    /// <summary>The players' names after those of the elements.</summary>
    internal IReadOnlyList<string> PlayerNames(IReadOnlyList<string> items)
    {
        // Names may be asked for without the row's extents: groups that hold for whole axes then have no names of their own.
        var groups = Groups is null || Groups.Count == items.Count ? Groups : null;
        var numbers = Groups is null ? items.Count : Groups.ToInt64().Distinct().Count();
        if (GroupNames is { } names)
            return names.Count == numbers ? names
                : throw new ArgumentException($"{names.Count} names were given for {numbers} groups.", nameof(GroupNames));
        return Groups is null ? items
            : groups is null ? [.. Groups.ToInt64().Distinct().Order().Select(id => $"group {id}")]
            : FeatureGroups.For(groups.Reshaped(groups.Count), [groups.Count], "row").Names(items);
    }
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// A model seen as a game of features: explains any <see cref="IScorer"/> by the methods that ask for nothing but scores. Features that a
/// coalition lacks take the values of background rows, and all scores are explained at once. Not for use from several threads.
/// </summary>
/// <example>
/// <code>
/// var box = new BlackBox(new FunctionScorer(names, ["price"], Price), background);
/// var explained = box.Explain(new KernelShap(), row);
/// Console.WriteLine($"{explained.BaseValues[0]} + {explained.Of(0).Sum()} = {explained.Scores[0]}");
/// </code>
/// </example>
public sealed class BlackBox
{
    // Sets of idle players whose designs are kept: a table may have as many as rows.
    private const int MostKnown = 256;

    private readonly IScorer _scorer;
    private readonly float[] _background;
    private readonly Tensor? _groups;
    private readonly MaskedScoring _scoring;
    private (CoalitionMethod? Owner, FeatureGroups? Groups, CoalitionDesign? Design, Coalitions? Coalitions) _latest;
    private double[] _values = [];
    private double[] _scores = [];
    private readonly Dictionary<(CoalitionMethod Method, string Idle), CoalitionMethod> _withIdle = [];
    private bool[]? _unvarying;
    private double[]? _base;

    /// <summary>Takes the model and what stands for absent features.</summary>
    /// <param name="scorer">The model.</param>
    /// <param name="background">
    /// Rows to take absent features from, shape [B, features]: a sample of the data, some tens to hundreds; or one row.
    /// </param>
    /// <param name="groups">
    /// The player of every feature, as whole numbers; null makes every feature a player. A method's own groups come first.
    /// </param>
    /// <exception cref="ArgumentException">The background is empty, or its length does not fit the features.</exception>
    public BlackBox(IScorer scorer, ReadOnlySpan<float> background, Tensor? groups = null)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        var features = scorer.FeatureNames.Count;
        if (features == 0 || scorer.OutputNames.Count == 0)
            throw new ArgumentException($"A scorer with features and outputs was expected; this one has {features} and "
                + $"{scorer.OutputNames.Count}.", nameof(scorer));
        if (background.IsEmpty)
            throw new ArgumentException($"The background is empty; at least one row of {features} features was expected: it tells what a "
                + "feature is worth by what its absence costs.", nameof(background));
        if (background.Length % features != 0)
            throw new ArgumentException($"The background has {background.Length} numbers, which is no multiple of the {features} "
                + "features of a row.", nameof(background));
        (_scorer, _background, _groups) = (scorer, background.ToArray(), groups);
        _scoring = new MaskedScoring(scorer, _background);
    }

    /// <summary>The model.</summary>
    public IScorer Scorer => _scorer;

    /// <summary>The background rows, shape [B, features].</summary>
    public ReadOnlySpan<float> Background => _background;

    /// <summary>
    /// The mean score of the background, one for each output: what attributions start from. Computed when first asked for.
    /// </summary>
    public IReadOnlyList<double> BaseValues => Base(default);

    /// <summary>Explains some rows.</summary>
    /// <param name="method">How. Its baseline is not used: the background is.</param>
    /// <param name="rows">Shape [N, features].</param>
    /// <param name="outputs">The outputs to explain; null for all.</param>
    /// <param name="progress">Is told the share of the work that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">
    /// The length does not fit the features, an output is unknown, or the method cannot do with so many players.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The scorer failed on a row or gave a score that is not finite; the message tells which row, and which features came from the
    /// background.
    /// </exception>
    public CoalitionAttributions Explain(
        CoalitionMethod method, ReadOnlySpan<float> rows, IReadOnlyList<int>? outputs = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        var count = Rows(rows);
        int[] chosen = [.. outputs ?? [.. Enumerable.Range(0, _scorer.OutputNames.Count)]];
        var owner = Owned(method);
        var players = owner.PlayerNames(_scorer.FeatureNames);
        var (attributions, scores) = (new double[checked(count * chosen.Length * players.Count)], new double[count * chosen.Length]);
        Explain(method, rows, chosen, attributions, scores, progress, cancellation);
        var none = Base(cancellation);
        return new CoalitionAttributions(attributions, [.. chosen.Select(o => none[o])], scores, players,
            [.. chosen.Select(o => _scorer.OutputNames[o])]);
    }

    /// <summary>Explains some rows into given memory.</summary>
    /// <param name="method">How. Its baseline is not used: the background is.</param>
    /// <param name="rows">Shape [N, features].</param>
    /// <param name="outputs">The outputs to explain.</param>
    /// <param name="values">Where to write the attributions, shape [N, outputs, players].</param>
    /// <param name="scores">Where to write the rows' own scores, shape [N, outputs]; empty to leave them out.</param>
    /// <param name="progress">Is told the share of the work that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <inheritdoc cref="Explain(CoalitionMethod, ReadOnlySpan{float}, IReadOnlyList{int}?, IProgress{double}?, CancellationToken)"
    /// path="/exception"/>
    public void Explain(
        CoalitionMethod method, ReadOnlySpan<float> rows, IReadOnlyList<int> outputs, Span<double> values, Span<double> scores,
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(outputs);
        if (method is not PartitionShap partition)
        {
            Explain(method, rows, 0, outputs, values, scores, progress, cancellation);
            return;
        }
        // Rows one behind the other in which the same players change nothing go together.
        var (features, count, chosen) = (_scorer.FeatureNames.Count, Rows(rows), outputs.Count);
        var groups = FeatureGroups.For(Owned(method).Groups, [features], "the scorer");
        var perRow = values.Length / count;
        var (idle, next) = (Idle(groups, rows[..features]), (HashSet<int>?)null);
        for (var (start, end) = (0, 0); start < count; (start, idle) = (end, next ?? idle))
        {
            for (end = start + 1; end < count && idle.SetEquals(next = Idle(groups, rows.Slice(end * features, features)));)
                end++;
            Explain(WithIdle(partition, idle), rows[(start * features)..(end * features)], start, outputs,
                values[(start * perRow)..(end * perRow)], scores.IsEmpty ? scores : scores[(start * chosen)..(end * chosen)],
                start == 0 && end == count ? progress : null, cancellation);
            progress?.Report(end / (double)count);
        }
    }

    /// <summary>The players whose features are in a row what they are in all background rows; without a row, those that may be.</summary>
    internal HashSet<int> Idle(FeatureGroups groups, ReadOnlySpan<float> row = default)
    {
        var features = _scorer.FeatureNames.Count;
        _unvarying ??= [.. Enumerable.Range(0, features).Select(f =>
            Enumerable.Range(1, _background.Length / features - 1).All(b => _background[b * features + f].Equals(_background[f])))];
        var idle = Enumerable.Range(0, groups.Count).ToHashSet();
        for (var f = 0; f < features; f++)
            if (!_unvarying[f] || !row.IsEmpty && !row[f].Equals(_background[f]))
                idle.Remove(groups.Of[f]);
        return idle;
    }

    private CoalitionMethod WithIdle(PartitionShap method, HashSet<int> idle)
    {
        if (idle.Count == 0)
            return method;
        if (_withIdle.Count >= MostKnown)
            _withIdle.Clear();
        var key = (method, string.Join(',', idle.Order()));
        return _withIdle.TryGetValue(key, out var known) ? known : _withIdle[key] = method with { Idle = idle };
    }

    private void Explain(
        CoalitionMethod method, ReadOnlySpan<float> rows, int first, IReadOnlyList<int> outputs, Span<double> values, Span<double> scores,
        IProgress<double>? progress, CancellationToken cancellation)
    {
        var (features, all, count, chosen) = (_scorer.FeatureNames.Count, _scorer.OutputNames.Count, Rows(rows), outputs.Count);
        foreach (var output in outputs)
            if (output < 0 || output >= all)
                throw new ArgumentOutOfRangeException(nameof(outputs), output, $"The scorer has the outputs 0 to {all - 1}.");
        var owner = Owned(method);
        if (_latest.Owner != owner)
            _latest = (owner, FeatureGroups.For(owner.Groups, [features], "the scorer"), null, null);
        var groups = _latest.Groups!;
        var design = method.Design(groups.Count, _background.Length / features);
        if (_latest.Design != design)
            _latest = (owner, groups, design, OfFeatures(design, groups));
        var coalitions = _latest.Coalitions!;
        if (values.Length != count * chosen * design.Players || !scores.IsEmpty && scores.Length != count * chosen)
            throw new ArgumentException($"Room for {count} × {chosen} × {design.Players} values and {count} × {chosen} scores was "
                + $"expected; there is room for {values.Length} and {scores.Length}.", nameof(values));

        if (_scores.Length < count * all)
            _scores = new double[count * all];
        var own = _scores.AsSpan(0, count * all);
        _scoring.Score(rows, own, row => $"row {first + row} as it is", cancellation);
        var none = Base(cancellation);

        var evaluations = (long)design.Coalitions.Count * (design.Rows is null ? _background.Length / features : 1);
        var together = (int)Math.Clamp(_scoring.Capacity / Math.Max(evaluations, 1), 1, count);
        if (_values.Length < together * all * design.Coalitions.Count)
            _values = new double[together * all * design.Coalitions.Count];
        var done = 0L;
        Action<int>? scored = progress is null ? null : rowsScored => progress.Report((done += rowsScored) / (double)(evaluations * count));
        for (var start = 0; start < count; start += together)
        {
            var portion = Math.Min(together, count - start);
            var asked = _values.AsMemory(0, portion * all * design.Coalitions.Count);
            _scoring.Values(rows.Slice(start * features, portion * features), first + start, coalitions, design.Rows, asked, scored,
                cancellation);
            for (var i = 0; i < portion * chosen; i++)
            {
                var (row, output) = (i / chosen, outputs[i % chosen]);
                method.Solve(
                    design, asked.Span.Slice((row * all + output) * design.Coalitions.Count, design.Coalitions.Count), none[output],
                    own[(start + row) * all + output],
                    values.Slice((start * chosen + i) * design.Players, design.Players));
            }
        }
        progress?.Report(1);
        for (var i = 0; i < scores.Length; i++)
            scores[i] = own[i / chosen * all + outputs[i % chosen]];
    }

    private CoalitionMethod Owned(CoalitionMethod method) =>
        method.Groups is null && _groups is not null ? method with { Groups = _groups, Spread = false } : method;

    private int Rows(ReadOnlySpan<float> rows) =>
        !rows.IsEmpty && rows.Length % _scorer.FeatureNames.Count == 0 ? rows.Length / _scorer.FeatureNames.Count
        : throw new ArgumentException(
            $"Rows of {_scorer.FeatureNames.Count} features, at least one, were expected; given were {rows.Length} numbers.", nameof(rows));

    private static Coalitions OfFeatures(CoalitionDesign design, FeatureGroups groups)
    {
        int[] parts = [.. groups.Of.Select(player => design.PartOfPlayer?[player] ?? player)];
        return parts.Length == design.Parts && parts.Index().All(p => p.Index == p.Item) ? design.Coalitions
            : design.Coalitions.Over(parts);
    }

    private double[] Base(CancellationToken cancellation)
    {
        if (_base is not null)
            return _base;
        var outputs = _scorer.OutputNames.Count;
        var count = _background.Length / _scorer.FeatureNames.Count;
        var scores = new double[count * outputs];
        _scoring.Score(_background, scores, row => $"background row {row}", cancellation);
        var mean = new double[outputs];
        for (var i = 0; i < scores.Length; i++)
            mean[i % outputs] += scores[i] / count;
        return _base = mean;
    }
}

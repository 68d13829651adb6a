using System.Collections.Concurrent;
using System.Numerics.Tensors;
using System.Numerics;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Asks a scorer for the values of coalitions, as many rows at a time as make it worth its while, in buffers that are made once. A scorer
/// that answers several threads at once is asked by as many, each of which makes its own rows.
/// </summary>
internal sealed class MaskedScoring
{
    // Enough to keep a model busy, little enough to stay in the cache while the model reads it.
    private const int BufferBytes = 1 << 18;
    private const int FewestRows = 16;
    private const int MostRows = 1 << 12;

    private readonly IScorer _scorer;
    private readonly NetworkScorer? _network;
    private readonly bool _backgroundMayMiss;
    private readonly float[] _background;
    private readonly int _features;
    private readonly int _outputs;
    private readonly int _capacity;
    private readonly int _threads;
    private readonly ConcurrentBag<Batch> _batches = [];

    /// <summary>Makes the buffers.</summary>
    /// <param name="scorer">The scorer.</param>
    /// <param name="background">Shape [B, features].</param>
    public MaskedScoring(IScorer scorer, float[] background)
    {
        (_scorer, _network, _background) = (scorer, scorer as NetworkScorer, background);
        (_features, _outputs, _threads) = (scorer.FeatureNames.Count, scorer.OutputNames.Count, _network?.Threads ?? 1);
        // A power of two, as models' own batches are.
        _capacity = Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)(BufferBytes / (sizeof(float) * _features)) + 1) / 2, FewestRows,
            MostRows);
        _backgroundMayMiss = MayMiss(background);
    }

    /// <summary>How many rows are scored at once.</summary>
    public int Capacity => _capacity * _threads;

    private int BackgroundRows => _background.Length / _features;

    /// <summary>Scores rows as they are.</summary>
    /// <param name="rows">Shape [N, features].</param>
    /// <param name="scores">Where to write, shape [N, outputs].</param>
    /// <param name="whose">Tells what a row is, for messages.</param>
    /// <param name="cancellation">Stops the work.</param>
    public void Score(ReadOnlySpan<float> rows, Span<double> scores, Func<int, string> whose, CancellationToken cancellation)
    {
        var count = rows.Length / _features;
        for (var start = 0; start < count; start += Capacity)
        {
            var portion = Math.Min(Capacity, count - start);
            var part = rows.Slice(start * _features, portion * _features);
            var answers = scores.Slice(start * _outputs, portion * _outputs);
            try
            {
                cancellation.ThrowIfCancellationRequested();
                _scorer.Score(part, answers, cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw Blamed(e, part, answers, whose, start, cancellation);
            }
        }
        for (var i = 0; i < scores.Length; i++)
            if (!double.IsFinite(scores[i]))
                throw NotFinite(scores[i], i % _outputs, whose(i / _outputs));
    }

    /// <summary>The values of coalitions for some rows.</summary>
    /// <param name="rows">The rows that are explained, shape [N, features].</param>
    /// <param name="first">The number of the first of them, for messages.</param>
    /// <param name="coalitions">Coalitions of features, K.</param>
    /// <param name="drawn">The background row of each coalition; null to average over all.</param>
    /// <param name="values">Where to write, shape [N, outputs, K].</param>
    /// <param name="scored">Is told how many rows have been scored each time.</param>
    /// <param name="cancellation">Stops the work.</param>
    public void Values(
        ReadOnlySpan<float> rows, int first, Coalitions coalitions, IReadOnlyList<int>? drawn, Memory<double> values, Action<int>? scored,
        CancellationToken cancellation)
    {
        var each = drawn is null ? BackgroundRows : 1;
        var total = (long)rows.Length / _features * coalitions.Count * each;
        var game = new Game(rows.ToArray(), first, coalitions, drawn, each, values, _backgroundMayMiss || MayMiss(rows), scored);
        values.Span.Clear();
        if (_threads == 1)
        {
            Play(game, 0, total, cancellation);
        }
        else
        {
            // A thread takes whole coalitions, so that no two add to the same value.
            var unit = (long)Math.Max(_capacity / each, 1) * each;
            SharedWork.Run((total + unit - 1) / unit, _threads,
                number => Play(game, number * unit, Math.Min((number + 1) * unit, total), cancellation), cancellation);
        }
        var means = values.Span;
        for (var i = 0; i < means.Length; i++)
        {
            means[i] /= each;
            if (!double.IsFinite(means[i]))
                throw NotFinite(means[i], i / coalitions.Count % _outputs,
                    Masked(first + i / coalitions.Count / _outputs, coalitions, i % coalitions.Count, drawn?[i % coalitions.Count]));
        }
    }

    // A running number counts background rows, then coalitions, then rows: those from one up to another are made and scored, and added to
    // their values.
    private void Play(Game game, long from, long to, CancellationToken cancellation)
    {
        if (!_batches.TryTake(out var batch))
            batch = new Batch(_capacity, _features, _outputs);
        for (var start = from; start < to; start += _capacity)
        {
            var portion = (int)Math.Min(_capacity, to - start);
            Fill(game, batch, start, portion);
            var rows = batch.Rows.AsSpan(0, portion * _features);
            var scores = batch.Scores.AsSpan(0, portion * _outputs);
            var begin = start;
            try
            {
                cancellation.ThrowIfCancellationRequested();
                // Where nothing is missing in what the rows are made of, a network need not look for it in every one of them.
                if (_network is not null)
                    _network.ScoreHere(rows, scores, game.MayMiss, cancellation);
                else
                    _scorer.Score(rows, scores, cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw Blamed(e, rows, scores, row => At(game, begin + row), 0, cancellation);
            }
            Gather(game, batch, start, portion);
            if (game.Scored is { } scored)
                lock (game)
                    scored(portion);
        }
        _batches.Add(batch);
    }

    private void Fill(Game game, Batch batch, long start, int count)
    {
        var (background, coalition, row) = game.Place(start);
        for (var i = 0; i < count;)
        {
            batch.Mask.Set(game.Coalitions.Bits(coalition));
            var taken = Math.Min(game.Each - background, count - i);
            var absent = game.Drawn is null ? background : game.Drawn[coalition];
            batch.Mask.Select(game.Rows.AsSpan(row * _features, _features), _background.AsSpan(absent * _features, taken * _features),
                batch.Rows.AsSpan(i * _features));
            (i, background) = (i + taken, 0);
            if (++coalition == game.Coalitions.Count)
                (coalition, row) = (0, row + 1);
        }
    }

    // The scores of a coalition's rows, added to its value.
    private void Gather(Game game, Batch batch, long start, int count)
    {
        var (background, coalition, row) = game.Place(start);
        var values = game.Values.Span;
        for (var i = 0; i < count;)
        {
            var taken = Math.Min(game.Each - background, count - i);
            for (var output = 0; output < _outputs; output++)
                values[(row * _outputs + output) * game.Coalitions.Count + coalition] += Sum(
                    batch.Scores.AsSpan(i * _outputs + output, (taken - 1) * _outputs + 1));
            (i, background) = (i + taken, 0);
            if (++coalition == game.Coalitions.Count)
                (coalition, row) = (0, row + 1);
        }
    }

    // Every so many outputs one, in four sums that do not wait for each other.
    private double Sum(ReadOnlySpan<double> scores)
    {
        var (a, b, c, d, i, step) = (0.0, 0.0, 0.0, 0.0, 0, _outputs);
        for (; i + 3 * step < scores.Length; i += 4 * step)
        {
            a += scores[i];
            b += scores[i + step];
            c += scores[i + 2 * step];
            d += scores[i + 3 * step];
        }
        for (; i < scores.Length; i += step)
            a += scores[i];
        return a + b + (c + d);
    }

    private static bool MayMiss(ReadOnlySpan<float> rows) => float.IsNaN(TensorPrimitives.Sum(rows));

    // Which row was it? One at a time they will tell, unless the scorer fails for reasons of its own.
    private InvalidOperationException Blamed(Exception error, ReadOnlySpan<float> rows, Span<double> scores, Func<int, string> whose,
        int first, CancellationToken cancellation)
    {
        for (var start = 0; start < rows.Length; start += _features)
        {
            try
            {
                _scorer.Score(rows.Slice(start, _features), scores[.._outputs], cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                return new InvalidOperationException($"The scorer failed on {whose(first + start / _features)}. {e.Message}", e);
            }
        }
        return new InvalidOperationException(
            $"The scorer failed on a batch of {rows.Length / _features} rows, but on none of them alone. {error.Message}", error);
    }

    private string At(Game game, long number)
    {
        var (background, coalition, row) = game.Place(number);
        return Masked(game.First + row, game.Coalitions, coalition, game.Drawn is null ? background : game.Drawn[coalition]);
    }

    private string Masked(long row, Coalitions coalitions, int coalition, int? background)
    {
        const int Named = 8;
        var taken = Enumerable.Range(0, _features).Where(f => !coalitions.Contains(coalition, f)).ToList();
        var names = string.Join(", ", taken.Take(Named).Select(f => $"'{_scorer.FeatureNames[f]}'"));
        var more = taken.Count > Named ? $" and {taken.Count - Named} more" : "";
        var from = background is { } number ? $"background row {number}" : "the background";
        return $"row {row} with {taken.Count} of {_features} features taken from {from}: {names}{more}";
    }

    private InvalidOperationException NotFinite(double score, int output, string whose) => new(
        $"The scorer gave {score} for '{_scorer.OutputNames[output]}' of {whose}. Only finite scores can be shared out.");

    /// <summary>What is asked: whose values, and where they go.</summary>
    private sealed record Game(
        float[] Rows, int First, Coalitions Coalitions, IReadOnlyList<int>? Drawn, int Each, Memory<double> Values, bool MayMiss,
        Action<int>? Scored)
    {
        /// <summary>The background row, the coalition and the row that a running number means.</summary>
        public (int Background, int Coalition, int Row) Place(long number) =>
            ((int)(number % Each), (int)(number / Each % Coalitions.Count), (int)(number / Each / Coalitions.Count));
    }

    /// <summary>The buffers of one thread.</summary>
    private sealed class Batch(int capacity, int features, int outputs)
    {
        public float[] Rows { get; } = new float[capacity * features];

        public double[] Scores { get; } = new double[capacity * outputs];

        public RowMask Mask { get; } = new(features);
    }
}

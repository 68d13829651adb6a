using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>Asks a scorer for the values of coalitions, as many rows at a time as make it worth its while, in buffers that are made once.</summary>
internal sealed class MaskedScoring
{
    // Enough to keep a model busy, little enough to stay in the cache while the model reads it.
    private const int BufferBytes = 1 << 18;
    private const int FewestRows = 16;
    private const int MostRows = 1 << 12;

    private readonly IScorer _scorer;
    private readonly bool _backgroundMayMiss;
    private readonly float[] _background;
    private readonly int _features;
    private readonly int _outputs;
    private readonly float[] _rows;
    private readonly double[] _scores;
    private readonly RowMask _mask;

    /// <summary>Makes the buffers.</summary>
    /// <param name="scorer">The scorer.</param>
    /// <param name="background">Shape [B, features].</param>
    public MaskedScoring(IScorer scorer, float[] background)
    {
        (_scorer, _background, _features, _outputs) = (scorer, background, scorer.FeatureNames.Count, scorer.OutputNames.Count);
        // A power of two, as models' own batches are.
        Capacity = Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)(BufferBytes / (sizeof(float) * _features)) + 1) / 2, FewestRows, MostRows);
        _backgroundMayMiss = MayMiss(background);
        (_rows, _scores, _mask) = (new float[Capacity * _features], new double[Capacity * _outputs], new RowMask(_features));
    }

    /// <summary>How many rows are scored at once.</summary>
    public int Capacity { get; }

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
            Ask(rows.Slice(start * _features, portion * _features), scores.Slice(start * _outputs, portion * _outputs), whose, start, mayMiss: true, cancellation);
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
        ReadOnlySpan<float> rows, int first, Coalitions coalitions, IReadOnlyList<int>? drawn, Span<double> values, Action<int>? scored, CancellationToken cancellation)
    {
        var each = drawn is null ? BackgroundRows : 1;
        var (ofRow, total) = ((long)coalitions.Count * each, (long)rows.Length / _features * coalitions.Count * each);
        var mayMiss = _backgroundMayMiss || MayMiss(rows);
        values.Clear();
        for (var start = 0L; start < total; start += Capacity)
        {
            var portion = (int)Math.Min(Capacity, total - start);
            Fill(rows, start, portion, coalitions, drawn);
            var begin = start;
            Ask(_rows.AsSpan(0, portion * _features), _scores.AsSpan(0, portion * _outputs), At, 0, mayMiss, cancellation);
            Gather(start, portion, coalitions.Count, each, values);
            scored?.Invoke(portion);

            string At(int row) => Masked(first + (begin + row) / ofRow, coalitions, (int)((begin + row) % ofRow / each), drawn is null ? (int)((begin + row) % each) : drawn[(int)((begin + row) % ofRow)]);
        }
        for (var i = 0; i < values.Length; i++)
        {
            values[i] /= each;
            if (!double.IsFinite(values[i]))
                throw NotFinite(values[i], i / coalitions.Count % _outputs, Masked(first + i / coalitions.Count / _outputs, coalitions, i % coalitions.Count, drawn?[i % coalitions.Count]));
        }
    }

    // A running number counts background rows, then coalitions, then rows.
    private void Fill(ReadOnlySpan<float> rows, long start, int count, Coalitions coalitions, IReadOnlyList<int>? drawn)
    {
        var each = drawn is null ? BackgroundRows : 1;
        var background = (int)(start % each);
        var coalition = (int)(start / each % coalitions.Count);
        var row = (int)(start / each / coalitions.Count);
        for (var i = 0; i < count;)
        {
            _mask.Set(coalitions.Bits(coalition));
            var taken = Math.Min(each - background, count - i);
            var absent = drawn is null ? background : drawn[coalition];
            _mask.Select(rows.Slice(row * _features, _features), _background.AsSpan(absent * _features, taken * _features), _rows.AsSpan(i * _features));
            (i, background) = (i + taken, 0);
            if (++coalition == coalitions.Count)
                (coalition, row) = (0, row + 1);
        }
    }

    // The scores of a coalition's rows, added to its value.
    private void Gather(long start, int count, int coalitions, int each, Span<double> values)
    {
        var background = (int)(start % each);
        var coalition = (int)(start / each % coalitions);
        var row = (int)(start / each / coalitions);
        for (var i = 0; i < count;)
        {
            var taken = Math.Min(each - background, count - i);
            for (var output = 0; output < _outputs; output++)
                values[(row * _outputs + output) * coalitions + coalition] += Sum(_scores.AsSpan(i * _outputs + output, (taken - 1) * _outputs + 1));
            (i, background) = (i + taken, 0);
            if (++coalition == coalitions)
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

    private void Ask(ReadOnlySpan<float> rows, Span<double> scores, Func<int, string> whose, int first, bool mayMiss, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            // Where nothing is missing in what the rows are made of, a network need not look for it in every one of them.
            if (_scorer is NetworkScorer network)
                network.Score(rows, scores, mayMiss, cancellation);
            else
                _scorer.Score(rows, scores, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Blamed(e, rows, scores, whose, first, cancellation);
        }
    }

    private static bool MayMiss(ReadOnlySpan<float> rows) => float.IsNaN(TensorPrimitives.Sum(rows));

    // Which row was it? One at a time they will tell, unless the scorer fails for reasons of its own.
    private InvalidOperationException Blamed(Exception error, ReadOnlySpan<float> rows, Span<double> scores, Func<int, string> whose, int first, CancellationToken cancellation)
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
        return new InvalidOperationException($"The scorer failed on a batch of {rows.Length / _features} rows, but on none of them alone. {error.Message}", error);
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
}

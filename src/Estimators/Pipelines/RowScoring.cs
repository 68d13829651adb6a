using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>Sends rows of features through a pipeline.</summary>
internal abstract class RowScoring : IDisposable
{
    /// <summary>Scores rows.</summary>
    /// <param name="rows">Shape [N, features], or longer.</param>
    /// <param name="count">How many rows to score.</param>
    /// <param name="scores">Where to write, shape [N, outputs], or longer.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="FailedRowException">The pipeline cannot take a row.</exception>
    public abstract void Score(float[] rows, int count, double[] scores, CancellationToken cancellation);

    /// <inheritdoc/>
    public virtual void Dispose() { }
}

/// <summary>A pipeline failed on a row.</summary>
internal sealed class FailedRowException(Exception cause, int row, ColumnCodec? lastRead) : Exception(cause.Message, cause)
{
    /// <summary>The row's number.</summary>
    public int Row { get; } = row;

    /// <summary>The column that was read last; null where none was.</summary>
    public ColumnCodec? LastRead { get; } = lastRead;
}

/// <summary>Pipelines that map row by row: one row object for each thread, no cursors.</summary>
internal sealed class MappedRowScoring(
    IRowToRowMapper mapper, DataViewSchema.Column output, IReadOnlyDictionary<int, ColumnCodec> codecs, int features, int outputs,
    int threads) : RowScoring
{
    // So many rows are scored before another thread may take the next.
    private const int Chunk = 32;

    private readonly Worker?[] _workers = new Worker?[threads];

    public override void Score(float[] rows, int count, double[] scores, CancellationToken cancellation)
    {
        var next = 0;
        var busy = Math.Min(_workers.Length, (count + Chunk - 1) / Chunk);
        if (busy == 1)
            Work(0);
        else
            SharedWork.Run(busy, busy, Work, CancellationToken.None);
        cancellation.ThrowIfCancellationRequested();

        void Work(long number)
        {
            var (worker, row) = (_workers[number], 0);
            try
            {
                worker ??= _workers[number] = new Worker(mapper, output, codecs, features);
                for (int start; !cancellation.IsCancellationRequested && (start = Interlocked.Add(ref next, Chunk) - Chunk) < count;)
                    for (row = start; row < Math.Min(count, start + Chunk); row++)
                    {
                        worker.Input.MoveTo(rows, row);
                        worker.Scores.Read(scores.AsSpan(row * outputs, outputs));
                    }
            }
            catch (Exception e)
            {
                // Nobody needs to go on.
                Interlocked.Exchange(ref next, count);
                if (worker is null || e is OutOfMemoryException)
                    throw;
                throw new FailedRowException(e, row, worker.Input.LastRead);
            }
        }
    }

    public override void Dispose()
    {
        for (var i = 0; i < _workers.Length; i++)
        {
            _workers[i]?.Output.Dispose();
            _workers[i] = null;
        }
    }

    private sealed class Worker
    {
        public Worker(IRowToRowMapper mapper, DataViewSchema.Column output, IReadOnlyDictionary<int, ColumnCodec> codecs, int features)
        {
            Input = new DecodedRow(mapper.InputSchema, codecs, features);
            Output = mapper.GetRow(Input, [output]);
            Scores = ScoreReader.Of(Output, Output.Schema[output.Index]);
        }

        public DecodedRow Input { get; }

        public DataViewRow Output { get; }

        public ScoreReader Scores { get; }
    }
}

/// <summary>Pipelines that do not map row by row, as data with a cursor.</summary>
internal sealed class StreamedRowScoring : RowScoring
{
    private readonly DecodedRows _rows;
    private readonly IDataView _scored;
    private readonly DataViewSchema.Column _output;
    private readonly int _outputs;

    public StreamedRowScoring(ITransformer pipeline, DataViewSchema schema, string output, IReadOnlyDictionary<int, ColumnCodec> codecs,
        int features, int outputs)
    {
        _outputs = outputs;
        _rows = new DecodedRows(schema, codecs, features);
        _scored = pipeline.Transform(_rows);
        _output = _scored.Schema[output];
    }

    public override void Score(float[] rows, int count, double[] scores, CancellationToken cancellation)
    {
        _rows.Show(rows, count);
        var done = 0;
        try
        {
            using var cursor = _scored.GetRowCursor([_output]);
            var reader = ScoreReader.Of(cursor, _output);
            while (cursor.MoveNext())
            {
                cancellation.ThrowIfCancellationRequested();
                if (done < count)
                    reader.Read(scores.AsSpan(done * _outputs, _outputs));
                done++;
            }
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            // Rows may have been read ahead; the one whose result was due is named.
            throw new FailedRowException(e, Math.Min(done, count - 1), _rows.Current?.LastRead);
        }
        if (done != count)
            throw new InvalidOperationException($"The pipeline made {done} rows of {count}; a score for every row was expected. Leave "
                + "out what filters, repeats or skips rows.");
    }
}

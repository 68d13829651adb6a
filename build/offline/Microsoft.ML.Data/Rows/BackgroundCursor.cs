// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Collections.Concurrent;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Reads another cursor ahead on a thread of its own. ML.NET spreads the rows of every computed column over several threads, from the moment
/// a cursor is made; here one does, which shows callers the same: all active columns are computed for whole batches of rows, and what fails
/// there reaches them wrapped.
/// </summary>
internal sealed class BackgroundCursor : RootCursor
{
    private const int BatchRows = 128, WaitingBatches = 4;
    private readonly DataViewRowCursor _input;
    private readonly Dictionary<int, Pipe> _pipes = [];
    private readonly Pipe<DataViewRowId> _ids;
    private readonly BlockingCollection<Block> _waiting = new(WaitingBatches);
    private readonly Task _worker;
    private volatile bool _stop;
    private int _remaining;
    private long _batch = -1;
    private bool _disposed;

    public BackgroundCursor(IChannelProvider provider, DataViewRowCursor input) : base(provider)
    {
        _input = input;
        Schema = input.Schema;
        foreach (var column in Schema.Where(input.IsColumnActive))
        {
            var (method, type) = column.Type is VectorDataViewType vector ? (nameof(VectorPipe), vector.ItemType.RawType) : (nameof(ScalarPipe), column.Type.RawType);
            _pipes[column.Index] = GenericCall.Invoke<Pipe>(typeof(BackgroundCursor), method, type, input, column);
        }
        _ids = new Pipe<DataViewRowId>(input.GetIdGetter());
        _worker = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public override DataViewSchema Schema { get; }

    public override long Batch => _batch;

    public static bool CanRead(IEnumerable<DataViewSchema.Column> columns)
        => columns.All(column => column.Type is PrimitiveDataViewType or VectorDataViewType);

    public override ValueGetter<DataViewRowId> GetIdGetter() => _ids.Getter;

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Contracts.CheckParam(column.Index < Schema.Count, nameof(column));
        return _pipes.ContainsKey(column.Index);
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Contracts.CheckParam(IsColumnActive(column), nameof(column), $"Column '{column.Name}' was not asked for when the cursor was made.");
        return _pipes[column.Index] is Pipe<TValue> pipe ? pipe.Getter : throw Contracts.ExceptGetterType<TValue>(column);
    }

    protected override bool MoveNextCore()
    {
        if (--_remaining > 0)
        {
            foreach (var pipe in AllPipes())
                pipe.Advance();
            return true;
        }
        if (!_waiting.TryTake(out var batch, Timeout.Infinite))
            return false;
        if (batch.Failure != null)
            throw Contracts.Except("The thread that reads ahead met an exception.", batch.Failure);
        var values = batch.Values.GetEnumerator();
        foreach (var pipe in AllPipes())
        {
            values.MoveNext();
            pipe.Take((Array)values.Current);
        }
        _remaining = batch.Rows;
        _batch = batch.Number;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _stop = true;
            foreach (var pipe in AllPipes())
                pipe.Take(null);
            foreach (var _ in _waiting.GetConsumingEnumerable())
            {
                // Makes room, so that the worker is not kept waiting and sees that it is to stop.
            }
            _worker.Wait();
            _waiting.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Work()
    {
        try
        {
            using (_input)
            {
                var number = 0L;
                var rows = 0;
                while (!_stop && _input.MoveNext())
                {
                    foreach (var pipe in AllPipes())
                        pipe.Fill();
                    if (++rows < BatchRows)
                        continue;
                    Send(rows, number++);
                    rows = 0;
                }
                if (rows > 0)
                    Send(rows, number);
            }
        }
        catch (Exception e)
        {
            _waiting.Add(new Block([], 0, 0, e));
        }
        finally
        {
            _waiting.CompleteAdding();
        }
    }

    private void Send(int rows, long number) => _waiting.Add(new Block([.. AllPipes().Select(pipe => pipe.Empty())], rows, number, null));

    private IEnumerable<Pipe> AllPipes() => _pipes.Values.Append(_ids);

    private static Pipe ScalarPipe<T>(DataViewRowCursor input, DataViewSchema.Column column) => new Pipe<T>(input.GetGetter<T>(column));

    private static Pipe VectorPipe<T>(DataViewRowCursor input, DataViewSchema.Column column)
        => new Pipe<VBuffer<T>>(input.GetGetter<VBuffer<T>>(column), (ref VBuffer<T> source, ref VBuffer<T> destination) => source.CopyTo(ref destination));

    private sealed record Block(Array[] Values, int Rows, long Number, Exception Failure);

    private delegate void Copier<T>(ref T source, ref T destination);

    private abstract class Pipe
    {
        public abstract void Fill();

        public abstract Array Empty();

        public abstract void Take(Array values);

        public abstract void Advance();
    }

    // The worker fills one list while callers read the array of an earlier one.
    private sealed class Pipe<T>(ValueGetter<T> source, Copier<T> copy = null) : Pipe
    {
        private readonly List<T> _filling = [];
        private T[] _values;
        private int _row;

        public override void Fill()
        {
            T value = default;
            source(ref value);
            _filling.Add(value);
        }

        public override Array Empty()
        {
            var values = _filling.ToArray();
            _filling.Clear();
            return values;
        }

        public override void Take(Array values)
        {
            _values = (T[])values;
            _row = 0;
        }

        public override void Advance() => _row++;

        public void Getter(ref T value)
        {
            Contracts.Check(_values != null, "The cursor is not on a row: it is before the first or after the last.");
            if (copy == null)
                value = _values[_row];
            else
                copy(ref _values[_row], ref value);
        }
    }
}

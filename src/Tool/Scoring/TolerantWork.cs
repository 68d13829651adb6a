using System.Numerics;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>A row that could not be scored.</summary>
/// <param name="Row">Its number, from 0.</param>
/// <param name="Carried">The texts that go with it, as far as they can be read.</param>
/// <param name="Column">The column that is to blame; empty where it is the whole row.</param>
/// <param name="Reason">What is wrong.</param>
internal sealed record FailedRow(long Row, string[] Carried, string Column, string Reason);

/// <summary>Leaves out the rows of a work that cannot be read, or whose results are NaN; its results are those of the others.</summary>
/// <param name="work">The work; disposed of with this.</param>
internal sealed class TolerantWork(IBlockWork work) : IBlockWork
{
    private readonly List<(int Place, long Row, string[] Carried)> _taken = [];
    private readonly List<int> _kept = [];
    private readonly List<FailedRow> _failed = [];
    private readonly Dictionary<ResultPort, ResultPort> _ports = [];
    private long _blocks;

    public int Capacity => work.Capacity;

    public IReadOnlyList<ResultPort> Ports => [.. work.Ports.Select(Of)];

    /// <summary>The rows of the last block that failed.</summary>
    public IReadOnlyList<FailedRow> Failed => _failed;

    /// <summary>How many rows of the last block are left.</summary>
    public int Kept => _kept.Count;

    /// <summary>How many rows failed by now.</summary>
    public long FailedRows { get; private set; }

    /// <summary>The place that a row that is left had among those that were taken.</summary>
    public int PlaceOf(int kept) => _taken[_kept[kept]].Place;

    /// <summary>Where the results of a row that is left lie in the work.</summary>
    public int RowOf(int kept) => _kept[kept];

    /// <summary>The number of a row that is left.</summary>
    public long NumberOf(int kept) => _taken[_kept[kept]].Row;

    /// <summary>The results of a port, of the rows that are left.</summary>
    public ResultPort Of(ResultPort port)
    {
        if (_ports.TryGetValue(port, out var own))
            return own;
        var (room, compacted) = (Array.Empty<byte>(), -1L);
        return _ports[port] = new ResultPort(port.Name, port.Type, port.RowShape, rows =>
        {
            if (_kept.Count == _taken.Count)
                return port.Bytes(rows);
            var all = port.Bytes(_taken.Count);
            var size = all.Length / _taken.Count;
            if (room.Length < Capacity * size)
                room = new byte[Capacity * size];
            for (var row = 0; row < _kept.Count && compacted != _blocks; row++)
                all.Slice(_kept[row] * size, size).CopyTo(room.AsSpan(row * size));
            compacted = _blocks;
            return room.AsSpan(0, rows * size);
        });
    }

    public void Take(RowSource rows, int place)
    {
        if (place == 0)
        {
            _taken.Clear();
            _failed.Clear();
        }
        try
        {
            work.Take(rows, _taken.Count);
            _taken.Add((place, rows.Row, rows.Carried()));
        }
        catch (InvalidDataException e)
        {
            Fail(rows.Row, rows.Carried(), RowFault.ColumnOf(e), Failure.Message(e));
        }
    }

    public void Compute(long first, int rows, Action<double> progress, CancellationToken cancellation)
    {
        _kept.Clear();
        _blocks++;
        if (_taken.Count == 0)
        {
            JobTelemetry.Fail(_failed.Count);
            return;
        }
        work.Compute(_taken[0].Row, _taken.Count, progress, cancellation);
        for (var row = 0; row < _taken.Count; row++)
        {
            if (work.Ports.FirstOrDefault(p => HasNaN(p, row)) is { } port)
                Fail(_taken[row].Row, _taken[row].Carried, "",
                    $"the result '{port.Name}' is NaN: {NotANumberException.Reason(port.Width == 1)}");
            else
                _kept.Add(row);
        }
        JobTelemetry.Fail(_failed.Count);
        _failed.Sort((a, b) => a.Row.CompareTo(b.Row));
    }

    public void Dispose() => work.Dispose();

    private void Fail(long row, string[] carried, string column, string reason)
    {
        _failed.Add(new(row, carried, column, reason));
        FailedRows++;
    }

    private static bool HasNaN(ResultPort port, int row) => port.Type switch
    {
        ElementType.Double => HasNaN(port.Row<double>(row)),
        ElementType.Float => HasNaN(port.Row<float>(row)),
        ElementType.Float16 => HasNaN(port.Row<Half>(row)),
        _ => false,
    };

    private static bool HasNaN<T>(ReadOnlySpan<T> numbers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach (var number in numbers)
            if (T.IsNaN(number))
                return true;
        return false;
    }
}

/// <summary>Takes the rows that a tolerant work leaves to one sink, those that failed to another.</summary>
/// <param name="kept">Takes results.</param>
/// <param name="failed">Takes failures.</param>
/// <param name="work">The work.</param>
internal sealed class SplitSink(IRowSink kept, IRowSink failed, TolerantWork work) : IRowSink
{
    private readonly JoinedSinks _both = new([kept, failed]);

    public IReadOnlyList<string> Paths => _both.Paths;

    public bool Carries => kept.Carries;

    public void Append(long first, int rows, IReadOnlyList<string[]> carried)
    {
        if (work.Kept > 0)
            kept.Append(first, work.Kept, Carries ? [.. Enumerable.Range(0, work.Kept).Select(i => carried[work.PlaceOf(i)])] : []);
        if (work.Failed.Count > 0)
            failed.Append(first, work.Failed.Count, [.. work.Failed.Select(f => f.Carried)]);
    }

    public void Prepare() => _both.Prepare();

    public void Complete() => _both.Complete();

    public void Dispose() => _both.Dispose();
}

using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>
/// Gathers rows, runs the explanation graph once when a result is first asked for, and hands the results out. A row that no
/// network can take fails by itself, when its result is asked for; the others of its batch do not suffer.
/// </summary>
internal sealed class RowScorer : IDisposable
{
    private readonly ExplanationColumns _columns;
    private readonly SharedSession _session;
    private readonly CancellationToken _cancellation;
    private readonly BatchRunner _runner;
    private readonly IReadOnlyList<string> _inputOrder;
    private readonly Dictionary<int, string> _faults = [];
    private InputReader[] _inputs = [];
    private long _firstPosition;
    private int _rows;
    private bool _scored;
    private int _disposed;

    /// <summary>Makes the buffers for so many rows.</summary>
    public RowScorer(ExplanationColumns columns, SharedSession session, int rows, CancellationToken cancellation)
    {
        (_columns, _session, _cancellation) = (columns, session, cancellation);
        var opened = session.Acquire();
        try
        {
            _inputOrder = opened.InputNames;
            _runner = new BatchRunner(opened, columns.Model, columns.SingleRows ? 1 : rows);
        }
        catch
        {
            session.Release();
            throw;
        }
    }

    /// <summary>The most rows of one run.</summary>
    public int Capacity => _runner.Capacity;

    /// <summary>Says where rows come from, and which of its columns somebody else keeps.</summary>
    public void Bind(DataViewRow source, Func<string, ColumnBuffer?> kept) => _inputs = [.. _inputOrder.Select((name, i) =>
        InputReader.Of(source, _columns.Inputs.First(c => c.Name == name), _runner, i, kept(name)))];

    /// <summary>Forgets all rows.</summary>
    /// <param name="firstPosition">The position in the data of the next row.</param>
    public void Restart(long firstPosition)
    {
        (_firstPosition, _rows, _scored) = (firstPosition, 0, false);
        if (_faults.Count > 0)
            _faults.Clear();
    }

    /// <summary>Adds the source's current row.</summary>
    public void Read()
    {
        foreach (var input in _inputs)
            input.Read(_rows);
        _rows++;
    }

    /// <summary>Hands out a result.</summary>
    /// <exception cref="InvalidOperationException">The row holds NaN or a label that is no class.</exception>
    /// <exception cref="OperationCanceledException">Reading was stopped.</exception>
    public void Write<T>(int output, int row, ref VBuffer<T> value) where T : unmanaged
    {
        if (!_scored)
            Score();
        if (_faults.Count > 0 && _faults.TryGetValue(row, out var fault))
            throw new InvalidOperationException($"Row {_firstPosition + row} {fault}");
        var result = _runner.OutputRow<T>(output, row);
        var editor = VBufferEditor.Create(ref value, result.Length);
        result.CopyTo(editor.Values);
        value = editor.Commit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _runner.Dispose();
        _session.Release();
    }

    private void Score()
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, typeof(DataViewRow));
        if (_columns.Inputs.Any(c => c.NetworkInput is null))
            foreach (var input in _inputs)
                for (var row = 0; row < _rows; row++)
                    if (input.Fault(row, _columns.Classes) is { } fault)
                        Exclude(input, row, fault);
        while (!TryRun())
        {
        }
        _scored = true;
    }

    private bool TryRun()
    {
        try
        {
            _runner.Run(_rows, _cancellation);
            return true;
        }
        catch (NotANumberException e)
        {
            var input = _inputs.First(i => i.Column.Name == e.Input);
            var slot = input.SlotNames() is { } names ? $"slot {e.Element} ('{names[e.Element]}')" : $"slot {e.Element}";
            Exclude(input, e.Row, $"has NaN in column '{e.Input}' at {slot}, and networks have no answer to that. " +
                "Replace missing values first (ReplaceMissingValues), or leave such rows out (FilterRowsByMissingValues).");
            return false;
        }
    }

    private void Exclude(InputReader input, int row, string fault)
    {
        _faults.TryAdd(row, fault);
        input.Clear(row);
    }
}

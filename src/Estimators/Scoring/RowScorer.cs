using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>
/// Gathers rows, explains them all when a result is first asked for, and hands the results out.
/// </summary>
internal abstract class RowScorer : IDisposable
{
    private long _firstPosition;
    private int _rows;
    private bool _scored;
    private int _disposed;

    /// <summary>The most rows that are explained together.</summary>
    public abstract int Capacity { get; }

    /// <summary>Is told how many rows there will be in all; null where nobody knows.</summary>
    public virtual void Expect(long? total)
    {
    }

    /// <summary>Says where rows come from, and which of its columns somebody else keeps.</summary>
    public abstract void Bind(DataViewRow source, Func<string, ColumnBuffer?> kept);

    /// <summary>Forgets all rows.</summary>
    /// <param name="firstPosition">The position in the data of the next row.</param>
    public void Restart(long firstPosition)
    {
        (_firstPosition, _rows, _scored) = (firstPosition, 0, false);
        Clear();
    }

    /// <summary>Adds the source's current row; what was read of one that fails is no row.</summary>
    public void Read()
    {
        Read(_rows);
        _rows++;
    }

    /// <summary>Hands out a result.</summary>
    /// <exception cref="InvalidOperationException">The row cannot be explained.</exception>
    /// <exception cref="OperationCanceledException">Reading was stopped.</exception>
    public void Write<T>(int output, int row, ref VBuffer<T> value) where T : unmanaged
    {
        if (!_scored)
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, typeof(DataViewRow));
            Score(_rows);
            _scored = true;
        }
        if (Fault(row) is { } fault)
            throw new InvalidOperationException($"Row {_firstPosition + row} {fault}");
        var result = Result<T>(output, row);
        var editor = VBufferEditor.Create(ref value, result.Length);
        result.CopyTo(editor.Values);
        value = editor.Commit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Release();
    }

    /// <summary>Forgets what is known of the rows before.</summary>
    protected abstract void Clear();

    /// <summary>Takes the source's current row.</summary>
    /// <param name="row">Its place among the rows that are explained together.</param>
    protected abstract void Read(int row);

    /// <summary>Explains the rows.</summary>
    protected abstract void Score(int rows);

    /// <summary>What is wrong with a row by itself; null where nothing is.</summary>
    protected abstract string? Fault(int row);

    /// <summary>A row's value of one of the columns.</summary>
    protected abstract ReadOnlySpan<T> Result<T>(int output, int row) where T : unmanaged;

    /// <summary>Gives back what was taken.</summary>
    protected abstract void Release();
}

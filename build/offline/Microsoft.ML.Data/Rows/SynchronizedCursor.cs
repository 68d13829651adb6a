// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor that moves with the one below it; a stack of them moves the lowest directly.</summary>
internal abstract class SynchronizedCursor : DataViewRowCursor
{
    private readonly IChannel _channel;
    private readonly DataViewRowCursor _root;
    private bool _disposed;

    protected SynchronizedCursor(IChannelProvider provider, DataViewRowCursor input)
    {
        _channel = provider.Start("Cursor");
        Input = input;
        _root = input is SynchronizedCursor below ? below._root : input;
    }

    public sealed override long Position => _root.Position;

    public sealed override long Batch => _root.Batch;

    public bool IsReadAhead => _root is BackgroundCursor;

    protected DataViewRowCursor Input { get; }

    public sealed override bool MoveNext() => _root.MoveNext();

    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        _disposed = true;
        if (disposing)
        {
            Input.Dispose();
            _channel.Dispose();
        }
    }
}

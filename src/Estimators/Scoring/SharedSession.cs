using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>
/// The one session of a transformer: opened when it is first needed, shared by all who read, closed once the transformer is
/// disposed and the last reader has gone. So disposing never pulls memory from under a running cursor.
/// </summary>
internal sealed class SharedSession(OnnxModel model, RuntimeOptions options) : IDisposable
{
    private readonly Lock _lock = new();
    private ModelSession? _session;
    private int _readers;
    private bool _disposed;

    /// <summary>Is told what users should know.</summary>
    public Action<string>? Log => options.Log;

    /// <summary>Takes part in the session; <see cref="Release"/> ends that.</summary>
    /// <exception cref="ObjectDisposedException">The transformer is disposed.</exception>
    public ModelSession Acquire()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(ITransformer));
            _session ??= new ModelSession(model, options);
            _readers++;
            return _session;
        }
    }

    /// <summary>Ends one reader's part.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _readers--;
            CloseIfUnused();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            CloseIfUnused();
        }
    }

    private void CloseIfUnused()
    {
        if (!_disposed || _readers > 0)
            return;
        _session?.Dispose();
        _session = null;
    }
}

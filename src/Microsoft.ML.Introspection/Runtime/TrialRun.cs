using System.Diagnostics;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Runtime;

/// <summary>
/// Runs a model on made-up inputs, to see what shapes come out: work that nobody asked for, of a file that anybody may have written. It
/// costs no more than <see cref="MaximumBytes"/> (where its weights are less than half of that) and <see cref="TrialTime.Maximum"/>; what
/// would cost more is not known then, and all goes on.
/// </summary>
internal sealed class TrialRun : IDisposable
{
    /// <summary>The memory of a trial beside the model's own weights.</summary>
    public const int MaximumBytes = 1 << 29;

    // How long one that was stopped may take to end.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    // ONNX Runtime lets memory be bounded for a process only, for the sessions that ask for it.
    private static readonly Lazy<bool> IsBounded = new(() =>
    {
        try
        {
            using var arena = new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.ArenaAllocator, 0, OrtMemType.Default);
            using var bound = new OrtArenaCfg(MaximumBytes, 1, 1 << 20, -1);
            OrtEnv.Instance().CreateAndRegisterAllocator(arena, bound);
        }
        catch (OnnxRuntimeException)
        {
            // The program around us has registered its own.
        }
        return true;
    });

    private readonly ModelSession _session;
    private readonly TrialTime _time;
    private bool _isLost;

    private TrialRun(ModelSession session, TrialTime time) => (_session, _time) = (session, time);

    /// <summary>Loads a model for a trial; null where it is not safe to run on whatever inputs.</summary>
    /// <param name="model">The model; what its outputs are is what can be seen.</param>
    /// <param name="time">What is left of the time for the file it comes from.</param>
    public static TrialRun? Open(OnnxModel model, TrialTime time) => !time.IsOver && NodeCheck.CanBeTried(model.Proto.Graph)
        ? new TrialRun(new ModelSession(model, null, GraphOptimizationLevel.ORT_DISABLE_ALL,
            isTrial: ModelCheck.Tensors(model.Proto).Sum(t => (long)t.RawData.Length) < MaximumBytes / 2 && IsBounded.Value), time)
        : null;

    /// <summary>Each output; null where the model does not run on these inputs, or not within bounds.</summary>
    public IReadOnlyDictionary<string, SeenTensor>? Run(Func<IReadOnlyDictionary<string, Tensor>> inputs)
    {
        using var stop = new CancellationTokenSource();
        using var running = _time.Running();
        var run = Task.Factory.StartNew(() => Run(inputs, stop.Token), stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (!((IAsyncResult)run).AsyncWaitHandle.WaitOne(20))
        {
            if (!_time.IsOver)
                continue;
            stop.Cancel();
            // It stops between two operators. One that does not end is left to itself: there is no other way to be rid of it.
            _isLost = !((IAsyncResult)run).AsyncWaitHandle.WaitOne(Grace);
            return null;
        }
        return run.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isLost)
            _session.Dispose();
    }

    private Dictionary<string, SeenTensor>? Run(Func<IReadOnlyDictionary<string, Tensor>> inputs, CancellationToken stop)
    {
        try
        {
            return _session.Look(inputs(), stop);
        }
        catch (Exception e)
            when (e is InvalidOperationException or IntrospectionException or OnnxRuntimeException or OperationCanceledException
                or NotSupportedException)
        {
            return null;
        }
    }
}

/// <summary>What a tensor was in a trial.</summary>
/// <param name="Shape">Its extents.</param>
/// <param name="Content">Its elements; null where they are no numbers.</param>
internal sealed record SeenTensor(Shape Shape, Tensor? Content);

/// <summary>The time that trial runs of one file may take together.</summary>
internal sealed class TrialTime
{
    /// <summary>How much it is, of the clock and of the processor: the machine's load must not decide what is known of a file.</summary>
    public static readonly TimeSpan Maximum = TimeSpan.FromSeconds(4);

    private readonly Stopwatch _clock = new();
    private TimeSpan _used, _start;

    /// <summary>Whether it is used up.</summary>
    public bool IsOver => _clock.Elapsed > Maximum
        && (_used + (_clock.IsRunning ? Used() - _start : default) > Maximum || _clock.Elapsed > 4 * Maximum);

    /// <summary>Counts until it is disposed of.</summary>
    public IDisposable Running()
    {
        _start = Used();
        _clock.Start();
        return new Run(this);
    }

    private static TimeSpan Used()
    {
        using var self = Process.GetCurrentProcess();
        return self.TotalProcessorTime;
    }

    private sealed class Run(TrialTime time) : IDisposable
    {
        public void Dispose()
        {
            time._clock.Stop();
            time._used += Used() - time._start;
        }
    }
}

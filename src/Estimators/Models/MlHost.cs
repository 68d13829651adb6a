using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// ML.NET's own way to speak to the user (<see cref="MLContext.Log"/>) and to be stopped, as far as a catalog of transforms leads to it.
/// ML.NET publishes neither: where a version keeps them elsewhere, nothing is said and nothing stops.
/// </summary>
internal sealed class MlHost
{
    private const string Source = "Introspection";

    // How often ML.NET is asked during work that takes long.
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly IHostEnvironment? _environment;
    private readonly Func<bool>? _isCanceled;

    private MlHost(IHostEnvironment? environment)
    {
        _environment = environment;
        var cancelable = environment?.GetType().GetInterfaces().FirstOrDefault(i => i.Name == "ICancelable");
        _isCanceled = cancelable?.GetProperty("IsCanceled")?.GetMethod?.CreateDelegate<Func<bool>>(environment);
    }

    /// <summary>The host of a catalog.</summary>
    public static MlHost Of(TransformsCatalog catalog) => new(Array.Find(typeof(TransformsCatalog)
        .GetFields(BindingFlags.Instance | BindingFlags.NonPublic), f => typeof(IHostEnvironment).IsAssignableFrom(f.FieldType))
        ?.GetValue(catalog) as IHostEnvironment);

    /// <summary>Says something.</summary>
    public void Info(string message) => Say(channel => channel.Info(MessageSensitivity.Schema, message));

    /// <summary>Says something that deserves attention.</summary>
    public void Warn(string message) => Say(channel => channel.Warning(MessageSensitivity.Schema, message));

    /// <summary>Stops whoever asks, where ML.NET has been told to stop.</summary>
    /// <exception cref="OperationCanceledException">It has.</exception>
    public void CheckAlive()
    {
        if (_isCanceled?.Invoke() == true)
            throw new OperationCanceledException("ML.NET was told to stop (its MLContext was cancelled, as AutoML cancels its trials).");
    }

    /// <summary>Does work that ML.NET can stop, even in the middle.</summary>
    /// <param name="cancellation">What else stops it.</param>
    /// <param name="work">The work; it is given what tells it to stop.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Run(CancellationToken cancellation, Action<CancellationToken> work)
    {
        CheckAlive();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = new Timer(_ => StopWhereTold(stop), null, Period, Period);
        try
        {
            work(stop.Token);
        }
        catch (OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            CheckAlive();
            throw;
        }
    }

    private void StopWhereTold(CancellationTokenSource stop)
    {
        try
        {
            if (_isCanceled?.Invoke() == true)
                stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The work ended meanwhile.
        }
    }

    private void Say(Action<IChannel> say)
    {
        if (_environment is null)
            return;
        using var channel = _environment.Start(Source);
        say(channel);
    }
}

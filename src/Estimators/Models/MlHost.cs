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

    private readonly IHostEnvironment? _environment;
    private readonly Func<bool>? _isCanceled;

    private MlHost(IHostEnvironment? environment)
    {
        _environment = environment;
        var cancelable = environment?.GetType().GetInterfaces().FirstOrDefault(i => i.Name == "ICancelable");
        if (cancelable?.GetProperty("IsCanceled")?.GetMethod is { } canceled)
            _isCanceled = () => (bool)canceled.Invoke(environment, null)!;
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
            throw new OperationCanceledException("ML.NET was told to stop (MLContext.CancelExecution).");
    }

    private void Say(Action<IChannel> say)
    {
        if (_environment is null)
            return;
        using var channel = _environment.Start(Source);
        say(channel);
    }
}

// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Diagnostics;

namespace Microsoft.ML.Runtime;

/// <summary>Passes messages on with the name of their source.</summary>
internal sealed class Channel : IChannel
{
    private readonly string _name;
    private readonly Action<string, ChannelMessage> _send;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private bool _disposed;

    public Channel(string name, Action<string, ChannelMessage> send)
    {
        _name = name;
        _send = send;
        Report(ChannelMessageKind.Trace, MessageSensitivity.None, "Channel started");
    }

    public string ContextDescription => _name;

    public void Send(ChannelMessage msg) => _send(_name, msg);

    public void Trace(MessageSensitivity sensitivity, string fmt) => Report(ChannelMessageKind.Trace, sensitivity, fmt);

    public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args) => Report(ChannelMessageKind.Trace, sensitivity, string.Format(fmt, args));

    public void Error(MessageSensitivity sensitivity, string fmt) => Report(ChannelMessageKind.Error, sensitivity, fmt);

    public void Error(MessageSensitivity sensitivity, string fmt, params object[] args) => Report(ChannelMessageKind.Error, sensitivity, string.Format(fmt, args));

    public void Warning(MessageSensitivity sensitivity, string fmt) => Report(ChannelMessageKind.Warning, sensitivity, fmt);

    public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args) => Report(ChannelMessageKind.Warning, sensitivity, string.Format(fmt, args));

    public void Info(MessageSensitivity sensitivity, string fmt) => Report(ChannelMessageKind.Info, sensitivity, fmt);

    public void Info(MessageSensitivity sensitivity, string fmt, params object[] args) => Report(ChannelMessageKind.Info, sensitivity, string.Format(fmt, args));

    public TException Process<TException>(TException ex)
        where TException : Exception => ex;

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Report(ChannelMessageKind.Trace, MessageSensitivity.None, $"Channel finished. Elapsed {_watch.Elapsed:c}.");
        Report(ChannelMessageKind.Trace, MessageSensitivity.None, "Channel disposed");
    }

    private void Report(ChannelMessageKind kind, MessageSensitivity sensitivity, string message)
        => _send(_name, new ChannelMessage(kind, sensitivity, message));
}

/// <summary>A pipe that nobody listens to: an MLContext offers no way to.</summary>
internal sealed class SilentPipe<TMessage>(string name) : IPipe<TMessage>
{
    public string ContextDescription => name;

    public void Send(TMessage msg)
    {
    }

    public TException Process<TException>(TException ex)
        where TException : Exception => ex;

    public void Dispose()
    {
    }
}

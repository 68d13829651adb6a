// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Collections.Concurrent;

namespace Microsoft.ML.Runtime;

/// <summary>The root environment and, through <see cref="Register"/>, those of its components.</summary>
internal sealed class LocalEnvironment : IHost, IHostEnvironmentInternal
{
    private readonly LocalEnvironment _root;
    private readonly string _fullName;
    private readonly ConcurrentDictionary<string, object> _options;
    private string _tempFilePath = Path.GetTempPath();
    private bool _fallbackToCpu;
    private int? _gpuDeviceId;

    public LocalEnvironment(int? seed)
    {
        Seed = seed;
        Rand = seed is { } value ? new Random(value) : new Random();
        ComponentCatalog = new ComponentCatalog();
        _root = this;
        _options = new ConcurrentDictionary<string, object>();
    }

    private LocalEnvironment(LocalEnvironment parent, string name, int? seed)
    {
        Seed = parent.Seed;
        lock (parent.Rand)
            Rand = new Random(seed ?? parent.Rand.Next());
        ComponentCatalog = parent.ComponentCatalog;
        _root = parent._root;
        _options = parent._options;
        _fullName = Join(parent._fullName, name);
    }

    public event Action<string, ChannelMessage> Message;

    public int? Seed { get; }

    public Random Rand { get; }

    public ComponentCatalog ComponentCatalog { get; }

    public string ContextDescription => _fullName;

    public string TempFilePath
    {
        get => _root._tempFilePath;
        set => _root._tempFilePath = value;
    }

    public bool FallbackToCpu
    {
        get => _root._fallbackToCpu;
        set => _root._fallbackToCpu = value;
    }

    public int? GpuDeviceId
    {
        get => _root._gpuDeviceId;
        set => _root._gpuDeviceId = value;
    }

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new LocalEnvironment(this, name, seed);
    }

    public IChannel Start(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new Channel(Join(_fullName, name), _root.Send);
    }

    public IPipe<TMessage> StartPipe<TMessage>(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new SilentPipe<TMessage>(Join(_fullName, name));
    }

    public IProgressChannel StartProgressChannel(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new ProgressChannel();
    }

    public TException Process<TException>(TException ex)
        where TException : Exception => ex;

    public bool TryAddOption<T>(string name, T value) => _options.TryAdd(name, value);

    public void SetOption<T>(string name, T value) => _options[name] = value;

    public bool TryGetOption<T>(string name, out T value)
    {
        var found = _options.TryGetValue(name, out var option);
        value = found ? (T)option : default;
        return found;
    }

    public T GetOptionOrDefault<T>(string name) => TryGetOption<T>(name, out var value) ? value : default;

    public bool RemoveOption(string name) => _options.TryRemove(name, out _);

    private void Send(string source, ChannelMessage message) => Message?.Invoke(source, message);

    private static string Join(string parent, string name) => string.IsNullOrEmpty(parent) ? name : $"{parent}; {name}";
}

namespace Microsoft.ML.Introspection.Runtime;

/// <summary>How models are run: where, in what portions, with how many threads.</summary>
public sealed record RuntimeOptions
{
    private readonly int _batchSize = 32;
    private readonly int? _threads;
    private readonly Device _device = Device.Cpu;

    /// <summary>Rows given to the network at once. A network that was exported for a fixed number of rows takes its own.</summary>
    public int BatchSize
    {
        get => _batchSize;
        init => _batchSize = value is > 0 and <= 1 << 20
            ? value
            : throw new ArgumentOutOfRangeException(nameof(BatchSize), value, "The batch size must lie between 1 and 1,048,576 rows.");
    }

    /// <summary>Where to run.</summary>
    public Device Device
    {
        get => _device;
        init => _device = value ?? throw new ArgumentNullException(nameof(Device));
    }

    /// <summary>Whether to run on the processor where the device cannot be had; <see cref="Log"/> is told then.</summary>
    public bool FallBackToCpu { get; init; }

    /// <summary>Threads that share the work, of an operator or of many rows; null for one for each core.</summary>
    public int? Threads
    {
        get => _threads;
        init => _threads = value is null or > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Threads), value, "The number of threads must be at least 1.");
    }

    /// <summary>
    /// Whether ONNX Runtime's threads stay awake for a moment after a run. It helps where one session runs batch after batch (the
    /// default); where sessions take turns, each is slowed by the threads of the one before, and false is better.
    /// </summary>
    public bool KeepThreadsReady { get; init; } = true;

    /// <summary>
    /// Whether what a run took of the processor's memory is kept for the next one (the default, and faster where rows are small). False
    /// gives every intermediate result back as soon as it is used up, which is better where one row takes gigabytes.
    /// </summary>
    public bool KeepMemory { get; init; } = true;

    /// <summary>
    /// Is told, in a sentence, when something runs otherwise than asked, and of which rows results are NaN, and why. A column of
    /// explanations passes NaN on where there is a log; where there is none, asking for such a row's explanation throws.
    /// </summary>
    public Action<string>? Log { get; init; }
}

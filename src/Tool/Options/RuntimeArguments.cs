using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>Where and in what portions the network runs.</summary>
internal sealed class RuntimeArguments
{
    private readonly Option<int> _batchSize = new("--batch-size", "-b")
    {
        HelpName = "N",
        Description = "Rows given to the network at once; memory grows with it.",
        DefaultValueFactory = _ => new RuntimeOptions().BatchSize,
    };

    private readonly Option<int?> _threads =
        new("--threads") { HelpName = "N", Description = "Threads that share the work. [default: one for each core]" };

    private readonly Option<string> _device = new("--device")
    {
        HelpName = "cpu|cuda[:N]",
        Description = "Where to run: the processor, or CUDA device N.",
        DefaultValueFactory = _ => "cpu",
    };

    private readonly Option<bool> _allowCpu =
        new("--allow-cpu") { Description = "Run on the processor, with a warning, where the device cannot be had." };

    /// <summary>The options that say how fast it goes, and nothing of what comes of it.</summary>
    public IReadOnlyList<Option> OfSpeed => [_threads];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        command.Options.Add(_batchSize);
        command.Options.Add(_threads);
        command.Options.Add(_device);
        command.Options.Add(_allowCpu);
    }

    /// <summary>What the command line asks for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="log">Is told when it runs elsewhere than asked.</param>
    /// <exception cref="UsageException">A number is out of range, or there is no such kind of device.</exception>
    public RuntimeOptions Read(ParseResult parsed, Action<string> log) => UsageException.Check(() => new RuntimeOptions
    {
        BatchSize = parsed.GetValue(_batchSize),
        Threads = parsed.GetValue(_threads),
        Device = ParseDevice(parsed.GetRequiredValue(_device)),
        FallBackToCpu = parsed.GetValue(_allowCpu),
        Log = log,
    });

    private static Device ParseDevice(string text) => text.ToLowerInvariant().Split(':') switch
    {
        ["cpu"] => Device.Cpu,
        ["cuda"] => Device.Cuda(),
        ["cuda", var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var device) =>
            Device.Cuda(device),
        _ => throw new FormatException($"'{text}' is no device; expected cpu, cuda, or cuda:N with the device's number."),
    };
}

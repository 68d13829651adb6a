using System.Diagnostics;
using System.Globalization;

namespace Samples;

/// <summary>What the command line says: where files go, and numbers by their names.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, int> _numbers;
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    private Arguments(string output, Dictionary<string, int> numbers) =>
        (Output, _numbers) = (Directory.CreateDirectory(output).FullName, numbers);

    /// <summary>The folder that files go to.</summary>
    public string Output { get; }

    /// <summary>Reads the command line; says how it is used and gives null where it is used otherwise.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="sample">The sample: the folder below "artifacts" where nothing is said.</param>
    /// <param name="numbers">The numbers that it takes: name, what it is unless it is said, from and to where it goes, and its meaning.</param>
    public static Arguments? Read(string[] args, string sample, params (string Name, int Default, int Least, int Most, string Meaning)[] numbers)
    {
        var (output, given) = (Path.Combine("artifacts", sample), numbers.ToDictionary(n => n.Name, n => n.Default));
        var isRight = args.Length % 2 == 0;
        for (var i = 0; isRight && i < args.Length; i += 2)
        {
            if (args[i] == "--output" && args[i + 1].Length > 0)
                output = args[i + 1];
            else if (Array.Find(numbers, n => args[i] == $"--{n.Name}") is { Name: { } name } number
                && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var value) && value >= number.Least && value <= number.Most)
                given[name] = value;
            else
                isRight = false;
        }
        if (isRight)
            return new Arguments(output, given);
        Console.Error.WriteLine($"Options:\n  --output DIR   where files go (artifacts/{sample} here unless given; made if need be)");
        foreach (var (name, otherwise, least, most, meaning) in numbers)
            Console.Error.WriteLine($"  --{name} N   {meaning}: {least} to {most} ({otherwise} unless given)");
        return null;
    }

    /// <summary>A number by its name.</summary>
    public int this[string name] => _numbers[name];

    /// <summary>A file in the folder.</summary>
    public string File(string name) => Path.Combine(Output, name);

    /// <summary>Says where files are, how long it took, and how much memory was used at most.</summary>
    public int Done()
    {
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(FormattableString.Invariant(
            $"{_watch.Elapsed.TotalSeconds:0.0} s, {process.PeakWorkingSet64 / (double)(1 << 30):0.0} GiB at most. Files in {Output}"));
        return 0;
    }
}

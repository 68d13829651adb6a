using System.Diagnostics;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>The process that tries files, one behind the other; it tells every step before it takes it.</summary>
internal static class Child
{
    /// <summary>The exit code that asks for a fresh process.</summary>
    public const int Weary = 77;

    private const long MuchMemory = 1L << 30;

    public static int Run(Options options, int first)
    {
        using var out_ = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        Console.SetOut(out_);
        var seeds = Seeds.Of(options);
        using var self = Process.GetCurrentProcess();
        for (var number = first; number < options.Count; number++)
        {
            var random = new Random(HashCode(options.Seed, number));
            var kind = options.Kinds[random.Next(options.Kinds.Count)];
            var trial = new Trial(kind, seeds, random, Path.Combine(options.Keep, $"{options.Seed}-{number}"), Say);
            Say($"begin\t{number}\t{kind}");
            Say(trial.Run());
            self.Refresh();
            if (self.WorkingSet64 > MuchMemory)
                return Weary;
        }
        return 0;
    }

    private static void Say(string line) => Console.WriteLine(line);

    // The same on every run, which .NET's own is not.
    private static int HashCode(int seed, int number) => unchecked((int)((uint)seed * 2654435761u ^ (uint)number * 2246822519u));
}

using System.Diagnostics;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Benchmarks;

/// <summary>Seconds to read a deep network and to write its explanation, and how large that is beside the network.</summary>
internal static class CompileBenchmark
{
    public static void Run(double seconds)
    {
        Console.WriteLine();
        Console.WriteLine($"{"Compilation",-42} {"first",10} {"again",10} {"size over the network's",26}");
        var model = SeededNetworks.ResNet152();
        var times = new List<double>();
        var size = 0L;
        var whole = Stopwatch.StartNew();
        while (times.Count < 3 || whole.Elapsed.TotalSeconds < seconds)
        {
            var start = Stopwatch.GetTimestamp();
            var explanation = Explanation.Compile(Network.From(model), new Saliency());
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            size = explanation.ToArray().Length;
        }
        var again = times.Skip(1).Order().ElementAt((times.Count - 1) / 2);
        var ratio = (double)size / model.ToArray().Length;
        Console.WriteLine($"{"saliency, ResNet-152",-42} {times[0],8:0.00} s {again,8:0.00} s {ratio,26:0.00}");
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>Reads, compiles, loads and runs explanations one after the other, and prints what memory the process holds meanwhile.</summary>
internal static class SteadyMemory
{
    private static readonly AttributionMethod[] Methods =
        [new Saliency(), new IntegratedGradients(Steps: 4), new InputXGradient(), new Occlusion([1])];

    public static void Run(double seconds)
    {
        // A normalisation has a formula written beside it, and an open shape has the network run while it is read.
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Float, new Shape(Dimension.Symbol("N"), 32));
        var weights = graph.Constant(Tensor.From([.. Enumerable.Range(0, 32 * 32).Select(i => i % 13 / 13f)], 32, 32));
        var ones = graph.Constant(Tensor.From([.. Enumerable.Repeat(1f, 32)], 32));
        var h = graph.Add("LayerNormalization", "", "", [x.MatMul(weights), ones], Attributes.None,
            [(null, ElementType.Float, x.Shape)]).Outputs[0];
        var open = graph.Add("NonZero", "", "", [x], Attributes.None, [("open", ElementType.Int64, null)]).Outputs[0];
        var model = graph.ToModel([("y", h.Relu().MatMul(weights)), ("places", open)]);
        var row = new Dictionary<string, Tensor> { ["x"] = Tensor.From(new float[64].Select((_, i) => i / 64f).ToArray(), 2, 32) };
        using var self = Process.GetCurrentProcess();
        var clock = Stopwatch.StartNew();
        var (count, next) = (0, 0.0);
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            var network = Network.From(model);
            using (var session = new ModelSession(Explanation.Compile(network, Methods[count++ % Methods.Length]), new() { Threads = 1 }))
                session.Run(row);
            if (clock.Elapsed.TotalSeconds < next)
                continue;
            next += seconds / 12;
            Tell();
        }
        if (!OperatingSystem.IsLinux())
            return;
        GiveBack(0);
        Console.WriteLine("When the C library has given back what it can:");
        Tell();

        void Tell()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            self.Refresh();
            Console.WriteLine($"{clock.Elapsed.TotalSeconds,7:0} s {count,8:N0} explanations {self.WorkingSet64 >> 10,9:N0} KiB held, "
                + $"{GC.GetTotalMemory(false) >> 10,6:N0} KiB of it managed{Native()}");
        }
    }

    // What the C library has given out and not got back, and what it keeps for later: growth of the second alone is no leak.
    private static string Native()
    {
        if (!OperatingSystem.IsLinux())
            return "";
        try
        {
            var told = Told();
            return $", {(told.InUse + told.Mapped) >> 10,7:N0} KiB given out by the C library, {told.Free >> 10,7:N0} KiB kept by it";
        }
        catch (EntryPointNotFoundException)
        {
            return "";
        }
    }

    // The C library's own record, in its order.
    private readonly record struct Allocated(nuint Arena, nuint FreeChunks, nuint FastChunks, nuint MappedChunks, nuint Mapped, nuint Unused,
        nuint FastFree, nuint InUse, nuint Free, nuint Trimmable);

    [DllImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static extern int GiveBack(nuint kept);

    [DllImport("libc.so.6", EntryPoint = "mallinfo2")]
    private static extern Allocated Told();
}

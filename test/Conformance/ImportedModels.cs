using System.Text.Json;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// Opens the model files of other libraries below a folder and compares with what these libraries gave: <c>case.npz</c> beside a file holds
/// inputs and outputs (<c>in0</c>, <c>out0</c>, <c>b1_in0</c> …) and gradients of the weighted sum of the outputs (<c>grad_in0</c>,
/// <c>seed_out0</c>). Beside a <c>manifest.json</c> with <c>files</c> that are to be refused stands what the message has to name.
/// </summary>
internal static class ImportedModels
{
    private static readonly string[] Endings = [".h5", ".keras"];

    /// <summary>How far a file agrees.</summary>
    public sealed record Result(string File, string Verdict, double Outputs, double Single, double Gradients, string Why)
    {
        public bool IsRight => Verdict is "right" or "refused";

        public override string ToString() =>
            $"{Verdict,-8} {File,-70} {Shown(Outputs),8} {Shown(Single),8} {Shown(Gradients),8}  {Why}";

        private static string Shown(double value) => double.IsNaN(value) ? "-" : value.ToString("0.0e0");
    }

    public static IReadOnlyList<Result> Of(string folder, string only) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(f => Endings.Contains(Path.GetExtension(f)) && f.Contains(only, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
        .Select(f => Caught(Path.GetRelativePath(folder, f), () => Path.Exists(Beside(f, "case.npz"))
            ? Compared(folder, f) : Refused(folder, f)))];

    private static string Beside(string file, string name) => Path.Combine(Path.GetDirectoryName(file)!, name);

    private static Result Caught(string file, Func<Result> check)
    {
        try
        {
            return check();
        }
        catch (Exception e)
        {
            return new(file, "WRONG", double.NaN, double.NaN, double.NaN,
                e is IntrospectionException ? e.Message.Replace('\n', ' ') : $"{e.GetType().Name}: {e.Message} {e.StackTrace}");
        }
    }

    private static Result Refused(string folder, string file)
    {
        try
        {
            ModelFile.LoadNetwork(file);
        }
        catch (InvalidModelException e)
        {
            return new(Path.GetRelativePath(folder, file), "refused", double.NaN, double.NaN, double.NaN, e.Message);
        }
        return new(Path.GetRelativePath(folder, file), "OPENED", double.NaN, double.NaN, double.NaN, "should be refused");
    }

    private static Result Compared(string folder, string file)
    {
        using var arrays = NpzArchive.Open(Beside(file, "case.npz"));
        if (arrays.Contains("coarse"))
        {
            var (logits, maps, blocks) = LightCones.Compare(file, arrays);
            return new(Path.GetRelativePath(folder, file), logits <= 1e-4 && maps <= 1e-4 && blocks <= 1e-3 ? "right" : "WRONG", logits, maps,
                blocks, "logits, feature maps, blocks of the gradient");
        }
        var model = ModelFile.ReadNetwork(file);
        var names = OutputsOf(file, model);
        // Recurrent sums round along the way.
        var isRecurrent = model.Proto.Graph.Node.Any(n => n.OpType is "LSTM" or "GRU" or "RNN" or "Loop")
            || Path.GetFullPath(file).Contains("lstm", StringComparison.OrdinalIgnoreCase) || file.Contains("rnn", StringComparison.Ordinal)
            || file.Contains("sky21", StringComparison.Ordinal);
        var bound = isRecurrent ? 1e-4 : 1e-5;
        var (why, worst) = ("", double.NaN);
        var prefix = arrays.Contains("in0") ? "" : "repo_";
        var outputs = Outputs(model, arrays, prefix, names, ref why);
        var single = arrays.Contains("b1_in0") ? Outputs(model, arrays, "b1_", names, ref why) : double.NaN;
        if (arrays.Contains("grad_in0") && arrays.Contains("seed_out0"))
            worst = Gradients(file, model, arrays, names, ref why);
        var right = outputs <= bound && !(single > bound) && !(worst > 1e-4);
        return new(Path.GetRelativePath(folder, file), right ? "right" : "WRONG", outputs, single, worst, right ? "" : why);
    }

    // The layer of every array, by the manifest; in the order of the model where there is none.
    private static IReadOnlyList<string> OutputsOf(string file, OnnxModel model)
    {
        var own = model.Outputs.Select(o => o.Name).ToList();
        if (!File.Exists(Beside(file, "manifest.json")))
            return own;
        using var manifest = JsonDocument.Parse(File.ReadAllText(Beside(file, "manifest.json")));
        if (!manifest.RootElement.TryGetProperty("outputs", out var list))
            return own;
        var named = list.EnumerateArray().Select(o => o.GetProperty("layer").GetString()!).ToList();
        // Several results of one layer are told apart by a number.
        return own.Count == named.Count && own.Zip(named).All(n => n.First == n.Second || n.First.StartsWith(n.Second + "_", StringComparison.Ordinal))
            ? own
            : throw new InvalidOperationException($"outputs {string.Join(", ", named)} expected, found {string.Join(", ", own)}");
    }

    private static double Outputs(OnnxModel model, NpzArchive arrays, string prefix, IReadOnlyList<string> names, ref string why)
    {
        using var session = new ModelSession(model, new RuntimeOptions { Threads = 1 }, GraphOptimizationLevel.ORT_ENABLE_ALL);
        var results = session.Run(Feeds(model, arrays, prefix));
        var worst = 0.0;
        for (var i = 0; i < names.Count; i++)
        {
            if (!arrays.Contains($"{prefix}out{i}"))
                continue;
            var difference = Difference(arrays.Read($"{prefix}out{i}"), results[names[i]]);
            if (!(difference <= worst))
                (worst, why) = (difference, $"{prefix}out{i} '{names[i]}' {results[names[i]].Shape}");
        }
        return worst;
    }

    private static Dictionary<string, Tensor> Feeds(OnnxModel model, NpzArchive arrays, string prefix) =>
        model.Inputs.Select((input, i) => (input, array: arrays.Read($"{prefix}in{i}"))).ToDictionary(x => x.input.Name, x =>
            Tensor.FromDoubles(x.input.Type, x.array.ToDoubles(), [.. x.array.Shape.Select(d => (long)d)]));

    private static double Gradients(string file, OnnxModel model, NpzArchive arrays, IReadOnlyList<string> names, ref string why)
    {
        var feeds = Feeds(model, arrays, "");
        var network = Network.From(model, new NetworkOptions
        {
            KeepFinalActivation = true,
            RowShapes = feeds.ToDictionary(f => f.Key, f => (IReadOnlyList<long>)[.. f.Value.Dimensions[1..]]),
        });
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => graph.Input(i.Name, i.Type, i.Shape!));
        var trace = network.Trace(graph, inputs);
        var seeds = names.Select((n, i) => (Value: trace.FileOutput(n), Name: $"seed_out{i}")).Where(s => arrays.Contains(s.Name))
            .Select(s => (s.Value, graph.Constant(Tensor.FromDoubles(s.Value.Type, arrays.Read(s.Name).ToDoubles(),
                [.. arrays.Read(s.Name).Shape.Select(d => (long)d)])))).ToList();
        var wanted = network.Inputs.Select((input, i) => (input.Name, Array: $"grad_in{i}")).Where(g => arrays.Contains(g.Array)).ToList();
        var gradients = Gradient.Of(seeds, [.. wanted.Select(w => inputs[w.Name])]);
        using var session = new ModelSession(graph.ToModel(wanted.Select((w, i) => (w.Array, gradients[i]))),
            new RuntimeOptions { Threads = 1 }, GraphOptimizationLevel.ORT_ENABLE_ALL);
        var results = session.Run(feeds);
        var worst = 0.0;
        foreach (var (name, array) in wanted)
        {
            var difference = RowsOffKinks(arrays.Read(array), results[array]);
            if (!(difference <= worst))
                (worst, why) = (difference, array);
        }
        return worst;
    }

    private static double Difference(NpyArray expected, Tensor actual)
    {
        if (!actual.Dimensions.SequenceEqual([.. expected.Shape.Select(d => (long)d)]))
            return double.PositiveInfinity;
        var (left, right) = (expected.ToDoubles(), actual.ToDouble());
        var scale = Scale(left);
        var worst = 0.0;
        for (var i = 0; i < left.Length; i++)
            worst = Math.Abs(left[i] - right[i]) is var d && d <= worst ? worst : Math.Abs(left[i] - right[i]);
        return scale > 0 ? worst / scale : worst;
    }

    private static double Scale(double[] numbers) => numbers.Aggregate(0.0, (largest, n) => Math.Max(largest, Math.Abs(n)));

    // A row that sits on a kink may differ by 5e-3, if most do not.
    private static double RowsOffKinks(NpyArray expected, Tensor actual)
    {
        var all = Difference(expected, actual);
        if (!(all > 1e-4) || !(all <= 5e-3))
            return all;
        var (left, right) = (expected.ToDoubles(), actual.ToDouble());
        var (rows, scale) = (expected.Shape[0], Scale(left));
        var width = left.Length / rows;
        var off = Enumerable.Range(0, rows).Count(r =>
            Enumerable.Range(r * width, width).Any(i => !(Math.Abs(left[i] - right[i]) <= 1e-4 * scale)));
        return off <= 1 ? 1e-4 : all;
    }
}

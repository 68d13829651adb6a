using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// A model of another library, read, against what that library computed: <c>in*</c> and <c>out*</c> of a batch, <c>b1_in*</c> and
/// <c>b1_out*</c> of one row, and <c>grad_in*</c>, the gradient of the sum of all outputs times <c>seed_out*</c>.
/// </summary>
/// <param name="Name">What to call it.</param>
/// <param name="Open">Reads it, with numbers for open extents.</param>
/// <param name="Arrays">The archive of arrays.</param>
/// <param name="Inputs">The array of each input.</param>
/// <param name="Outputs">The array of each output.</param>
/// <param name="Tolerance">How far outputs may be off, of the largest.</param>
internal sealed record TensorFlowCase(
    string Name, Func<IReadOnlyDictionary<string, long>, OnnxModel> Open, string Arrays, IReadOnlyDictionary<string, string> Inputs,
    IReadOnlyDictionary<string, string> Outputs, double Tolerance)
{
    private const double GradientTolerance = 1e-4;

    /// <summary>
    /// What is wrong, a line each; none where all agrees. A graph that computes with the number of its rows is read for those of the batch.
    /// </summary>
    public IReadOnlyList<string> Faults()
    {
        using var arrays = NpzArchive.Open(Arrays);
        try
        {
            return Faults(arrays, Open(new Dictionary<string, long>()));
        }
        catch (IntrospectionException) when (Inputs.Values.All(array => arrays.Contains(array) && !arrays.Contains("b1_" + array)))
        {
            return Faults(arrays, Open(Inputs.ToDictionary(i => $"{i.Key}[0]", i => (long)arrays.Read(i.Value).Shape[0])));
        }
    }

    private List<string> Faults(NpzArchive arrays, OnnxModel model)
    {
        var faults = new List<string>();
        foreach (var batch in ((string[])["", "b1_"]).Where(b => Inputs.Values.All(array => arrays.Contains(b + array))))
        {
            var given = Inputs.ToDictionary(i => i.Key, i => arrays.Read(batch + i.Value));
            var network = Network.From(model, new NetworkOptions { KeepFinalActivation = true, Dimensions = Extents(model, given) });
            var graph = new Graph(network.Opset);
            var feeds = network.Inputs.ToDictionary(i => i.Name, i => ToTensor(given[i.Name], i.Type, i.Shape!.Rank));
            var inputs = network.Inputs.ToDictionary(i => i.Name, i => graph.Input(i.Name, i.Type, feeds[i.Name].Shape));
            var trace = network.Trace(graph, inputs);
            var outputs = Outputs.ToDictionary(o => o.Key, o => trace.FileOutput(o.Key));
            var wanted = Outputs.Where(o => arrays.Contains(batch + o.Value)).ToList();
            var found = Run(graph, wanted.Select(o => (o.Key, outputs[o.Key])), feeds);
            foreach (var (name, array) in wanted)
                Compare(batch + name, arrays.Read(batch + array), found[name], Tolerance, faults);
            if (batch.Length == 0)
                Differentiate(arrays, graph, inputs, outputs, feeds, faults);
        }
        return faults;
    }

    private void Differentiate(NpzArchive arrays, Graph graph, Dictionary<string, Value> inputs, Dictionary<string, Value> outputs,
        Dictionary<string, Tensor> feeds, List<string> faults)
    {
        var by = Inputs.Where(i => arrays.Contains("grad_" + i.Value) && inputs[i.Key].Type.IsFloating()).ToList();
        var seeds = new List<(Value Of, Value Seed)>();
        foreach (var (name, array) in Outputs.Where(o => arrays.Contains("seed_" + o.Value) && outputs[o.Key].Type.IsFloating()))
        {
            var seed = ToTensor(arrays.Read("seed_" + array), outputs[name].Type, outputs[name].Rank);
            feeds["seed " + name] = seed;
            seeds.Add((outputs[name], graph.Input("seed " + name, seed.Type, seed.Shape)));
        }
        if (by.Count == 0 || seeds.Count == 0)
            return;
        var gradients = Gradient.Of(seeds, [.. by.Select(i => inputs[i.Key])]);
        var found = Run(graph, by.Select((i, place) => ("gradient " + i.Key, gradients[place])), feeds);
        foreach (var (name, array) in by)
            Compare("gradient of " + name, arrays.Read("grad_" + array), found["gradient " + name], GradientTolerance, faults);
    }

    // Extents beside the batch that the model leaves open are those of the rows.
    private static Dictionary<string, long> Extents(OnnxModel model, Dictionary<string, NpyArray> given) => model.Inputs
        .SelectMany(i => i.Shape!.Select((d, axis) => (Place: $"{i.Name}[{axis}]", Axis: axis, d.IsKnown, Input: i.Name)))
        .Where(d => d.Axis > 0 && !d.IsKnown).ToDictionary(d => d.Place, d => (long)given[d.Input].Shape[d.Axis]);

    private static IReadOnlyDictionary<string, Tensor> Run(
        Graph graph, IEnumerable<(string, Value)> outputs, Dictionary<string, Tensor> feeds)
    {
        using var session = new ModelSession(graph.ToModel(outputs), new RuntimeOptions { Threads = 1 });
        return session.Run(feeds);
    }

    // A model that knows no batch takes its rows as one.
    private static Tensor ToTensor(NpyArray array, ElementType type, int rank)
    {
        long[] extents = [.. array.Shape.Select(d => (long)d)];
        return Tensor.FromDoubles(type, array.ToDoubles(), rank == extents.Length + 1 ? [1, .. extents] : extents);
    }

    private static void Compare(string what, NpyArray expected, Tensor found, double tolerance, List<string> faults)
    {
        var (left, right) = (expected.ToDoubles(), found.ToDouble());
        if (!found.Shape.Select(d => d.Value).SkipWhile((d, i) => i == 0 && d == 1 && found.Shape.Rank > expected.Shape.Count)
            .SequenceEqual(expected.Shape.Select(d => (long)d)))
        {
            faults.Add($"{what}: {found.Shape} where [{string.Join(", ", expected.Shape)}] was expected");
            return;
        }
        var (largest, off) = (0.0, 0.0);
        for (var i = 0; i < left.Length; i++)
            (largest, off) = (Math.Max(largest, Math.Abs(left[i])), Math.Max(off, Math.Abs(left[i] - right[i])));
        // Written so that NaN, and nothing compared, are wrong.
        if (left.Length == 0 || !(off <= tolerance * largest))
            faults.Add($"{what}: off by {off / largest:e1} of the largest");
    }
}

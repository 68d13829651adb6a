using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// Asks ONNX Runtime for the type and shape of every tensor inside a model: first its metadata, then, for what that leaves open, real runs
/// with several batch sizes. An extent seen there is taken for known only where it must be what was seen (<see cref="ExtentTrust"/>).
/// </summary>
internal static class ShapeProbe
{
    /// <summary>What was found.</summary>
    /// <param name="Tensors">Types and shapes by tensor name; tensors that are sequences or the like are missing.</param>
    /// <param name="TakesOneRow">Whether the model runs with one row of open batch, and not with two.</param>
    public sealed record Shapes(IReadOnlyDictionary<string, TensorInfo> Tensors, bool TakesOneRow);

    private const int SmallTensor = 4096;

    // Asking for the ranks of more tensors takes longer than a trial, which tells them too.
    private const int MostApart = 1024;

    private static readonly int[] Batches = [2, 3, 7];

    private static readonly ConditionalWeakTable<OnnxModel, Shapes> Asked = [];

    /// <summary>What is known of the tensors of a model.</summary>
    public static Shapes Ask(OnnxModel model, TrialTime time) => Asked.GetValue(model, m => AskAnew(m, time));

    private static Shapes AskAnew(OnnxModel model, TrialTime time)
    {
        var takesOneRow = false;
        var small = WithoutWeights(model);
        var found = Metadata(Expose(small));
        // The metadata have no extents of a tensor of unknown rank, as of a scalar; an axis put before a scalar's is known.
        var bare = SeemingScalars(small, found);
        if (bare.Count > MostApart)
            bare.ForEach(name => found[name] = found[name] with { Shape = null });
        else if (bare.Count > 0)
        {
            var (exposed, apart) = ExposeApart(small, bare);
            var ranked = Metadata(exposed);
            foreach (var name in bare.Where(name => ranked[apart[name]].Shape!.Rank == 0))
                found[name] = found[name] with { Shape = null };
        }
        foreach (var input in model.Inputs)
            found.TryAdd(input.Name, input);
        RefuseEmpty(model, found);
        var open = found.Values.Where(t => t.Shape is not { HasUnknown: false }).Select(t => t.Name).ToHashSet();
        // A loop that is left may run for ever; it is tried where some extent is open, not for the sake of ranks alone.
        if (open.Count > 0 && (found.Values.Any(t => t.Shape?.HasUnknown == true) || !model.Proto.Graph.Node.Any(ControlFlow.Is)))
            takesOneRow = !Probe(model, open, found, time);
        return new Shapes(found, takesOneRow);
    }

    // Of no elements ONNX Runtime takes mean and variance all the same, and dies of it.
    private static void RefuseEmpty(OnnxModel model, Dictionary<string, TensorInfo> found)
    {
        foreach (var node in model.Proto.Graph.Node)
            if (OperatorFacts.Of(node)?.Kind is OperatorKind.Normalization or OperatorKind.LocalNormalization
                or OperatorKind.BatchNormalization && node.Input.Count > 0 && found.TryGetValue(node.Input[0], out var input)
                && input.Shape?.Any(d => d == 0) == true)
                throw new InvalidModelException($"The node '{KnownControlFlow.Label(node)}' ({node.OpType}) is given '{input.Name}' "
                    + $"{input.Shape}, which has no elements; there is nothing to normalise.");
    }

    // What element-wise operators and a few others make of tensors of known rank is of known rank, too; asking costs a session.
    private static List<string> SeemingScalars(OnnxModel model, Dictionary<string, TensorInfo> found)
    {
        var graph = model.Proto.Graph;
        HashSet<string> known = ["", .. graph.Initializer.Select(i => i.Name), .. graph.Input.Select(i => i.Name)];
        var seeming = new List<string>();
        foreach (var node in graph.Node)
        {
            var isPlain = node.OpType is "Constant" or "Shape" or "Size" or "Gather"
                || OperatorFacts.Of(node)?.Has(OperatorTraits.Elementwise) == true;
            foreach (var output in node.Output.Where(o => o.Length > 0))
            {
                if (found.TryGetValue(output, out var info) && info.Shape!.Rank == 0 && !(isPlain && node.Input.All(known.Contains)))
                    seeming.Add(output);
                else
                    known.Add(output);
            }
        }
        return seeming;
    }

    private static Dictionary<string, TensorInfo> Metadata(OnnxModel exposed)
    {
        using var session = new ModelSession(exposed, null, GraphOptimizationLevel.ORT_DISABLE_ALL);
        var found = new Dictionary<string, TensorInfo>();
        foreach (var name in session.OutputNames)
        {
            var metadata = session.Metadata(name);
            if (metadata.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR)
                continue;
            var shape = new Shape(metadata.Dimensions.Zip(metadata.SymbolicDimensions,
                (d, symbol) => d >= 0 ? d : symbol == InputShapes.Batch ? Dimension.Symbol(symbol) : Dimension.Unknown));
            found[name] = new TensorInfo(name, (ElementType)metadata.ElementDataType, shape);
        }
        return found;
    }

    // Shapes do not ask what the weights are: large ones become inputs, so that nobody copies them about.
    private static OnnxModel WithoutWeights(OnnxModel model)
    {
        var proto = model.ProtoToChange();
        var weights =
            proto.Graph.Initializer.Where(i => ((ElementType)i.DataType).IsFloating() && i.RawData.Length >= SmallTensor).ToList();
        foreach (var tensor in weights)
        {
            proto.Graph.Initializer.Remove(tensor);
            proto.Graph.Input.Add(
                new ValueInfoProto { Name = tensor.Name,
                    Type = TensorInfo.ToProto((ElementType)tensor.DataType, new Shape(tensor.Dims.Select(d => (Dimension)d))) });
        }
        return new OnnxModel(proto);
    }

    /// <summary>The model with every tensor among its outputs, or only those named.</summary>
    private static OnnxModel Expose(OnnxModel model, IReadOnlyCollection<string>? only = null)
    {
        var proto = model.ProtoToChange();
        proto.Graph.Output.Clear();
        foreach (var name in only ?? proto.Graph.Node.SelectMany(n => n.Output).Where(n => n.Length > 0))
            proto.Graph.Output.Add(new ValueInfoProto { Name = name });
        return new OnnxModel(proto);
    }

    /// <summary>The model that gives some tensors with an axis put before their own, and what they are called.</summary>
    private static (OnnxModel Model, Dictionary<string, string> Names) ExposeApart(OnnxModel model, List<string> tensors)
    {
        var proto = model.ProtoToChange();
        var names = new Onnx.Reading.FreshNames(proto.Graph);
        var axis = names.Make("axis");
        var apart = tensors.ToDictionary(t => t, t => names.Make($"{t}/apart"));
        proto.Graph.Initializer.Add(Tensor.Vector(0L).ToProto(axis));
        proto.Graph.Node.Add(apart.Select(t => new NodeProto { OpType = "Unsqueeze", Input = { t.Key, axis }, Output = { t.Value } }));
        return (Expose(new OnnxModel(proto), apart.Values), apart);
    }

    // False where it runs with one row and no more, so that more rows have to be given one by one.
    private static bool Probe(OnnxModel model, HashSet<string> open, Dictionary<string, TensorInfo> found, TrialTime time)
    {
        HashSet<string> shown = [.. open, .. ExtentTrust.FromExtents(model).Where(t => found.TryGetValue(t.Name, out var info)
            && !(t.IsConstant && info.Type.IsFloating())).Select(t => t.Name)];
        var guarded = IntegerDivision.Guarded(model, new Dictionary<string, TensorInfo>(found));
        using var trial = TrialRun.Open(Expose(guarded, shown), time);
        // Some networks cannot take arbitrary inputs. What stays open matters only if a gradient has to go through it.
        var runs = new List<IReadOnlyDictionary<string, SeenTensor>>();
        foreach (var batch in Batches)
        {
            if (trial?.Run(() => Inputs(model, batch)) is not { } run)
                return trial is null || runs.Count > 0 || !IsSmall(trial.Run(() => Inputs(model, 1)));
            runs.Add(run);
        }
        var trust = new ExtentTrust(model, new Dictionary<string, TensorInfo>(found), name =>
            runs[0].ContainsKey(name) && runs.ConvertAll(r => r[name].Content).OfType<Tensor>().ToList() is var seen
                && seen.Count == runs.Count ? seen : null);
        foreach (var name in open)
        {
            var shapes = runs.ConvertAll(r => r[name].Shape);
            if (shapes.Exists(s => s.Rank != shapes[0].Rank))
                continue;
            var isSure = trust.IsSure(name);
            found[name] = found[name] with
            {
                Shape = new Shape(Enumerable.Range(0, shapes[0].Rank).Select(axis =>
                    found[name].Shape is { Rank: > 0 } told && !told[axis].IsUnknown ? told[axis]
                    : isSure ? Extent(shapes.ConvertAll(s => s[axis].Value)) : Dimension.Unknown)),
            };
        }
        return true;
    }

    // Two rows of it would not have wanted for memory.
    private static bool IsSmall(IReadOnlyDictionary<string, SeenTensor>? run) =>
        run is not null && run.Values.Sum(t => (double)t.Shape.Aggregate((Int128)8, (p, d) => p * d.Value)) < TrialRun.MaximumBytes / 8;

    // An extent that grows with the batch and vanishes without it is a multiple of the batch.
    private static Dimension Extent(List<long> seen) =>
        seen.TrueForAll(e => e == seen[0]) ? seen[0]
        : seen.Index().All(e => e.Item * Batches[0] == seen[0] * Batches[e.Index])
            ? Dimension.Symbol(InputShapes.Batch) * (seen[0] / Batches[0])
        : Dimension.Unknown;

    private static Dictionary<string, Tensor> Inputs(OnnxModel model, int batch) => model.Inputs.ToDictionary(
        i => i.Name,
        i =>
        {
            long[] extents = [.. i.Shape!.Select(d => d.IsKnown ? d.Value : batch)];
            // Zeros are valid class and token numbers; a network of floats gets something it will not divide by.
            return Sizes.Count(extents) <= TrialRun.MaximumBytes / Math.Max(1, i.Type.Size())
                ? Tensor.Filled(i.Type, i.Type.IsFloating() ? 0.5 : 0, extents)
                : throw new InvalidModelException($"The input '{i.Name}' {i.Shape} is too large for a trial.");
        });
}

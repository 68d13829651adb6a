using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// Asks ONNX Runtime for the type and shape of every tensor inside a model: first its metadata, then, for what that leaves
/// open, real runs with two batch sizes.
/// </summary>
internal static class ShapeProbe
{
    private const int FirstBatch = 2, SecondBatch = 3, SmallTensor = 4096;

    /// <summary>Types and shapes by tensor name; tensors that are sequences or the like are missing.</summary>
    public static IReadOnlyDictionary<string, TensorInfo> Ask(OnnxModel model, TrialTime time)
    {
        var exposed = Expose(WithoutWeights(model));
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
        // A tensor of unknown rank has no extents in the metadata either, so a seeming scalar is asked about as well.
        var open = found.Values.Where(t => t.Shape!.HasUnknown || t.Shape.Rank == 0).Select(t => t.Name).ToHashSet();
        if (found.Values.Any(t => t.Shape!.HasUnknown))
            Probe(model, open, found, time);
        return found;
    }

    // Shapes do not ask what the weights are: large ones become inputs, so that nobody copies them about.
    private static OnnxModel WithoutWeights(OnnxModel model)
    {
        var proto = model.Proto.Clone();
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
    private static OnnxModel Expose(OnnxModel model, HashSet<string>? only = null)
    {
        var proto = model.Proto.Clone();
        proto.Graph.Output.Clear();
        foreach (var name in proto.Graph.Node.SelectMany(n => n.Output).Where(n => n.Length > 0 && only?.Contains(n) != false))
            proto.Graph.Output.Add(new ValueInfoProto { Name = name });
        return new OnnxModel(proto);
    }

    private static void Probe(OnnxModel model, HashSet<string> open, Dictionary<string, TensorInfo> found, TrialTime time)
    {
        using var trial = TrialRun.Open(Expose(model, open), time);
        // Some networks cannot take arbitrary inputs. What stays open matters only if a gradient has to go through it.
        if (trial?.Shapes(() => Inputs(model, FirstBatch)) is not { } first
            || trial.Shapes(() => Inputs(model, SecondBatch)) is not { } second)
            return;
        foreach (var name in trial.OutputNames)
        {
            var (a, b) = (first[name], second[name]);
            if (a.Length != b.Length)
                continue;
            var extents = new Dimension[a.Length];
            for (var axis = 0; axis < extents.Length; axis++)
                extents[axis] = Extent(a[axis], b[axis]);
            found[name] = found[name] with { Shape = new Shape(extents) };
        }
    }

    // An extent that grows with the batch and vanishes without it is a multiple of the batch.
    private static Dimension Extent(long first, long second) =>
        first == second ? first
        : first * SecondBatch == second * FirstBatch ? Dimension.Symbol(InputShapes.Batch) * (first / FirstBatch)
        : Dimension.Unknown;

    private static Dictionary<string, Tensor> Inputs(OnnxModel model, int batch) => model.Inputs.ToDictionary(
        i => i.Name,
        // Zeros are valid class and token numbers; a network of floats gets something it will not divide by.
        i => Sizes.Count([.. i.Shape!.Select(d => d.IsKnown ? d.Value : batch)]) <= TrialRun.MaximumBytes / Math.Max(1, i.Type.Size())
            ? Tensor.Filled(i.Type, i.Type.IsFloating() ? 0.5 : 0, [.. i.Shape!.Select(d => d.IsKnown ? d.Value : batch)])
            : throw new InvalidModelException($"The input '{i.Name}' {i.Shape} is too large for a trial."));
}

using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Sessions that graphs of one kind share where they differ in numbers alone: the constants that differ become inputs, which every graph
/// gives itself. What is no such pair is compared by all that a graph holds, so that sharing cannot change a result.
/// </summary>
internal sealed class SharedGraphs(RuntimeOptions? runtime) : IDisposable
{
    private readonly Dictionary<string, Slot> _slots = [];

    /// <summary>How many sessions were made.</summary>
    public int Sessions { get; private set; }

    /// <summary>How many graphs ran.</summary>
    public int Graphs { get; private set; }

    /// <summary>Tells beforehand of a graph that is to come, so that the first one of its kind knows what differs.</summary>
    public void Expect(string kind, OnnxModel model) => _slots[kind] = new Slot(model.Proto);

    /// <summary>What runs a graph; it holds until the next of its kind.</summary>
    public IGraphRun Open(string kind, OnnxModel model)
    {
        Graphs++;
        if (!_slots.TryGetValue(kind, out var slot) || !slot.IsLike(model.Proto))
        {
            slot?.Session?.Dispose();
            slot = _slots[kind] = new Slot(model.Proto);
        }
        if (slot.Session is null || !slot.Inputs.IsSupersetOf(slot.Differing(model.Proto)))
        {
            slot.Session?.Dispose();
            slot.Inputs.UnionWith(slot.Differing(model.Proto));
            try
            {
                slot.Session = new ModelSession(slot.WithInputs(), runtime);
            }
            catch (InvalidModelException) when (slot.Inputs.Count > 0)
            {
                // ONNX Runtime wants some operator's weights as constants.
                _slots[kind] = slot = new Slot(model.Proto);
                slot.Session = new ModelSession(model, runtime);
            }
            Sessions++;
        }
        return new Run(slot.Session, slot.Inputs.Count == 0 ? [] : model.Proto.Graph.Initializer.Where(i => slot.Inputs.Contains(i.Name))
            .ToDictionary(i => i.Name, Tensor.FromProto));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in _slots.Values)
            slot.Session?.Dispose();
        _slots.Clear();
    }

    private sealed class Slot(ModelProto template)
    {
        private readonly ModelProto _bare = Bare(template);
        private readonly Dictionary<string, TensorProto> _constants = template.Graph.Initializer.ToDictionary(i => i.Name);

        public HashSet<string> Inputs { get; } = [];

        public ModelSession? Session { get; set; }

        public bool IsLike(ModelProto other) => _bare.Equals(Bare(other));

        public HashSet<string> Differing(ModelProto other) =>
            [.. other.Graph.Initializer.Where(i => !i.Equals(_constants[i.Name])).Select(i => i.Name)];

        public OnnxModel WithInputs()
        {
            if (Inputs.Count == 0)
                return new OnnxModel(template);
            var proto = template.Clone();
            var moved = proto.Graph.Initializer.Where(i => Inputs.Contains(i.Name)).ToList();
            foreach (var constant in moved)
            {
                proto.Graph.Initializer.Remove(constant);
                proto.Graph.Input.Add(new ValueInfoProto
                {
                    Name = constant.Name, Type = TensorInfo.ToProto((ElementType)constant.DataType, Shape.Of([.. constant.Dims])),
                });
            }
            return new OnnxModel(proto);
        }

        // All but the numbers of constants; whole numbers, which tell extents and places, stay.
        private static ModelProto Bare(ModelProto model)
        {
            var bare = model.Clone();
            foreach (var constant in bare.Graph.Initializer)
                if (((ElementType)constant.DataType).IsFloating())
                    constant.RawData = Google.Protobuf.ByteString.Empty;
            return bare;
        }
    }

    private sealed class Run(ModelSession session, Dictionary<string, Tensor> weights) : IGraphRun
    {
        IReadOnlyDictionary<string, Tensor> IGraphRun.Run(IReadOnlyDictionary<string, Tensor> inputs)
        {
            if (weights.Count == 0)
                return session.Run(inputs);
            var all = new Dictionary<string, Tensor>(inputs);
            foreach (var (name, tensor) in weights)
                all[name] = tensor;
            return session.Run(all);
        }

        public void Dispose() { }
    }
}

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// A graph under construction. Values are added, never changed; equal nodes are shared, and arithmetic on constants is
/// done at once. <see cref="ToModel"/> writes what the asked outputs depend on, and nothing else.
/// </summary>
public sealed class Graph
{
    /// <summary>The oldest operator set that we write; a network read at a newer one keeps its own.</summary>
    public const int MinimumOpset = 21;

    private readonly List<Node> _nodes = [];
    private readonly List<Value> _inputs = [];
    private readonly Dictionary<string, Node> _shared = [];
    private readonly Dictionary<Tensor, Value> _constants = [];
    private readonly Dictionary<string, Value> _smallConstants = [];
    private readonly Dictionary<string, Value?> _folded = [];
    private readonly UniqueNames _names;

    /// <summary>Starts an empty graph.</summary>
    /// <param name="opset">The operator set of the standard domain to write.</param>
    public Graph(int opset = MinimumOpset)
    {
        (Opset, _names) = (opset, new UniqueNames());
        Domains = new Dictionary<string, long>();
    }

    internal Graph(Graph parent)
    {
        (Parent, Opset, _names, Domains) = (parent, parent.Opset, parent._names, parent.Domains);
    }

    /// <summary>The operator set of the standard domain.</summary>
    public int Opset { get; }

    /// <summary>The graph around a subgraph body; null for a whole graph.</summary>
    public Graph? Parent { get; }

    /// <summary>The nodes, each after all it depends on.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The inputs in the order they were added.</summary>
    public IReadOnlyList<Value> Inputs => _inputs;

    /// <summary>Operator sets beside the standard one that the graph's nodes need, by domain.</summary>
    internal IDictionary<string, long> Domains { get; }

    /// <summary>What may write another node in place of one that is emitted; null where everything is written as asked.</summary>
    internal INodeRewriting? Rewriting { get; init; }

    /// <summary>What nodes that are emitted are named after, with their operator behind it; empty for nodes without a name.</summary>
    internal string Scope { get; set; } = "";

    /// <summary>What tensors that are emitted are named after, too, among those of a file that is being read; null for any names.</summary>
    internal string? Stem { get; set; }

    /// <summary>Adds an input.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public Value Input(string name, ElementType type, Shape shape)
    {
        if (!_names.Add(name))
            throw new ArgumentException($"The graph already has a tensor named '{name}'.", nameof(name));
        return AddInput(name, type, shape);
    }

    /// <summary>Adds an input under a name made from the wanted one.</summary>
    internal Value FreshInput(string wanted, ElementType type, Shape shape) => AddInput(UniqueName(wanted), type, shape);

    private Value AddInput(string name, ElementType type, Shape shape)
    {
        var input = new Value(this, name, type, shape, null, 0, null);
        _inputs.Add(input);
        return input;
    }

    /// <summary>The value of a constant; the same tensor, and small tensors of equal content, share one value.</summary>
    /// <param name="tensor">The elements.</param>
    /// <param name="name">A name to prefer.</param>
    public Value Constant(Tensor tensor, string? name = null)
    {
        if (Parent is not null)
            return Parent.Constant(tensor, name);
        if (_constants.TryGetValue(tensor, out var known))
            return known;
        var key = tensor.Opaque is null && tensor.Bytes.Length <= 256 ? $"{tensor}{Convert.ToHexString(tensor.Bytes.Span)}" : null;
        if (key is not null && name is null && _smallConstants.TryGetValue(key, out known))
            return known;
        var value = new Value(this, UniqueName(name ?? (Stem is null ? "const" : $"{Stem}/constant")), tensor.Type, tensor.Shape, null, 0,
            tensor);
        _constants[tensor] = value;
        if (key is not null)
            _smallConstants.TryAdd(key, value);
        return value;
    }

    /// <summary>A rank-0 constant.</summary>
    public Value Constant<T>(T value) where T : unmanaged => Constant(Tensor.Scalar(value));

    /// <summary>A rank-1 constant of 64-bit integers: axes, sizes and their like.</summary>
    public Value Constant(params ReadOnlySpan<long> elements) => Constant(Tensor.Vector(elements));

    /// <summary>
    /// The value of a constant whose arithmetic stays in the graph: ONNX Runtime does it when it loads the file, which then need not
    /// hold what a few numbers make.
    /// </summary>
    internal Value Seed(Tensor tensor)
    {
        if (Parent is not null)
            return Parent.Seed(tensor);
        var constant = Constant(tensor);
        return Add("Identity", "", "", [constant], Attributes.None, [(null, constant.Type, constant.Shape)]).Outputs[0];
    }

    /// <summary>
    /// Adds a node of the standard domain and infers the type and shape of its outputs. Equal nodes are added once; a node
    /// whose inputs are all constants is computed at once where that is cheap.
    /// </summary>
    /// <param name="operatorType">The operator.</param>
    /// <param name="inputs">Its inputs, null for optional ones left out.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="outputs">How many outputs to take.</param>
    /// <exception cref="UnsupportedOperatorException">We do not know the operator's result types and shapes.</exception>
    /// <exception cref="InvalidModelException">The inputs do not fit the operator.</exception>
    public IReadOnlyList<Value> Emit(string operatorType, IReadOnlyList<Value?> inputs, Attributes? attributes = null, int outputs = 1)
    {
        attributes ??= Attributes.None;
        return Rewriting?.Rewrite(this, operatorType, inputs, attributes, outputs)
            ?? EmitAsAsked(operatorType, inputs, attributes, outputs);
    }

    /// <summary>The same, past <see cref="Rewriting"/>.</summary>
    internal IReadOnlyList<Value> EmitAsAsked(string operatorType, IReadOnlyList<Value?> inputs, Attributes attributes, int outputs = 1)
    {
        var home = Home(inputs);
        if (HalfPrecision.Lacking(operatorType, inputs, attributes) is { } half)
            return HalfPrecision.InSingle(home, operatorType, inputs, attributes, outputs, half);
        if (ConstantFolding.TryFold(home, operatorType, inputs, attributes) is { } folded)
            return folded;
        var types = ShapeInference.Infer(home, operatorType, inputs, attributes, outputs);
        return home.Add(operatorType, "", Scope.Length > 0 ? $"{Scope}/{operatorType}" : "", inputs, attributes,
            [.. types.Select(t => (Stem is null ? null : $"{Stem}/{operatorType}", t.Type, (Shape?)t.Shape))]).Outputs;
    }

    /// <summary>Adds a node whose outputs' names, types and shapes are known already, as those of a network read from a file are.</summary>
    internal Node Add(
        string operatorType, string domain, string name, IReadOnlyList<Value?> inputs, Attributes attributes,
        IReadOnlyList<(string? Name, ElementType Type, Shape? Shape)> outputs,
        IReadOnlyDictionary<string, GraphBody>? bodies = null, IReadOnlyDictionary<string, Value>? captures = null, bool share = true)
    {
        var shareable = share && bodies is null && captures is null && OperatorFacts.Of(operatorType)?.Kind != OperatorKind.Random;
        var key = shareable ? $"{domain}:{Key(operatorType, inputs, attributes)}#{outputs.Count}" : "";
        if (shareable && FindShared(key) is { } equal)
            return equal;
        var node = new Node(this, operatorType, domain, name, [.. inputs], attributes)
        {
            Bodies = bodies ?? new Dictionary<string, GraphBody>(),
            Captures = captures ?? new Dictionary<string, Value>(),
        };
        node.Outputs = [.. outputs.Select((o, i) => new Value(
            this, o.Name == "" ? "" : UniqueName(o.Name ?? operatorType), o.Type, o.Shape, node, i, null))];
        _nodes.Add(node);
        if (shareable)
            _shared[key] = node;
        return node;
    }

    /// <summary>Takes the nodes away again that were added behind so many; nothing may use them.</summary>
    internal void Forget(int count)
    {
        foreach (var (key, node) in _shared.ToList())
            if (_nodes.IndexOf(node, count) >= 0)
                _shared.Remove(key);
        _nodes.RemoveRange(count, _nodes.Count - count);
    }

    /// <summary>The graph as a model with the given outputs; nodes, constants and inputs they do not depend on are left out.</summary>
    /// <param name="outputs">The outputs' names and values, in order.</param>
    /// <param name="keepAllInputs">Keeps inputs that no output depends on.</param>
    public OnnxModel ToModel(IEnumerable<(string Name, Value Value)> outputs, bool keepAllInputs = false) =>
        GraphWriter.Write(this, [.. outputs], keepAllInputs);

    /// <summary>Whether a value was made in this graph itself, not around it.</summary>
    internal bool Owns(Value value) => ReferenceEquals(value.Graph, this) && value.Constant is null;

    internal string UniqueName(string wanted) => _names.Make(wanted);

    /// <summary>The innermost graph of some values: a node belongs as far out as its inputs allow.</summary>
    internal Graph Home(IEnumerable<Value?> inputs)
    {
        Graph? home = null;
        foreach (var input in inputs)
        {
            if (input is null || input.Constant is not null || ReferenceEquals(home, input.Graph))
                continue;
            if (home is null || input.Graph.IsWithin(home))
                home = input.Graph;
            else if (!home.IsWithin(input.Graph))
                throw new InvalidOperationException($"'{input.Name}' belongs to another graph.");
        }
        return home ?? this;
    }

    internal bool IsWithin(Graph other)
    {
        for (var graph = this; graph is not null; graph = graph.Parent)
            if (ReferenceEquals(graph, other))
                return true;
        return false;
    }

    /// <summary>The constant that some arithmetic on constants gives, computed once for the whole graph.</summary>
    internal Value? Folded(string key, Func<Tensor?> compute)
    {
        if (Parent is not null)
            return Parent.Folded(key, compute);
        if (!_folded.TryGetValue(key, out var value))
            _folded[key] = value = compute() is { } result ? Constant(result) : null;
        return value;
    }

    /// <summary>A text that is equal for equal nodes. Names are those of a file and may hold anything, so their lengths are told.</summary>
    internal static string Key(string operatorType, IEnumerable<Value?> inputs, Attributes attributes) =>
        $"{operatorType}({string.Join(',', inputs.Select(i => $"{i?.Name.Length}:{i?.Name}"))}){attributes.Key}";

    private Node? FindShared(string key) => _shared.GetValueOrDefault(key);
}

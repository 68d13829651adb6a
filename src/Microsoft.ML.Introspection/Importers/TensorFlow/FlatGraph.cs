using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>An output of a node of a flat graph.</summary>
internal readonly record struct FlatOutput(FlatNode Node, int Index);

/// <summary>A node with the nodes that it takes its inputs from, calls of functions followed.</summary>
internal sealed class FlatNode(CallFrame frame, NodeDef definition)
{
    /// <summary>The operator of an argument of a body whose caller is not followed, that of a loop.</summary>
    public const string Argument = "_Arg";

    private readonly NodeAttributes _attributes = new(definition);

    public CallFrame Frame { get; } = frame;

    public string Name => definition.Name;

    public string Operator => definition.Op;

    public NodeAttributes Attributes => _attributes;

    /// <summary>What goes in, control inputs left out; filled while the graph is made flat.</summary>
    public IReadOnlyList<FlatOutput> Inputs { get; set; } = [];

    /// <summary>The names of the inputs in the body it stands in, control inputs left out.</summary>
    public IEnumerable<string> InputNames => definition.Input.Where(i => !i.StartsWith('^'));

    /// <summary>How messages call it.</summary>
    public override string ToString() => $"node '{Name}' ({Operator})";
}

/// <summary>A body in one place where it is called.</summary>
internal sealed class CallFrame(NodeBody body, CallFrame? caller, NodeDef? call)
{
    private readonly Dictionary<string, FlatNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<NodeDef, CallFrame> _calls = new(ReferenceEqualityComparer.Instance);

    public NodeBody Body { get; } = body;

    /// <summary>Where the arguments come from; null where they are given otherwise.</summary>
    public CallFrame? Caller { get; } = caller;

    /// <summary>The node that calls.</summary>
    public NodeDef? Call { get; } = call;

    /// <summary>How many calls lie around.</summary>
    public int Depth { get; } = caller is null ? 0 : caller.Depth + 1;

    public FlatNode? Found(string name) => _nodes.GetValueOrDefault(name);

    public FlatNode Add(NodeDef definition) => _nodes[definition.Name] = new FlatNode(this, definition);

    public CallFrame Enter(NodeDef call, NodeBody body, out bool isNew)
    {
        isNew = !_calls.TryGetValue(call, out var frame);
        return frame ?? (_calls[call] = new CallFrame(body, this, call));
    }

    /// <summary>Whether a function is being called here already.</summary>
    public bool IsWithin(string function)
    {
        for (var frame = this; frame is not null; frame = frame.Caller)
            if (frame.Body.Name == function)
                return true;
        return false;
    }
}

/// <summary>Follows names through calls of functions to the nodes that compute, and puts what some outputs need in order.</summary>
internal sealed class FlatGraph(FunctionLibrary library)
{
    private const int MostNodes = 1 << 18, DeepestCall = 128;

    private readonly List<CallFrame> _frames = [];
    private int _nodes;

    /// <summary>The functions that were entered, by calls or otherwise.</summary>
    public IReadOnlyList<CallFrame> Frames => _frames;

    /// <summary>The outputs of a body, calls followed.</summary>
    public FlatOutput[] Outputs(CallFrame frame, IEnumerable<string> tensors) => [.. tensors.Select(t => Resolve(frame, t))];

    /// <summary>The body of a function that something other than a call takes up: that of a loop, or of a branch.</summary>
    public (CallFrame Frame, FlatOutput[] Results) Enter(string function)
    {
        var body = library.Body(function);
        var frame = new CallFrame(body, null, null);
        _frames.Add(frame);
        return (frame, Outputs(frame, body.Function!.Signature.OutputArg.Select(o => Returned(body, o.Name))));
    }

    /// <summary>The nodes that some outputs need, each behind those it needs itself.</summary>
    /// <param name="outputs">The outputs.</param>
    /// <param name="given">Which nodes are given otherwise, so that what they need does not matter.</param>
    /// <exception cref="InvalidModelException">Names lead nowhere, nodes need themselves, or functions call themselves.</exception>
    public IReadOnlyList<FlatNode> Order(IEnumerable<FlatOutput> outputs, Func<FlatNode, bool> given)
    {
        var (order, done, open) = (new List<FlatNode>(), new HashSet<FlatNode>(), new HashSet<FlatNode>());
        var stack = new Stack<(FlatNode Node, int Next)>();
        foreach (var output in outputs)
        {
            Push(output.Node);
            while (stack.TryPop(out var top))
            {
                var (node, next) = top;
                while (next < node.Inputs.Count && done.Contains(node.Inputs[next].Node))
                    next++;
                if (next == node.Inputs.Count)
                {
                    open.Remove(node);
                    done.Add(node);
                    order.Add(node);
                    continue;
                }
                stack.Push((node, next + 1));
                Push(node.Inputs[next].Node);
            }
        }
        return order;

        void Push(FlatNode node)
        {
            if (done.Contains(node))
                return;
            if (!open.Add(node))
                throw new InvalidModelException($"The {node} needs its own result.");
            // Loops of the first TensorFlow go round in circles; they are told as what they are.
            if (node.Operator != FlatNode.Argument && !ControlFlowOfOld.Contains(node.Operator) && !given(node))
                node.Inputs = [.. node.InputNames.Select(i => Resolve(node.Frame, i))];
            stack.Push((node, 0));
        }
    }

    /// <summary>The operators by which graphs of the first TensorFlow branch and repeat.</summary>
    public static IReadOnlySet<string> ControlFlowOfOld { get; } = new HashSet<string>
    {
        "Enter", "RefEnter", "Exit", "RefExit", "NextIteration", "RefNextIteration", "LoopCond", "Merge", "RefMerge", "Switch", "RefSwitch",
    };

    /// <summary>The output that a name in a body stands for, through calls, arguments, and nodes that only hand on.</summary>
    public FlatOutput Resolve(CallFrame frame, string tensor)
    {
        // Each turn goes into a call, out of one, or past a node; names that lead in a circle would go on for ever.
        for (var turns = 0; turns < MostNodes; turns++)
        {
            var (name, argument, place) = Parsed(frame, tensor);
            if (frame.Body.Find(name) is not { } node)
            {
                if (frame.Body.Argument(name) is not { } position)
                    throw new InvalidModelException($"{frame.Body} has no node '{name}', which '{tensor}' names.");
                if (frame.Caller is null)
                    return new(frame.Found(name) ?? frame.Add(ArgumentNode(name, position)), 0);
                (tensor, frame) = (Input(frame.Call!, position), frame.Caller);
                continue;
            }
            if (node.Op is "Identity" or "StopGradient" or "PreventGradient" or "Snapshot" or "EnsureShape" or "CheckNumerics")
            {
                tensor = Input(node, 0);
                continue;
            }
            if (node.Op == "IdentityN")
            {
                tensor = Input(node, place);
                continue;
            }
            if (Callee(node) is { } function)
            {
                if (frame.IsWithin(function) || frame.Depth >= DeepestCall)
                    throw new InvalidModelException($"The function '{function}' calls itself, or calls go deeper than {DeepestCall} (node "
                        + $"'{node.Name}').");
                var body = library.Body(function);
                var outputs = body.Function!.Signature.OutputArg;
                var output = argument is not null && !OutputNames.IsCall(node.Op)
                    ? outputs.FirstOrDefault(o => o.Name == argument)?.Name
                    : place < outputs.Count ? outputs[place].Name : null;
                tensor = Returned(body, output ?? throw new InvalidModelException(
                    $"The function '{function}' has no output '{tensor}' (node '{node.Name}')."));
                frame = frame.Enter(node, body, out var isNew);
                if (isNew)
                    _frames.Add(frame);
                Count();
                continue;
            }
            if (frame.Found(name) is not { } found)
            {
                Count();
                found = frame.Add(node);
            }
            return new(found, place + (argument is null ? 0 : OutputNames.First(node, argument)));
        }
        throw new InvalidModelException($"The names that '{tensor}' leads to go round in a circle.");
    }

    // A name of a function's body is `node:output:place`, one of the graph `node:place`.
    private static (string Name, string? Argument, int Place) Parsed(CallFrame frame, string tensor)
    {
        var parts = tensor.Split(':');
        var place = 0;
        if (parts.Length > (frame.Body.Function is null ? 2 : 3) || parts.Length > 1 && (!int.TryParse(parts[^1], out place) || place < 0))
            throw new InvalidModelException($"{frame.Body} names a tensor '{tensor}', which is none.");
        return (parts[0], parts.Length == 3 ? parts[1] : null, place);
    }

    private string? Callee(NodeDef node) => OutputNames.IsCall(node.Op)
        ? node.Attr.TryGetValue("f", out var called) && called.Func is { } function ? function.Name
            : throw new InvalidModelException($"The node '{node.Name}' calls no function.")
        : library.Has(node.Op) ? node.Op : null;

    private static string Returned(NodeBody body, string output) => body.Function!.Ret.TryGetValue(output, out var tensor) ? tensor
        : throw new InvalidModelException($"{body} does not tell what it gives as '{output}'.");

    private static string Input(NodeDef node, int place) => node.Input.Where(i => !i.StartsWith('^')).ElementAtOrDefault(place)
        ?? throw new InvalidModelException($"The node '{node.Name}' ({node.Op}) has no input {place}.");

    private static NodeDef ArgumentNode(string name, int position)
    {
        var node = new NodeDef { Name = name, Op = FlatNode.Argument };
        node.Attr["index"] = new AttrValue { I = position };
        return node;
    }

    private void Count()
    {
        if (++_nodes > MostNodes)
            throw new InvalidModelException($"The graph has more than {MostNodes:N0} nodes and calls.");
    }
}

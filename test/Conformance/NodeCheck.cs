using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// Reads one test's model as a network, in every form, runs it and its gradients, and compares with the standard's outputs and with
/// differences of what ONNX Runtime makes of the file.
/// </summary>
internal sealed class NodeCheck
{
    // Beyond this many elements of an input, a random choice of them is moved.
    private const int MostElements = 24;

    private readonly NodeTest _test;
    private readonly ModelProto _model;
    private readonly List<Finding> _findings = [];

    private NodeCheck(NodeTest test) => (_test, _model) = (test, ModelProto.Parser.ParseFrom(test.Model));

    /// <summary>The findings of a test.</summary>
    public static IReadOnlyList<Finding> Run(NodeTest test)
    {
        var check = new NodeCheck(test);
        foreach (var form in Enum.GetValues<Form>())
            check.Run(form);
        return check._findings;
    }

    /// <summary>The operator that a test is of: that of its only node, or of the one that it writes out in others.</summary>
    public static string OperatorOf(NodeTest test)
    {
        var nodes = ModelProto.Parser.ParseFrom(test.Model).Graph.Node;
        return nodes.Count == 1 ? nodes[0].OpType
            : nodes.Select(n => n.OpType).FirstOrDefault(o => Plain(test.Name).StartsWith(Plain(o), StringComparison.Ordinal))
                ?? (test.Name.Contains("_expanded", StringComparison.Ordinal) ? "(written out)" : "(several)");
        static string Plain(string text) => text.Replace("test_", "", StringComparison.Ordinal)
            .Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
    }

    private static bool IsFloating(Tensor? tensor) => tensor?.Type.IsFloating() == true;

    private void Run(Form form)
    {
        var (model, feeds) = Prepared(form);
        if (model is null)
            return;
        if (Guarded(form, Check.Load, "", () =>
            Network.From(OnnxModel.Parse(new OnnxModel(model).ToArray()), new NetworkOptions { KeepFinalActivation = true }))
            is not { } network)
            return;
        Add(form, Check.Load, "", Verdict.Right);
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => graph.Input(i.Name, i.Type, i.Shape!));
        if (!TryFit(inputs, feeds, out var rows))
        {
            Add(form, Check.Output, "", Verdict.Refused, "it takes one row at a time");
            return;
        }
        if (Guarded(form, Check.Output, "", () => network.Trace(graph, inputs)) is not { } trace)
            return;
        var outputs = network.Outputs.Where(o => o.Type != ElementType.Undefined).Select(o => (o.Name, Value: trace.FileOutput(o.Name)))
            .ToList();
        if (outputs.Count == 0)
            return;
        if (Guarded(form, Check.Output, "", () => RunGraph(graph, outputs, rows)) is not { } found)
            return;
        CheckOutputs(form, found);
        CheckGradients(form, model, feeds, rows, graph, inputs, [.. outputs.Where(o => o.Value.Type.IsFloating())], found);
    }

    // The model whose inputs are as the form has them, and what is fed to it; null where the form adds nothing.
    private (ModelProto? Model, Dictionary<string, Tensor> Feeds) Prepared(Form form)
    {
        var given = _model.Graph.Input.Zip(_test.Inputs, (info, tensor) => (info.Name, Tensor: tensor)).ToList();
        var variables = form switch
        {
            Form.AsIs => given,
            Form.Constants => [.. given.Where(g => IsFloating(g.Tensor))],
            _ => [.. given.Where(g => IsFloating(g.Tensor) && g.Tensor!.Shape.Rank > 0).Take(1)],
        };
        if (form != Form.AsIs && (variables.Count == 0 || given.Exists(g => g.Tensor is null))
            || form == Form.Constants && variables.Count == given.Count)
            return (null, []);
        var model = _model.Clone();
        foreach (var constant in given.Except(variables))
        {
            model.Graph.Input.Remove(model.Graph.Input.First(i => i.Name == constant.Name));
            model.Graph.Initializer.Add(constant.Tensor!.ToProto(constant.Name));
        }
        if (form == Form.Batch)
            model.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimParam = "rows" };
        return (model, variables.Where(v => v.Tensor is not null).ToDictionary(v => v.Name, v => v.Tensor!));
    }

    // A network that knows no batch has an axis of one row before its own.
    private static bool TryFit(Dictionary<string, Value> inputs, Dictionary<string, Tensor> feeds, out Dictionary<string, Tensor> rows)
    {
        rows = feeds.ToDictionary(f => f.Key,
            f => inputs.TryGetValue(f.Key, out var input) && input.Rank == f.Value.Shape.Rank + 1 ? AsRow(f.Value) : f.Value);
        var fitting = rows;
        return inputs.All(i => i.Value.ShapeOrNull is not { } shape || !fitting.TryGetValue(i.Key, out var row)
            || shape.Rank == row.Shape.Rank && shape.Zip(row.Shape).All(d => !d.First.IsKnown || d.First == d.Second));
    }

    private static Tensor AsRow(Tensor tensor) => Tensor.FromBytes(tensor.Type, [1, .. tensor.Dimensions], tensor.Bytes);

    private static ModelSession Open(OnnxModel model) =>
        new(model, new RuntimeOptions { Threads = 1 }, GraphOptimizationLevel.ORT_DISABLE_ALL);

    private static IReadOnlyDictionary<string, Tensor> RunGraph(Graph graph, IEnumerable<(string, Value)> outputs,
        Dictionary<string, Tensor> feeds)
    {
        using var session = Open(graph.ToModel(outputs));
        return session.Run(feeds);
    }

    private void CheckOutputs(Form form, IReadOnlyDictionary<string, Tensor> found)
    {
        if (_model.Graph.Node.Any(n => OperatorFacts.Of(n)?.Kind == OperatorKind.Random || n.OpType == "Dropout"))
            return;
        IReadOnlyDictionary<string, Tensor>? direct = null;
        for (var i = 0; i < _test.Outputs.Count; i++)
        {
            var name = _model.Graph.Output[i].Name;
            if (_test.Outputs[i] is not { Opaque: null } expected || !found.TryGetValue(name, out var actual))
                continue;
            if (Difference(expected, actual) is not { } difference)
            {
                Add(form, Check.Output, name, Verdict.Right);
                continue;
            }
            direct ??= Direct();
            var isRuntimes = direct is null || Difference(direct[name], actual) is null;
            Add(form, Check.Output, name, isRuntimes ? Verdict.Runtime : Verdict.Wrong, difference);
        }
    }

    // What ONNX Runtime makes of the file itself.
    private IReadOnlyDictionary<string, Tensor>? Direct()
    {
        try
        {
            using var session = Open(new OnnxModel(_model));
            return session.Run(_model.Graph.Input.Zip(_test.Inputs).Where(i => i.Second is not null)
                .ToDictionary(i => i.First.Name, i => i.Second!));
        }
        catch (Exception e) when (e is InvalidOperationException or IntrospectionException or NotSupportedException)
        {
            return null;
        }
    }

    private static string? Difference(Tensor expected, Tensor actual)
    {
        // What knows no batch is a row of one.
        if (expected.Type != actual.Type || !expected.Shape.Equals(actual.Shape) && !actual.Shape.Equals(AsRow(expected).Shape))
            return $"{actual} where the standard has {expected}";
        var (left, right, tolerance) = (expected.ToDouble(), actual.ToDouble(), Tolerance(expected.Type));
        for (var i = 0; i < left.Length; i++)
            if (!left[i].Equals(right[i])
                && !(Math.Abs(left[i] - right[i]) <= tolerance * Math.Max(1, Math.Abs(left[i]))))
                return $"element {i} is {right[i]:R} where the standard has {left[i]:R}";
        return null;
    }

    private static double Tolerance(ElementType type) => type switch
    {
        ElementType.Float16 => 1e-2,
        ElementType.BFloat16 => 6e-2,
        _ => 1e-3,
    };

    private void CheckGradients(Form form, ModelProto model, Dictionary<string, Tensor> feeds, Dictionary<string, Tensor> rows, Graph graph,
        Dictionary<string, Value> inputs, List<(string Name, Value Value)> outputs, IReadOnlyDictionary<string, Tensor> found)
    {
        // Straight through what is rounded there is a gradient where the function has none; what is drawn has no differences.
        if (outputs.Count == 0 || _model.Graph.Node.Any(n =>
                OperatorFacts.Of(n)?.Kind is OperatorKind.Random or OperatorKind.Quantization
                || n.OpType == "Dropout" && n.Input.Count > 2))
            return;
        var random = new Random(17);
        // What is not finite has no differences; no weight is put on it.
        var weights = outputs.ToDictionary(o => o.Name,
            o => found[o.Name].ToDouble()
                .Select(y => double.IsFinite(y) ? Math.Round((0.5 + random.NextDouble()) * 64) / 64 : 0).ToArray());
        using var function = Differences.Of(model, feeds, weights);
        var seeds = outputs.Select(o =>
            (o.Value, graph.Constant(Weighted(o.Value.Type, weights[o.Name], found[o.Name].Dimensions)))).ToList();
        foreach (var (name, input) in inputs.Where(i => i.Value.Type.IsFloating() && feeds[i.Key].Count > 0))
        {
            if (Guarded(form, Check.Gradient, name, () => Gradient.Of(seeds, [input])[0]) is not { } gradient
                || Guarded(form, Check.Gradient, name, () => RunGraph(graph, [("gradient", gradient)], rows)) is not { } results)
                continue;
            var told = results["gradient"];
            if (function is null)
                Add(form, Check.Gradient, name, Verdict.Runtime, "ONNX Runtime does not run the file itself");
            else if (told.Type != input.Type || !told.Shape.Equals(rows[name].Shape))
                Add(form, Check.Gradient, name, Verdict.Wrong, $"{told} for an input {rows[name]}");
            else
                Compare(form, name, function, told.ToDouble(), input.Type, random);
        }
    }

    private static Tensor Weighted(ElementType type, double[] weights, ReadOnlySpan<long> dimensions) => type == ElementType.BFloat16
        ? Tensor.FromBytes(type, dimensions, weights.SelectMany(w =>
            BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits((float)w) >> 16))).ToArray())
        : Tensor.FromDoubles(type, weights, dimensions);

    private void Compare(Form form, string name, Differences function, double[] told, ElementType type, Random random)
    {
        var elements = Enumerable.Range(0, told.Length).ToArray();
        if (elements.Length > MostElements)
            random.Shuffle(elements);
        var scale = told.Where(double.IsFinite).Aggregate(0.25, (largest, g) => Math.Max(largest, Math.Abs(g)));
        var tolerance = Math.Max(Tolerance(type), function.Type == ElementType.Float ? 5e-3 : 0);
        var compared = 0;
        foreach (var element in elements.Take(MostElements))
        {
            var (agrees, slope) = (function.Agrees(name, element, told[element], scale, tolerance, out var found), found);
            compared += agrees is null ? 0 : 1;
            if (agrees != false)
                continue;
            Add(form, Check.Gradient, name, Verdict.Wrong,
                $"element {element} is {told[element]:G6}, differences ({function.Type}) give {slope:G6}");
            return;
        }
        if (compared > 0)
            Add(form, Check.Gradient, name, Verdict.Right);
        else
            Add(form, Check.Gradient, name, Verdict.Runtime, "the function has no differences there");
    }

    private void Add(Form form, Check check, string of, Verdict verdict, string detail = "") =>
        _findings.Add(new Finding(_test.Name, OperatorOf(_test), form, check, of, verdict, detail));

    private T? Guarded<T>(Form form, Check check, string of, Func<T> action) where T : class
    {
        try
        {
            return action();
        }
        catch (Exception e)
        {
            var isTold = e is UnsupportedOperatorException || e is InvalidModelException
                && (check == Check.Load || !e.Message.Contains("ONNX Runtime refuses", StringComparison.Ordinal));
            var isRuntimes = check != Check.Gradient && e.Message.Contains("ONNX Runtime", StringComparison.Ordinal) && Direct() is null;
            Add(form, check, of, isRuntimes ? Verdict.Runtime : isTold ? Verdict.Refused : Verdict.Wrong,
                $"{e.GetType().Name}: {e.Message}");
            return null;
        }
    }
}

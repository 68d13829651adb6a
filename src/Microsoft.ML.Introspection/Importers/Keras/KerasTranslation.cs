using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Writes a model as a graph: every use of every layer, once what it needs is there.</summary>
internal sealed class KerasTranslation(int version, bool isTheano, TranslationOptions options)
{
    private const int MostUses = 1 << 13, MostNodes = 1 << 18;

    private static readonly HashSet<string> TakesWholeNumbers =
        ["InputLayer", "Embedding", "CategoryEncoding", "TimeDistributed", "Bidirectional", "Masking", "Discretization"];

    private readonly LayerNames _names = new();
    private readonly List<LayerSummary> _summary = [];
    private bool _hasChannelsLast;
    private int _uses;
    private long _parameters;

    public int Version => version;

    /// <summary>Whether kernels are those of a true convolution, which runs over them backwards.</summary>
    public bool FlipsKernels => isTheano && version == 2;

    public Graph Graph { get; } = Writing.NewGraph(options.Opset);

    /// <summary>Counts the numbers of a weight for the layer that is being translated.</summary>
    public void Count(Tensor weight) => _parameters += weight.Count;

    /// <summary>The whole model.</summary>
    public OnnxModel Write(ModelDefinition model, IModelWeights weights)
    {
        _hasChannelsLast = !model.Leaves().Any(l => l.Layer.Config["data_format"]?.ToString() == "channels_first");
        var inputs = model.Inputs.Select(reference => new KerasTensor(Input(
            model.Layers.FirstOrDefault(l => l.Name == reference.Layer)
                ?? throw new InvalidModelException($"The model's input '{reference.Layer}' is none of its layers."), model))).ToList();
        var results = Model(model, inputs, weights, "");
        var names = new HashSet<string>(Graph.Inputs.Select(i => i.Name));
        var outputs = new List<(string, Value)>();
        foreach (var (reference, result) in model.Outputs.Zip(results))
        {
            var (wanted, name) = (reference.Layer, reference.Layer);
            for (var i = 1; !names.Add(name); i++)
                name = $"{wanted}_{i}";
            outputs.Add((name, options.Outer(result.Value, _hasChannelsLast)));
        }
        return Graph.ToModel(outputs, keepAllInputs: true).Checked().WithMetadata(("keras", $"{version}"), LayerSummary.Entry(_summary));
    }

    /// <summary>A model within the whole, applied to some inputs.</summary>
    public IReadOnlyList<KerasTensor> Model(ModelDefinition model, IReadOnlyList<KerasTensor> inputs, IModelWeights weights, string path)
    {
        if (inputs.Count != model.Inputs.Count)
            throw new InvalidModelException($"The model '{model.Name}' has {model.Inputs.Count} inputs; it is given {inputs.Count}.");
        var tensors = new Dictionary<TensorReference, KerasTensor>();
        foreach (var (reference, input) in model.Inputs.Zip(inputs))
            tensors[reference] = tensors[new TensorReference(reference.Layer, 0, 0)] = input;
        var shared = new Dictionary<LayerDefinition, int>();
        var open = model.Layers.Where(l => l.Class != "InputLayer")
            .SelectMany(l => l.Calls.Select((call, i) => (Layer: l, Call: call, Node: l.FirstNode + i))).ToList();
        while (open.Count > 0)
        {
            var left = new List<(LayerDefinition Layer, Call Call, int Node)>();
            foreach (var use in open)
            {
                if (!use.Call.Needed.All(tensors.ContainsKey))
                {
                    left.Add(use);
                    continue;
                }
                if (++_uses > MostUses || Graph.Nodes.Count > MostNodes)
                    throw new InvalidModelException(
                        $"Layers are used more than {MostUses:N0} times, or make more than {MostNodes:N0} nodes.");
                var results = Layer(use.Layer, use.Call, tensors, weights.Of(use.Layer), path);
                for (var i = 0; i < results.Count; i++)
                    tensors[new TensorReference(use.Layer.Name, use.Node, i)] = results[i];
            }
            if (left.Count == open.Count)
                break;
            open = left;
        }
        return [.. model.Outputs.Select(o => tensors.TryGetValue(o, out var value) ? value
            : throw new InvalidModelException($"The output '{o.Layer}' (use {o.Node}, result {o.Index}) of the model '{model.Name}' is not "
                + (open.Count > 0 ? $"reached: the layer '{open[0].Layer.Name}' needs what no layer gives." : "there.")))];
    }

    /// <summary>A layer that is described within another one.</summary>
    public IReadOnlyList<KerasTensor> Within(KerasLayer outer, JsonObject item, IReadOnlyList<KerasTensor> inputs, LayerWeights weights)
    {
        if (ArchitectureReader.IsModel(item))
        {
            var model = ArchitectureReader.Read(item, version);
            return Model(model, inputs, weights.AsModel(model), outer.Path);
        }
        var kind = ArchitectureReader.Name(item, "registered_name") is { } registered && registered.Contains('>') ? registered
            : ArchitectureReader.Name(item, "class_name") ?? throw outer.Refused("holds a layer without a class");
        var config = item["config"] as JsonObject ?? throw outer.Refused($"holds a '{kind}' without a configuration");
        var name = ArchitectureReader.Name(config, "name") ?? kind;
        var definition = new LayerDefinition(name, kind, new Settings(config,
            $"The layer '{outer.Path}' ('{name}' of the class '{kind}')"), [],
            0, null, false);
        return Rule(definition, outer.Path)(new KerasLayer(this, definition, inputs, outer.Call, outer.Keywords, weights, outer.Path));
    }

    private IReadOnlyList<KerasTensor> Layer(LayerDefinition definition, Call call, Dictionary<TensorReference, KerasTensor> tensors,
        LayerWeights weights, string path)
    {
        var inner = path.Length > 0 ? $"{path}/{definition.Name}" : definition.Name;
        var inputs = call.Tensors.Select(t => tensors[t]).ToList();
        var keywords = call.Keywords.Where(k => k.Value.Tensors.Any())
            .ToDictionary(k => k.Key, k => (IReadOnlyList<KerasTensor>)[.. k.Value.Tensors.Select(t => tensors[t])]);
        var (before, others, results) = (Graph.Scope, _parameters, (IReadOnlyList<KerasTensor>)[]);
        (Graph.Scope, _parameters) = (inner, 0);
        try
        {
            if (definition.Model is { } model)
                return Model(model, [.. inputs, .. keywords.Where(k => k.Key != "mask").SelectMany(k => k.Value)], weights.AsModel(model),
                    inner);
            var rule = Rule(definition, inner);
            if (!definition.IsOperation && !TakesWholeNumbers.Contains(definition.Class) && !KerasOperations.Is(definition))
                inputs = [.. inputs.Select(i => i with { Value = i.Value.Type.IsFloating() ? i.Value : i.Value.Cast(ElementType.Float) })];
            results = rule(new KerasLayer(this, definition, inputs, call, keywords, weights, inner));
            if (weights.Left > 0)
                throw new InvalidModelException(
                    $"The layer '{inner}' of the class '{definition.Class}' has {weights.Left} weights more in the "
                    + "file than such a layer has. Was it quantised, or is it of a class of your own by the same name?");
            if (!_summary.Exists(l => l.Name == inner))
                _summary.Add(new LayerSummary(inner, definition.Class, string.Join(", ", results.Select(r => $"{r.Value.ShapeOrNull}")),
                    _parameters));
        }
        catch (InvalidModelException e) when (!e.Message.Contains($"'{inner}'", StringComparison.Ordinal))
        {
            throw new InvalidModelException($"The layer '{inner}' of the class '{definition.Class}' cannot be translated: {e.Message}", e);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IndexOutOfRangeException or ArithmeticException
            or NotSupportedException or UnsupportedOperatorException)
        {
            throw new InvalidModelException($"The layer '{inner}' of the class '{definition.Class}' cannot be translated: {e.Message}", e);
        }
        finally
        {
            (Graph.Scope, _parameters) = (before, others);
        }
        return [.. results.Select((r, i) => r with
        {
            Value = _names.Name(r.Value, i == 0 ? inner : $"{inner}:{i}", i == 0 ? definition.Name : $"{definition.Name}:{i}"),
        })];
    }

    private static KerasLayers.Rule Rule(LayerDefinition layer, string path) => KerasLayers.Find(layer) ?? throw new InvalidModelException(
        layer.Class switch
        {
            "Lambda" => $"The layer '{path}' is a Lambda: it holds Python code, which is not run here. Put layers of Keras in its "
                + "place, or "
                + "export the model by tf2onnx.",
            _ => $"The layer '{path}' is of the class '{layer.Class}', which is not translated"
                + (layer.Class.Contains('>') || KerasOperations.Is(layer) ? "" : " (a class of your own?)")
                + ". Tell what it computes with KerasLayers.Add, or export the model by tf2onnx.",
        });

    private Value Input(LayerDefinition layer, ModelDefinition model)
    {
        var shape = layer.Config["batch_shape"] ?? layer.Config["batch_input_shape"];
        if (shape is not JsonArray list)
            throw new InvalidModelException(
                $"The shape of the input '{layer.Name}' is not known: build the model (model.build or a first call) "
                + "before it is saved.");
        if (layer.Config.Flag("sparse") || layer.Config.Flag("ragged"))
            throw new InvalidModelException($"The input '{layer.Name}' is sparse or ragged; dense inputs are read.");
        var type = TypeOf(layer.Config["dtype"], layer.Name);
        var name = layer.Name;
        var extents = new Shape(list.Select((extent, axis) => extent is null
            ? Dimension.Symbol(axis == 0 ? "batch" : $"{name}_{axis}")
            : extent is JsonValue value && value.TryGetValue<long>(out var number) && number > 0 ? (Dimension)number
            : throw new InvalidModelException(
                $"The shape of the input '{name}' is {Settings.Shown(shape)}; whole numbers were expected.")));
        _summary.Add(new LayerSummary(name, layer.Class, $"{extents}", 0));
        return options.Input(Graph, name, type, extents, _hasChannelsLast);
    }

    private static ElementType TypeOf(JsonNode? node, string input)
    {
        var name = node is JsonObject policy ? (policy["config"] as JsonObject)?["name"]?.ToString() : node?.ToString();
        return name switch
        {
            null or "float32" or "float16" or "bfloat16" or "mixed_float16" or "mixed_bfloat16" or "float64" => ElementType.Float,
            "int32" => ElementType.Int32,
            "int64" or "uint32" or "uint64" => ElementType.Int64,
            "uint8" => ElementType.UInt8,
            "int8" => ElementType.Int8,
            "int16" => ElementType.Int16,
            "uint16" => ElementType.UInt16,
            "bool" => ElementType.Bool,
            _ => throw new InvalidModelException($"The input '{input}' holds {name}; numbers are read. Prepare texts before the network."),
        };
    }
}

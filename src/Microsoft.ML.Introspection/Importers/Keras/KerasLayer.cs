using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>
/// A layer of a Keras model that is being translated: its settings, its weights, and what goes in. Translations of own classes
/// (<see cref="KerasLayers.Add"/>) are written with it.
/// </summary>
public sealed class KerasLayer
{
    private readonly Settings _settings;
    private readonly LayerWeights _weights;

    internal KerasLayer(KerasTranslation translation, LayerDefinition definition, IReadOnlyList<KerasTensor> inputs, Call call,
        IReadOnlyDictionary<string, IReadOnlyList<KerasTensor>> keywords, LayerWeights weights, string path)
    {
        (Translation, Definition, Tensors, Call, Keywords) = (translation, definition, inputs, call, keywords);
        (_settings, _weights, Path) = (definition.Config, weights, path);
    }

    /// <summary>The layer's name.</summary>
    public string Name => Definition.Name;

    /// <summary>The layer's class.</summary>
    public string Class => Definition.Class;

    /// <summary>The first part of the version of Keras that wrote the file: 1, 2 or 3.</summary>
    public int KerasVersion => Translation.Version;

    /// <summary>The only input.</summary>
    /// <exception cref="InvalidModelException">There are several, or none.</exception>
    public Value Input => Tensors is [var only] ? only.Value
        : throw Refused($"has {Tensors.Count} inputs where one was expected");

    /// <summary>The inputs, in order.</summary>
    public IReadOnlyList<Value> Inputs => [.. Tensors.Select(t => t.Value)];

    internal KerasTranslation Translation { get; }

    internal LayerDefinition Definition { get; }

    internal IReadOnlyList<KerasTensor> Tensors { get; }

    internal Call Call { get; }

    internal IReadOnlyDictionary<string, IReadOnlyList<KerasTensor>> Keywords { get; }

    internal string Path { get; }

    internal Settings Config => _settings;

    internal LayerWeights Weights => _weights;

    internal Graph Graph => Translation.Graph;

    /// <summary>The mask of the only or first input: which of its moments count; null where all do.</summary>
    internal Value? Mask => Keywords.TryGetValue("mask", out var given) && given is [{ } mask, ..] ? mask.Value
        : Tensors.Count > 0 ? Tensors[0].Mask : null;

    /// <summary>What places and channels are called in the layer's settings.</summary>
    internal Channels Channels => Channels.Of(_settings.Text("data_format"));

    /// <summary>Whether the layer has a setting that is not null.</summary>
    public bool Has(string setting) => _settings.Has(setting);

    /// <summary>A setting that is a number.</summary>
    /// <exception cref="InvalidModelException">It is something else.</exception>
    public double Number(string setting, double otherwise) => _settings.Number(setting, otherwise);

    /// <summary>A setting that is a whole number.</summary>
    /// <exception cref="InvalidModelException">It is something else, or there is none and no default.</exception>
    public long Whole(string setting, long? otherwise = null) => _settings.Whole(setting, otherwise);

    /// <summary>A setting that is true or false.</summary>
    /// <exception cref="InvalidModelException">It is something else.</exception>
    public bool Flag(string setting, bool otherwise = false) => _settings.Flag(setting, otherwise);

    /// <summary>A setting that is a text.</summary>
    /// <exception cref="InvalidModelException">It is something else.</exception>
    public string? Text(string setting, string? otherwise = null) => _settings.Text(setting, otherwise);

    /// <summary>A setting that is a list of whole numbers; null where it is not there.</summary>
    /// <exception cref="InvalidModelException">It is something else.</exception>
    public IReadOnlyList<long>? Wholes(string setting) => _settings.Wholes(setting);

    /// <summary>The layer's next weight, in the order in which the class makes them, as a constant of single precision.</summary>
    /// <param name="name">What it is called, for messages.</param>
    /// <param name="shape">Its extents; -1 for those that are not known beforehand. None at all: any shape.</param>
    /// <exception cref="InvalidModelException">There is none any more, or it has another shape.</exception>
    public Value Weight(string name, params long[] shape) => Graph.Constant(WeightTensor(_weights, name, shape), $"{Path}/{name}");

    /// <summary>An activation by its name or description in the settings, applied.</summary>
    /// <param name="x">What it is applied to.</param>
    /// <param name="setting">The setting that tells it.</param>
    /// <exception cref="InvalidModelException">It is not known.</exception>
    public Value Activate(Value x, string setting = "activation") => Activations.Apply(this, x, _settings[setting]);

    /// <summary>The error of something in the layer that cannot be translated; names it.</summary>
    /// <param name="why">What is in the way: the end of the sentence that begins with the layer's name.</param>
    public InvalidModelException Refused(string why) => new($"The layer '{Path}' of the class '{Class}' {why}.");

    internal Tensor WeightTensor(LayerWeights weights, string name, params long[] shape)
    {
        var tensor = weights.Next() ?? throw Refused(
            $"lacks the weight '{name}'{(shape.Length > 0 ? $" of shape {Shape.Of(shape)}" : "")}; "
            + "the file does not hold it");
        if (shape.Length > 0 && (shape.Length != tensor.Dimensions.Length || !Fits(tensor, shape)))
            throw Refused($"has the weight '{name}' of shape {tensor.Shape} where {Shape.Of(shape)} was expected");
        Translation.Count(tensor);
        return tensor.Type == ElementType.Float ? tensor
            : Tensor.FromDoubles(ElementType.Float, tensor.ToDouble(), tensor.Dimensions);
    }

    private static bool Fits(Tensor tensor, long[] shape)
    {
        for (var i = 0; i < shape.Length; i++)
            if (shape[i] >= 0 && shape[i] != tensor.Dimensions[i])
                return false;
        return true;
    }

    /// <summary>The last extent of a value, which has to be a number.</summary>
    internal long Features(Value x, int axis = -1) => x.Rank > 0 && x.Shape[axis] is { IsKnown: true } extent ? extent.Value
        : throw Refused($"needs to know the extent of axis {axis} of its input {x.Shape}");

    /// <summary>What another layer, described within this one, makes of some inputs.</summary>
    internal IReadOnlyList<KerasTensor> Within(string setting, IReadOnlyList<KerasTensor> inputs, LayerWeights weights,
        Action<JsonObject>? change = null)
    {
        var item = _settings.Object(setting)?.DeepClone() as JsonObject ?? throw Refused($"has no layer in '{setting}'");
        if (item["config"] is JsonObject config)
            change?.Invoke(config);
        return Translation.Within(this, item, inputs, weights);
    }
}

/// <summary>A value between layers, and which of its moments count (truth values of shape [N, T]); null where all do.</summary>
internal readonly record struct KerasTensor(Value Value, Value? Mask = null);

using System.Collections.Concurrent;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>What layers of Keras are in operators of ONNX: a table with a line for each class, to which own classes can be added.</summary>
public static class KerasLayers
{
    internal delegate IReadOnlyList<KerasTensor> Rule(KerasLayer layer);

    private static readonly ConcurrentDictionary<string, Rule> Added = new();

    private static readonly Lazy<Dictionary<string, Rule>> Known = new(() => new IEnumerable<KeyValuePair<string, Rule>>[]
    {
        DenseLayers.Rules, ActivationLayers.Rules, ConvolutionLayers.Rules, PoolingLayers.Rules, NormalizationLayers.Rules,
        RecurrentLayers.Rules, AttentionLayers.Rules, MergingLayers.Rules, ShapingLayers.Rules, PreprocessingLayers.Rules,
    }.SelectMany(r => r).ToDictionary());

    /// <summary>The classes that are translated.</summary>
    public static IReadOnlyCollection<string> Classes => [.. Known.Value.Keys.Concat(Added.Keys).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>
    /// Adds the translation of a class of your own, or puts it in place of one that is there. It holds for all files that are read after.
    /// </summary>
    /// <param name="className">
    /// The class: <c>Swirl</c>, or <c>package&gt;Swirl</c> as it is registered. Without a package it holds for all packages.
    /// </param>
    /// <param name="translation">What the layer makes of its inputs, written with <see cref="Value"/> and <see cref="Operators"/>.</param>
    public static void Add(string className, Func<KerasLayer, Value> translation)
    {
        ArgumentException.ThrowIfNullOrEmpty(className);
        ArgumentNullException.ThrowIfNull(translation);
        Added[className] = One(translation);
    }

    /// <summary>Takes a translation away that was added.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool Remove(string className) => Added.TryRemove(className, out _);

    internal static Rule? Find(LayerDefinition layer)
    {
        if (Added.TryGetValue(layer.Class, out var rule) || Added.TryGetValue(layer.Class.Split('>')[^1], out rule))
            return rule;
        var operation = KerasOperations.Find(layer);
        if (operation is not null)
            return operation;
        return Known.Value.GetValueOrDefault(layer.Class);
    }

    /// <summary>Whether a class is one of layers, not of functions.</summary>
    internal static bool IsLayer(string name) => Known.Value.ContainsKey(name) || Added.ContainsKey(name);

    /// <summary>The rule of a layer with one result, which its mask does not concern.</summary>
    internal static Rule One(Func<KerasLayer, Value> rule) => layer => [new KerasTensor(rule(layer))];

    /// <summary>The rule of a layer with one result that hands the mask of its first input on.</summary>
    internal static Rule Masked(Func<KerasLayer, Value> rule) => layer => [new KerasTensor(rule(layer), layer.Mask)];
}

using Microsoft.ML.Introspection.Importers.Hdf5;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>Where the weights of a model's layers lie.</summary>
internal interface IModelWeights
{
    /// <summary>The weights of a layer.</summary>
    LayerWeights Of(LayerDefinition layer);
}

/// <summary>The weights of a layer, in the order in which a layer of its class makes them.</summary>
internal abstract class LayerWeights
{
    /// <summary>The next one; null where there is none any more.</summary>
    public abstract Tensor? Next();

    /// <summary>How many are left.</summary>
    public abstract int Left { get; }

    /// <summary>The weights of a layer within, by one of the names that it has had.</summary>
    public abstract LayerWeights Part(params string[] names);

    /// <summary>The weights of the layers of a model within.</summary>
    public abstract IModelWeights AsModel(ModelDefinition model);
}

/// <summary>Weights by groups of layers, as <c>.h5</c> files have had them since Keras 1.</summary>
internal sealed class GroupedWeights(Hdf5Group root) : IModelWeights
{
    private readonly HashSet<string> _layers = [.. root.Texts("layer_names") ?? []];

    /// <inheritdoc/>
    public LayerWeights Of(LayerDefinition layer)
    {
        if (!_layers.Contains(layer.Name) || root.Find(layer.Name) is not { } group)
            return new FlatWeights([]);
        return new FlatWeights([.. (group.Texts("weight_names") ?? []).Select(name => new NamedWeight(name, () =>
            (group.Find(name) ?? throw new InvalidModelException(
                $"The weight '{name}' of the layer '{layer.Name}' is missing in the file."))
                .Tensor()))]);
    }
}

/// <summary>A weight with its name in the file, which tells the layers that it stands in.</summary>
internal sealed record NamedWeight(string Name, Func<Tensor> Read);

/// <summary>A plain list of weights.</summary>
internal sealed class FlatWeights(IReadOnlyList<NamedWeight> weights) : LayerWeights
{
    private int _next;

    /// <inheritdoc/>
    public override int Left => weights.Count - _next;

    /// <inheritdoc/>
    public override Tensor? Next() => _next < weights.Count ? weights[_next++].Read() : null;

    /// <inheritdoc/>
    public override LayerWeights Part(params string[] names) => this;

    /// <inheritdoc/>
    public override IModelWeights AsModel(ModelDefinition model)
    {
        var rest = weights.Skip(_next).ToList();
        _next = weights.Count;
        return new NamedModelWeights(model, rest);
    }
}

/// <summary>
/// The weights of a model within another one: one list, those that are not trained behind all others, told apart by the names of layers.
/// </summary>
internal sealed class NamedModelWeights : IModelWeights
{
    private readonly Dictionary<LayerDefinition, List<NamedWeight>> _weights = [];

    public NamedModelWeights(ModelDefinition model, IEnumerable<NamedWeight> weights)
    {
        var leaves = model.Leaves().ToList();
        foreach (var weight in weights)
        {
            var parts = weight.Name.Split('/')[..^1];
            var best = leaves.Where(l => Array.IndexOf(parts, l.Layer.Name) >= 0)
                .OrderBy(l => Array.IndexOf(parts, l.Layer.Name) - l.Models.Count(parts.Contains)).ThenByDescending(l =>
                l.Models.Count(parts.Contains))
                .Select(l => l.Layer).FirstOrDefault()
                ?? throw new InvalidModelException($"The weight '{weight.Name}' belongs to no layer of the model '{model.Name}'; these are "
                    + $"{string.Join(", ", leaves.Take(10).Select(l => $"'{l.Layer.Name}'"))}.");
            (_weights.TryGetValue(best, out var own) ? own : _weights[best] = []).Add(weight);
        }
    }

    private NamedModelWeights(Dictionary<LayerDefinition, List<NamedWeight>> weights) => _weights = weights;

    /// <inheritdoc/>
    public LayerWeights Of(LayerDefinition layer) => layer.Model is { } model
        ? new Inner(new NamedModelWeights(model.Leaves().Where(l => _weights.ContainsKey(l.Layer)).ToDictionary(l => l.Layer,
        l => _weights[l.Layer])))
        : new FlatWeights(_weights.GetValueOrDefault(layer) ?? []);

    private sealed class Inner(IModelWeights weights) : LayerWeights
    {
        public override int Left => 0;

        public override Tensor? Next() => null;

        public override LayerWeights Part(params string[] names) => this;

        public override IModelWeights AsModel(ModelDefinition model) => weights;
    }
}

/// <summary>Weights by the paths of objects, as <c>.keras</c> files have them; the rules of several versions.</summary>
internal sealed class PathWeights : IModelWeights
{
    private readonly Dictionary<string, Hdf5Group> _layers = [];

    public PathWeights(Hdf5Group? model, IEnumerable<(string Name, string Class)> layers, params string[] containers)
    {
        var container = containers.Select(c => model?.Find(c)).FirstOrDefault(c => c is not null);
        if (container is null)
            return;
        var groups = container.Names.Select(n => (Name: n, Group: container.Find(n)!)).ToList();
        var named = groups.Select(g => (Layer: g.Group.IsDataset ? null : g.Group.Find("vars")?.Text("name"), g.Group))
            .Where(g => g.Layer is not null).GroupBy(g => g.Layer!).Where(g => g.Count() == 1).ToDictionary(g => g.Key,
            g => g.Single().Group);
        foreach (var kind in layers.GroupBy(l => Snake(l.Class)))
        {
            var own = groups.Select(g => (Number: NumberOf(g.Name, kind.Key), g.Group)).Where(g => g.Number >= 0).OrderBy(g =>
                g.Number).ToList();
            var members = kind.ToList();
            for (var i = 0; i < members.Count; i++)
                if (named.TryGetValue(members[i].Name, out var group))
                    _layers[members[i].Name] = group;
                // All there, perhaps with gaps in their numbers; or only those that have weights, by number.
                else if (own.Count == members.Count && named.Count == 0)
                    _layers[members[i].Name] = own[i].Group;
                else if (named.Count == 0 && own.FirstOrDefault(g => g.Number == i).Group is { } numbered)
                    _layers[members[i].Name] = numbered;
        }
    }

    public static PathWeights Of(Hdf5Group? root, ModelDefinition model) => new(root,
        model.Layers.Select(l => (l.Name, l.Class.Split('>')[^1])), "layers", "_layer_checkpoint_dependencies");

    /// <inheritdoc/>
    public LayerWeights Of(LayerDefinition layer) => Of(layer.Name);

    public LayerWeights Of(string name) => new ObjectWeights(_layers.GetValueOrDefault(name));

    // DepthwiseConv2D as depthwise_conv2d.
    private static string Snake(string name)
    {
        var result = new System.Text.StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && (i + 1 < name.Length && char.IsLower(name[i + 1]) || char.IsLower(name[i - 1])))
                result.Append('_');
            result.Append(char.ToLowerInvariant(name[i]));
        }
        return result.ToString();
    }

    private static int NumberOf(string name, string kind) => name == kind ? 0
        : name.StartsWith(kind + "_", StringComparison.Ordinal) && int.TryParse(name.AsSpan(kind.Length + 1), out var number) ? number : -1;
}

/// <summary>The weights of one object of a <c>.keras</c> file.</summary>
internal sealed class ObjectWeights(Hdf5Group? group) : LayerWeights
{
    private readonly Hdf5Group? _own = group?.Find("vars");
    private int _next;

    /// <inheritdoc/>
    public override int Left => _own is null ? 0 : _own.Names.Count() - _next;

    /// <inheritdoc/>
    public override Tensor? Next() => _own?.Find($"{_next}") is { } found && ++_next > 0 ? found.Tensor() : null;

    /// <inheritdoc/>
    public override LayerWeights Part(params string[] names) =>
        new ObjectWeights(names.Select(n => group?.Find(n)).FirstOrDefault(g => g is not null));

    /// <summary>The weights of several objects in a list.</summary>
    public IReadOnlyList<LayerWeights> Parts(string container, IReadOnlyList<(string Name, string Class)> members)
    {
        var weights = new PathWeights(group, members, container);
        return [.. members.Select(m => weights.Of(m.Name))];
    }

    /// <inheritdoc/>
    public override IModelWeights AsModel(ModelDefinition model) => PathWeights.Of(group, model);
}

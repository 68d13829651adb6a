using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>How an operator of TensorFlow is written.</summary>
/// <returns>Its outputs, as many as there are or as are told.</returns>
internal delegate IReadOnlyList<Item> TranslationRule(OperatorSite site);

/// <summary>A node about to be written: its inputs, its attributes, and the graph.</summary>
internal sealed class OperatorSite(Translation translation, FlatNode node, IReadOnlyList<Item> inputs)
{
    /// <summary>The translation that the node is part of.</summary>
    public Translation Translation => translation;

    /// <summary>The node.</summary>
    public FlatNode Node => node;

    /// <summary>The attributes.</summary>
    public NodeAttributes Attributes => node.Attributes;

    /// <summary>The graph that is written.</summary>
    public Graph Graph => translation.Graph;

    /// <summary>How many inputs there are.</summary>
    public int Count => inputs.Count;

    /// <summary>The first input.</summary>
    public Value X => Input(0);

    /// <summary>An input, whatever it is.</summary>
    public Item Item(int index) => index < inputs.Count ? inputs[index] : throw Wrong($"it has no input {index}.");

    /// <summary>An input that is a tensor.</summary>
    public Value Input(int index) => translation.Value(Item(index)) ?? throw Wrong(inputs[index] is Item.Text
        ? "it works on text, which no network here does." : $"its input {index} is no tensor.");

    /// <summary>All inputs.</summary>
    public Value[] Inputs => [.. Enumerable.Range(0, inputs.Count).Select(Input)];

    /// <summary>The numbers of an input that is a constant of integers.</summary>
    public long[] Constants(int index) => Input(index).Constant?.ToInt64()
        ?? throw Wrong($"its input {index}, '{node.InputNames.ElementAt(index)}', is computed; a constant was expected.");

    /// <summary>The single number of an input that is a constant integer.</summary>
    public long Constant(int index) => Constants(index) is [var number] ? number
        : throw Wrong($"its input {index} holds several numbers; one was expected.");

    /// <summary>An axis that a constant input names.</summary>
    public int AxisInput(int index, int rank) => Axis(Constant(index), rank);

    /// <summary>An axis, counted from the front.</summary>
    public int Axis(long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis)
        : throw Wrong($"there is no axis {axis} among {rank}.");

    /// <summary>The numbers of an input that stands for extents, as far as they are known; null where nothing is.</summary>
    public Dimension[]? Extents(int index) => translation.Extents.Of(Input(index));

    /// <summary>A value that stands for extents: written from what is known, or otherwise.</summary>
    public Value Written(Dimension[]? extents, bool isScalar, Func<Value> otherwise) =>
        extents is not null && translation.Extents.Write(Graph, extents, isScalar) is { } value ? value
            : translation.Extents.Note(otherwise(), extents);

    /// <summary>Where the channels stand, by the attribute of that name.</summary>
    public Channels Channels => Channels.Of(Attributes.Text("data_format", "NHWC"));

    /// <summary>The numbers for the places of a list that has one for rows and channels, too.</summary>
    public long[] Places(string name, int count, params long[] otherwise)
    {
        var all = Attributes.Ints(name, otherwise.Length > 0 ? otherwise : [.. Enumerable.Repeat(1L, count + 2)]);
        if (all.Length == 0)
            all = [.. Enumerable.Repeat(1L, count + 2)];
        if (all.Length != count + 2)
            throw Wrong($"its '{name}' has {all.Length} numbers; {count + 2} were expected.");
        var places = ReferenceEquals(Channels, Channels.Last) ? all[1..^1] : all[2..];
        return all[0] == 1 && (ReferenceEquals(Channels, Channels.Last) ? all[^1] : all[1]) == 1 ? places
            : throw Wrong($"its '{name}' [{string.Join(", ", all)}] go over rows or channels, which ONNX does not.");
    }

    /// <summary>What is put around before windows slide.</summary>
    public Padding Padding(int places)
    {
        switch (Attributes.Text("padding"))
        {
            case "SAME":
                return Layout.Padding.Same;
            case "VALID":
                return Layout.Padding.Valid;
            case "EXPLICIT":
                var all = Attributes.Ints("explicit_paddings");
                if (all.Length != 2 * (places + 2))
                    throw Wrong($"its explicit padding has {all.Length} numbers; {2 * (places + 2)} were expected.");
                var first = ReferenceEquals(Channels, Channels.Last) ? 1 : 2;
                return Layout.Padding.Explicit([.. Enumerable.Range(first, places).Select(i => all[2 * i])],
                    [.. Enumerable.Range(first, places).Select(i => all[2 * i + 1])]);
            default:
                throw Wrong($"its padding '{Attributes.Text("padding")}' is not known.");
        }
    }

    /// <summary>An error of this node.</summary>
    public InvalidModelException Wrong(string why) => new($"The {node} cannot be translated: {why}");
}

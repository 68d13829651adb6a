using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>What a tensor of a TensorFlow graph is while it is translated.</summary>
internal abstract record Item
{
    private Item() { }

    /// <summary>A value of the graph that is written.</summary>
    internal sealed record Tensor(Value Value) : Item;

    /// <summary>
    /// A value whose places were dealt out into blocks, as is done around convolutions to spread their taps: kept undealt, for what is done
    /// between dealing out and in again is, without the dealing, the same with taps spread.
    /// </summary>
    /// <param name="Value">The value, undealt.</param>
    /// <param name="First">The first axis that is dealt out.</param>
    /// <param name="Blocks">Into how many each axis is dealt out.</param>
    /// <param name="Before">Zeros that are still to be put before each of these axes.</param>
    /// <param name="After">Zeros that are still to be put behind each.</param>
    internal sealed record Dealt(Value Value, int First, long[] Blocks, long[] Before, long[] After) : Item;

    /// <summary>A variable, to be read.</summary>
    internal sealed record Variable(FlatNode Handle) : Item;

    /// <summary>A list of tensors that lie one behind the other along a first axis.</summary>
    internal sealed record List(Value Stacked) : Item;

    /// <summary>A list that is to be filled, of a number of elements that is known to the graph.</summary>
    internal sealed record Room(Value Count) : Item;

    /// <summary>A list within a turn of a loop, with what the turn puts into it.</summary>
    /// <param name="Argument">Which argument of the loop's body the list is.</param>
    /// <param name="Place">Where it is put; null where it is put behind all.</param>
    /// <param name="Value">What is put.</param>
    internal sealed record Filled(int Argument, Value? Place, Value Value) : Item;

    /// <summary>The list of an argument of a loop's body, to be filled.</summary>
    internal sealed record Slot(int Argument) : Item;

    /// <summary>Text, which nothing here computes with.</summary>
    internal sealed record Text : Item;
}

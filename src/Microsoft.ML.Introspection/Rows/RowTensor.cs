using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Rows;

/// <summary>What every row of a source holds under one name.</summary>
/// <param name="Name">The name; empty where the source holds but one and nobody named it.</param>
/// <param name="Type">The type of the elements; null where they are text, which is read as the type that is asked for.</param>
/// <param name="RowShape">The extents of one row; none where a row is one number.</param>
/// <param name="Items">A name for each number of a row; null where nobody named them.</param>
public sealed record RowTensor(string Name, ElementType? Type, IReadOnlyList<int> RowShape, IReadOnlyList<string>? Items = null)
{
    /// <summary>The numbers in a row.</summary>
    public int Width => RowShape.Aggregate(1, (product, extent) => checked(product * extent));

    /// <summary>What a row is, for messages: "rows of shape [3, 32, 32]".</summary>
    public string Description { get; init; } = RowShape.Count == 0
        ? "one number in a row"
        : $"rows of shape [{string.Join(", ", RowShape)}]";

    /// <summary>
    /// Whether rows are in the order of these extents, 1 aside: flat rows are in any. Rows of others may have the right number of elements
    /// in the wrong order (channels last, say).
    /// </summary>
    /// <param name="extents">The extents that are wanted.</param>
    public bool HasOrderOf(IEnumerable<long> extents) =>
        RowShape.Count <= 1 || RowShape.Where(e => e != 1).Select(e => (long)e).SequenceEqual(extents.Where(e => e != 1));
}

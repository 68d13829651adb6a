using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Scoring;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Where the rows of numbers come from that are explained.</summary>
internal interface IShapFeed
{
    /// <summary>The columns that are read.</summary>
    IEnumerable<DataViewSchema.Column> Find(DataViewSchema schema);

    /// <summary>The columns that are read, where tensors can hold them; null where not.</summary>
    IReadOnlyList<InputColumn>? Tensors { get; }

    /// <summary>How slots are named after those of the data.</summary>
    /// <param name="names">Makes names of those of the features.</param>
    SlotNaming? Naming(Func<IReadOnlyList<string>, IReadOnlyList<string>> names);
}

/// <summary>One vector column: the features of a model.</summary>
/// <param name="Column">The column.</param>
/// <param name="Names">What the model calls its features; null where it does not.</param>
internal sealed record FeatureFeed(InputColumn Column, IReadOnlyList<string>? Names) : IShapFeed
{
    public IReadOnlyList<InputColumn> Tensors => [Column];

    public IEnumerable<DataViewSchema.Column> Find(DataViewSchema schema) => [Column.Find(schema)];

    public SlotNaming Naming(Func<IReadOnlyList<string>, IReadOnlyList<string>> names) => new ShapSlots(Column.Name, (int)Column.Row.Size.Value, Names, names);

    /// <summary>The column of a model's features.</summary>
    public static InputColumn ColumnOf(string name, long size) => new(name, "features", Onnx.ElementType.Float, Onnx.Shape.Of(size)) { Use = $"the model's {size} features" };
}

using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Lists of tensors, through which loops take their inputs and give their outputs.</summary>
internal static class Lists
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["TensorListFromTensor"] = s => [new Item.List(s.X)],
        ["TensorListReserve"] = s => [new Item.Room(s.Input(1))],
        ["EmptyTensorList"] = s => [new Item.Room(s.Graph.Scalar(0))],
        ["TensorListGetItem"] = s => [new Item.Tensor(Stacked(s).Gather(Single(s.Input(1)), 0))],
        ["TensorListSetItem"] = s => s.Item(0) is Item.Slot slot
            ? [new Item.Filled(slot.Argument, Single(s.Input(1)), s.Input(2))]
            : throw s.Wrong("a list is filled outside of a loop, or twice in one turn."),
        ["TensorListPushBack"] = s => s.Item(0) is Item.Slot slot
            ? [new Item.Filled(slot.Argument, null, s.Input(1))]
            : throw s.Wrong("a list is filled outside of a loop, or twice in one turn."),
        ["TensorListStack"] = s => [new Item.Tensor(Stacked(s))],
        ["TensorListLength"] = s => s.Item(0) is Item.Room room ? [new Item.Tensor(room.Count)]
            : [new Item.Tensor(s.Written([Stacked(s).Shape[0]], true,
                () => Operators.Emit("Shape", Attributes.Of(("end", 1L)), Stacked(s)).Squeeze(0)))],
    };

    private static Value Stacked(OperatorSite s) => s.Item(0) is Item.List list ? list.Stacked
        : throw s.Wrong("it takes a list that is not filled yet.");

    private static Value Single(Value index) =>
        index.Rank == 0 ? index : index.Squeeze([.. Enumerable.Range(0, index.Rank).Select(i => (long)i)]);
}

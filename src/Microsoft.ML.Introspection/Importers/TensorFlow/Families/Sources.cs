using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.TensorFlow.Families.Rule;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Constants, variables, and what hands on.</summary>
internal static class Sources
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["Const"] = Constant,
        ["VarHandleOp"] = s => [new Item.Variable(s.Node)],
        ["VariableV2"] = One(s => s.Translation.Variable(s.Node)),
        ["Variable"] = One(s => s.Translation.Variable(s.Node)),
        ["ReadVariableOp"] = One(s => s.X),
        ["PlaceholderWithDefault"] = s => [s.Item(0)],
        ["IdentityN"] = s => [.. Enumerable.Range(0, s.Count).Select(s.Item)],
        [FlatNode.Argument] = s => throw s.Wrong("it is given nothing."),
        ["Placeholder"] = s => throw s.Wrong(
            "it is an input that is not among those that were named; name it too, or name a tensor behind it."),
    };

    private static IReadOnlyList<Item> Constant(OperatorSite s)
    {
        var tensor = s.Attributes.Tensor("value") ?? throw s.Wrong("it holds no value.");
        return tensor.Dtype is DataType.DtString ? [new Item.Text()]
            : [new Item.Tensor(s.Graph.Constant(DataTypes.Constant(tensor, s.Node.Name), s.Node.Name))];
    }
}

using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Rules of the common kinds.</summary>
internal static class Rule
{
    /// <summary>One tensor.</summary>
    public static TranslationRule One(Func<OperatorSite, Value> write) => s => [new Item.Tensor(write(s))];

    /// <summary>Several tensors.</summary>
    public static TranslationRule Several(Func<OperatorSite, IEnumerable<Value>> write) =>
        s => [.. write(s).Select(v => new Item.Tensor(v))];

    /// <summary>
    /// What goes in with some function done to every element: places that are dealt out stay so, zeros around them are put there before.
    /// </summary>
    public static TranslationRule Each(Func<Value, OperatorSite, Value> function) => s => s.Item(0) is Item.Dealt dealt
        ? [Dealing.Padded(dealt) is var padded ? padded with { Value = function(padded.Value, s) } : null!]
        : [new Item.Tensor(function(s.X, s))];

    /// <summary>An operator of ONNX of the same meaning.</summary>
    public static TranslationRule Same(string operatorType) => Each((x, _) => Operators.Emit(operatorType, x));
}

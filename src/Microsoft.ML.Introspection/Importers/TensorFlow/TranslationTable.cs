using Microsoft.ML.Introspection.Importers.TensorFlow.Families;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>The operators of TensorFlow that are translated, a row each in the files of their families.</summary>
internal static class TranslationTable
{
    private static readonly Dictionary<string, TranslationRule> s_rules = new IReadOnlyDictionary<string, TranslationRule>[]
    {
        Sources.Rules, Elementwise.Rules, Convolutions.Rules, Pooling.Rules, Normalizing.Rules, Multiplying.Rules, Reducing.Rules,
        Shaping.Rules, Slicing.Rules, Picking.Rules, Resizing.Rules, Lists.Rules, Branching.Rules,
    }.SelectMany(family => family).ToDictionary(row => row.Key, row => row.Value);

    /// <summary>The operators that are translated.</summary>
    public static IReadOnlyCollection<string> Operators => s_rules.Keys;

    /// <summary>The rule of an operator; null where there is none.</summary>
    public static TranslationRule? Find(string op) => s_rules.GetValueOrDefault(op);

    /// <summary>What is said of an operator that has no rule.</summary>
    public static InvalidModelException Unknown(FlatNode node) => new($"The {node} cannot be translated: " + node.Operator switch
    {
        _ when FlatGraph.ControlFlowOfOld.Contains(node.Operator) || node.Operator.StartsWith("TensorArray", StringComparison.Ordinal) =>
            "loops and branches of TensorFlow 1 are not read. Save the model with TensorFlow 2, whose loops are functions.",
        var op when op.Contains("Table", StringComparison.Ordinal) => "it looks words up in a table. Name the tensor behind it as input.",
        var op when op.Contains("String", StringComparison.Ordinal) || op.Contains("Regex", StringComparison.Ordinal)
            || op.Contains("Unicode", StringComparison.Ordinal) || op.StartsWith("Decode", StringComparison.Ordinal)
            || op is "AsString" or "ParseExample" or "ParseExampleV2" or "ReadFile" =>
            "it works on text or files, which no network here does. Name the tensor behind it as input.",
        _ => "the operator is not known here.",
    });
}

using Microsoft.ML.Introspection.Onnx.Reading.Learners;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>
/// The inputs that a model itself asks for missing values (NaN): those that reach <c>IsNaN</c>, or trees, which send missing values
/// somewhere, as they are.
/// </summary>
internal static class MissingInputs
{
    /// <summary>The names of the inputs.</summary>
    public static IReadOnlySet<string> Of(OnnxModel model)
    {
        var found = new HashSet<string>();
        foreach (var node in model.Proto.Graph.Node.Reverse())
            if (node.Domain is "" or "ai.onnx" ? node.OpType == "IsNaN" || Moves(node.OpType) && node.Output.Any(found.Contains)
                : node.Domain == LearnerOperators.Domain && node.OpType.StartsWith("TreeEnsemble", StringComparison.Ordinal))
                found.UnionWith(node.Input);
        return model.Proto.Graph.Input.Select(i => i.Name).Where(found.Contains).ToHashSet();
    }

    private static bool Moves(string operatorType) => OperatorFacts.Of(operatorType)?.Kind == OperatorKind.Movement;
}

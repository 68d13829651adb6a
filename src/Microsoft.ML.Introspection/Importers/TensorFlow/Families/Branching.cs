using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Functions that are called as often as a condition says.</summary>
internal static class Branching
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["While"] = s => new TurnLoop(s).Write(),
        ["StatelessWhile"] = s => new TurnLoop(s).Write(),
        ["If"] = Branch,
        ["StatelessIf"] = Branch,
    };

    // Functions without side effects: what is not taken may be computed as well.
    private static IReadOnlyList<Item> Branch(OperatorSite s)
    {
        var condition = s.X.Type == ElementType.Bool ? s.X : s.X.Cast(ElementType.Bool);
        Item[] arguments = [.. Enumerable.Range(1, s.Count - 1).Select(s.Item)];
        IReadOnlyList<Item> Side(string name) => s.Translation.Body(s.Attributes.Function(name), arguments);
        if (condition.Constant is { } known)
            return Side(known.As<bool>()[0] ? "then_branch" : "else_branch");
        var (then, otherwise) = (Side("then_branch"), Side("else_branch"));
        if (then.Count != otherwise.Count)
            throw s.Wrong($"its sides give {then.Count} and {otherwise.Count} tensors.");
        return [.. then.Zip(otherwise, (a, b) => s.Translation.Value(a) is { } x && s.Translation.Value(b) is { } y
            ? x == y ? a : new Item.Tensor(condition.Where(x, y))
            : throw s.Wrong("its sides give something else than tensors."))];
    }
}

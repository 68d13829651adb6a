using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Operators through which no gradient flows: steps, comparisons, positions, shapes, random numbers.</summary>
internal static class Flat
{
    public static readonly Dictionary<string, BackwardRule> Rules =
        OperatorFacts.All.Where(f => f.IsFlat).ToDictionary(f => f.Name, _ => (BackwardRule)(_ => null));
}

using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>All that a transformer is made of.</summary>
/// <param name="Catalog">The catalog that makes the form it is saved in.</param>
/// <param name="Options">The options.</param>
/// <param name="Columns">The compiled explanation.</param>
/// <param name="SlotNames">Slot names to save, by explanation column.</param>
internal sealed record FittedExplanation(
    TransformsCatalog Catalog,
    ExplainOptions Options,
    ExplanationColumns Columns,
    IReadOnlyDictionary<string, IReadOnlyList<string>> SlotNames);

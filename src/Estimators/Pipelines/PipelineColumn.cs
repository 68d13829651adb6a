using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>An input column of a pipeline, and the features that stand for it.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">The column's type.</param>
/// <param name="FirstFeature">The number of its first feature.</param>
/// <param name="FeatureCount">How many features it has: one, or one for every slot.</param>
/// <param name="IsCategorical">Whether its features are codes without an order.</param>
public sealed record PipelineColumn(string Name, DataViewType Type, int FirstFeature, int FeatureCount, bool IsCategorical);

using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>What writes the values of an ensemble into a graph.</summary>
internal abstract class TreeValues
{
    /// <summary>The most rows to compute at once.</summary>
    public abstract long RowsAtOnce { get; }

    /// <summary>The values of rows.</summary>
    /// <param name="rows">Shape [N, features].</param>
    /// <param name="interactions">Whether interaction values are asked for.</param>
    public abstract TreeResults Of(Value rows, bool interactions);
}

/// <summary>Values of rows, of double precision.</summary>
/// <param name="Values">Shape [N, outputs·features].</param>
/// <param name="Interactions">Shape [N, outputs·features·features], where they were asked for.</param>
/// <param name="RawScores">Shape [N, outputs], where the values do not sum to them.</param>
internal sealed record TreeResults(Value Values, Value? Interactions = null, Value? RawScores = null);

using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Scoring;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>All that a SHAP transformer is made of.</summary>
internal abstract class FittedShap
{
    /// <summary>What is read and added.</summary>
    public abstract IExplanationColumns Columns { get; }

    /// <summary>Makes what explains rows.</summary>
    /// <param name="rows">How many at once; null for as many as suit.</param>
    public abstract RowScorer Scorer(int? rows);

    /// <summary>Saves it, as ML.NET's own.</summary>
    /// <exception cref="NotSupportedException">There is no graph for it; the message says why, and what to do.</exception>
    public abstract void Save(ModelSaveContext context);

    /// <summary>The graph.</summary>
    /// <inheritdoc cref="Save"/>
    public abstract Onnx.OnnxModel Graph();

    /// <summary>Frees what is held.</summary>
    public virtual void Release()
    {
    }
}

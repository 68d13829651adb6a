using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>What computes the SHAP values of rows of numbers.</summary>
internal abstract class ShapEngine
{
    /// <summary>How many rows are best explained together.</summary>
    public abstract int RowsTogether { get; }

    /// <summary>The score where no feature is known, for each output.</summary>
    public abstract IReadOnlyList<double> BaseValues { get; }

    /// <summary>Explains rows.</summary>
    /// <param name="rows">[N, features].</param>
    /// <param name="values">Where to write, [N, outputs, players].</param>
    /// <param name="cancellation">Stops the work.</param>
    public abstract void Values(ReadOnlySpan<float> rows, Span<double> values, CancellationToken cancellation);

    /// <summary>Explains rows by pairs.</summary>
    /// <param name="rows">[N, features].</param>
    /// <param name="values">Where to write, [N, outputs, players, players].</param>
    /// <param name="cancellation">Stops the work.</param>
    public virtual void Interactions(ReadOnlySpan<float> rows, Span<double> values, CancellationToken cancellation) =>
        throw new NotSupportedException("Only path-dependent values of trees have interactions.");

    /// <summary>The same as a graph.</summary>
    /// <param name="columns">The names of what goes in and comes out.</param>
    /// <exception cref="NotSupportedException">There is none; the message says why, and what to do.</exception>
    public abstract OnnxModel Compile(ShapColumns columns);
}

using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>A model with an algorithm that explains it.</summary>
internal abstract class ShapExplainer : IDisposable
{
    /// <summary>The algorithm, for people: "exact tree SHAP, path-dependent".</summary>
    public abstract string Description { get; }

    /// <summary>The names of what gets a value: features, or groups of them.</summary>
    public abstract IReadOnlyList<string> Players { get; }

    /// <summary>The axes that the values of a row have in an array.</summary>
    public virtual IReadOnlyList<int> PlayerShape => [Players.Count];

    /// <summary>How many outputs the model has.</summary>
    public abstract int OutputCount { get; }

    /// <summary>The outputs' names; null where nobody named them.</summary>
    public virtual IReadOnlyList<string>? OutputNames => null;

    /// <summary>How scores become predictions.</summary>
    public virtual ScoreLink Link => ScoreLink.Identity;

    /// <summary>How many rows may be explained at once, as far as the algorithm goes.</summary>
    public abstract int RowsAtOnce { get; }

    /// <summary>Whether there are interaction values.</summary>
    public virtual bool HasInteractions => false;

    /// <summary>The name of an output, or its number.</summary>
    public string OutputName(int output) => OutputNames?[output] ?? output.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Explains a block of rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="target">What is explained of them.</param>
    /// <param name="result">Where to write.</param>
    /// <param name="progress">Is told the share of the block that is done.</param>
    /// <param name="cancellation">Stops the work.</param>
    public abstract void Explain(RowBlock rows, ShapTarget target, ShapResult result, Action<double> progress, CancellationToken cancellation);

    public virtual void Dispose() { }

    /// <summary>The class that a row's label column tells, checked.</summary>
    protected long Class(RowBlock rows, int row, ShapTarget target) => target.LabelColumn is not { } column || rows.Classes[row] >= 0 && rows.Classes[row] < OutputCount
        ? rows.Classes[row]
        : throw new InvalidDataException($"Row {rows.First + row}, column '{column}': the class {rows.Classes[row]} is out of range; the model has {OutputCount} outputs, 0 to {OutputCount - 1}.");
}

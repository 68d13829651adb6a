using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Adds the answers to several questions about a network as columns, all from one pass of one session. Made by
/// <c>mlContext.Transforms.Explain</c>.
/// </summary>
public sealed class ExplanationEstimator : AttributionEstimator<ExplanationsTransformer>
{
    internal ExplanationEstimator(
        TransformsCatalog catalog, string modelFile, string inputColumnName, IReadOnlyList<Ask> asks, ExplainOptions options)
        : base(catalog, inputColumnName, modelFile, options, asks) => Asks = asks;

    /// <summary>What is asked.</summary>
    public IReadOnlyList<Ask> Asks { get; }

    private protected override ExplanationsTransformer Transformer(FittedExplanation fitted) => new(fitted, Asks);
}

/// <summary>The fitted form of <see cref="ExplanationEstimator"/>.</summary>
public sealed class ExplanationsTransformer : AttributionTransformer
{
    internal ExplanationsTransformer(FittedExplanation fitted, IReadOnlyList<Ask> asks) : base(fitted) => Asks = asks;

    /// <summary>What is asked.</summary>
    public IReadOnlyList<Ask> Asks { get; }
}

/// <summary>Collects what is asked of a network.</summary>
public sealed class ExplanationBuilder
{
    private readonly List<Ask> _asks = [];

    internal ExplanationBuilder()
    {
    }

    internal IReadOnlyList<Ask> Asks => _asks;

    /// <summary>Asks for a column.</summary>
    /// <param name="outputColumnName">
    /// Its name; of several explained inputs, and of a reading's parts, the start of the names of several.
    /// </param>
    /// <param name="method">How to explain, or what else to read.</param>
    /// <param name="target">The score to explain; null for that of the best class, row by row.</param>
    public ExplanationBuilder Add(string outputColumnName, Reading method, Target? target = null) =>
        Add(new Ask(method, target, outputColumnName));

    /// <summary>Asks for columns: the names of the ask are those of columns.</summary>
    /// <param name="ask">What is asked, of which inputs or layer, and further columns for class, score, base value and gap.</param>
    public ExplanationBuilder Add(Ask ask)
    {
        ArgumentNullException.ThrowIfNull(ask);
        ArgumentException.ThrowIfNullOrWhiteSpace(ask.Name);
        if (_asks.Exists(a => a.Name == ask.Name))
            throw new ArgumentException($"Two columns are named '{ask.Name}'.", nameof(ask));
        _asks.Add(ask);
        return this;
    }
}

using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Explaining;

/// <summary>
/// What is explained of a model, how, against what, and how that is called. Every part is checked when it is given, or against the model.
/// </summary>
public sealed record ExplainerOptions
{
    /// <summary>How the values are computed.</summary>
    public AlgorithmChoice Algorithm { get; init => field = value ?? throw new ArgumentNullException(nameof(Algorithm)); } =
        AlgorithmChoice.Auto;

    /// <summary>The outputs that are explained.</summary>
    public OutputChoice Outputs { get; init => field = value ?? throw new ArgumentNullException(nameof(Outputs)); } = OutputChoice.All;

    /// <summary>Who gets a value; null for every feature by itself.</summary>
    public Players? Players { get; init; }

    /// <summary>Blocks of slots that are one feature of trees: rows then have a number for every slot. Null for none.</summary>
    public OneHotBlocks? Blocks { get; init; }

    /// <summary>
    /// Rows that features are taken from when they are taken away. Trees do without, and then give path-dependent values.
    /// </summary>
    public Background? Background { get; init; }

    /// <summary>
    /// What is taken where a background is needed and none is given; it is told why, in a sentence, and may refuse. Null refuses.
    /// </summary>
    public Func<string, Background>? Otherwise { get; init; }

    /// <summary>
    /// Rows that tell how much data passes each node of trees which do not know it, and what they are called. Null where there are none.
    /// </summary>
    public (string Name, Func<IEnumerable<ReadOnlyMemory<float>>> Rows)? Covers { get; init; }

    /// <summary>
    /// Whether predictions (probabilities) are shared out in the place of raw scores: what the link of trees makes of them.
    /// </summary>
    public bool Predictions { get; init; }

    /// <summary>How scores become predictions, of models that do not tell it themselves.</summary>
    public ScoreLink Link { get; init => field = value ?? throw new ArgumentNullException(nameof(Link)); } = ScoreLink.Identity;

    /// <summary>Which values are kept, the others being 0; null for all.</summary>
    public KeptValues? Kept { get; init; }

    /// <summary>The features' names, where the model has none; null for none.</summary>
    public IReadOnlyList<string>? FeatureNames { get; init; }

    /// <summary>The outputs' names, where the model has none; null for none.</summary>
    public IReadOnlyList<string>? OutputNames { get; init; }

    /// <summary>The output of a network whose scores are explained; null for the first of floating-point numbers.</summary>
    public string? Output { get; init; }

    /// <summary>What the model is, for messages: "the pipeline".</summary>
    public string ModelName { get; init => field = value ?? throw new ArgumentNullException(nameof(ModelName)); } = "the model";

    /// <summary>Threads for all models; for networks also device and rows in one run.</summary>
    public RuntimeOptions Runtime { get; init => field = value ?? throw new ArgumentNullException(nameof(Runtime)); } = new();

    /// <summary>The background, or what is taken in its place.</summary>
    internal Background Needed(string why = "This needs a background, whose values absent features take.") =>
        Background
            ?? Otherwise?.Invoke(why) ?? throw new ArgumentException($"{why} Give one ({nameof(ExplainerOptions)}.{nameof(Background)}).");
}

/// <summary>The strongest values of a row and output; the others are 0.</summary>
/// <param name="Positive">How many of the largest positive ones are kept; null for all.</param>
/// <param name="Negative">How many of the largest negative ones; null for all.</param>
/// <param name="Normalize">Whether those that are kept are divided by the largest magnitude among them.</param>
public sealed record KeptValues(int? Positive, int? Negative, bool Normalize);

/// <summary>What the inputs and outputs of a compiled explanation are called. A name that is null leaves its output out.</summary>
public sealed record ExplanationNames
{
    /// <summary>The rows, shape [N, features], single precision.</summary>
    public string Input { get; init; } = "input";

    /// <summary>The values, [N, players]; of all of several outputs [N, outputs, players].</summary>
    public string Attribution { get; init; } = "attribution";

    /// <summary>The interaction values, with an axis of players more.</summary>
    public string? Interactions { get; init; }

    /// <summary>What the values start from, [N, 1] or [N, outputs].</summary>
    public string? BaseValue { get; init; }

    /// <summary>What is explained, likewise.</summary>
    public string? Score { get; init; }

    /// <summary>The explained output, 64-bit integers, [N, 1]; only where a target chooses it.</summary>
    public string? Target { get; init; }
}

using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>The Shapley values of trees as a graph: the one method of the command that is not for networks.</summary>
/// <param name="Outputs">What is explained.</param>
/// <param name="Options">What the user says of it.</param>
/// <param name="Predictions">Whether predictions are explained in the place of raw scores.</param>
/// <param name="TargetName">What to call the explained output.</param>
/// <param name="ScoreName">What to call the explained score.</param>
internal sealed record TreeMethod(
    OutputChoice Outputs, TreeMethod.Said Options, bool Predictions, string TargetName, string ScoreName)
{
    /// <summary>The name of the method.</summary>
    public const string MethodName = "tree-shap";

    /// <summary>What it does, in one line.</summary>
    public const string Summary = "Exact Shapley values of the trees of XGBoost (JSON, UBJSON), LightGBM (text) and ONNX files (Lundberg "
        + "et al. 2020); --target may be all.";

    private const string InteractionsName = "interactions";

    private static readonly DescribedRecord Described = new(typeof(Said));

    /// <summary>Its options.</summary>
    public static IReadOnlyList<MethodOption> MethodOptions => Described.Options;

    /// <summary>Reads what the command line says.</summary>
    /// <exception cref="ArgumentException">An option is not of trees, or takes other values.</exception>
    /// <exception cref="FormatException">There is no such target.</exception>
    public static TreeMethod Parse(IReadOnlyDictionary<string, string> options, string target, bool predictions, string targetName,
        string scoreName)
    {
        var said = (Said)Described.Create($"method {MethodName}", options);
        var baseline = said.Baseline;
        if (baseline.Length > 0 && Number(baseline) is null && !baseline.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException(
                $"The option 'baseline' of {MethodName} takes zero, a number, or a .npy file; '{baseline}' was given.");
        if (baseline.Length > 0 && said.Interactions)
            throw new ArgumentException("Interaction values are path-dependent; against a baseline there are none.");
        return new TreeMethod(OutputChoice.Parse(target), said, predictions, targetName, scoreName);
    }

    /// <summary>Writes the graph.</summary>
    /// <param name="model">The file with the trees.</param>
    /// <param name="attributionName">What to call the values.</param>
    /// <param name="baseName">What to call the base value; null to leave it out.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    /// <exception cref="InvalidDataException">Groups or baseline do not fit, or there are no covers and no baseline.</exception>
    public OnnxModel Compile(NetworkRequest model, string attributionName, string? baseName, Action<string> note)
    {
        var (path, file) = (model.Path, model.Open(note));
        var trees = file.RequireTrees();
        var background = Rows(trees.FeatureCount);
        if (background is null && !trees.HasCover)
            throw new InvalidDataException($"'{path}' does not tell how much data passed each node of its trees, which path-dependent "
                + "values need. Give rows: --baseline background.npy.");
        if (Options.Groups is { } groups && groups.Count != trees.FeatureCount)
            throw new InvalidDataException($"--groups holds {groups.Count} group numbers; the model has {trees.FeatureCount} features.");
        using var explainer = Explainer.For(trees, new ExplainerOptions
        {
            Algorithm = new AlgorithmChoice { Algorithm = ShapAlgorithm.Tree },
            Outputs = Outputs,
            Players = Options.Groups is null ? null : Players.Numbered(Options.Groups.ToInt64()),
            Background = background is null ? null : new Background(background),
            Otherwise = why => throw new InvalidDataException($"{why} Give rows: --baseline background.npy."),
            Predictions = Predictions,
        });
        return explainer.Compile(new ExplanationNames
        {
            Attribution = attributionName,
            Interactions = Options.Interactions ? InteractionsName : null,
            Target = Outputs.Target is null ? null : TargetName,
            Score = ScoreName,
            BaseValue = baseName,
        });
    }

    private static double? Number(string text) => text.Equals("zero", StringComparison.OrdinalIgnoreCase) ? 0
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number
        : null;

    private float[]? Rows(int features)
    {
        var baseline = Options.Baseline;
        if (baseline.Length == 0)
            return null;
        if (Number(baseline) is { } number)
            return [.. Enumerable.Repeat((float)number, features)];
        var rows = NpyArray.Load(baseline);
        return rows.Count > 0 && rows.Count % features == 0 && rows.Shape[^1] == features
            ? rows.ToSingles()
            : throw new InvalidDataException($"'{baseline}' has the shape [{string.Join(", ", rows.Shape.ToArray())}]; a row of "
                + $"{features} features, or several, were expected.");
    }

    /// <summary>What the user says of the method.</summary>
    /// <param name="Groups">The group of every feature; null for each by itself.</param>
    /// <param name="Baseline">The background: zero, a number, or a file; empty for path-dependent values.</param>
    /// <param name="Interactions">Whether pairs of features are explained, too.</param>
    internal sealed record Said(
        [Option("A .npy file of whole numbers: the group of every feature; a group gets one value. Nothing for each by itself.",
            Absent = "")] Tensor? Groups = null,
        [Option("Against what: zero, a number, or a .npy file of a row or of several, the background. Nothing for path-dependent values.")]
        string Baseline = "",
        [Option("Whether interaction values are given too, as the output 'interactions'. Only of path-dependent values.")]
        bool Interactions = false);
}

using System.Globalization;
using Microsoft.ML.Introspection.Importers.Documents;
using Microsoft.ML.Introspection.Importers.XGBoost;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>
/// Reads the trees that XGBoost saves as JSON or UBJSON (versions 1.0 to 3.4; what is written tells which of the two it is, not the file's
/// name): the boosters gbtree and dart, forests, several classes or targets, leaves with a value for each target, categories, missing
/// values.
/// </summary>
/// <remarks>
/// <para>Raw scores are what XGBoost calls margins, of the rounds that count: of a model that was stopped early those up to the best,
/// unless <see cref="BoostingRounds"/> say otherwise; <see cref="TreeEnsemble.Remark"/> tells. Predictions are those of
/// the objective; where XGBoost predicts a class (<c>multi:softmax</c>) they are the classes' probabilities, and of
/// <c>binary:hinge</c> they are the raw scores, as its prediction is only their sign.</para>
/// <para>A feature with categories holds their codes, from 0. XGBoost compares in single precision; covers are sums of second
/// derivatives (<c>sum_hessian</c>), those that its own contributions use.</para>
/// </remarks>
internal static class XGBoostModel
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, whatever its extension.</param>
    /// <param name="rounds">Which rounds count where training went on after the best.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">
    /// It is damaged, or holds what cannot be explained: a linear booster, an unknown objective, XGBoost's old binary format.
    /// The message names file, tree and node, and what to do.
    /// </exception>
    /// <exception cref="ArgumentException">More rounds are asked for than there are.</exception>
    public static TreeEnsemble Load(string path, BoostingRounds rounds = default) => ModelFile.Read(path, bytes => Parse(bytes, rounds));

    /// <summary>Reads a file's content.</summary>
    /// <inheritdoc cref="Load"/>
    public static TreeEnsemble Parse(ReadOnlyMemory<byte> bytes, BoostingRounds rounds = default)
    {
        XGBoostFile file;
        if (IsUbjson(bytes.Span))
        {
            var reader = new UbjsonDocumentReader(bytes);
            file = XGBoostFileReader.Read(ref reader);
        }
        else if (IsJson(bytes.Span))
        {
            var reader = new JsonDocumentReader(bytes);
            file = XGBoostFileReader.Read(ref reader);
        }
        else
        {
            throw NoDocument(bytes.Span);
        }
        return Ensemble(file, rounds);
    }

    // JSON starts with a name or the end of the object, UBJSON with the type of the length of a name.
    internal static bool IsJson(ReadOnlySpan<byte> bytes) =>
        bytes.TrimStart(" \t\r\n"u8) is [(byte)'{', .. var rest] && rest.TrimStart(" \t\r\n"u8) is [(byte)'"' or (byte)'}', ..];

    internal static bool IsUbjson(ReadOnlySpan<byte> bytes) =>
        bytes is [(byte)'{', (byte)'i' or (byte)'U' or (byte)'I' or (byte)'l' or (byte)'L' or (byte)'$' or (byte)'#', ..];

    // The old format starts with these four letters, or as text with those.
    internal static bool IsBinary(ReadOnlySpan<byte> bytes) => bytes.StartsWith("binf"u8) || bytes.StartsWith("bs64"u8);

    private static InvalidModelException NoDocument(ReadOnlySpan<byte> bytes) => new(
        IsBinary(bytes) ? "It is in XGBoost's old binary format. Load it with an XGBoost below 3.1 and save it again: "
            + "booster.save_model('model.ubj'), or 'model.json'."
        : bytes.StartsWith("booster["u8) || bytes.TrimStart(" \t\r\n"u8).StartsWith("["u8) ? "It looks like a dump of an XGBoost model, "
            + "which lacks what a model needs. Save the model itself: booster.save_model('model.json')."
        : "It is no XGBoost model in JSON or UBJSON: an object was expected, found was "
            + $"{(bytes.IsEmpty ? "nothing" : Shortened.Text(bytes[..Math.Min(16, bytes.Length)]))}.");

    private static TreeEnsemble Ensemble(XGBoostFile file, BoostingRounds wanted)
    {
        if (!file.HasLearner)
            throw new InvalidModelException("It holds no 'learner': it is no XGBoost model, or truncated.");
        if (file.Booster is not ("gbtree" or "dart"))
            throw new InvalidModelException(file.Booster switch
            {
                "gblinear" => "Its booster is 'gblinear', a linear model without trees. Explain it as a linear model, or as a black box.",
                null => "It does not name its booster; 'gbtree' or 'dart' was expected. The file is damaged.",
                var other => $"Its booster is '{other}'; 'gbtree' or 'dart' was expected.",
            });
        if (!file.HasTrees || file.Parameters is null || file.Objective is null)
            throw new InvalidModelException("It has no "
                + $"'{(!file.HasTrees ? "trees" : file.Parameters is null ? "learner_model_param" : "objective")}'. The file is damaged.");

        var features = Parameter(file, "num_feature", 0, 1, ModelFile.MaximumFeatures);
        var outputs = Math.Max(Parameter(file, "num_class", 0, 0, ModelFile.MaximumOutputs),
            Parameter(file, "num_target", 1, 1, ModelFile.MaximumOutputs));
        var objective = XGBoostObjective.Of(file.Objective, outputs);
        if (file.FeatureNames.Count > 0 && file.FeatureNames.Count != features)
            throw new InvalidModelException(
                $"It names {file.FeatureNames.Count:N0} features ('feature_names'), but has {features:N0} ('num_feature').");
        var (count, remark) = Rounds(file, outputs, wanted);
        return new TreeEnsemble(features, Trees(file, features, outputs, count), BaseScores(file, outputs, objective))
        {
            Remark = remark,
            FeatureNames = file.FeatureNames.Count > 0 ? file.FeatureNames : null,
            Link = objective.Link,
        };
    }

    // How many trees the rounds that count have, and what is to be said of a model that was stopped early.
    private static (int Trees, string? Remark) Rounds(XGBoostFile file, int outputs, BoostingRounds wanted)
    {
        static int? Whole(string? text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var isVector = file.Trees.Count > 0 && Whole(file.Trees[0].Parameters?.GetValueOrDefault("size_leaf_vector")) > 1;
        var each = (int)Math.Min(
            (Whole(file.ParallelTrees) is > 0 and var parallel ? (long)parallel : 1) * (isVector ? 1 : outputs), int.MaxValue);
        int[] starts = file.RoundStarts is { Length: > 1 } told && told[^1] == file.Trees.Count && told[0] == 0
            && told.Zip(told.Skip(1)).All(pair => pair.First <= pair.Second) ? told
            : [.. Enumerable.Range(0, file.Trees.Count / each).Select(round => round * each), file.Trees.Count];
        var rounds = starts.Length - 1;
        var best = Whole(file.BestIteration) is { } at && at < rounds - 1 ? at : (int?)null;
        var count = wanted.Of(rounds, best);
        return (starts[count], best is null ? null : $"The model was stopped early: its best round is {best + 1} of {rounds}. "
            + (count == best + 1 ? "The rounds up to it count, as XGBoost's scikit-learn interface predicts; Booster.predict takes all."
                : count == rounds ? "All count, as Booster.predict takes them; XGBoost's scikit-learn interface takes those up to it."
                : $"The first {count} count."));
    }

    private static IReadOnlyList<Tree> Trees(XGBoostFile file, int features, int outputs, int count)
    {
        var info = OneForEachTree(file, file.TreeInfo ?? throw new InvalidModelException("It has no 'tree_info'. The file is damaged."),
            "tree_info");
        var weights = file.TreeWeights is { Length: > 0 } given ? OneForEachTree(file, given, "weight_drop") : null;
        var trees = new TreeList();
        for (var i = 0; i < count; i++)
            trees.Add(i, XGBoostTrees.Of(file.Trees[i], features, outputs, info[i], weights?[i] ?? 1));
        return trees.Trees;
    }

    private static T[] OneForEachTree<T>(XGBoostFile file, T[] list, string name) => list.Length == file.Trees.Count
        ? list
        : throw new InvalidModelException(
            $"'{name}' holds {list.Length:N0} numbers; {file.Trees.Count:N0} were expected, one for each tree.");

    // One number, or since XGBoost 3.1 a list with one for each output: "5E-1", "[5E-1]", "[1E-1,2E-1]".
    private static double[] BaseScores(XGBoostFile file, int outputs, XGBoostObjective objective)
    {
        var text = file.Parameters!.GetValueOrDefault("base_score")
            ?? throw new InvalidModelException("It has no 'base_score'. The file is damaged.");
        var scores = text.Trim().TrimStart('[').TrimEnd(']').Split(',');
        if (scores.Length != 1 && scores.Length != outputs)
            throw new InvalidModelException(
                $"'base_score' holds {scores.Length:N0} numbers; one was expected, or {outputs:N0}, one for each output.");
        var raw =
            Array.ConvertAll(scores,
                s =>
                    float.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var score)
                        && objective.ToRaw(score) is var value && double.IsFinite(value)
            ? value
            : throw new InvalidModelException(
                $"'base_score' is {Shortened.Text(s)}; a prediction that the objective '{file.Objective}' can make was expected."));
        return raw.Length == outputs ? raw : [.. Enumerable.Repeat(raw[0], outputs)];
    }

    private static int Parameter(XGBoostFile file, string name, int otherwise, int least, int most)
    {
        if (!file.Parameters!.TryGetValue(name, out var text))
            text = otherwise.ToString(CultureInfo.InvariantCulture);
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least
            && value <= most
            ? value
            : throw new InvalidModelException(
                $"'{name}' is {Shortened.Text(text)}; a whole number from {least} to {most:N0} was expected.");
    }
}

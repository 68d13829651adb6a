using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.XGBoost;

/// <summary>What an objective makes of raw scores, and of the base score that the file tells as a prediction.</summary>
/// <param name="Link">From raw scores to predictions.</param>
/// <param name="ToRaw">From the file's base score to a raw one; no finite number where the objective cannot predict it.</param>
internal sealed record XGBoostObjective(ScoreLink Link, Func<double, double> ToRaw)
{
    // XGBoost keeps base scores this far away from 0 and 1.
    private const double Margin = 1e-6f;

    private static readonly XGBoostObjective Identity = new(ScoreLink.Identity, p => p);

    private static readonly XGBoostObjective Logistic = new(ScoreLink.Logistic, Logit);

    private static readonly XGBoostObjective Exponential = new(ScoreLink.Exponential, Math.Log);

    private static readonly Dictionary<string, XGBoostObjective> Known = new()
    {
        ["reg:squarederror"] = Identity,
        ["reg:linear"] = Identity,
        ["reg:squaredlogerror"] = Identity,
        ["reg:pseudohubererror"] = Identity,
        ["reg:absoluteerror"] = Identity,
        ["reg:quantileerror"] = Identity,
        ["reg:expectileerror"] = Identity,
        ["reg:logistic"] = Logistic,
        ["reg:gamma"] = Exponential,
        ["reg:tweedie"] = Exponential,
        ["count:poisson"] = Exponential,
        ["survival:cox"] = Exponential,
        ["survival:aft"] = Exponential,
        ["binary:logistic"] = Logistic,
        ["binary:logitraw"] = Identity,
        ["binary:hinge"] = Identity,
        ["multi:softmax"] = new(ScoreLink.Softmax, p => p),
        ["multi:softprob"] = new(ScoreLink.Softmax, p => p),
        ["rank:pairwise"] = Identity,
        ["rank:ndcg"] = Identity,
        ["rank:map"] = Identity,
    };

    /// <summary>The objective of a name.</summary>
    /// <param name="name">As XGBoost has it.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <exception cref="InvalidModelException">It is unknown, or its predictions are no function that can be told.</exception>
    public static XGBoostObjective Of(string name, int outputs) => Known.TryGetValue(name, out var objective)
        ? name == "reg:expectileerror" && outputs > 1
            ? throw new InvalidModelException("It predicts several expectiles ('reg:expectileerror'), each a sum of functions of several "
                + "raw scores, which no link says. Train a model for each expectile.")
            : objective
        : throw new InvalidModelException($"Its objective is '{name}', and how that makes predictions of raw scores is not known. Known "
            + $"are: {string.Join(", ", Known.Keys)}.");

    private static double Logit(double probability)
    {
        if (probability is not (>= 0 and <= 1))
            return double.NaN;
        var inner = Math.Clamp(probability, Margin, 1 - Margin);
        return Math.Log(inner / (1 - inner));
    }
}

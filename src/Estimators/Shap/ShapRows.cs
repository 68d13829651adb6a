using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Rows of SHAP values that start from the same base values, as they are read.</summary>
internal sealed class ShapRows(ShapFeature?[] found, double[] baseValues, long mostInteractions)
{
    // Probabilities and their like, of single precision.
    private const double Rounding = 1e-4;

    private readonly List<double> _shap = [], _scores = [], _interactions = [];
    private readonly List<float> _features = [];
    private readonly List<string> _labels = [], _rowNames = [];
    private readonly List<string>?[] _texts = [.. found.Select(f => f is { IsCategorical: true } ? new List<string>() : null)];

    /// <summary>What the values of each output start from.</summary>
    public double[] BaseValues => baseValues;

    /// <summary>How many rows were added.</summary>
    public int Count { get; private set; }

    /// <summary>Adds the current row.</summary>
    public void Add(ReadColumn values, ReadOnlySpan<float> score, ReadColumn? interactions, ReadColumn? label, ReadColumn? rowName)
    {
        Count++;
        Take(_shap, values.Row);
        Take(_scores, score);
        if (interactions is not null && _interactions.Count + interactions.Size <= mostInteractions)
            Take(_interactions, interactions.Row);
        if (label is not null)
            _labels.Add(label.TextOf(0));
        if (rowName is not null)
            _rowNames.Add(rowName.TextOf(0));
        for (var i = 0; i < found.Length; i++)
        {
            _features.Add(found[i]?.Value ?? float.NaN);
            _texts[i]?.Add(found[i]!.Text);
        }

        static void Take(List<double> list, ReadOnlySpan<float> row)
        {
            foreach (var value in row)
                list.Add(value);
        }
    }

    /// <summary>The values of each output.</summary>
    /// <param name="players">What gets a value.</param>
    /// <param name="outputs">The outputs.</param>
    /// <param name="link">How scores become predictions, as far as the user says.</param>
    /// <param name="isOfMany">Whether the score is one of several that stand side by side.</param>
    public IReadOnlyList<ShapValues> Values(IReadOnlyList<string> players, IReadOnlyList<string> outputs, ScoreLink link, bool isOfMany)
    {
        var sums = new double[_features.Count / players.Count * outputs.Count];
        for (var i = 0; i < _shap.Count; i++)
            sums[i / players.Count] += _shap[i];
        for (var i = 0; i < sums.Length; i++)
            sums[i] += baseValues[i % outputs.Count];
        var scores = _scores.Count == sums.Length ? _scores.ToArray() : [];
        if (scores.Length > 0 && !IsNear(sums, scores))
        {
            // Where raw scores are shared out and the column has predictions, these are what the raw scores are held against.
            var found = false;
            foreach (var candidate in
                (ScoreLink[])[link, ScoreLink.Logistic, ScoreLink.Exponential, ScoreLink.Softmax, ScoreLink.OneVersusAll])
            {
                if (candidate is ScoreLink.MixingLink && outputs.Count == 1)
                    continue;
                double[] linked = [.. sums];
                for (var row = 0; row < linked.Length; row += outputs.Count)
                    candidate.Apply(linked.AsSpan(row, outputs.Count));
                if (!IsNear(linked, scores))
                    continue;
                for (var i = 0; i < scores.Length; i++)
                    scores[i] += sums[i] - linked[i];
                link = link == ScoreLink.Identity ? candidate : link;
                found = true;
                break;
            }
            // The probability of one class takes the raw scores of all to be held against.
            if (!found && isOfMany)
                scores = [];
        }
        return ShapValues.PerOutput(players, outputs, baseValues, [.. _shap], [.. _features], new ShapDetails
        {
            Link = link,
            Scores = scores,
            Interactions = _interactions.ToArray(),
            Labels = _labels.Count == 0 ? null : _labels,
            RowNames = _rowNames.Count == 0 ? null : _rowNames,
            Texts = _texts.Index().Where(t => t.Item is not null).ToDictionary(t => t.Index, t => (IReadOnlyList<string>)t.Item!),
        });
    }

    private static bool IsNear(double[] some, double[] others)
    {
        for (var i = 0; i < some.Length; i++)
            if (!(Math.Abs(some[i] - others[i]) <= Rounding * Math.Max(1, Math.Abs(others[i]))))
                return false;
        return true;
    }
}

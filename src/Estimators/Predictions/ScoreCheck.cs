using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Predictions;

/// <summary>
/// Holds base value and SHAP values of a row against what the model itself says of it: they sum to what is shared out, and what is shared
/// out is, through the link, what stands in the model's column.
/// </summary>
/// <param name="Form">What the model was read as; null where its column itself is shared out.</param>
/// <param name="FeatureColumn">The model's feature column.</param>
/// <param name="ExplainedColumn">The column that is shared out where there is no form.</param>
/// <param name="Predictions">Whether predictions are shared out.</param>
/// <param name="Choice">What is explained of several outputs.</param>
/// <param name="Sums">Whether the values sum to anything: those that are sampled, or left out, need not.</param>
internal sealed record ScoreCheck(
    ModelForm? Form, string? FeatureColumn, string ExplainedColumn, bool Predictions, OutputChoice Choice, bool Sums)
{
    // Values are of single precision, and so are ML.NET's sums over trees.
    private const double Rounding = 1e-4;

    /// <summary>The columns of a scored row that are read.</summary>
    public IEnumerable<DataViewSchema.Column> Needed(DataViewSchema schema) =>
        new[] { Form is null ? null : FeatureColumn, Compared(schema) }.OfType<string>().Select(n => schema[n]);

    /// <summary>What checks the current row.</summary>
    /// <param name="scored">The row with the model's columns.</param>
    /// <param name="explained">The row with the values.</param>
    /// <param name="values">The column of the values.</param>
    /// <param name="bases">The column of the base values.</param>
    /// <param name="classes">The column of the explained class; null where there is none.</param>
    public Action Of(DataViewRow scored, DataViewRow explained, string values, string bases, string? classes)
    {
        var shap = explained.GetGetter<VBuffer<float>>(explained.Schema[values]);
        var start = explained.GetGetter<VBuffer<float>>(explained.Schema[bases]);
        var chosen = classes is null ? null : explained.GetGetter<VBuffer<long>>(explained.Schema[classes]);
        var features = Form is null ? null : scored.GetGetter<VBuffer<float>>(scored.Schema[FeatureColumn!]);
        var column = Compared(scored.Schema);
        var reader = column is null ? null : ScoreReader.Of(scored, scored.Schema[column]);
        var said = new double[column is null ? 0 : ScoreReader.Names(scored.Schema[column]).Count];
        VBuffer<float> row = default, value = default, origin = default;
        VBuffer<long> place = default;
        return () =>
        {
            reader?.Read(said);
            double[] raw = [.. said];
            if (features is not null)
            {
                features(ref row);
                raw = Raw(row);
                double[] linked = [.. raw];
                if (column == ExplainedColumn && Link is not ScoreLink.LogisticLink || Predictions)
                    Link.Apply(linked);
                for (var i = 0; i < said.Length; i++)
                    Compare(explained.Position, linked[i], said[i], Math.Max(Math.Abs(linked[i]), Math.Abs(raw[i])),
                        $"the model as it was read says {{0}}, and its column '{column}' says {{1}}");
                if (Predictions)
                    raw = linked;
            }
            if (!Sums)
                return;
            shap(ref value);
            start(ref origin);
            chosen?.Invoke(ref place);
            var (all, begin) = (value.DenseValues().ToArray(), origin.DenseValues().ToArray());
            var each = all.Length / begin.Length;
            for (var slot = 0; slot < begin.Length; slot++)
            {
                var own = all.AsSpan(slot * each, each);
                var (why, whyNot) = Picked(slot, raw.Length, chosen is null ? 0 : (int)place.GetValues()[0]);
                var (sum, most) = ((double)begin[slot], Math.Abs((double)begin[slot]));
                foreach (var part in own)
                    (sum, most) = (sum + part, most + Math.Abs(part));
                Compare(explained.Position, sum, raw[why] - (whyNot < 0 ? 0 : raw[whyNot]), most,
                    "base value and SHAP values add up to {0}, and the model says {1}");
            }
        };
    }

    private ScoreLink Link => Form switch
    {
        TreeForm { Ensemble.Link: var link } => link,
        LinearForm { Link: var link } => link,
        _ => ScoreLink.Identity,
    };

    // Two classes have their raw score in one column and its probability in another; others have but one.
    private string? Compared(DataViewSchema schema) => Form is null ? ExplainedColumn
        : Form.LeavesOut is not null && Outputs > 1 ? null
        : Predictions && Link is ScoreLink.LogisticLink && schema.GetColumnOrNull("Probability") is not null ? "Probability"
        : ExplainedColumn;

    private int Outputs => Form switch { TreeForm t => t.Ensemble.OutputCount, LinearForm l => l.Model.OutputCount, _ => 1 };

    private double[] Raw(in VBuffer<float> row)
    {
        var scores = new double[Outputs];
        float[] dense = [.. row.DenseValues()];
        if (Form is TreeForm { Ensemble: var trees })
            trees.Score(Array.ConvertAll(dense, v => (double)v), scores);
        else
            ((LinearForm)Form!).Model.Score(dense, scores);
        return scores;
    }

    private (int Why, int WhyNot) Picked(int slot, int outputs, int chosen) => Choice.Target is null ? (slot, -1)
        : Choice.Varies ? (chosen, -1)
        : Choice.Needed(outputs) is [var why, var whyNot] && Choice.IsDifference ? (why, whyNot)
        : (Choice.Needed(outputs)[0], -1);

    private static void Compare(long row, double one, double other, double scale, string what)
    {
        var gap = Math.Abs(one - other);
        if (gap > Rounding * Math.Max(1, scale) || !double.IsFinite(gap))
            throw new InvalidOperationException($"Row {row}: "
                + string.Format(System.Globalization.CultureInfo.InvariantCulture, what, one, other)
                + FormattableString.Invariant($", a gap of {gap:G3} that is no rounding. The values do not explain this model: please ")
                + "report it, and take another algorithm (ShapOptions.Algorithm) meanwhile.");
    }
}

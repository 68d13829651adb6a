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

    private const string ReadWrong = "the model as it was read says {0}, and its column '{2}' says {1}";
    private const string SumsWrong = "base value and SHAP values add up to {0}, and the model says {1}";

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
        // Used again for every row.
        var raw = new double[Form is null ? said.Length : Form.ScoreCount];
        var linked = new double[raw.Length];
        float[] dense = [], all = [], begin = [];
        return () =>
        {
            reader?.Read(said);
            if (features is null)
                said.CopyTo(raw, 0);
            else
            {
                features(ref row);
                Form!.Score(Dense(row, ref dense), raw);
                raw.CopyTo(linked, 0);
                if (column == ExplainedColumn && Link is not ScoreLink.LogisticLink || Predictions)
                    Link.Apply(linked);
                for (var i = 0; i < said.Length; i++)
                    Compare(explained.Position, linked[i], said[i], Math.Max(Math.Abs(linked[i]), Math.Abs(raw[i])), ReadWrong, column);
            }
            if (!Sums)
                return;
            shap(ref value);
            start(ref origin);
            chosen?.Invoke(ref place);
            var parts = Dense(value, ref all);
            var bases = Dense(origin, ref begin);
            var each = parts.Length / bases.Length;
            var scores = features is not null && Predictions ? linked : raw;
            for (var slot = 0; slot < bases.Length; slot++)
            {
                var (why, whyNot) = Picked(slot, scores.Length, chosen is null ? 0 : (int)place.GetValues()[0]);
                var (sum, most) = ((double)bases[slot], Math.Abs((double)bases[slot]));
                foreach (var part in parts.Slice(slot * each, each))
                    (sum, most) = (sum + part, most + Math.Abs(part));
                Compare(explained.Position, sum, scores[why] - (whyNot < 0 ? 0 : scores[whyNot]), most, SumsWrong, column);
            }
        };
    }

    private ScoreLink Link => Form?.PredictionLink ?? ScoreLink.Identity;

    // Two classes have their raw score in one column and its probability in another; others have but one.
    private string? Compared(DataViewSchema schema) => Form is null ? ExplainedColumn
        : Form is { LeavesOut: not null, ScoreCount: > 1 } ? null
        : Predictions && Link is ScoreLink.LogisticLink && schema.GetColumnOrNull("Probability") is not null ? "Probability"
        : ExplainedColumn;

    // All numbers of a vector; those of a sparse one are put into memory that is used again.
    private static ReadOnlySpan<float> Dense(in VBuffer<float> vector, ref float[] memory)
    {
        if (vector.IsDense)
            return vector.GetValues();
        if (memory.Length != vector.Length)
            memory = new float[vector.Length];
        vector.CopyTo(memory);
        return memory;
    }

    private (int Why, int WhyNot) Picked(int slot, int outputs, int chosen) => Choice.Target is null ? (slot, -1)
        : Choice.Varies ? (chosen, -1)
        : Choice.Needed(outputs) is [var why, var whyNot] && Choice.IsDifference ? (why, whyNot)
        : (Choice.Needed(outputs)[0], -1);

    private static void Compare(long row, double one, double other, double scale, string what, string? column)
    {
        var gap = Math.Abs(one - other);
        if (gap > Rounding * Math.Max(1, scale) || !double.IsFinite(gap))
            throw new InvalidOperationException($"Row {row}: "
                + string.Format(System.Globalization.CultureInfo.InvariantCulture, what, one, other, column)
                + FormattableString.Invariant($", a gap of {gap:G3} that is no rounding. The values do not explain this model: please ")
                + "report it, and take another algorithm (ShapOptions.Algorithm) meanwhile.");
    }
}

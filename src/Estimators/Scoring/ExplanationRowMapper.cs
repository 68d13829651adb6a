using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>Adds explanations to single rows.</summary>
internal sealed class ExplanationRowMapper(ExplanationTransformer transformer, SchemaBinding binding) : IRowToRowMapper
{
    public DataViewSchema InputSchema => binding.Source;

    public DataViewSchema OutputSchema => binding.Whole;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        binding.Needed(binding.Active(dependingColumns));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!ReferenceEquals(input.Schema, InputSchema))
            throw new ArgumentException("The row must have the very schema that the mapper was made for.", nameof(input));
        var active = binding.Active(activeColumns);
        return new ExplanationRow(binding, input, active, binding.Explains(active) ? transformer.RowScorer() : null, transformer.Outputs);
    }
}

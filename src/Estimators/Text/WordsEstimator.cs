using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Text;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>How scores of tokens become scores of words. A name that is null leaves its column out.</summary>
public sealed record WordsOptions
{
    /// <summary>The words, as they are written: texts, as many as the text has.</summary>
    public string? WordsColumnName { get; init => field = ColumnName.OrNull(value, nameof(WordsColumnName)); } = "words";

    /// <summary>The scores of the words: numbers of single precision, as many.</summary>
    public string ScoresColumnName { get; init => field = ColumnName.Of(value, nameof(ScoresColumnName)); } = "word_scores";

    /// <summary>What is no word's: of the tokens that were added, of padding and blanks. Words and rest sum to the tokens' sum.</summary>
    public string? RestColumnName { get; init => field = ColumnName.OrNull(value, nameof(RestColumnName)); } = "rest";

    /// <summary>The column with the places of the tokens, which <c>Tokens</c> makes.</summary>
    public string OffsetsColumnName { get; init => field = ColumnName.Of(value, nameof(OffsetsColumnName)); } = "offsets";

    /// <summary>The texts that go with them, where tokens are those of pairs; null for none.</summary>
    public string? SecondColumnName { get; init => field = ColumnName.OrNull(value, nameof(SecondColumnName)); }

    /// <summary>Of pairs: the column that says which text each token stands in, which <c>Tokens</c> makes.</summary>
    public string SequencesColumnName { get; init => field = ColumnName.Of(value, nameof(SequencesColumnName)); } = "sequences";

    /// <summary>Of pairs: which text each word stands in, 0 or 1: 64-bit integers, as many as there are words.</summary>
    public string? WordSequencesColumnName { get; init => field = ColumnName.OrNull(value, nameof(WordSequencesColumnName)); } =
        "word_sequences";

    /// <summary>Whether every character gets a score by itself, for languages that put no blanks between words.</summary>
    public bool ByCharacter { get; init; }
}

/// <summary>Spreads scores of tokens over the words of their text. Made by <c>mlContext.Transforms.Words</c>.</summary>
public sealed class WordsEstimator : IEstimator<WordsTransformer>
{
    private readonly CustomMappingEstimator<ScoredRow, WordRow> _mapping;

    internal WordsEstimator(TransformsCatalog catalog, string textColumnName, string scoresColumnName, WordsOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(textColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(scoresColumnName);
        Options = options;
        var input = SchemaDefinition.Create(typeof(ScoredRow));
        input[nameof(ScoredRow.Text)].ColumnName = textColumnName;
        input[nameof(ScoredRow.Scores)].ColumnName = scoresColumnName;
        input[nameof(ScoredRow.Offsets)].ColumnName = options.OffsetsColumnName;
        var isPair = options.SecondColumnName is not null;
        foreach (var (member, name) in (ReadOnlySpan<(string, string?)>)[(nameof(ScoredRow.Second), options.SecondColumnName),
            (nameof(ScoredRow.Sequences), isPair ? options.SequencesColumnName : null)])
            Name(input, member, name);
        var output = SchemaDefinition.Create(typeof(WordRow));
        foreach (var (member, name) in (ReadOnlySpan<(string, string?)>)[(nameof(WordRow.Words), options.WordsColumnName),
            (nameof(WordRow.Scores), options.ScoresColumnName), (nameof(WordRow.Rest), options.RestColumnName),
            (nameof(WordRow.Sequences), isPair ? options.WordSequencesColumnName : null)])
            Name(output, member, name);
        _mapping = catalog.CustomMapping<ScoredRow, WordRow>(Map, contractName: null, input, output);
    }

    /// <summary>How scores of tokens become scores of words.</summary>
    public WordsOptions Options { get; }

    /// <inheritdoc/>
    public WordsTransformer Fit(IDataView input) => new(_mapping.Fit(input));

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _mapping.GetOutputSchema(inputSchema);

    private void Map(ScoredRow row, WordRow words)
    {
        var spans = new TextSpan[row.Offsets!.Length / 2];
        for (var i = 0; i < spans.Length; i++)
            spans[i] = new TextSpan(checked((int)row.Offsets[2 * i]), checked((int)row.Offsets[2 * i + 1]));
        var scores = Array.ConvertAll(row.Scores!, s => (double)s);
        var units = Options.ByCharacter ? TextUnits.Characters : TextUnits.Words;
        var explained = Options.SecondColumnName is null ? TextExplanation.Of(row.Text.ToString(), spans, scores, units)
            : TextExplanation.Of(row.Text.ToString(), row.Second.ToString(), spans,
                Array.ConvertAll(row.Sequences!, s => s == TokensEstimator.NoSequence ? (int?)null : checked((int)s)), scores, units);
        words.Words = [.. explained.Words.Select(w => w.Text)];
        words.Scores = [.. explained.Words.Select(w => (float)w.Score)];
        words.Sequences = [.. explained.Words.Select(w => (long)w.Sequence)];
        words.Rest = (float)explained.Rest;
    }

    private static void Name(SchemaDefinition definition, string member, string? name)
    {
        if (name is null)
            definition.Remove(definition[member]);
        else
            definition[member].ColumnName = name;
    }

    private sealed class ScoredRow
    {
        public ReadOnlyMemory<char> Text { get; set; }

        public ReadOnlyMemory<char> Second { get; set; }

        public long[]? Sequences { get; set; }

        public float[]? Scores { get; set; }

        public long[]? Offsets { get; set; }
    }

    private sealed class WordRow
    {
        public string[]? Words { get; set; }

        public float[]? Scores { get; set; }

        public long[]? Sequences { get; set; }

        public float Rest { get; set; }
    }
}

/// <summary>The fitted form of <see cref="WordsEstimator"/>.</summary>
public sealed class WordsTransformer : TextTransformer
{
    internal WordsTransformer(ITransformer mapping) : base(mapping, nameof(IntrospectionCatalog.Words))
    {
    }
}

using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Text;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>How scores of tokens become scores of words. A name that is null leaves its column out.</summary>
public sealed record WordsOptions
{
    /// <summary>The words, as they are written: texts, as many as the text has.</summary>
    public string? WordsColumnName { get; init; } = "words";

    /// <summary>The scores of the words: numbers of single precision, as many.</summary>
    public string ScoresColumnName
    {
        get;
        init => field = !string.IsNullOrWhiteSpace(value) ? value
            : throw new ArgumentException("The name of a column was expected.", nameof(ScoresColumnName));
    } = "word_scores";

    /// <summary>What is no word's: of the tokens that were added, of padding and blanks. Words and rest sum to the tokens' sum.</summary>
    public string? RestColumnName { get; init; } = "rest";

    /// <summary>The column with the places of the tokens, which <c>Tokens</c> makes.</summary>
    public string OffsetsColumnName { get; init; } = "offsets";

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
        var output = SchemaDefinition.Create(typeof(WordRow));
        foreach (var (member, name) in (ReadOnlySpan<(string, string?)>)[(nameof(WordRow.Words), options.WordsColumnName),
            (nameof(WordRow.Scores), options.ScoresColumnName), (nameof(WordRow.Rest), options.RestColumnName)])
            if (name is null)
                output.Remove(output[member]);
            else
                output[member].ColumnName = name;
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
        var explained = TextExplanation.Of(row.Text.ToString(), spans, Array.ConvertAll(row.Scores!, s => (double)s),
            Options.ByCharacter ? TextUnits.Characters : TextUnits.Words);
        words.Words = [.. explained.Words.Select(w => w.Text)];
        words.Scores = [.. explained.Words.Select(w => (float)w.Score)];
        words.Rest = (float)explained.Rest;
    }

    private sealed class ScoredRow
    {
        public ReadOnlyMemory<char> Text { get; set; }

        public float[]? Scores { get; set; }

        public long[]? Offsets { get; set; }
    }

    private sealed class WordRow
    {
        public string[]? Words { get; set; }

        public float[]? Scores { get; set; }

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

using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Text;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>What becomes of a column of texts. A name that is null leaves its column out.</summary>
public sealed record TokensOptions
{
    /// <summary>How many tokens each text has: it is filled up, or cut.</summary>
    public int Length
    {
        get;
        init => field = value >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Length), value, "At least one token was expected.");
    } = 128;

    /// <summary>The numbers of the tokens: 64-bit integers, [<see cref="Length"/>].</summary>
    public string IdsColumnName
    {
        get;
        init => field = !string.IsNullOrWhiteSpace(value) ? value
            : throw new ArgumentException("The name of a column was expected.", nameof(IdsColumnName));
    } = "input_ids";

    /// <summary>1 for a token, 0 for padding: 64-bit integers, [<see cref="Length"/>].</summary>
    public string? MaskColumnName { get; init; } = "attention_mask";

    /// <summary>Which part of the input a token belongs to: 64-bit integers, [<see cref="Length"/>].</summary>
    public string? TypeIdsColumnName { get; init; }

    /// <summary>
    /// Where each token begins and ends in the text, in UTF-16 units; 0 and 0 for what stands for nothing: 64-bit integers,
    /// [<see cref="Length"/>, 2].
    /// </summary>
    public string? OffsetsColumnName { get; init; } = "offsets";
}

/// <summary>Cuts a column of texts into tokens. Made by <c>mlContext.Transforms.Tokens</c>.</summary>
public sealed class TokensEstimator : IEstimator<TokensTransformer>
{
    private readonly CustomMappingEstimator<TextRow, TokenRow> _mapping;

    internal TokensEstimator(TransformsCatalog catalog, string inputColumnName, TextTokenizer tokenizer, TokensOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName);
        (Tokenizer, Options) = (tokenizer ?? throw new ArgumentNullException(nameof(tokenizer)), options);
        var input = SchemaDefinition.Create(typeof(TextRow));
        input[nameof(TextRow.Text)].ColumnName = inputColumnName;
        var output = SchemaDefinition.Create(typeof(TokenRow));
        Name(output, nameof(TokenRow.Ids), options.IdsColumnName, options.Length);
        Name(output, nameof(TokenRow.Mask), options.MaskColumnName, options.Length);
        Name(output, nameof(TokenRow.TypeIds), options.TypeIdsColumnName, options.Length);
        Name(output, nameof(TokenRow.Offsets), options.OffsetsColumnName, options.Length, 2);
        _mapping = catalog.CustomMapping<TextRow, TokenRow>(Map, contractName: null, input, output);
    }

    /// <summary>The tokenizer.</summary>
    public TextTokenizer Tokenizer { get; }

    /// <summary>What becomes of the texts.</summary>
    public TokensOptions Options { get; }

    /// <inheritdoc/>
    public TokensTransformer Fit(IDataView input) => new(_mapping.Fit(input));

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _mapping.GetOutputSchema(inputSchema);

    private static void Name(SchemaDefinition definition, string member, string? name, params int[] dimensions)
    {
        var column = definition[member];
        if (name is null)
            definition.Remove(column);
        else
            (column.ColumnName, column.ColumnType) = (name, new VectorDataViewType(NumberDataViewType.Int64, dimensions));
    }

    private void Map(TextRow row, TokenRow tokens)
    {
        var batch = Tokenizer.EncodeBatch([row.Text.ToString()], Options.Length);
        (tokens.Ids, tokens.Mask, tokens.TypeIds) = (batch.Ids, batch.Mask, batch.TypeIds);
        tokens.Offsets = new long[Options.Length * 2];
        foreach (var (place, token) in batch.Texts[0].Tokens.Select((t, i) => (i, t)))
            (tokens.Offsets[place * 2], tokens.Offsets[place * 2 + 1]) = (token.Span.Start, token.Span.End);
    }

    private sealed class TextRow
    {
        public ReadOnlyMemory<char> Text { get; set; }
    }

    private sealed class TokenRow
    {
        public long[]? Ids { get; set; }

        public long[]? Mask { get; set; }

        public long[]? TypeIds { get; set; }

        public long[]? Offsets { get; set; }
    }
}

/// <summary>The fitted form of <see cref="TokensEstimator"/>.</summary>
public sealed class TokensTransformer : TextTransformer
{
    internal TokensTransformer(ITransformer mapping) : base(mapping, nameof(IntrospectionCatalog.Tokens))
    {
    }
}

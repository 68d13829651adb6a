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

    /// <summary>The texts that go with them, for networks of pairs of texts; null for none.</summary>
    public string? SecondColumnName { get; init => field = ColumnName.OrNull(value, nameof(SecondColumnName)); }

    /// <summary>Which text gives way where two are too long together.</summary>
    public Truncation Truncation
    {
        get;
        init => field = Enum.IsDefined(value) ? value
            : throw new ArgumentOutOfRangeException(nameof(Truncation), value, "There is no such truncation.");
    }

    /// <summary>
    /// What the numbers, the mask and the types are: <see cref="DataKind.Int64"/>, or <see cref="DataKind.Int32"/> for networks whose
    /// inputs are.
    /// </summary>
    public DataKind NumberKind
    {
        get;
        init => field = value is DataKind.Int64 or DataKind.Int32 ? value
            : throw new ArgumentOutOfRangeException(nameof(NumberKind), value, "Int64 or Int32 was expected.");
    } = DataKind.Int64;

    /// <summary>The numbers of the tokens: integers, [<see cref="Length"/>].</summary>
    public string IdsColumnName { get; init => field = ColumnName.Of(value, nameof(IdsColumnName)); } = "input_ids";

    /// <summary>1 for a token, 0 for padding: integers, [<see cref="Length"/>].</summary>
    public string? MaskColumnName { get; init => field = ColumnName.OrNull(value, nameof(MaskColumnName)); } = "attention_mask";

    /// <summary>
    /// Which part of the input a token belongs to, which networks of pairs as a rule take as <c>token_type_ids</c>: integers,
    /// [<see cref="Length"/>].
    /// </summary>
    public string? TypeIdsColumnName { get; init => field = ColumnName.OrNull(value, nameof(TypeIdsColumnName)); }

    /// <summary>
    /// Where each token begins and ends in its text, in UTF-16 units; 0 and 0 for what stands for nothing: 64-bit integers,
    /// [<see cref="Length"/>, 2].
    /// </summary>
    public string? OffsetsColumnName { get; init => field = ColumnName.OrNull(value, nameof(OffsetsColumnName)); } = "offsets";

    /// <summary>
    /// Of pairs: which text each token stands in, 0 or 1, and −1 for what stands in none: 64-bit integers, [<see cref="Length"/>]. Of
    /// single texts there is no such column.
    /// </summary>
    public string? SequencesColumnName { get; init => field = ColumnName.OrNull(value, nameof(SequencesColumnName)); } = "sequences";
}

/// <summary>Cuts a column of texts, or two that go together, into tokens. Made by <c>mlContext.Transforms.Tokens</c>.</summary>
public sealed class TokensEstimator : IEstimator<TokensTransformer>
{
    private readonly IEstimator<ITransformer> _mapping;

    internal TokensEstimator(TransformsCatalog catalog, string inputColumnName, TextTokenizer tokenizer, TokensOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName);
        (Tokenizer, Options) = (tokenizer ?? throw new ArgumentNullException(nameof(tokenizer)), options);
        _mapping = options.NumberKind == DataKind.Int32
            ? Mapping(catalog, inputColumnName, NumberDataViewType.Int32, number => (int)number)
            : Mapping(catalog, inputColumnName, NumberDataViewType.Int64, number => number);
    }

    /// <summary>The tokenizer.</summary>
    public TextTokenizer Tokenizer { get; }

    /// <summary>What becomes of the texts.</summary>
    public TokensOptions Options { get; }

    /// <inheritdoc/>
    public TokensTransformer Fit(IDataView input) => new(_mapping.Fit(input));

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _mapping.GetOutputSchema(inputSchema);

    private CustomMappingEstimator<TextRow, TokenRow<T>> Mapping<T>(
        TransformsCatalog catalog, string inputColumnName, NumberDataViewType type, Converter<long, T> convert)
        where T : struct
    {
        var input = SchemaDefinition.Create(typeof(TextRow));
        input[nameof(TextRow.Text)].ColumnName = inputColumnName;
        if (Options.SecondColumnName is { } second)
            input[nameof(TextRow.Second)].ColumnName = second;
        else
            input.Remove(input[nameof(TextRow.Second)]);
        var output = SchemaDefinition.Create(typeof(TokenRow<T>));
        Name(output, nameof(TokenRow<T>.Ids), Options.IdsColumnName, type, Options.Length);
        Name(output, nameof(TokenRow<T>.Mask), Options.MaskColumnName, type, Options.Length);
        Name(output, nameof(TokenRow<T>.TypeIds), Options.TypeIdsColumnName, type, Options.Length);
        Name(output, nameof(TokenRow<T>.Offsets), Options.OffsetsColumnName, NumberDataViewType.Int64, Options.Length, 2);
        Name(output, nameof(TokenRow<T>.Sequences), Options.SecondColumnName is null ? null : Options.SequencesColumnName,
            NumberDataViewType.Int64, Options.Length);
        return catalog.CustomMapping<TextRow, TokenRow<T>>((row, tokens) => Map(row, tokens, convert), contractName: null, input, output);
    }

    private static void Name(SchemaDefinition definition, string member, string? name, NumberDataViewType type, params int[] dimensions)
    {
        var column = definition[member];
        if (name is null)
            definition.Remove(column);
        else
            (column.ColumnName, column.ColumnType) = (name, new VectorDataViewType(type, dimensions));
    }

    private void Map<T>(TextRow row, TokenRow<T> tokens, Converter<long, T> convert)
    {
        var encoding = new EncodingOptions { MaximumLength = Options.Length, Truncation = Options.Truncation };
        var text = Options.SecondColumnName is null ? Tokenizer.Encode(row.Text.ToString(), encoding)
            : Tokenizer.Encode(row.Text.ToString(), row.Second.ToString(), encoding);
        var batch = Tokenizer.Batch([text], Options.Length);
        (tokens.Ids, tokens.Mask, tokens.TypeIds) = (
            Array.ConvertAll(batch.Ids, convert), Array.ConvertAll(batch.Mask, convert), Array.ConvertAll(batch.TypeIds, convert));
        (tokens.Offsets, tokens.Sequences) = (new long[Options.Length * 2], new long[Options.Length]);
        Array.Fill(tokens.Sequences, NoSequence);
        foreach (var (place, token) in text.Tokens.Index())
        {
            (tokens.Offsets[place * 2], tokens.Offsets[place * 2 + 1]) = (token.Span.Start, token.Span.End);
            tokens.Sequences[place] = token.Sequence ?? NoSequence;
        }
    }

    /// <summary>What stands for no text.</summary>
    internal const long NoSequence = -1;

    private sealed class TextRow
    {
        public ReadOnlyMemory<char> Text { get; set; }

        public ReadOnlyMemory<char> Second { get; set; }
    }

    private sealed class TokenRow<T>
    {
        public T[]? Ids { get; set; }

        public T[]? Mask { get; set; }

        public T[]? TypeIds { get; set; }

        public long[]? Offsets { get; set; }

        public long[]? Sequences { get; set; }
    }
}

/// <summary>The fitted form of <see cref="TokensEstimator"/>.</summary>
public sealed class TokensTransformer : TextTransformer
{
    internal TokensTransformer(ITransformer mapping) : base(mapping, nameof(IntrospectionCatalog.Tokens))
    {
    }
}

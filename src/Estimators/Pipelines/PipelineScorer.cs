using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>
/// A fitted ML.NET pipeline of whatever kind as a black box, with its raw input columns as features: numbers, truth values, keys, texts,
/// times, and the slots of vectors.
/// </summary>
/// <remarks>
/// <para>Numbers are features as they are. What is no number is represented by a code: <see cref="Encode(IDataView, int)"/> turns rows into
/// codes and remembers what these stand for, so that features of several encoded rows can be put together to rows of any mixture. Numbers
/// that single precision
/// cannot tell apart come back exactly, too.</para>
/// <para>The pipeline runs as it does in production, once for each row; nothing is written or cached. An object is for one thread at a
/// time; within one call several threads score, if the options allow it. The pipeline belongs to the caller and must live as long.</para>
/// </remarks>
/// <example>
/// <code>
/// using var scorer = new PipelineScorer(model, data.Schema, new PipelineScorerOptions { OutputColumn = "Probability" });
/// var background = scorer.Encode(data, maximumRows: 100);      // [100, features]
/// var rows = scorer.Encode(unseen);
/// rows.AsSpan(0, 1).Fill(background[0]);                       // another row's value in the first feature
/// var scores = new double[rows.Length / scorer.FeatureNames.Count];
/// scorer.Score(rows, scores);
/// </code>
/// </example>
public sealed class PipelineScorer : IScorer, IDisposable
{
    private readonly DataViewSchema _schema;
    private readonly RawColumns _raw;
    private readonly ColumnCodec[] _codecs;
    private readonly bool[] _isCategorical;
    private readonly RowScoring _scoring;

    // Rows are scored in blocks of so many: enough for all threads, and no second copy of everything.
    private readonly int _block;
    private float[] _rows = [];
    private double[] _scores = [];

    /// <summary>Prepares a pipeline for being asked.</summary>
    /// <param name="pipeline">A fitted pipeline.</param>
    /// <param name="inputSchema">
    /// The columns of the data that it is for. Columns that the pipeline has already overwritten in place are found behind those that hide
    /// them, here and in all data.
    /// </param>
    /// <param name="options">Which columns are features and scores, and how to run; null for the defaults.</param>
    /// <exception cref="ArgumentException">A column is missing, is read but not named, or the output column holds no scores.</exception>
    /// <exception cref="NotSupportedException">A column's values cannot be kept and put into other rows (images).</exception>
    public PipelineScorer(ITransformer pipeline, DataViewSchema inputSchema, PipelineScorerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(inputSchema);
        options ??= new PipelineScorerOptions();
        _raw = RawColumns.Of(pipeline, inputSchema, options.OutputColumn ?? ScoreReader.Score);
        _schema = inputSchema = _raw.Fitted.Schema;
        var mapper = pipeline.IsRowToRowMapper ? pipeline.GetRowToRowMapper(inputSchema) : null;
        var output = ScoreReader.Find(mapper?.OutputSchema ?? pipeline.GetOutputSchema(inputSchema), options.OutputColumn);
        _codecs = Codecs(Features(inputSchema, mapper?.GetDependencies([output]), options), options.WholeColumns);
        Columns = [.. _codecs.Select(c => c.Column)];
        FeatureNames = [.. _codecs.SelectMany(c => c.FeatureNames)];
        OutputNames = ScoreReader.Names(output);
        _isCategorical = [.. Columns.SelectMany(c => Enumerable.Repeat(c.IsCategorical, c.FeatureCount))];
        var byIndex = _codecs.ToDictionary(c => inputSchema[c.Column.Name].Index);
        _block = Math.Max(1 << 10, (1 << 20) / FeatureNames.Count);
        _scoring = mapper is not null
            ? new MappedRowScoring(mapper, output, byIndex, FeatureNames.Count, OutputNames.Count,
                options.Threads ?? Environment.ProcessorCount)
            : new StreamedRowScoring(pipeline, inputSchema, output.Name, byIndex, FeatureNames.Count, OutputNames.Count);
    }

    /// <summary>The input columns that are features, in the order of their features.</summary>
    public IReadOnlyList<PipelineColumn> Columns { get; }

    /// <summary>The columns' names; of vectors the column's name with that of the slot, or its number in brackets.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> OutputNames { get; }

    /// <inheritdoc/>
    public bool IsCategorical(int feature) => _isCategorical[feature];

    /// <summary>What a feature's code stands for, as a text to show; null where the feature is a number.</summary>
    /// <param name="feature">The feature's number.</param>
    /// <param name="code">Its value in an encoded row.</param>
    public string? TextOf(int feature, float code) => _isCategorical[feature]
        ? Array.FindLast(_codecs, c => c.Column.FirstFeature <= feature)!.Text(code)
        : null;

    /// <summary>Turns rows into features, and remembers what codes stand for.</summary>
    /// <param name="data">Data with the columns that are features, of the very types that the scorer was made for.</param>
    /// <param name="maximumRows">How many rows to read at most.</param>
    /// <returns>Shape [N, features], row by row.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public float[] Encode(IDataView data, int maximumRows = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumRows, 1);
        return Encode(data, maximumRows, _ => true);
    }

    /// <summary>Turns some rows into features, spread evenly over the data, and remembers what codes stand for.</summary>
    /// <inheritdoc cref="Encode(IDataView, int)"/>
    public float[] EncodeSample(IDataView data, int maximumRows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumRows, 1);
        return Encode(data, SampledRows.Of(data, maximumRows));
    }

    /// <summary>Turns the rows at some positions into features, and remembers what codes stand for.</summary>
    internal float[] Encode(IDataView data, IReadOnlySet<long> positions) => Encode(data, positions.Count, positions.Contains);

    private float[] Encode(IDataView data, int maximumRows, Func<long, bool> isChosen)
    {
        ArgumentNullException.ThrowIfNull(data);
        using var cursor = data.GetRowCursor(FindColumns(data.Schema));
        var encode = Encoder(cursor);
        var rows = new List<float[]>();
        for (var position = 0L; rows.Count < maximumRows && cursor.MoveNext(); position++)
        {
            if (!isChosen(position))
                continue;
            rows.Add(new float[FeatureNames.Count]);
            encode(rows[^1]);
        }
        var all = new float[checked(rows.Count * FeatureNames.Count)];
        for (var i = 0; i < rows.Count; i++)
            rows[i].CopyTo(all, i * FeatureNames.Count);
        return all;
    }

    /// <summary>A way to turn a source's current row into features, for those who read row by row.</summary>
    /// <param name="source">A row or cursor that has the columns active.</param>
    /// <returns>Writes the features of the source's current row.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    internal RowWriter Encoder(DataViewRow source)
    {
        var found = FindColumns(source.Schema);
        var encoders = _codecs.Zip(found, (codec, column) => codec.EncoderOf(source, column)).ToArray();
        return row =>
        {
            foreach (var encoder in encoders)
                encoder.Write(row);
        };
    }

    /// <summary>The columns of some data that are features.</summary>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    internal IReadOnlyList<DataViewSchema.Column> FindColumns(DataViewSchema schema)
    {
        var raw = Raw(schema);
        return [.. Columns.Select(c => raw.Source(Find(raw.Schema, c)))];
    }

    /// <summary>Some columns of data as the pipeline has to be given them.</summary>
    /// <exception cref="ArgumentException">A column has been overwritten, and its raw values are not there.</exception>
    internal RawSchema Raw(DataViewSchema schema) => _raw.In(schema, Columns.Select(c => c.Name));

    /// <summary>The columns that the pipeline was prepared for.</summary>
    internal DataViewSchema Schema => _schema;

    /// <summary>Encoded rows as data again, for scorers that are to remember the same.</summary>
    /// <param name="rows">Shape [N, features]; they must stay remembered.</param>
    internal IDataView Decoded(float[] rows)
    {
        var data = new DecodedRows(_schema, _codecs.ToDictionary(c => _schema[c.Column.Name].Index), FeatureNames.Count);
        data.Show(rows, rows.Length / FeatureNames.Count);
        return data;
    }

    /// <summary>How much is remembered by now; for <see cref="ForgetAfter"/>.</summary>
    public IReadOnlyList<int> Remembered => Array.ConvertAll(_codecs, c => c.Remembered);

    /// <summary>
    /// Forgets what was remembered later. Rows that were encoded since then can no longer be scored; those from before can. This keeps
    /// memory bounded where rows are encoded, explained, and done with.
    /// </summary>
    /// <param name="remembered">What <see cref="Remembered"/> was.</param>
    public void ForgetAfter(IReadOnlyList<int> remembered)
    {
        ArgumentNullException.ThrowIfNull(remembered);
        if (remembered.Count != _codecs.Length)
            throw new ArgumentException($"A number for each of the {_codecs.Length} columns was expected; given were {remembered.Count}.",
                nameof(remembered));
        for (var i = 0; i < _codecs.Length; i++)
            _codecs[i].Forget(remembered[i]);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// The pipeline failed on a row; the message has the row's values and the column that was read last.
    /// </exception>
    public void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default)
    {
        var count = IScorer.Rows(this, rows, scores);
        var (features, outputs) = (FeatureNames.Count, OutputNames.Count);
        var block = Math.Min(count, _block);
        if (_rows.Length < block * features)
            (_rows, _scores) = (new float[block * features], new double[block * outputs]);
        for (var first = 0; first < count; first += block)
        {
            var size = Math.Min(block, count - first);
            rows.Slice(first * features, size * features).CopyTo(_rows);
            try
            {
                _scoring.Score(_rows, size, _scores, cancellation);
            }
            catch (FailedRowException e)
            {
                throw new InvalidOperationException(
                    $"The pipeline failed on row {first + e.Row}: {e.InnerException!.Message.TrimEnd('.')}." +
                    (e.LastRead is null ? "" : $" The column that was read last is '{e.LastRead.Column.Name}'.") +
                    $" The row, which may be made of parts of other rows, is: {Describe(e.Row)}.", e.InnerException);
            }
            _scores.AsSpan(0, size * outputs).CopyTo(scores[(first * outputs)..]);
        }
    }

    /// <summary>Scores texts in the place of one column's, all other columns being as in a row: what <see cref="TextLime"/> asks.</summary>
    /// <param name="columnName">The column, of one text in each row.</param>
    /// <param name="row">The encoded row, shape [features]. It must stay remembered.</param>
    /// <exception cref="ArgumentException">There is no such column of texts, or the row has another length.</exception>
    /// <example>
    /// <code>
    /// var row = scorer.Encode(data, maximumRows: 1);
    /// var lime = new TextLime(scorer.OutputNames, scorer.ScoresOfTexts("Review", row));
    /// Console.WriteLine(lime.Explain("A good film, but a bad end"));
    /// </code>
    /// </example>
    public TextScoreFunction ScoresOfTexts(string columnName, ReadOnlySpan<float> row)
    {
        ArgumentNullException.ThrowIfNull(columnName);
        if (_codecs.FirstOrDefault(c => c.Column.Name == columnName) is not ValueCodec<ReadOnlyMemory<char>> texts)
            throw new ArgumentException($"'{columnName}' is no column of texts that the scores depend on; such columns are: "
                + $"{Listing.Of(_codecs.OfType<ValueCodec<ReadOnlyMemory<char>>>().Select(c => c.Column.Name))}.", nameof(columnName));
        if (row.Length != FeatureNames.Count)
            throw new ArgumentException($"An encoded row of {FeatureNames.Count} features was expected; given were {row.Length} numbers.",
                nameof(row));
        var others = row.ToArray();
        return (asked, scores, cancellation) =>
        {
            var remembered = texts.Remembered;
            try
            {
                var rows = new float[checked(asked.Count * others.Length)];
                for (var i = 0; i < asked.Count; i++)
                {
                    others.CopyTo(rows, i * others.Length);
                    rows[i * others.Length + texts.Column.FirstFeature] = texts.Encode(asked[i].AsMemory());
                }
                Score(rows, scores, cancellation);
            }
            finally
            {
                texts.Forget(remembered);
            }
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _scoring.Dispose();

    private string Describe(int row)
    {
        const int most = 20;
        var values = _rows.AsSpan(row * FeatureNames.Count, FeatureNames.Count);
        var shown = new List<string>();
        foreach (var codec in _codecs.Take(most))
            shown.Add($"{codec.Column.Name} = {codec.Show(values)}");
        return string.Join("; ", shown) + (_codecs.Length > most ? $"; {_codecs.Length - most} more columns" : "");
    }

    private static List<DataViewSchema.Column> Features(DataViewSchema schema, IEnumerable<DataViewSchema.Column>? read,
        PipelineScorerOptions options)
    {
        var needed = read?.Select(c => c.Index).ToHashSet();
        if (options.Columns is null)
        {
            var all = schema.Where(c => needed?.Contains(c.Index) ?? !c.IsHidden).ToList();
            return all.Count > 0 ? all : throw new ArgumentException("The pipeline's scores depend on none of the columns, so there are "
                + "no features.", nameof(schema));
        }
        var named = options.Columns.Select(n => schema.GetColumnOrNull(n) ?? throw new ArgumentException(
            $"There is no column '{n}'; the data has the columns {Listing.Of(schema.Where(c => !c.IsHidden).Select(c => c.Name))}.",
            nameof(options))).ToList();
        var forgotten = needed?.Except(named.Select(c => c.Index)).Order().Select(i => schema[i].Name).ToArray() ?? [];
        return forgotten.Length == 0 ? named : throw new ArgumentException(
            $"The pipeline also reads {Listing.Of(forgotten)}, which must be among the features: without them rows would be scored that "
                + "are not the rows to explain.", nameof(options));
    }

    private static ColumnCodec[] Codecs(List<DataViewSchema.Column> columns, IReadOnlyList<string> whole)
    {
        if (whole.FirstOrDefault(w => !columns.Exists(c => c.Name == w && c.Type is VectorDataViewType)) is { } unknown)
            throw new ArgumentException($"'{unknown}' is to be one feature as a whole, but is no vector column among the features; these "
                + $"are {Listing.Of(columns.Select(c => c.Name))}.", nameof(whole));
        var codecs = new ColumnCodec[columns.Count];
        var next = 0;
        for (var i = 0; i < codecs.Length; i++)
        {
            codecs[i] = ColumnCodec.Of(columns[i], next, whole.Contains(columns[i].Name));
            next = checked(next + codecs[i].Column.FeatureCount);
        }
        return codecs;
    }

    private static DataViewSchema.Column Find(DataViewSchema schema, PipelineColumn column)
    {
        var found = schema.GetColumnOrNull(column.Name) ?? throw new ArgumentException(
            $"The data has no column '{column.Name}' of type {column.Type}; it has the columns "
                + $"{Listing.Of(schema.Where(c => !c.IsHidden).Select(c => c.Name))}.", nameof(schema));
        return found.Type.Equals(column.Type) ? found
            : throw new ArgumentException($"The column '{column.Name}' is of type {found.Type}; {column.Type} was expected, as in the "
                + "data that the scorer was made for.", nameof(schema));
    }
}

/// <summary>Writes the features of a row.</summary>
internal delegate void RowWriter(Span<float> row);

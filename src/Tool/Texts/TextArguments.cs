using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Introspection.Text;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Texts;

/// <summary>Texts in the place of rows of numbers.</summary>
internal sealed class TextArguments
{
    /// <summary>The options that give texts, for messages.</summary>
    public const string Names = "--text or --texts";

    private readonly Option<string[]> _text = new("--text")
    {
        HelpName = "TEXT",
        Description = "A text to explain. Repeatable.",
    };

    private readonly Option<string?> _texts = new("--texts")
    {
        HelpName = "FILE",
        Description = "A file of texts: .txt with one in each line, or a table (.csv, .tsv, .jsonl, .parquet) with --text-column.",
    };

    private readonly Option<string?> _column = new("--text-column")
    {
        HelpName = "COLUMN",
        Description = "The column of the texts in a table. [default: the only one]",
    };

    private readonly Option<string?> _secondColumn = new("--second-column")
    {
        HelpName = "COLUMN",
        Description = "The column of the texts that go with them, for networks of pairs of texts.",
    };

    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        HelpName = "FILE",
        Description = "The tokenizer that the network was trained with: tokenizer.json, vocab.txt, vocab.json (with merges.txt beside it), "
            + "dict.txt (with encoder.json and vocab.bpe), *.model (SentencePiece), *.tiktoken, or a folder with one of these.",
    };

    private readonly Option<int?> _length = new("--length")
    {
        HelpName = "N",
        Description = "To how many tokens texts are filled up, or cut. [default: as many as the longest has, 512 at most]",
    };

    private readonly Option<string> _units = new("--units")
    {
        HelpName = string.Join('|', Enum.GetNames<TextUnits>().Select(n => n.ToLowerInvariant())),
        Description = "What gets a score: what stands between blanks, what the tokenizer takes for words, or every character.",
        DefaultValueFactory = _ => "words",
    };

    private readonly Option<string?> _replacement = new("--replacement")
    {
        HelpName = "TEXT",
        Description = "What hides a word from lime and from methods of Shapley values; an empty text takes words out. [default: the "
            + "tokenizer's own [MASK] or <mask>, else words are taken out]",
    };

    private Option[] All =>
        [_text, _texts, _column, _secondColumn, _tokenizer, _length, _units, _replacement];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        foreach (var option in All)
            command.Options.Add(option);
    }

    /// <summary>Whether texts are to be explained.</summary>
    /// <exception cref="UsageException">An option for texts is given, and no text.</exception>
    public bool AreGiven(ParseResult parsed)
    {
        if (parsed.GetResult(_text) is not null || parsed.GetResult(_texts) is not null)
            return true;
        return Array.Find(All, o => parsed.GetResult(o) is { Implicit: false }) is not { } alone ? false
            : throw new UsageException($"{alone.Name} is for texts, and there is none: give {Names}.");
    }

    /// <summary>Whether a tokenizer or a text is given, so that pictures have texts beside them.</summary>
    public bool GoWithPictures(ParseResult parsed) => ((Option[])[_tokenizer, _text, _texts]).Any(o => parsed.GetResult(o) is not null);

    /// <summary>What the command line says of the texts of pictures; none where the list of pictures has them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="csv">How tables are read.</param>
    public TextJob ReadWithPictures(ParseResult parsed, CsvOptions csv) =>
        parsed.GetResult(_replacement) is not null
            ? throw new UsageException($"{_replacement.Name} is for texts alone; beside pictures --baseline says what stands for a word.")
            : Read(parsed, csv, null, null);

    /// <summary>What the command line says of texts.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="csv">How tables are read.</param>
    /// <param name="output">Where results go; null for the screen.</param>
    /// <param name="report">Where a page of them goes; null for none.</param>
    /// <exception cref="UsageException">Something is missing, or contradicts something else.</exception>
    public TextJob Read(ParseResult parsed, CsvOptions csv, string? output, string? report)
    {
        var path = parsed.GetValue(_tokenizer) ?? throw new UsageException(
            $"{_tokenizer.Name} is missing: texts become token numbers by the tokenizer that the network was trained with "
                + "(tokenizer.json, vocab.txt, …).");
        var file = parsed.GetValue(_texts);
        string[] given = parsed.GetValue(_text) ?? [];
        if (file is not null && given.Length > 0)
            throw new UsageException($"{_text.Name} and {_texts.Name} are given; one of them is enough.");
        if (parsed.GetValue(_column) is not null && file is null)
            throw new UsageException($"{_column.Name} is a column of a table; give the table with {_texts.Name}.");
        string[] read = [path, .. file is null || file == DataFiles.Standard ? [] : (string[])[file]];
        foreach (var written in new[] { output, report }.OfType<string>())
            OutputFile.Check(written, read);
        if (output is not null)
            TextTable.Check(output);
        return new TextJob(TextTokenizer.Load(path), Path.GetFileName(path), file is null ? [.. given.Select(t => (t, (string?)null))]
            : TextFile.Read(file, csv, parsed.GetValue(_column), parsed.GetValue(_secondColumn)), output, report)
        {
            Length = parsed.GetValue(_length) is not { } length ? null : length >= 1 ? length
                : throw new UsageException($"{_length.Name} takes a number from 1 on; {length} was given."),
            Units = Enum.TryParse<TextUnits>(parsed.GetRequiredValue(_units), ignoreCase: true, out var units) && Enum.IsDefined(units)
                ? units : throw new UsageException($"{_units.Name} takes {_units.HelpName}; '{parsed.GetValue(_units)}' was given."),
            Replacement = parsed.GetValue(_replacement),
        };
    }
}

/// <summary>Texts to explain.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="TokenizerName">What its file is called.</param>
/// <param name="Texts">The texts, some with a second one.</param>
/// <param name="Output">Where the words go; null for the screen.</param>
/// <param name="Report">Where the page goes; null for none.</param>
internal sealed record TextJob(TextTokenizer Tokenizer, string TokenizerName, IReadOnlyList<(string First, string? Second)> Texts,
    string? Output, string? Report)
{
    /// <summary>How many tokens texts have; null for as many as they need.</summary>
    public int? Length { get; init; }

    /// <summary>What gets a score.</summary>
    public TextUnits Units { get; init; }

    /// <summary>What hides a word; null for the tokenizer's own mask.</summary>
    public string? Replacement { get; init; }

    /// <summary>Words for baselines, and what they mean.</summary>
    public IReadOnlyDictionary<string, string> Baselines => new (string Name, int? Id)[]
        {
            ("padding", Tokenizer.PaddingId), ("mask", Tokenizer.MaskId), ("unknown", Tokenizer.UnknownId),
        }.Where(b => b.Id is not null)
        .ToDictionary(b => b.Name, b => string.Create(CultureInfo.InvariantCulture, $"token:{b.Id}"));
}

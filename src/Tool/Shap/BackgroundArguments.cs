using System.CommandLine;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>What features that are taken away have in the place of their value.</summary>
/// <param name="otherwise">What is done without, in a sentence.</param>
internal sealed class BackgroundArguments(string otherwise)
{
    private readonly Option<string?> _background = new("--background")
    {
        HelpName = "FILE|data|mean|zero",
        Description = "What features that are taken away have in the place of their value: rows of a file, of "
            + "the data, the mean of the data, or zeros. " + otherwise,
    };

    private readonly Option<int> _backgroundRows = new("--background-rows")
    {
        HelpName = "N",
        Description = "How many rows of the background to take at most, spread evenly over it; time grows with them.",
        DefaultValueFactory = _ => 100,
    };

    /// <summary>The options.</summary>
    public IReadOnlyList<Option> All => [_background, _backgroundRows];

    /// <summary>How many rows to take at most.</summary>
    public int Rows(ParseResult parsed) => parsed.GetValue(_backgroundRows);

    /// <summary>What the command line asks for; null where it says nothing.</summary>
    /// <exception cref="UsageException">A value is none.</exception>
    public BackgroundRequest? Read(ParseResult parsed)
    {
        var rows = parsed.GetValue(_backgroundRows);
        if (rows < 1)
            throw new UsageException($"{_backgroundRows.Name} takes a number from 1 on; '{rows}' was given.");
        if (parsed.GetValue(_background) is not { } text)
            return null;
        var request = new BackgroundRequest(text, rows);
        if (request.File is { } file && Path.GetExtension(file).Length == 0)
            throw new UsageException($"{_background.Name} takes a file of rows, {BackgroundRequest.Data}, "
                + $"{BackgroundRequest.Mean} or {BackgroundRequest.Zero}; '{file}' was given.");
        _ = request.File is { } named ? Data.DataFiles.Kind(named) : default;
        return request;
    }
}

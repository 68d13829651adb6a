using System.CommandLine;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>Where a page with pictures goes, beside the numbers.</summary>
internal sealed class ReportOption : Option<string?>
{
    /// <summary>Makes the option.</summary>
    /// <param name="description">What the page shows.</param>
    public ReportOption(string description) : base("--report") => (HelpName, Description) = ("FILE.html", description);

    /// <summary>The file that the command line names; null for none.</summary>
    /// <exception cref="UsageException">It does not end as pages do.</exception>
    public string? Read(ParseResult parsed) => parsed.GetValue(this) is not { } file ? null
        : file.EndsWith(".html", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".htm", StringComparison.OrdinalIgnoreCase) ? file
        : throw new UsageException($"{Name} takes a file that ends in .html; '{file}' was given.");
}

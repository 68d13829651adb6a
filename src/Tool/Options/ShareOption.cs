using System.CommandLine;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>Shares of rows that a command line names.</summary>
internal static class ShareOption
{
    /// <summary>A share that is neither none nor all.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="option">The option that names it.</param>
    /// <exception cref="UsageException">It does not lie between 0 and 1.</exception>
    public static double Read(ParseResult parsed, Option<double> option) => parsed.GetValue(option) is > 0 and < 1 and var share ? share
        : throw new UsageException($"{option.Name} takes a share between 0 and 1; {parsed.GetValue(option)} was given.");
}

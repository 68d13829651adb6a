using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Microsoft.ML.Introspection.Tool;

/// <summary>A heading and lines that follow the list of options in a command's help.</summary>
internal sealed record HelpSection(string Title, params IReadOnlyList<string> Lines);

/// <summary>A command whose help says more than its options.</summary>
internal interface IHasHelpSections
{
    IReadOnlyList<HelpSection> HelpSections { get; }
}

/// <summary>The usual help, then the command's own sections, then the exit codes.</summary>
internal sealed class ExtendedHelp(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly HelpSection ExitCodes = new("Exit codes",
        "0  all was done",
        "1  it failed (a file, the model, the data, the device) or was cancelled; nothing was written",
        "2  the command line itself is wrong",
        "Errors are one line on the error stream.");

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        usual.Invoke(parseResult);
        var sections = parseResult.CommandResult.Command is IHasHelpSections command ? command.HelpSections : [];
        foreach (var section in sections.Append(ExitCodes))
        {
            output.WriteLine($"{section.Title}:");
            foreach (var line in section.Lines)
                output.WriteLine(line.Length == 0 ? "" : $"  {line}");
            output.WriteLine();
        }
        return ExitCode.Done;
    }
}

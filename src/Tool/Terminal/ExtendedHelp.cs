using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Microsoft.ML.Introspection.Tool;

/// <summary>A heading and lines that follow the list of options in a command's help.</summary>
internal sealed record HelpSection(string Title, params IReadOnlyList<string> Lines);

/// <summary>A command whose help says more than its options.</summary>
internal interface IHasHelpSections
{
    /// <summary>What follows the options.</summary>
    IReadOnlyList<HelpSection> HelpSections { get; }

    /// <summary>Options that belong to something that has a help of its own, and are left out of the command's.</summary>
    IReadOnlyList<Option> OptionsToldElsewhere => [];

    /// <summary>The help of what the command line names, such as a method; null where it names nothing that has one.</summary>
    IReadOnlyList<HelpSection>? HelpFor(ParseResult parsed) => null;
}

/// <summary>The usual help, then the command's own sections, then the exit codes; or the help of one method alone.</summary>
internal sealed class ExtendedHelp : SynchronousCommandLineAction
{
    private const int Width = 100;

    private static readonly HelpSection ExitCodes = new("Exit codes",
        "0  all was done",
        "1  it failed (a file, the model, the data, the device) or was cancelled; nothing was written",
        "2  the command line itself is wrong",
        "3  a process of its own (--isolate) died, or went beyond a limit; nothing was written",
        "4  another job has the folder that --resume goes on with; nothing was written",
        "Errors are one line on the error stream.");

    private readonly HelpAction _usual;

    /// <summary>Extends the usual help.</summary>
    public ExtendedHelp(HelpAction usual)
    {
        _usual = usual;
        _usual.MaxWidth = Width;
    }

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command as IHasHelpSections;
        var sections = command?.HelpFor(parseResult);
        if (sections is null)
        {
            // Completion goes on offering them.
            var elsewhere = command?.OptionsToldElsewhere ?? [];
            foreach (var option in elsewhere)
                option.Hidden = true;
            _usual.Invoke(parseResult);
            foreach (var option in elsewhere)
                option.Hidden = false;
            sections = [.. command?.HelpSections ?? [], ExitCodes];
        }
        foreach (var section in sections)
        {
            output.WriteLine($"{section.Title}:");
            foreach (var line in section.Lines)
                Write(output, line);
            output.WriteLine();
        }
        return ExitCode.Done;
    }

    // What does not fit goes on below, set in beyond the line's own beginning; command lines stay whole, to be copied.
    private static void Write(TextWriter output, string line)
    {
        line = line.Length == 0 ? "" : $"  {line}";
        var margin = line.Length - line.TrimStart().Length + 4;
        for (var isFirst = true; ; isFirst = false)
        {
            var text = isFirst ? line : new string(' ', margin) + line;
            var end = text.Length <= Width || line.TrimStart().StartsWith("introspect ", StringComparison.Ordinal) ? -1
                : text.LastIndexOf(' ', Width);
            if (end <= margin)
            {
                output.WriteLine(text);
                return;
            }
            output.WriteLine(text[..end].TrimEnd());
            line = text[(end + 1)..].TrimStart();
        }
    }
}

using System.CommandLine;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tool;

/// <summary>Tells a failure in one line.</summary>
internal static class Failure
{
    internal const string Program = "introspect";

    /// <summary>Writes the line (and, where asked, the stack trace) and gives the exit code.</summary>
    public static int Report(Exception error, System.CommandLine.Command command, bool verbose, Terminal terminal)
    {
        var (line, exitCode) = error switch
        {
            UsageException => (WithHint(Message(error), command), ExitCode.WrongUse),
            OperationCanceledException => ("Cancelled; nothing was written.", ExitCode.Failed),
            OutOfMemoryException or OverflowException =>
                ("There is not enough memory for so many rows at once. Choose a smaller --batch-size.", ExitCode.Failed),
            DeviceException when NativeRuntime.Missing(error) is not null => (Message(error), ExitCode.Failed),
            DeviceException => ($"{Message(error)} To fall back, say --allow-cpu.", ExitCode.Failed),
            FolderInUseException => (Message(error), ExitCode.InUse),
            _ when IsForeseen(error) => (Message(error), ExitCode.Failed),
            _ => ($"Unexpected {error.GetType().Name}: {Message(error)}{(verbose ? "" : " (--verbose shows where.)")}", ExitCode.Failed),
        };
        Say(terminal, line);
        if (verbose)
            terminal.Error.WriteLine(error);
        return exitCode;
    }

    /// <summary>Writes the line for a command line that could not be parsed.</summary>
    public static int Report(ParseResult parsed, Terminal terminal)
    {
        var command = parsed.CommandResult.Command;
        var known = Lineage(command).SelectMany(c => c.Options.Where(o => c == command || o.Recursive))
            .SelectMany(o => o.Aliases.Append(o.Name)).Concat(command.Subcommands.Select(c => c.Name)).ToList();
        // A misspelt option is taken for an argument.
        var dashed = parsed.Tokens.Select(t => t.Value).Where(t => t.StartsWith("--", StringComparison.Ordinal));
        var meant = dashed.Concat(parsed.UnmatchedTokens).Except(known).Select(t => Nearest.To(t, known)).FirstOrDefault(n => n.Length > 0);
        Say(terminal, WithHint(string.Join(" ", parsed.Errors.Select(e => OneLine(e.Message)).Distinct()) + meant, command));
        return ExitCode.WrongUse;
    }

    /// <summary>The message in one line, without what .NET adds for programmers.</summary>
    public static string Message(Exception error)
    {
        var message = error.Message;
        if (error is ArgumentException { ParamName: { } parameter })
        {
            // "… (Parameter 'name')", then the offending value on a line of its own.
            var added = message.IndexOf($" (Parameter '{parameter}')", StringComparison.Ordinal);
            if (added > 0)
                message = message[..added];
        }
        return OneLine(message);
    }

    /// <summary>
    /// Whether an error tells of the model, the data or the command, and not of a fault of ours: what is said on purpose is thrown by our
    /// own code (or ML.NET's), and what .NET throws when it is used wrongly is nobody else's mistake.
    /// </summary>
    internal static bool IsForeseen(Exception error) =>
        error is IntrospectionException or InvalidDataException or IOException or UnauthorizedAccessException
        || error is ArgumentException or InvalidOperationException or NotSupportedException
            && error.TargetSite?.DeclaringType?.Assembly.GetName().Name is { } origin
            && (origin == Program || origin.StartsWith("Microsoft.ML", StringComparison.Ordinal));

    /// <summary>Writes a failure in a line of its own.</summary>
    public static void Say(Terminal terminal, string line) => terminal.Error.WriteLine($"error: {Terminal.Printable(line)}");

    private static string WithHint(string message, System.CommandLine.Command command)
    {
        var path = string.Join(' ', Lineage(command).Reverse().Select(c => c is RootCommand ? Program : c.Name));
        return $"{message} See '{path} --help'.";
    }

    private static IEnumerable<System.CommandLine.Command> Lineage(System.CommandLine.Command command)
    {
        for (System.CommandLine.Command? c = command; c is not null; c = c.Parents.OfType<System.CommandLine.Command>().FirstOrDefault())
            yield return c;
    }

    private static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}

using System.Globalization;
using System.Text;
using Microsoft.ML.Introspection.Tool.Data;
using Spectre.Console;

namespace Microsoft.ML.Introspection.Tool;

/// <summary>Where the tool speaks: results to one stream, errors and progress to the other.</summary>
/// <param name="Out">Takes results.</param>
/// <param name="Error">Takes errors, warnings and progress.</param>
/// <param name="OutIsInteractive">Whether a person reads <paramref name="Out"/>, rather than a file or a pipe.</param>
/// <param name="ErrorIsInteractive">Whether a person reads <paramref name="Error"/>.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool OutIsInteractive = false, bool ErrorIsInteractive = false)
{
    // Nothing is to be folded or cut where no screen limits the width.
    private const int Unlimited = 1 << 20;

    private readonly HashSet<string> _noted = [];

    public static Terminal OfProcess()
    {
        // Shapes and names may hold any character; without a BOM, for pipes.
        if (Console.IsOutputRedirected || Console.IsErrorRedirected)
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new(Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected);
    }

    /// <summary>Writes a table to <see cref="Out"/>: fitted to a screen, plain and as wide as it needs elsewhere.</summary>
    public void Write(Table table)
    {
        if (OutIsInteractive)
        {
            ConsoleFor(Out, interactive: true).Write(table);
            return;
        }
        var text = new StringWriter();
        ConsoleFor(text, interactive: false).Write(table);
        foreach (var line in text.ToString().TrimEnd().Split('\n'))
            Out.WriteLine(line.TrimEnd());
    }

    /// <summary>Says what was done.</summary>
    /// <param name="what">The verb: "Explained".</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="time">In what time.</param>
    /// <param name="files">Where it went; where one is the standard output, that is left to it.</param>
    /// <param name="more">What else is to be said, in lines of their own.</param>
    public void Done(string what, long rows, TimeSpan time, IReadOnlyCollection<string> files, params IEnumerable<string> more)
    {
        var told = files.Contains(DataFiles.Standard) ? Error : Out;
        var done = string.Create(CultureInfo.InvariantCulture, $"{what} {rows:N0} rows in {time.TotalSeconds:N1} s: ");
        foreach (var line in more.Prepend($"{done}{string.Join(", ", files)}"))
            told.WriteLine(Printable(line));
    }

    /// <summary>Says in a line, and once, what the user should know.</summary>
    public void Note(string message)
    {
        lock (_noted)
            if (_noted.Add(message))
                Error.WriteLine($"note: {Printable(message)}");
    }

    /// <summary>Says in a line what runs otherwise than asked.</summary>
    public void Warn(string message) => Error.WriteLine($"warning: {Printable(message)}");

    /// <summary>For progress on <see cref="Error"/>.</summary>
    public IAnsiConsole Progress() => ConsoleFor(Error, ErrorIsInteractive);

    /// <summary>
    /// A text fit for one line of a screen: names in a file may hold control characters, and these might steer the terminal.
    /// </summary>
    public static string Printable(string text)
    {
        if (!text.Any(char.IsControl))
            return text;
        var printable = new StringBuilder(text.Length);
        foreach (var c in text)
            _ = char.IsControl(c) ? printable.Append('\uFFFD') : printable.Append(c);
        return printable.ToString();
    }

    private static IAnsiConsole ConsoleFor(TextWriter writer, bool interactive)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = interactive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = interactive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = interactive ? InteractionSupport.Yes : InteractionSupport.No,
        });
        if (!interactive)
            console.Profile.Width = Unlimited;
        return console;
    }
}

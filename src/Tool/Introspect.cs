using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Microsoft.ML.Introspection.Tool.Commands;

namespace Microsoft.ML.Introspection.Tool;

/// <summary>The command <c>introspect</c>, from its arguments to its exit code.</summary>
internal static class Introspect
{
    /// <summary>How long a cancelled run may take to stop; it stops between two operators of the network.</summary>
    private static readonly TimeSpan StoppingTime = TimeSpan.FromSeconds(60);

    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">The arguments, without the command's own name.</param>
    /// <param name="terminal">Where to speak.</param>
    /// <param name="cancellation">Cancels as Ctrl+C does.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellation = default)
    {
        var verbose = new Option<bool>("--verbose") { Description = "Print the stack trace of an error.", Recursive = true };
        var isolation = new Isolation();
        // An argument may begin with '@'; it is not the name of a file of further arguments.
        var parsed = Root([verbose, .. isolation.Options], terminal)
            .Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
            return Failure.Report(parsed, terminal);
        try
        {
            return await isolation.RunAsync(parsed, arguments, terminal, cancellation) ?? await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = terminal.Out,
                    Error = terminal.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = StoppingTime,
                },
                cancellation);
        }
        catch (Exception e)
        {
            return Failure.Report(e, parsed.CommandResult.Command, parsed.GetValue(verbose), terminal);
        }
    }

    internal static RootCommand Root(IEnumerable<Option> options, Terminal terminal)
    {
        var root = new RootCommand(
            "Explains the predictions of networks, trees and pipelines: which inputs speak for a prediction, and which against it.")
        {
            new LayersCommand(terminal),
            new SummaryCommand(terminal),
            new CompileCommand(terminal),
            new ExplainCommand(terminal),
            new ShapCommand(terminal),
            new RunCommand(terminal),
            new ScoreCommand(terminal),
            new MergeCommand(terminal),
            new RecipeCommand(terminal),
            new FiltersCommand(terminal),
            new MapsCommand(terminal),
            new AttentionCommand(terminal),
            new StatisticsCommand(terminal),
            new ResponsesCommand(terminal),
            new AblateCommand(terminal),
            new LatentsCommand(terminal),
            new TraverseCommand(terminal),
            new ReconstructCommand(terminal),
            new MaximizeCommand(terminal),
            new ExamplesCommand(terminal),
            new DissectCommand(terminal),
            new EvaluateCommand(terminal),
            new ProgressCommand(terminal),
            new UncertaintyCommand(terminal),
            new ClustersCommand(terminal),
            new DriftCommand(terminal),
            new FairnessCommand(terminal),
            new DreamCommand(terminal),
            new InvertCommand(terminal),
            new AccentuateCommand(terminal),
            new GridCommand(terminal),
            new AtlasCommand(terminal),
            new FeaturesCommand(terminal),
            new TcavCommand(terminal),
            new ConceptsCommand(terminal),
            new ChannelsCommand(terminal),
            new ForgetCommand(terminal),
            new ConvertCommand(terminal),
            new ScaffoldCommand(terminal),
            new CompletionCommand(terminal),
        };
        foreach (var option in options)
            root.Options.Add(option);
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction(terminal);
        var help = root.Options.OfType<HelpOption>().Single();
        var extended = new ExtendedHelp((HelpAction)help.Action!);
        help.Action = extended;
        root.SetAction(parsed => extended.Invoke(parsed));
        return root;
    }

    private sealed class VersionAction(Terminal terminal) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            terminal.Out.WriteLine(ToolVersion.Text);
            return ExitCode.Done;
        }
    }
}

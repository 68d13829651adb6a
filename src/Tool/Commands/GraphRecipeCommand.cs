using System.CommandLine;
using System.Text;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Recipes;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect recipe ENGINE</c>: a script that runs an explanation's graph on an engine that people have.</summary>
internal sealed class GraphRecipeCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Recipe _recipe;
    private readonly Terminal _terminal;

    private readonly Argument<string> _graph = new("GRAPH")
    {
        Description = "The ONNX file that the engine is to run: what 'introspect compile' wrote, or any other.",
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE", Description = "Where the script goes; else it is printed.",
    };

    public GraphRecipeCommand(Recipe recipe, Terminal terminal)
        : base(recipe.Name, recipe.Summary)
    {
        (_recipe, _terminal) = (recipe, terminal);
        Arguments.Add(_graph);
        Options.Add(_output);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed), cancellation));
    }

    public IReadOnlyList<HelpSection> HelpSections =>
        [new("Examples", $"introspect recipe {_recipe.Name} explanation.onnx --output {_recipe.FileName}")];

    private int Run(ParseResult parsed)
    {
        var (path, output) = (parsed.GetRequiredValue(_graph), parsed.GetValue(_output));
        if (output is not null)
            OutputFile.Check(output, [path]);
        var script = _recipe.For(RecipeGraph.Read(path));
        if (output is null)
            _terminal.Out.Write(script);
        else
            AtomicFile.Write(output, stream => stream.Write(Encoding.UTF8.GetBytes(script)));
        return ExitCode.Done;
    }
}

using System.CommandLine;
using System.Text;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Recipes;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect recipe</c>: a script that runs an explanation on an engine that people have.</summary>
internal sealed class RecipeCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;

    private readonly Argument<string> _engine = new("ENGINE")
    {
        Description = $"One of {string.Join(", ", Recipe.All.Select(r => r.Name))}.",
    };

    private readonly Argument<string> _graph = new("GRAPH")
    {
        Description = "The ONNX file that the engine is to run: what 'introspect compile' wrote, or any other.",
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE", Description = "Where the script goes; else it is printed.",
    };

    public RecipeCommand(Terminal terminal)
        : base("recipe", "Writes a short program that runs an explanation on Spark, Ray, DuckDB or Polars: they need ONNX Runtime, not us.")
    {
        _terminal = terminal;
        Arguments.Add(_engine);
        Arguments.Add(_graph);
        Options.Add(_output);
        Subcommands.Add(new KubernetesCommand(terminal));
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed), cancellation));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Engines", [.. Recipe.All.Select(r => $"{r.Name,-11}{r.Summary}")]),
        new("Examples",
            "introspect recipe duckdb explanation.onnx --output explain.py",
            "introspect recipe duckdb-net explanation.onnx --output explain.cs",
            "introspect recipe spark explanation.onnx --output explain.py"),
    ];

    private int Run(ParseResult parsed)
    {
        var (engine, path, output) = (parsed.GetRequiredValue(_engine), parsed.GetRequiredValue(_graph), parsed.GetValue(_output));
        var recipe = Recipe.All.FirstOrDefault(r => r.Name == engine)
            ?? throw new UsageException($"There is no recipe for '{engine}'.{Nearest.To(engine, Recipe.All.Select(r => r.Name))} "
                + $"There are {string.Join(", ", Recipe.All.Select(r => r.Name))}.");
        if (output is not null)
            OutputFile.Check(output, [path]);
        var script = recipe.For(RecipeGraph.Read(path));
        if (output is null)
            _terminal.Out.Write(script);
        else
            AtomicFile.Write(output, stream => stream.Write(Encoding.UTF8.GetBytes(script)));
        return ExitCode.Done;
    }
}

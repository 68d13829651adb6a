using System.CommandLine;
using Microsoft.ML.Introspection.Projects;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Projects;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect scaffold</c>: the class that explains, beside those that Model Builder has written.</summary>
internal sealed class ScaffoldCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;

    private readonly Argument<string> _project = new("PROJECT") {
        Description = "The project of ML.NET Model Builder: its .mbconfig, or the folder of one." };

    private readonly Option<string?> _output = new("--output", "-o") { HelpName = "FILE.cs",
        Description = $"Where the class goes. [default: NAME{ExplanationClass.Ending}, beside the project]" };

    private readonly Option<bool> _force = new("--force") { Description = "Replace a file that was not written by this command." };

    public ScaffoldCommand(Terminal terminal) : base("scaffold", "Writes a class that explains the predictions of a Model Builder project.")
    {
        _terminal = terminal;
        Arguments.Add(_project);
        Options.Add(_output);
        Options.Add(_force);
        SetAction(Run);
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("The class",
            "A partial class, a part of the one that Model Builder has written; training again leaves it alone. It has",
            "Explain(ModelInput)  a prediction and its reasons: a SHAP value for each raw column",
            "ExplainAll(IDataView)  the same as columns",
            "FeatureImportance(MLContext, IDataView, ITransformer, string)  the list of CalculatePFI, of raw columns and with its sign",
            "It needs the package Introspection.ML.Estimators; see docs/model-builder.md for what else to raise."),
        new("Examples",
            "introspect scaffold HousePrice.mbconfig",
            "introspect scaffold src/Houses --output src/Houses/Reasons.cs"),
    ];

    private int Run(ParseResult parsed)
    {
        var file = ProjectFile.Open(parsed.GetRequiredValue(_project));
        var scaffold = Scaffold.Of(file, parsed.GetValue(_output));
        OutputFile.Check(scaffold.Path, file.Path);
        scaffold.Save(parsed.GetValue(_force));
        foreach (var note in scaffold.Notes)
            _terminal.Note(note);
        _terminal.Out.WriteLine(Terminal.Printable($"Wrote {scaffold.Path}: a part of the class {scaffold.ClassName}"));
        return ExitCode.Done;
    }
}

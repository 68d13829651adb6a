using System.CommandLine;
using Microsoft.ML.Introspection.Importers;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>Which part of a file of TensorFlow is the network.</summary>
internal sealed class GraphArguments
{
    private readonly Option<string?> _signature = new("--signature")
    {
        HelpName = "NAME",
        Description = $"The signature of a SavedModel of TensorFlow. [default: {TranslationOptions.DefaultSignature}, or the only one]",
    };

    private readonly Option<string[]> _inputs = new("--graph-input")
    {
        HelpName = "NODE",
        Description = "A tensor where a frozen graph of TensorFlow begins. Repeatable. [default: the placeholders]",
    };

    private readonly Option<string[]> _outputs = new("--graph-output")
    {
        HelpName = "NODE",
        Description = "A tensor where it ends, or an output of a signature. Repeatable. [default: what no node uses, or all]",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        command.Options.Add(_signature);
        command.Options.Add(_inputs);
        command.Options.Add(_outputs);
    }

    /// <summary>What the command line says.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">What else is said of the translation.</param>
    public TranslationOptions Read(ParseResult parsed, TranslationOptions? options = null) => (options ?? new()) with
    {
        Signature = parsed.GetValue(_signature),
        Inputs = parsed.GetValue(_inputs) ?? [],
        Outputs = parsed.GetValue(_outputs) ?? [],
    };
}

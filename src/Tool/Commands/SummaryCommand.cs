using System.CommandLine;
using Microsoft.ML.Introspection.Tool.Listing;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect summary</c>: the layers of a network in a table, as Keras prints them.</summary>
internal sealed class SummaryCommand : System.CommandLine.Command, IHasHelpSections
{
    public SummaryCommand(Terminal terminal)
        : base("summary", "Prints the layers of a network with their shapes and parameters, as model.summary() of Keras does.")
    {
        var network = new NetworkArguments();
        network.AddTo(this);
        SetAction((parsed, _) => Task.Run(() =>
        {
            SummaryTable.Write(network.Read(parsed), terminal);
            return ExitCode.Done;
        }));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("What it shows",
            "Of networks of Keras the layers of the file, by their names and classes, with shapes as Keras has them; a layer within",
            "another model has the model's name before its own. Of other ONNX networks the operators: 'introspect layers' tells more."),
        new("Examples",
            "introspect summary net.h5",
            "introspect summary net.keras"),
    ];
}

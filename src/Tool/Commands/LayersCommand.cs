using System.CommandLine;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Listing;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect layers</c>: what a network is made of.</summary>
internal sealed class LayersCommand : System.CommandLine.Command, IHasHelpSections
{
    public LayersCommand(Terminal terminal)
        : base("layers", "Lists inputs, outputs and layers of a network with their shapes and parameters.")
    {
        var network = new NetworkArguments();
        var json = new Option<bool>("--json") { Description = "Print JSON instead of tables." };
        network.AddTo(this);
        Options.Add(json);
        SetAction((parsed, _) => Task.Run(() =>
        {
            var request = network.Read(parsed);
            var model = request.Open();
            var read = request.Load(model);
            if (parsed.GetValue(json))
                NetworkJson.Write(read, model.Opset, terminal.Out);
            else
                NetworkTables.Write(read, model.Opset, terminal);
            return ExitCode.Done;
        }));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Examples",
            "introspect layers digits.onnx",
            "introspect layers bert.onnx --dimension sequence=128",
            "introspect layers digits.onnx --json | jq '.layers[] | select(.operator == \"Conv\") | .name'"),
    ];
}

using System.Globalization;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Spectre.Console;

namespace Microsoft.ML.Introspection.Tool.Listing;

/// <summary>A network as tables to read: framed and coloured on a screen, plain columns elsewhere.</summary>
internal static class NetworkTables
{
    /// <param name="network">The network.</param>
    /// <param name="opset">The operator set its file is written in.</param>
    /// <param name="terminal">Where to write.</param>
    public static void Write(Network network, int opset, Terminal terminal)
    {
        Section("Inputs", ["Name", "Type", "Shape"], network.Inputs.Select(Cells));
        Section("Outputs", ["Name", "Type", "Shape"], network.Outputs.Select(Cells));
        Section("Layers", ["Name", "Operator", "Output", "Type", "Shape", "Parameters"],
            network.Layers.Select(l => new[] { l.Name, l.Operator, l.Output, l.Type.ToString(), Text(l.Shape), Number(l.Parameters) }));
        if (AttentionBlock.Of(network) is { Count: > 0 } blocks)
            Section("Attention", ["Block", "Probabilities", "Operator", "Kind", "Shape"],
                blocks.Select((b, i) => new[] { Number(i), b.Name, b.Operator, b.Kind.ToString(), Text(b.Shape) }));
        if (AttentionBlock.LeftIn(network) is { Count: > 0 } left)
            Section("Attention that tells no probabilities", ["Node", "Operator", "Why"], left.Select(l => new[] { l.Name, l.Operator,
                l.Reason }));
        terminal.Out.WriteLine(
            $"{Number(network.Layers.Count)} layers with {Number(network.Layers.Sum(l => l.Parameters))} parameters; opset {opset}.");

        void Section(string title, string[] headings, IEnumerable<string[]> rows)
        {
            var table = new Table { Border = terminal.OutIsInteractive ? TableBorder.Rounded : TableBorder.None };
            foreach (var heading in headings)
            {
                var column = new TableColumn(new Spectre.Console.Text(heading, new Style(decoration: Decoration.Bold)));
                table.AddColumn(heading == "Parameters" ? column.RightAligned() : column);
            }
            foreach (var row in rows)
                table.AddRow(row.Select(cell => new Spectre.Console.Text(Terminal.Printable(cell))));
            terminal.Out.WriteLine(title);
            terminal.Write(table);
            terminal.Out.WriteLine();
        }
    }

    private static string[] Cells(TensorInfo tensor) => [tensor.Name, tensor.Type.ToString(), Text(tensor.Shape)];

    private static string Text(Shape? shape) => shape?.ToString() ?? "?";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

using System.Globalization;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Tool.Options;
using Spectre.Console;

namespace Microsoft.ML.Introspection.Tool.Listing;

/// <summary>The layers of a network as Keras prints them.</summary>
internal static class SummaryTable
{
    public static void Write(NetworkRequest request, Terminal terminal)
    {
        var model = request.ReadModel();
        var layers = LayerSummary.Of(model) ?? [.. request.Load(model).Layers.Select(l =>
            new LayerSummary(l.Name, l.Operator, l.Shape?.ToString() ?? "?", l.Parameters))];
        var table = new Table { Border = terminal.OutIsInteractive ? TableBorder.Rounded : TableBorder.None };
        foreach (var heading in (string[])["Layer", "Class", "Shape", "Parameters"])
        {
            var column = new TableColumn(new Spectre.Console.Text(heading, new Style(decoration: Decoration.Bold)));
            table.AddColumn(heading == "Parameters" ? column.RightAligned() : column);
        }
        foreach (var layer in layers)
            table.AddRow(((string[])[layer.Name, layer.Class, layer.Shape, Number(layer.Parameters)])
                .Select(cell => new Spectre.Console.Text(Terminal.Printable(cell))));
        terminal.Write(table);
        terminal.Out.WriteLine($"{Number(layers.Count)} layers with {Number(layers.Sum(l => l.Parameters))} parameters.");
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}

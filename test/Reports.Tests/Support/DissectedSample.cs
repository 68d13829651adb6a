using System.IO.Compression;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>A small trained network, and forty pictures with labels.</summary>
internal static class DissectedSample
{
    public const string Layer = "/features/features.11/Relu";

    private static readonly Lazy<(Report Examples, Report Concepts)> Pages = new(Draw);

    public static Report Examples => Pages.Value.Examples;

    public static Report Concepts => Pages.Value.Concepts;

    public static Network Network { get; } = Network.Load(Path.Combine(AppContext.BaseDirectory, "data", "vgg_tiny.onnx"));

    public static Preprocessing Preprocessing { get; } = new(32, 32) { Scale = 1 / 255.0 };

    /// <summary>Takes the pictures out of their archive.</summary>
    public static ConceptFolder Unpack(TemporaryFolder folder)
    {
        ZipFile.ExtractToDirectory(Path.Combine(AppContext.BaseDirectory, "data", "broden.zip"), folder["broden"]);
        return ConceptFolder.Open(folder["broden"]);
    }

    private static (Report, Report) Draw()
    {
        using var place = new TemporaryFolder();
        var folder = Unpack(place);
        ImageRows Rows() => new(folder.Images, Preprocessing);
        InputRows Feed(Onnx.TensorInfo input) => new(0);
        var options = new DissectionOptions { Layers = [Layer], Tail = 0.05, Rotations = 1, Examples = 3 };
        var found = Dissection.Take(Network, Rows, folder, options, feed: Feed);
        var page = new ExampleReportOptions
        {
            Units = [2, 9, 30], Deconvolution = true, Guided = true, RowName = row => $"picture {row}",
            About = (layer, unit) => found.Concepts[found.Of(layer).Best(unit).Concept].Name,
        };
        using var first = Rows();
        var shown = ExampleRows.Read(Network, first, ExampleReport.RowsOf(found.Examples, page), feed: Feed);
        using var second = Rows();
        var kept = ExampleRows.Read(Network, second, DissectionReport.RowsOf(found, 6), feed: Feed);
        return (ExampleReport.Of("Examples", Network, found.Examples, shown, page), DissectionReport.Of("Concepts",
            [new("a network of a rather long name", Network, found, kept), new("<i>another</i>", Network, found)], 6, 3));
    }
}

using System.CommandLine;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Features;

/// <summary>The files of a command that looks into a network: numbers, a picture, a page; at least one of them.</summary>
internal sealed class FeatureOutputs
{
    private readonly Option<string?> _output;
    private readonly ReportOption _report;

    /// <param name="numbers">What a file of arrays holds.</param>
    /// <param name="page">What a page shows.</param>
    public FeatureOutputs(string numbers, string page) => (_output, _report) = (
        new("--output", "-o") { HelpName = "FILE", Description = $"Where results go: .npz for {numbers}, .png for one picture." },
        new ReportOption($"Write a page: {page}."));

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        command.Options.Add(_output);
        command.Options.Add(_report);
    }

    /// <summary>The files that the command line asks for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="read">The files that the command reads.</param>
    /// <exception cref="UsageException">There is none, or one of another kind.</exception>
    public FeatureFiles Read(ParseResult parsed, params IEnumerable<string> read)
    {
        var files = new FeatureFiles(parsed.GetValue(_output), _report.Read(parsed));
        if (files.Output is null && files.Report is null)
            throw new UsageException("Say where results go: --output FILE.npz or FILE.png, --report FILE.html.");
        if (files.Output is { } output && !files.IsPicture && !files.IsArchive)
            throw new UsageException($"--output takes a file that ends in .npz or .png; '{output}' was given.");
        foreach (var path in files.All)
            OutputFile.Check(path, read);
        return files;
    }
}

/// <summary>The files that are written.</summary>
/// <param name="Output">Numbers or a picture; null for neither.</param>
/// <param name="Report">A page; null for none.</param>
internal sealed record FeatureFiles(string? Output, string? Report)
{
    /// <summary>All of them.</summary>
    public IEnumerable<string> All => new[] { Output, Report }.OfType<string>();

    /// <summary>Whether a picture is wanted.</summary>
    public bool IsPicture => Output?.EndsWith(".png", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether numbers are wanted.</summary>
    public bool IsArchive => Output?.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Writes what is wanted; each is made only if it is.</summary>
    /// <param name="terminal">Is told.</param>
    /// <param name="arrays">Makes the numbers.</param>
    /// <param name="picture">Makes the picture.</param>
    /// <param name="page">Makes the page.</param>
    public void Write(Terminal terminal, Func<IEnumerable<(string Name, Tensor Values)>> arrays, Func<Raster> picture, Func<Report> page)
    {
        if (IsArchive)
            Save(Output!, arrays());
        if (IsPicture)
            PngWriter.Save(picture(), Output!);
        if (Report is not null)
            page().Save(Report);
        foreach (var path in All)
            terminal.Out.WriteLine($"Wrote {Terminal.Printable(path)}");
    }

    /// <summary>Writes numbers.</summary>
    public static void Save(string path, IEnumerable<(string Name, Tensor Values)> arrays) =>
        NpzArchive.Save(path, arrays.Select(a => KeyValuePair.Create(a.Name, ToArray(a.Values))));

    private static NpyArray ToArray(Tensor tensor)
    {
        int[] shape = [.. tensor.Dimensions.ToArray().Select(d => checked((int)d))];
        return tensor.Type switch
        {
            ElementType.Float => NpyArray.From(tensor.As<float>(), shape),
            ElementType.Int64 => NpyArray.From(tensor.As<long>(), shape),
            _ => NpyArray.From(tensor.ToDouble(), shape),
        };
    }
}

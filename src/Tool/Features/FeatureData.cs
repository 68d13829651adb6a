using System.CommandLine;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Features;

/// <summary>The options that tell which rows a network is given.</summary>
internal sealed class FeatureData(bool isRequired = true)
{
    private readonly Option<string[]> _data = RowFiles.DataOfInputs("network", isRequired);
    private readonly CsvArguments _csv = new();

    private readonly Option<string[]> _scale = new("--scale")
    {
        HelpName = "[INPUT=]FILE.json",
        Description = "Scale the rows first, to (x - mean) / std: a file {\"mean\": […], \"std\": […]} as for 'introspect explain'.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        command.Options.Add(_data);
        command.Options.Add(_scale);
        _csv.AddTo(command);
    }

    /// <summary>The files that are read.</summary>
    public IEnumerable<string> Files(ParseResult parsed) => Data(parsed).Concat(Scales(parsed)).Select(f => f.Path);

    /// <summary>Opens the files, and the network as they fit it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="request">The network.</param>
    /// <param name="terminal">Is told what the user should know.</param>
    /// <param name="target">What is explained, where an input may tell it.</param>
    /// <param name="instead">Another file of the same form; null for those that the command line names as the data.</param>
    public FeatureRows Open(
        ParseResult parsed, NetworkRequest request, Terminal terminal, Target? target = null, string? instead = null)
    {
        var (data, csv) = (instead is null ? Data(parsed) : [new NamedFile(null, instead)], _csv.Read(parsed, terminal.Note));
        DataFiles.Check(data[0].Path, csv);
        foreach (var file in data)
            DataFiles.Kind(file.Path);
        var model = request.ReadModel();
        var sources = Sources.Open(model, data, csv, target);
        try
        {
            var network = request.Load(model, sources.RowShapes(model, request.Options));
            sources.TakeWhole(model, network);
            return new FeatureRows(network, sources,
                sources.Feeds(network, Scales(parsed), () => network.DefaultInput.Name, terminal.Note));
        }
        catch
        {
            sources.Dispose();
            throw;
        }
    }

    /// <summary>What a model of tables reads: one file, how it is read, and what it is scaled by.</summary>
    /// <exception cref="UsageException">More is named, or a network's inputs.</exception>
    public (string Data, CsvOptions Csv, string? Scale) OfTable(ParseResult parsed, Terminal terminal)
    {
        if (Data(parsed) is not [{ Input: null, Path: var data }] || Scales(parsed) is not ([] or [{ Input: null }]))
            throw new UsageException("A model of tables reads one file: --data FILE, --scale FILE.json.");
        var csv = _csv.Read(parsed, terminal.Note);
        DataFiles.Kind(data);
        DataFiles.Check(data, csv);
        return (data, csv, Scales(parsed).Select(s => s.Path).FirstOrDefault());
    }

    /// <summary>Whether the command line names rows.</summary>
    public bool AreGiven(ParseResult parsed) => parsed.GetValue(_data) is { Length: > 0 };

    private NamedFile[] Data(ParseResult parsed) =>
        [.. (parsed.GetValue(_data) ?? []).Select(text => NamedFile.Parse(text, _data.Name))];

    private NamedFile[] Scales(ParseResult parsed) =>
        [.. (parsed.GetValue(_scale) ?? []).Select(text => NamedFile.Parse(text, _scale.Name))];
}

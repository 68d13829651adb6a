using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>One line for each row: its number from 0, what is carried along, target, score, gaps, and the attributions.</summary>
internal sealed class CsvResults : IResults
{
    private readonly AtomicFile _file;
    private readonly CsvWriter _csv;
    private readonly OutputPort[] _ports;
    private long _row;

    /// <summary>Begins the file with its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="delimiter">What separates cells.</param>
    /// <param name="carriedNames">The names of the cells carried along.</param>
    /// <param name="ports">What goes there.</param>
    /// <param name="names">For each attribution a name for each number of a row.</param>
    public CsvResults(
        string path, char delimiter, IReadOnlyList<string> carriedNames, ExplanationPorts ports, IEnumerable<IReadOnlyList<string>> names)
    {
        Carries = carriedNames.Count > 0;
        _file = new AtomicFile(path);
        _csv = new CsvWriter(
            new StreamWriter(_file.Stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true),
            new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n", Delimiter = delimiter.ToString() });
        OutputPort[] single = [ports.Target, ports.Score, .. ports.Gaps];
        _ports = [.. single, .. ports.Attributions];
        foreach (var name in ColumnNames.Distinct(["row", .. carriedNames, .. single.Select(port => port.Info.Name), .. names.SelectMany(n => n)]))
            _csv.WriteField(name);
        _csv.NextRecord();
    }

    public IReadOnlyList<string> Paths => [_file.Path];

    public bool Carries { get; }

    public void Append(int rows, IReadOnlyList<string[]> carried)
    {
        for (var row = 0; row < rows; row++)
        {
            _csv.WriteField(_row++.ToString(CultureInfo.InvariantCulture));
            foreach (var cell in Carries ? carried[row] : [])
                _csv.WriteField(cell);
            foreach (var port in _ports)
                port.Write(_csv, row);
            _csv.NextRecord();
        }
    }

    public void Complete()
    {
        _csv.Flush();
        _file.Commit();
    }

    public void Dispose() => _file.Dispose();
}

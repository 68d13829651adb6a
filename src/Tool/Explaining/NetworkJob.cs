using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>Files to give to a network.</summary>
/// <param name="Network">The model.</param>
/// <param name="Runtime">Where the model runs.</param>
/// <param name="Data">The rows, a file for each input or for several; the first is the main one.</param>
/// <param name="Scales">How inputs are scaled first, a file for each that is.</param>
/// <param name="Csv">How CSV files are read; named columns are those of the main file.</param>
/// <param name="Output">Where the results go.</param>
internal sealed record NetworkJob(
    NetworkRequest Network, RuntimeOptions Runtime, IReadOnlyList<NamedFile> Data, IReadOnlyList<NamedFile> Scales,
        CsvOptions Csv, string Output)
{
    /// <summary>The files that are read.</summary>
    public IEnumerable<string> Read => [Network.Path, .. Data.Select(d => d.Path), .. Scales.Select(s => s.Path)];

    /// <summary>Refuses what the names of the files and options rule out.</summary>
    /// <param name="scaleOption">The option that gives scales.</param>
    public void Check(string scaleOption)
    {
        DataFiles.Check(Data[0].Path, Csv);
        foreach (var data in Data)
            DataFiles.Kind(data.Path);
        if (Scales.GroupBy(s => s.Input).Any(same => same.Count() > 1))
            throw new UsageException($"{scaleOption} is given twice for one input.");
    }
}

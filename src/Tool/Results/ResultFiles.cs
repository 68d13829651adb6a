using System.Globalization;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Begins the files that a job asks for.</summary>
internal static class ResultFiles
{
    /// <summary>All files that a job will write.</summary>
    public static IReadOnlyList<string> Paths(ExplainJob job) =>
        DataFile.Kind(job.Output) == DataKind.Npy ? [.. NpyPathsOf(job).All] : [job.Output];

    /// <summary>Begins them.</summary>
    /// <param name="job">The job.</param>
    /// <param name="sources">Where names of numbers and cells to carry along come from.</param>
    /// <param name="explained">The explained inputs.</param>
    /// <param name="attributions">Their attributions.</param>
    /// <param name="target">The explained class.</param>
    /// <param name="score">The explained score.</param>
    public static IResults Begin(
        ExplainJob job, Sources sources, IReadOnlyList<string> explained, IReadOnlyList<OutputPort> attributions, OutputPort target, OutputPort score) =>
        DataFile.Kind(job.Output) == DataKind.Npy
            ? new NpyResults(NpyPathsOf(job), target, score, attributions)
            : new CsvResults(job.Output, DataFile.Kind(job.Output) == DataKind.Tsv ? '\t' : ',', (sources.Main as CsvDataFile)?.CarriedNames ?? [], target, score,
                [.. explained.Zip(attributions, (input, port) => (port, Names(port, input, sources.For(input))))]);

    private static NpyPaths NpyPathsOf(ExplainJob job)
    {
        var options = job.Explanation.Options;
        return NpyPaths.Beside(job.Output, options.TargetName!, options.ScoreName!, options.Inputs);
    }

    // As the data name their numbers; else input[0][3], the place in a row; an attribution of another shape names its own places.
    private static IReadOnlyList<string> Names(OutputPort port, string input, DataFile data)
    {
        if (data.Names is { } names && names.Count == port.Size)
            return names;
        var of = port.Size == data.Width ? input : port.Info.Name;
        var shape = port.RowShape;
        return [.. Enumerable.Range(0, port.Size).Select(flat =>
        {
            var name = "";
            for (var axis = shape.Length - 1; axis >= 0; axis--)
                (flat, name) = (flat / shape[axis], string.Create(CultureInfo.InvariantCulture, $"[{flat % shape[axis]}]{name}"));
            return of + name;
        })];
    }
}

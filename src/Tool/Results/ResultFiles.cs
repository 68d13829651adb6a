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
    /// <param name="explained">What is attributed to.</param>
    /// <param name="ports">What the explanation gives.</param>
    public static IResults Begin(ExplainJob job, Sources sources, IReadOnlyList<ExplainedTensor> explained, ExplanationPorts ports) =>
        DataFile.Kind(job.Output) == DataKind.Npy
            ? new NpyResults(NpyPathsOf(job), ports)
            : new CsvResults(job.Output, DataFile.Kind(job.Output) == DataKind.Tsv ? '\t' : ',', sources.Main.CarriedNames, ports,
                explained.Zip(ports.Attributions, (tensor, port) => tensor.Names(port, job.Explanation.Method)));

    private static NpyPaths NpyPathsOf(ExplainJob job) => NpyPaths.Beside(job.Output, job.Explanation.Options);
}

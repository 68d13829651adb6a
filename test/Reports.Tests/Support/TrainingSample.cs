using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>The checkpoints of a training, followed.</summary>
internal static class TrainingSample
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data", "progress");

    /// <summary>The page; one feature has marks in its name.</summary>
    public static Report Page { get; } = ProgressReport.Of("Training", Followed(CheckpointOrder.Of(Directory.EnumerateFiles(Folder, "*.onnx"))));

    /// <summary>The page of a single checkpoint, of which no labels are known.</summary>
    public static Report Single { get; } = ProgressReport.Of("Training at its end", LearningProgress.Of(
        [new Checkpoint("end", 256, () => Network.Load(Path.Combine(Folder, "checkpoint_256.onnx")))], Rows));

    private static double[] Rows => [.. Enumerable.Range(0, 60 * 8).Select(i => Math.Sin(7 * i))];

    private static LearningProgress Followed(IReadOnlyList<(string Path, double Step)> files) => LearningProgress.Of(
        [.. files.Select(f => new Checkpoint(Path.GetFileNameWithoutExtension(f.Path), f.Step, () => Network.Load(f.Path)))],
        Rows, [.. Enumerable.Range(0, 60).Select(i => i % 3 == 0 ? 1.0 : 0)], new LearningOptions
        {
            Features = ["radius", "texture", "<i>third</i>", "a feature of a rather long name", "x4", "x5", "x6", "x7"],
            Replacement = FeatureAblation.Means(Rows, 8),
        });
}

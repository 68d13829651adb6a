using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// Learning progress against whole folders of reference values: checkpoints of a training with <c>reference.npz</c> beside them, and training
/// dynamics of given probabilities. Of arrays in two precisions the double one counts.
/// </summary>
internal static class LearningReferences
{
    /// <summary>Compares all cases below a folder.</summary>
    public static IEnumerable<EvaluationMetrics.Result> Of(string folder, string only) =>
        Directory.EnumerateFiles(folder, "reference.npz", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .SelectMany(f => Case(folder, Path.GetDirectoryName(f)!, only)).Where(r => r.Name.Contains(only, StringComparison.Ordinal));

    /// <summary>Follows the checkpoints of a folder.</summary>
    public static LearningProgress Follow(string folder, bool ofScores)
    {
        using var arrays = NpzArchive.Open(Path.Combine(folder, "reference.npz"));
        return LearningProgress.Of(
            [.. CheckpointOrder.Of(Directory.EnumerateFiles(folder, "*.onnx"))
                .Select(c => new Checkpoint(Path.GetFileName(c.Path), c.Step, () => Network.Load(c.Path)))],
            arrays.Read("input").ToDoubles(), arrays.Read("label").ToDoubles(),
            new LearningOptions { TaylorOfScores = ofScores, Replacement = Read(arrays, "ablate_mean_value") });
    }

    private static double[] Read(NpzArchive arrays, string name) => arrays.Read(arrays.Contains(name + "_f64") ? name + "_f64" : name).ToDoubles();

    private static IEnumerable<EvaluationMetrics.Result> Case(string root, string folder, string only)
    {
        using var arrays = NpzArchive.Open(Path.Combine(folder, "reference.npz"));
        var name = Path.GetRelativePath(root, folder);
        var results = !name.Contains(only.Split('/')[0], StringComparison.Ordinal) ? [] : arrays.Contains("probability") ? Dynamics(arrays)
            : arrays.Contains("pca_ratio.input") ? Training(folder, arrays) : [];
        foreach (var (array, found, bound) in results)
            if (arrays.Contains(array))
                yield return new($"{name}/{array}", EvaluationMetrics.Gap(Read(arrays, array), found), bound);
    }

    private static IEnumerable<(string Array, double[] Found, double Bound)> Dynamics(NpzArchive arrays)
    {
        var given = arrays.Read("probability");
        var samples = TrainingDynamics.Of(given.ToDoubles(), [.. arrays.Read("label").ToInt64s().Select(l => (int)l)], given.Shape[2]).Samples;
        // The probabilities are given in single precision; what is made of them is not.
        yield return ("forgetting_events", [.. samples.Select(s => (double)s.Forgotten)], 0);
        yield return ("first_learned", [.. samples.Select(s => (double)s.FirstLearned)], 0);
        yield return ("unforgettable", [.. samples.Select(s => s.IsUnforgettable ? 1.0 : 0)], 0);
        yield return ("confidence", [.. samples.Select(s => s.Confidence)], 1e-9);
        yield return ("variability", [.. samples.Select(s => s.Variability)], 1e-9);
        yield return ("correctness", [.. samples.Select(s => s.Correctness)], 1e-12);
        yield return ("margin_mean", [.. samples.Select(s => s.Margin)], 1e-9);
    }

    private static IEnumerable<(string Array, double[] Found, double Bound)> Training(string folder, NpzArchive arrays)
    {
        var (ofProbabilities, ofScores) = (Follow(folder, false), Follow(folder, true));
        int[] numbers = [.. Enumerable.Range(0, 99).Where(n => arrays.Contains($"cka_linear.{n}"))];
        string[] layers = [.. ofScores.BetweenCheckpoints.Keys];
        if (layers.Length != numbers.Length)
            throw new InvalidDataException($"There are {layers.Length} layers, and arrays of {numbers.Length}.");
        foreach (var (form, progress) in new[] { ("sigmoid", ofProbabilities), ("logit", ofScores) })
            foreach (var checkpoint in progress.Checkpoints)
            {
                var (at, means, count) = ($"{form}.{checkpoint.Step}", checkpoint.Taylor!, progress.Features.Count);
                yield return ($"taylor_first.{at}", [.. means.MeanAbsolute.Take(count)], 1e-6);
                yield return ($"taylor_first_signed.{at}", [.. means.Mean.Take(count)], 1e-6);
                yield return ($"taylor_first_error.{at}", [.. means.Error.Take(count)], 1e-6);
                yield return ($"taylor_second.{at}", Square(means.MeanAbsolute, count), 2e-6);
                yield return ($"taylor_second_signed.{at}", Square(means.Mean, count), 2e-6);
            }
        foreach (var checkpoint in ofScores.Checkpoints)
        {
            yield return ($"logit.{checkpoint.Step}", [.. checkpoint.Scores], 2e-6);
            yield return ($"loss.{checkpoint.Step}", [checkpoint.Fit!.Loss], 2e-6);
            yield return ($"accuracy.{checkpoint.Step}", [checkpoint.Fit.Accuracy], 1e-6);
            foreach (var result in Spectrum($"attribution.{checkpoint.Step}", checkpoint.Explanations["input-x-gradient"], 1e-6))
                yield return result;
            for (var i = 0; i < layers.Length; i++)
                foreach (var result in Spectrum($"activation_{numbers[i]}.{checkpoint.Step}", checkpoint.Layers[layers[i]], 1e-6))
                    yield return result;
        }
        foreach (var result in Spectrum("input", ofScores.Inputs, 1e-10))
            yield return result;
        for (var i = 0; i < layers.Length; i++)
        {
            var alike = ofScores.BetweenCheckpoints[layers[i]];
            yield return ($"cka_linear.{numbers[i]}", [.. alike.Alignment.Cast<double>()], 1e-6);
            yield return ($"svcca.{numbers[i]}", [.. alike.CanonicalCorrelation.Cast<double>()], 1e-5);
        }
        yield return ("cka_linear.layers", [.. ofScores.BetweenLayers.Alignment.Cast<double>()], 1e-6);
        var ablation = ofScores.Ablation!;
        yield return ("ablate_base", [ablation.Base.Loss, 1 - ablation.Base.Accuracy], 2e-6);
        yield return ("ablate_by_mean", [.. ablation.LossRise.Zip(ablation.ErrorRise, (l, e) => new[] { l, e }).SelectMany(p => p)], 2e-6);
    }

    // The first directions alone, and distances of scores: those of nearly equal spread are free to turn.
    private static IEnumerable<(string Array, double[] Found, double Bound)> Spectrum(string what, RowSpectrum spectrum, double bound)
    {
        yield return ($"pca_variance.{what}", [.. spectrum.Variances], bound);
        yield return ($"pca_ratio.{what}", [.. spectrum.Ratios], bound);
        yield return ($"pca_participation.{what}", [spectrum.Participation], bound);
        yield return ($"pca_mean.{what}", [.. spectrum.Mean], bound);
        yield return ($"pca_components.{what}", [.. spectrum.Components.SelectMany(c => c)], 1e-4);
        yield return ($"pca_scores.{what}", [.. spectrum.Scores], 1e-4);
    }

    private static double[] Square(IReadOnlyList<double> coefficients, int features)
    {
        var (square, pair) = (new double[features * features], 2 * features);
        for (var i = 0; i < features; i++)
        {
            square[i * features + i] = coefficients[features + i];
            for (var j = i + 1; j < features; j++)
                square[i * features + j] = square[j * features + i] = coefficients[pair++];
        }
        return square;
    }
}

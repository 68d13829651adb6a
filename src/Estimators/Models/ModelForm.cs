using System.Buffers;
using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// What a trained ML.NET model is, seen as a function of its feature vector: trees, weighted sums, or something that can only be asked for
/// scores. Read by <see cref="FittedModel"/>.
/// </summary>
public abstract record ModelForm
{
    private protected ModelForm() { }

    /// <summary>
    /// What the form leaves out of the model's predictions, as a sentence; null where it is the whole. Raw scores are always
    /// whole; it may be that how the model makes probabilities of them has no formula (isotonic calibration, say).
    /// </summary>
    public string? LeavesOut { get; init; }

    /// <summary>How raw scores become predictions.</summary>
    internal virtual ScoreLink PredictionLink => ScoreLink.Identity;

    /// <summary>How many raw scores a row has.</summary>
    internal virtual int ScoreCount => 1;

    /// <summary>The raw scores of a row.</summary>
    /// <param name="features">The numbers of its features.</param>
    /// <param name="scores">Takes <see cref="ScoreCount"/> numbers.</param>
    /// <exception cref="NotSupportedException">The form can only be asked through its pipeline.</exception>
    internal virtual void Score(ReadOnlySpan<float> features, Span<double> scores) =>
        throw new NotSupportedException("Only trees and linear models tell their raw scores by themselves.");

    /// <summary>The same model with names of its features and outputs; those whose number does not fit are left out.</summary>
    internal ModelForm Named(IReadOnlyList<string>? features, IReadOnlyList<string>? outputs) => this switch
    {
        TreeForm { Ensemble: var trees } tree => tree with
        {
            Ensemble = trees.Named(Fitting(features, trees.FeatureCount), Fitting(outputs, trees.OutputCount)),
        },
        LinearForm { Model: var model } linear => linear with
        {
            Model = new LinearModel(Enumerable.Range(0, model.OutputCount).SelectMany(o => model.Weights(o).ToArray()).ToArray(),
                [.. model.Intercepts])
            {
                FeatureNames = Fitting(features, model.FeatureCount) ?? model.FeatureNames,
                OutputNames = Fitting(outputs, model.OutputCount) ?? model.OutputNames,
            },
        },
        _ => this,
    };

    private static IReadOnlyList<string>? Fitting(IReadOnlyList<string>? names, int count) => names?.Count == count ? names : null;
}

/// <summary>A sum of trees: FastTree, FastForest, LightGBM, GAM, calibrated or one-versus-all.</summary>
/// <param name="Ensemble">
/// The trees, exactly as ML.NET scores them. Its raw scores are the column <c>Score</c> of binary classifiers, rankers and most
/// regressions; <see cref="TreeEnsemble.Link"/> makes of them the column <c>Probability</c>, or the <c>Score</c> of several
/// classes and of Tweedie regressions. Covers are unknown to ML.NET: <see cref="TreeEnsemble.WithCover(ReadOnlySpan{float})"/> takes them
/// from rows.
/// </param>
public sealed record TreeForm(TreeEnsemble Ensemble) : ModelForm
{
    internal override ScoreLink PredictionLink => Ensemble.Link;

    internal override int ScoreCount => Ensemble.OutputCount;

    internal override void Score(ReadOnlySpan<float> features, Span<double> scores)
    {
        var row = ArrayPool<double>.Shared.Rent(features.Length);
        TensorPrimitives.ConvertTruncating(features, row);
        Ensemble.Score(row.AsSpan(0, features.Length), scores);
        ArrayPool<double>.Shared.Return(row);
    }
}

/// <summary>Weighted sums of the features: linear regression, logistic regression, SVM, maximum entropy and their like.</summary>
/// <param name="Model">
/// The weights and biases, one output for each class; its scores are raw scores as those of <see cref="TreeForm"/>.
/// </param>
/// <param name="Link">How raw scores become predictions; see <see cref="TreeForm"/>.</param>
public sealed record LinearForm(LinearModel Model, ScoreLink Link) : ModelForm
{
    internal override ScoreLink PredictionLink => Link;

    internal override int ScoreCount => Model.OutputCount;

    internal override void Score(ReadOnlySpan<float> features, Span<double> scores) => Model.Score(features, scores);
}

/// <summary>
/// A model that can only be asked for scores. Methods for black boxes explain it: see <see cref="Pipelines.PipelineScorer"/>.
/// </summary>
/// <param name="Reason">What the model is, as a sentence for the user.</param>
public sealed record OpaqueForm(string Reason) : ModelForm
{
    /// <summary>What computes the very same scores by adding up a number for each feature; null where nothing does.</summary>
    internal TreeEnsemble? Sums { get; init; }
}

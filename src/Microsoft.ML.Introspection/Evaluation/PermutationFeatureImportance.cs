namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>How much worse a model gets when a feature (or a group of features) is scattered over the rows.</summary>
/// <param name="Name">The feature's name, or the group's.</param>
/// <param name="Features">The numbers of the features that were scattered together.</param>
/// <param name="Losses">
/// By how much it got worse in every repetition: the metric before less that after where higher is better, and the other way round for a
/// loss; or the quotient of the losses, see <see cref="ImportanceForm"/>.
/// </param>
/// <param name="Mean">The mean of these; the larger, the more the model needs the feature.</param>
/// <param name="StandardDeviation">Their standard deviation, over their number less one; NaN of a single repetition.</param>
/// <param name="Low">
/// The lower end of the confidence interval of the mean over all possible permutations, by Student's distribution; NaN of a single
/// repetition.
/// </param>
/// <param name="High">Its upper end.</param>
public sealed record PermutationFeatureImportance(
    string Name, IReadOnlyList<int> Features, IReadOnlyList<double> Losses, double Mean, double StandardDeviation, double Low, double High)
{
    /// <summary>The standard error of the mean.</summary>
    public double StandardError => StandardDeviation / Math.Sqrt(Losses.Count);
}

using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// Naive Bayes of ML.NET as trees: what it adds up for a class are logarithms of how often each feature is there (above zero) or not in the
/// rows of the class, a split for each feature and class.
/// </summary>
internal static class PresentFeatures
{
    /// <summary>Reads a model; null where a class has no rows, which nothing finite can be added up for.</summary>
    /// <param name="model">The model.</param>
    /// <param name="featureCount">The length of the feature vector.</param>
    public static TreeEnsemble? Read(NaiveBayesMulticlassModelParameters model, int featureCount)
    {
        var (labels, features) = (model.GetLabelHistogramLong(), model.GetFeatureHistogramLong());
        if (labels.Contains(0))
            return null;
        var (trees, bases, all, classes) = (new List<Tree>(), new double[labels.Count], labels.Sum(), labels.Count);
        for (var c = 0; c < classes; c++)
        {
            bases[c] = Math.Log((double)labels[c] / all);
            var rows = labels[c] + (double)classes;
            for (var feature = 0; feature < featureCount; feature++)
            {
                var present = feature < features[c].Count ? features[c][feature] : 0;
                trees.Add(new Tree(
                [
                    TreeNode.Comparison(feature, SplitKind.LessOrEqual, 0, 1, 2, missingLeft: true),
                    TreeNode.Leaf(Math.Log((labels[c] - present + 1.0) / rows)), TreeNode.Leaf(Math.Log((present + 1.0) / rows)),
                ], [], c));
            }
        }
        return new TreeEnsemble(featureCount, trees, bases);
    }
}

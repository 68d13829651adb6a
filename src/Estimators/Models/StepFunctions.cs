using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Trainers.FastTree;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// Generalised additive models as trees: the step function of each feature is a balanced tree that asks this feature only. A missing
/// value falls into the first bin, as it does in ML.NET.
/// </summary>
internal static class StepFunctions
{
    /// <summary>Reads all step functions.</summary>
    /// <param name="model">The model.</param>
    /// <param name="featureCount">The length of the feature vector.</param>
    public static List<Tree> Read(GamModelParametersBase model, int featureCount)
    {
        var trees = new List<Tree>();
        // GetBinUpperBounds knows the functions by the features' numbers, but none whose number is beyond the count of functions.
        var hidden = model.NumberOfShapeFunctions < featureCount ? UnpublishedMembers.Shapes(model) : default;
        for (var feature = 0; feature < featureCount; feature++)
        {
            var (bounds, effects) = hidden.FunctionOf is null ? (model.GetBinUpperBounds(feature), model.GetBinEffects(feature))
                : hidden.FunctionOf.TryGetValue(feature, out var function) ? (hidden.UpperBounds[function], hidden.Effects[function])
                : ((IReadOnlyList<double>)[], (IReadOnlyList<double>)[]);
            if (bounds.Count != effects.Count)
                throw new InvalidModelException($"The step function of feature {feature} has {bounds.Count} bounds and {effects.Count} "
                    + "effects; a bound for every effect was expected.");
            if (effects.Count > 0)
                trees.Add(Tree(feature, bounds, effects));
        }
        return trees;
    }

    private static Tree Tree(int feature, IReadOnlyList<double> bounds, IReadOnlyList<double> effects)
    {
        // Bins of the same effect need no border between them.
        var ends = Enumerable.Range(0, effects.Count).Where(i => i + 1 == effects.Count || effects[i] != effects[i + 1]).ToArray();
        var nodes = new List<TreeNode>(2 * ends.Length - 1);
        Add(0, ends.Length);
        return new Tree(nodes.ToArray());

        int Add(int first, int end)
        {
            var place = nodes.Count;
            if (end - first == 1)
            {
                nodes.Add(TreeNode.Leaf(effects[ends[first]]));
                return place;
            }
            var middle = (first + end) / 2;
            nodes.Add(default);
            nodes[place] = TreeNode.Comparison(feature, SplitKind.LessOrEqual, bounds[ends[middle - 1]], Add(first, middle),
                Add(middle, end), missingLeft: true);
            return place;
        }
    }
}

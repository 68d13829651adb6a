using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>Reads what ML.NET's trainers have learnt.</summary>
/// <param name="featureCount">The length of the feature vector.</param>
/// <param name="blocks">Blocks of slots that are one feature; null for none.</param>
internal sealed class ModelReader(int featureCount, OneHotBlocks? blocks)
{
    /// <summary>
    /// How many nodes splits on sets of categories may come to, over all trees, when they are written as plain splits: a bound on memory.
    /// </summary>
    public int MaximumNodes { get; init; } = 1 << 21;

    private int Features => blocks?.FeatureCount ?? featureCount;

    /// <summary>Reads a model.</summary>
    /// <param name="model">The model parameters of a prediction transformer.</param>
    /// <param name="calibrator">What follows the model in its pipeline and makes probabilities; null for nothing.</param>
    public ModelForm Read(object model, ICalibrator? calibrator = null) => model switch
    {
        // The last calibration counts.
        _ when calibrator is not null => Calibrated(Read(model), calibrator),
        CalibratedModelParametersBase calibrated => Calibrated(Read(calibrated.SubModel), calibrated.Calibrator),
        OneVersusAllModelParameters several => Several(several),
        TreeEnsembleModelParametersBasedOnRegressionTree trees => Trees(trees.TrainedTreeEnsemble.Trees, 1,
            trees is FastTreeTweedieModelParameters ? ScoreLink.Exponential : ScoreLink.Identity),
        // Only forests for regression are averaged; the score of one for two classes is the sum.
        TreeEnsembleModelParametersBasedOnQuantileRegressionTree forest => Trees(forest.TrainedTreeEnsemble.Trees,
            forest is FastForestRegressionModelParameters ? 1.0 / forest.TrainedTreeEnsemble.Trees.Count : 1, ScoreLink.Identity),
        GamModelParametersBase additive when blocks is null =>
            new TreeForm(new TreeEnsemble(featureCount, StepFunctions.Read(additive, featureCount), additive.Bias)),
        LinearModelParameters linear when blocks is null =>
            new LinearForm(new LinearModel([.. linear.Weights.Select(w => (double)w)], linear.Bias),
            linear is PoissonRegressionModelParameters ? ScoreLink.Exponential : ScoreLink.Identity),
        LinearMulticlassModelParametersBase linear when blocks is null => Classes(linear),
        GamModelParametersBase or LinearModelParameters or LinearMulticlassModelParametersBase => throw new NotSupportedException(
            $"Blocks of slots can be one feature of models made of boosted trees or forests; this is {NameOf(model)}. Leave the blocks "
                + "out and add up the slots' values."),
        _ => new OpaqueForm($"A model of type {NameOf(model)} is neither made of trees nor linear; it can only be asked for scores.")
        {
            Sums = model is NaiveBayesMulticlassModelParameters bayes && blocks is null ? PresentFeatures.Read(bayes, featureCount) : null,
        },
    };

    private TreeForm Trees(IReadOnlyList<RegressionTreeBase> trees, double scale, ScoreLink link) =>
        new(new TreeEnsemble(Features, BoostedTrees.Read(trees, scale, blocks, MaximumNodes), 0) { Link = link });

    // ML.NET's slope and offset are those of 1/(1+e^(slope·s+offset)).
    private static ModelForm Calibrated(ModelForm raw, ICalibrator calibrator) => calibrator is PlattCalibrator platt
        ? Linked(raw, ScoreLink.Calibrated(-platt.Slope, -platt.Offset))
        : raw is OpaqueForm ? raw
        : Linked(raw, ScoreLink.Identity) with {
            LeavesOut = $"Probabilities of this model are made by {NameOf(calibrator)}, which has no formula here; raw scores are whole." };

    private static ModelForm Linked(ModelForm form, ScoreLink link) => form switch
    {
        TreeForm { Ensemble: var trees } =>
            new TreeForm(new TreeEnsemble(trees.FeatureCount, trees.Trees, trees.BaseScores) { Link = link }),
        LinearForm linear => new LinearForm(linear.Model, link),
        _ => form,
    };

    private static LinearForm Classes(LinearMulticlassModelParametersBase model)
    {
        VBuffer<float>[]? weights = null;
        model.GetWeights(ref weights!, out var classes);
        return new LinearForm(
            new LinearModel([.. weights.Take(classes).SelectMany(w => w.DenseValues()).Select(w => (double)w)],
                [.. model.GetBiases().Select(b => (double)b)]),
            model is MaximumEntropyModelParameters ? ScoreLink.Softmax : ScoreLink.Identity);
    }

    private ModelForm Several(OneVersusAllModelParameters model)
    {
        var formula = UnpublishedMembers.OutputFormula(model);
        var models = UnpublishedMembers.SubModels(model);
        var forms = models.Select(m => Read(m)).ToArray();
        if (forms.OfType<OpaqueForm>().FirstOrDefault() is { } opaque)
            return opaque;
        var leavesOut = formula == "ProbabilityNormalization" ? forms.Select(f => f.LeavesOut).FirstOrDefault(l => l is not null) : null;
        var (link, calibrated) = formula switch
        {
            "Raw" => (ScoreLink.Identity, false),
            "Softmax" => (ScoreLink.Softmax, false),
            "ProbabilityNormalization" when leavesOut is not null => (ScoreLink.Identity, false),
            "ProbabilityNormalization" => (ScoreLink.OneVersusAll, true),
            _ => throw new NotSupportedException($"What '{formula}' makes of the scores of several classes is not known to this library, "
                + "which knows ML.NET 5.0; explain the pipeline as a black box."),
        };
        if (Array.TrueForAll(forms, f => f is TreeForm))
        {
            var ensembles = Array.ConvertAll(forms, f => ((TreeForm)f).Ensemble);
            var (scales, offsets) = Lines(ensembles.Select(e => e.Link), calibrated);
            return new TreeForm(new TreeEnsemble(Features, [.. ensembles.SelectMany((e, i) => e.Trees.Select(t => Moved(t, i, scales[i])))],
                [.. ensembles.Select((e, i) => e.BaseScores[0] * scales[i] + offsets[i])]) { Link = link })
            { LeavesOut = leavesOut };
        }
        if (Array.TrueForAll(forms, f => f is LinearForm))
        {
            var linear = Array.ConvertAll(forms, f => (LinearForm)f);
            var (scales, offsets) = Lines(linear.Select(l => l.Link), calibrated);
            return new LinearForm(new LinearModel([.. linear.SelectMany((l, i) => l.Model.Weights(0).ToArray().Select(w => w * scales[i]))],
                [.. linear.Select((l, i) => l.Model.Intercepts[0] * scales[i] + offsets[i])]), link) { LeavesOut = leavesOut };
        }
        return new OpaqueForm("The models of the classes are of different kinds "
            + $"({string.Join(", ", models.Select(NameOf).Distinct())}); together they can only be asked for scores.");
    }

    // Slope and offset of each class's calibration go into its scores, which are log-odds then, and in the same unit for all classes.
    private static (double[] Scales, double[] Offsets) Lines(IEnumerable<ScoreLink> links, bool calibrated)
    {
        var curves = links.Select(l => calibrated ? l as ScoreLink.LogisticLink : null).ToArray();
        if (calibrated && curves.Contains(null))
            throw new InvalidModelException("The models of the classes have no probabilities, but the sum of these is said to be 1.");
        return (Array.ConvertAll(curves, c => c?.Slope ?? 1), Array.ConvertAll(curves, c => c?.Offset ?? 0));
    }

    private static Tree Moved(Tree tree, int output, double scale)
    {
        var nodes = tree.Nodes.ToArray();
        for (var i = 0; i < nodes.Length; i++)
            if (nodes[i].IsLeaf)
                nodes[i] = TreeNode.Leaf(nodes[i].Value * scale);
        return new Tree(nodes, tree.Sets, output);
    }

    private static string NameOf(object model) => model.GetType().Name.Split('`')[0];
}

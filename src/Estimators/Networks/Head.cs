using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>A trained model in operators: what it makes of rows of features [N, slots].</summary>
/// <param name="Score">The column Score, [N, scores].</param>
internal sealed record Head(Func<Value, Value> Score)
{
    /// <summary>What makes probabilities of scores; null where nothing does.</summary>
    public Func<Value, Value>? Probability { get; init; }

    /// <summary>Whether the class is that of the smallest score.</summary>
    public bool SmallestIsBest { get; private init; }

    /// <summary>Reads a model.</summary>
    /// <param name="model">The model parameters of a prediction transformer.</param>
    /// <param name="features">The length of the feature vector.</param>
    /// <returns>Null where the model cannot be written.</returns>
    public static Head? Of(object model, int features) => model switch
    {
        CalibratedModelParametersBase { Calibrator: var calibrator } calibrated =>
            Of(calibrated.SubModel, features) is { } raw ? raw with { Probability = Curves.Of(calibrator) } : null,
        KMeansModelParameters clusters => new Head(x => Distances(clusters, x)) { SmallestIsBest = true },
        PcaModelParameters components => new Head(x => Apart(components, x)),
        _ => Formed(new ModelReader(features, null).Read(model))
            ?? (model is OneVersusAllModelParameters several ? Classes(several, features) : null),
    };

    private static Head? Formed(ModelForm form) => form switch
    {
        { LeavesOut: not null } => null,
        TreeForm { Ensemble: var trees } => Of(trees),
        OpaqueForm { Sums: { } trees } => Of(trees),
        LinearForm { Model: var model, Link: var link } => new Head(x => link.Apply(Sums(model, x), 1)),
        _ => null,
    };

    private static Head Of(TreeEnsemble trees) => new(x => trees.Link.Apply(trees.Scores(x), 1));

    private static Value Sums(LinearModel model, Value x)
    {
        float[][] weights = [.. Enumerable.Range(0, model.OutputCount).Select(o => Singles(model.Weights(o)))];
        var intercepts = Singles(model.Intercepts.ToArray());
        return x.Weighted(weights) + x.Graph.Constant(Tensor.From(intercepts, intercepts.Length));

        static float[] Singles(ReadOnlySpan<double> numbers) => Array.ConvertAll(numbers.ToArray(), n => (float)n);
    }

    // Each class against all others, by models of their own.
    private static Head? Classes(OneVersusAllModelParameters several, int features)
    {
        var formula = UnpublishedMembers.OutputFormula(several);
        var heads = UnpublishedMembers.SubModels(several).Select(m => Of(m, features)).ToArray();
        var asProbabilities = formula == "ProbabilityNormalization";
        if (Array.Exists(heads, h => h is null || asProbabilities && h.Probability is null))
            return null;
        return new Head(x =>
        {
            var each = Operators.Concat(1, [.. heads.Select(h => asProbabilities ? h!.Probability!(h.Score(x)) : h!.Score(x))]);
            if (formula == "Softmax")
                return each.Softmax(1);
            if (!asProbabilities)
                return each;
            var sum = each.ReduceSum([1]);
            return each / sum.Greater(0).Where(sum, sum.Like(1));
        });
    }

    // The squared distances from the centres of the clusters.
    private static Value Distances(KMeansModelParameters clusters, Value x)
    {
        VBuffer<float>[]? centres = null;
        clusters.GetClusterCentroids(ref centres!, out var count);
        float[][] points = [.. centres.Take(count).Select(c => c.DenseValues().ToArray())];
        float[] lengths = [.. points.Select(p => p.Sum(v => v * v))];
        return x.Weighted(points) * -2.0 + (x * x).ReduceSum([1])
            + x.Graph.Constant(Tensor.From(lengths, count));
    }

    // The share of a row's distance from the mean that no principal component tells.
    private static Value Apart(PcaModelParameters components, Value x)
    {
        VBuffer<float>[]? vectors = null;
        VBuffer<float> mean = default;
        components.GetEigenVectors(ref vectors!, out var rank);
        components.GetMean(ref mean);
        var centre = mean.DenseValues().ToArray();
        var apart = x - x.Graph.Constant(Tensor.From(centre, centre.Length));
        var told = apart.Weighted([.. vectors.Take(rank).Select(v => v.DenseValues().ToArray())]);
        var all = (apart * apart).ReduceSum([1]);
        return ((all - (told * told).ReduceSum([1])) / all).Sqrt();
    }
}

using System.Runtime.Intrinsics.X86;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>
/// Field-aware factorisation machines: a weighted sum, and for every two slots the product of their values with the scalar product of what
/// each of them has learnt of the other's field (Juan, Zhuang, Chin and Lin 2016).
/// </summary>
internal static class Factorisation
{
    private const int Lanes = 8;

    /// <summary>A column of a machine.</summary>
    public static StepPlan Prediction(StepSite site, FieldAwareFactorizationMachinePredictionTransformer predictor)
    {
        var fields = UnpublishedSteps.FieldsOf(predictor);
        int?[] sizes = [.. fields.Select(f => site.Column(f).Size)];
        if (sizes.Contains(null))
            return StepPlan.Not("a field has a varying number of slots");
        var head = new Head(x => Score(predictor.Model, [.. sizes.Select(s => s!.Value)], x)) { Probability = s => s.Sigmoid() };
        return PredictorRules.Told(site, head, predictor, write => StepPlan.Of([.. fields], values => new PipelineValue(
            write(Operators.Concat(1, [.. values.Select(v => v.Flat)]))))) ?? StepPlan.Not("it tells something else");
    }

    private static Value Score(FieldAwareFactorizationMachineModelParameters model, int[] sizes, Value x)
    {
        if (UnpublishedSteps.IsNormalized(model))
            x /= (x * x).ReduceSum([1]).Sqrt();
        var (latent, dimension, fields) = (model.GetLatentWeights(), model.LatentDimension, model.FieldCount);
        // ML.NET's code for wide registers takes eight at a time and leaves what does not fill one, in training as in scoring.
        var used = Avx.IsSupported ? Math.Min(dimension, (dimension + 3) / 4 * 4 / Lanes * Lanes) : dimension;
        var score = x.Weighted([model.GetLinearWeights().ToArray()]);
        var sums = new Value[fields, fields];
        var first = 0;
        for (var field = 0; field < fields && used > 0; field++)
        {
            var slots = x.Slice([first], [first + sizes[field]], [1]);
            for (var other = 0; other < fields; other++)
                sums[field, other] = slots.Weighted([.. Enumerable.Range(0, used).Select(k =>
                    Learnt(first, sizes[field], other, k))]);
            // A slot makes no pair with itself.
            score -= (slots * slots).Weighted([Enumerable.Range(first, sizes[field]).Select(slot =>
                Enumerable.Range(0, used).Sum(k => Square(latent[Place(slot, field, k)]))).ToArray()]) * 0.5;
            first += sizes[field];
        }
        for (var field = 0; field < fields && used > 0; field++)
            for (var other = 0; other < fields; other++)
                score += (sums[field, other] * sums[other, field]).ReduceSum([1]) * 0.5;
        return score;

        float[] Learnt(int start, int count, int other, int k) =>
            [.. Enumerable.Range(start, count).Select(slot => latent[Place(slot, other, k)])];

        int Place(int slot, int field, int k) => (slot * fields + field) * dimension + k;

        static float Square(float number) => number * number;
    }
}

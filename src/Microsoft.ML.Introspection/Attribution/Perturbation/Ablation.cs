using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What the methods that take parts of the input away share.</summary>
internal static class Ablation
{
    /// <summary>
    /// The sum over masks m of m·(f(x) − f(x with the baseline where m is 1)), averaged over the baselines; shape of the input.
    /// </summary>
    /// <param name="question">The question.</param>
    /// <param name="baseline">What is put in the place of what is taken away.</param>
    /// <param name="masks">How many masks.</param>
    /// <param name="mask">Gives the masks of some numbers, shape [K] to [K, 1, row…], 1 where something is taken away, 0 elsewhere.</param>
    public static Value Sum(Question question, Baseline baseline, int masks, Func<Value, Value> mask)
    {
        var baselines = baseline.Of(question.Input);
        var count = (int)baselines.Shape[0].Value;
        return question.Sum(checked(masks * count), variants =>
        {
            var (number, which) = variants.Pairs(count);
            var away = mask(number);
            var ablated = question.At(variants.Flat(question.Input * (1 - away) + baselines.Gather(which) * away));
            var drop = question.Score - variants.Apart(ablated.Score);
            return variants.Flat(drop.Reshape([variants.Count, -1, .. Enumerable.Repeat(1L, question.Input.Rank - 1)]) * away);
        }) / count;
    }
}

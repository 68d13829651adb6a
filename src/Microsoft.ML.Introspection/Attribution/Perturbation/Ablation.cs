using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What the methods that take parts of the input away share.</summary>
internal static class Ablation
{
    /// <summary>
    /// The sum over masks m of m·(f(x) − f(x with the baseline where m is 1)), averaged over the baselines; shape of the input, or 1 in the
    /// place of some extents.
    /// </summary>
    /// <param name="question">The question.</param>
    /// <param name="baseline">What is put in the place of what is taken away.</param>
    /// <param name="masks">The masks, 1 where something is taken away, 0 elsewhere.</param>
    public static Value Sum(Question question, Baseline baseline, Variants masks)
    {
        var baselines = question.Baselines(baseline);
        var sum = question.Sum(
            masks.Times(baselines), (away, instead) => question.Drop(question.Input * (1 - away) + instead * away) * away);
        return baselines.Count == 1 ? sum : sum / baselines.Count;
    }
}

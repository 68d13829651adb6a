using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>How one sample fared over the training.</summary>
/// <param name="Label">Its class.</param>
/// <param name="Confidence">The mean probability of its class over the epochs (Swayamdipta et al. 2020).</param>
/// <param name="Variability">The standard deviation of that probability, divided by their number.</param>
/// <param name="Correctness">The share of epochs in which it was right.</param>
/// <param name="Margin">The mean of the probability of its class less the largest other.</param>
/// <param name="Forgotten">How often it was right and then wrong in the next epoch (Toneva et al. 2019).</param>
/// <param name="FirstLearned">The first epoch in which it was right; −1 if there is none.</param>
public sealed record SampleDynamics(
    int Label, double Confidence, double Variability, double Correctness, double Margin, int Forgotten, int FirstLearned)
{
    /// <summary>Whether it was learnt once and never forgotten.</summary>
    public bool IsUnforgettable => FirstLearned >= 0 && Forgotten == 0;
}

/// <summary>
/// Training dynamics: what became of each sample from epoch to epoch. Samples of low confidence and low variability are often labelled
/// wrongly, those of high variability are the ones that the training is about. Swayamdipta et al. 2020, arXiv:2009.10795; Toneva et al.
/// 2019, arXiv:1812.05159.
/// </summary>
/// <param name="Samples">The samples, in the order of the rows.</param>
/// <param name="Epochs">How many epochs there are.</param>
public sealed record TrainingDynamics(IReadOnlyList<SampleDynamics> Samples, int Epochs)
{
    /// <summary>Follows samples.</summary>
    /// <param name="probabilities">Shape [samples, epochs, classes]; of the largest that are equal the first is what was said.</param>
    /// <param name="labels">The class of each sample.</param>
    /// <param name="classes">How many classes there are, at least two.</param>
    /// <exception cref="ArgumentException">
    /// The extents do not fit, a label is none of the classes, or a probability is not from 0 to 1.
    /// </exception>
    public static TrainingDynamics Of(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (labels.IsEmpty || probabilities.IsEmpty || probabilities.Length % ((long)labels.Length * classes) != 0)
            throw new ArgumentException($"Probabilities of {labels.Length} samples × epochs × {classes} classes were expected; there are "
                + $"{probabilities.Length} numbers.", nameof(probabilities));
        var epochs = probabilities.Length / labels.Length / classes;
        var (samples, own) = (new SampleDynamics[labels.Length], new double[epochs]);
        for (var sample = 0; sample < labels.Length; sample++)
        {
            var label = labels[sample];
            if (label < 0 || label >= classes)
                throw new ArgumentException($"The label of sample {sample} is {label}; a class from 0 to {classes - 1} was expected.",
                    nameof(labels));
            var (right, forgotten, first, margin, before) = (0, 0, -1, 0.0, false);
            for (var epoch = 0; epoch < epochs; epoch++)
            {
                var said = probabilities.Slice((sample * epochs + epoch) * classes, classes);
                var other = double.NegativeInfinity;
                for (var k = 0; k < classes; k++)
                {
                    if (!(said[k] is >= 0 and <= 1))
                        throw new ArgumentException($"The probability of class {k} of sample {sample} in epoch {epoch} is {said[k]}; a "
                            + "number from 0 to 1 was expected.", nameof(probabilities));
                    other = k == label ? other : Math.Max(other, said[k]);
                }
                var isRight = TensorPrimitives.IndexOfMax(said) == label;
                (own[epoch], margin) = (said[label], margin + said[label] - other);
                right += isRight ? 1 : 0;
                forgotten += before && !isRight ? 1 : 0;
                first = first < 0 && isRight ? epoch : first;
                before = isRight;
            }
            var mean = TensorPrimitives.Sum<double>(own) / epochs;
            var squares = 0.0;
            foreach (var probability in own)
                squares += (probability - mean) * (probability - mean);
            samples[sample] =
                new(label, mean, Math.Sqrt(squares / epochs), right / (double)epochs, margin / epochs, forgotten, first);
        }
        return new TrainingDynamics(samples, epochs);
    }
}

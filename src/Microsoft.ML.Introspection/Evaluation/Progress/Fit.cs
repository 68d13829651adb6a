using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>How well scores fit labels.</summary>
/// <param name="Loss">Cross-entropy (natural logarithm) of classes, mean squared error of numbers.</param>
/// <param name="Accuracy">The share of right classes; NaN of numbers.</param>
public sealed record Fit(double Loss, double Accuracy)
{
    /// <summary>Compares.</summary>
    /// <param name="scores">
    /// Scores before squashing, [rows, outputs]; one above 0 says class 1, of several the largest says the class.
    /// </param>
    /// <param name="labels">A class from 0, or a number, of each row.</param>
    /// <param name="link">How scores become probabilities; identity where they are numbers.</param>
    /// <exception cref="ArgumentException">A label is no class of the scores.</exception>
    public static Fit Of(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels, ScoreLink link)
    {
        if (labels.IsEmpty || scores.Length % labels.Length != 0)
            throw new ArgumentException($"{scores.Length} scores do not belong to {labels.Length} labels.", nameof(scores));
        var outputs = scores.Length / labels.Length;
        var ofNumbers = link is ScoreLink.IdentityLink;
        var (loss, right) = (0.0, 0);
        for (var row = 0; row < labels.Length; row++)
        {
            var own = scores.Slice(row * outputs, outputs);
            if (ofNumbers)
            {
                if (outputs > 1)
                    throw new ArgumentException(
                        "Labels of one number each do not fit several outputs that are no classes.", nameof(labels));
                loss += (own[0] - labels[row]) * (own[0] - labels[row]);
                continue;
            }
            var label = ClassOf(labels[row], outputs, row);
            if (outputs == 1)
            {
                // log(1 + e⁻ᵐ) of the margin, without overflow.
                var margin = label == 1 ? own[0] : -own[0];
                loss += Math.Max(-margin, 0) + double.LogP1(Math.Exp(-Math.Abs(margin)));
                right += own[0] > 0 == (label == 1) ? 1 : 0;
                continue;
            }
            var most = TensorPrimitives.Max(own);
            var sum = 0.0;
            foreach (var score in own)
                sum += Math.Exp(score - most);
            loss += Math.Log(sum) + most - own[label];
            right += TensorPrimitives.IndexOfMax(own) == label ? 1 : 0;
        }
        return new Fit(loss / labels.Length, ofNumbers ? double.NaN : right / (double)labels.Length);
    }

    /// <summary>A label as a class of so many outputs; one output has two.</summary>
    internal static int ClassOf(double label, int outputs, int row) =>
        label >= 0 && label < Math.Max(outputs, 2) && label == Math.Floor(label) ? (int)label : throw new ArgumentException(
            $"The label of row {row} is {label}; a class from 0 to {Math.Max(outputs, 2) - 1} was expected.", nameof(label));
}

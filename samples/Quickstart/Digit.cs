using Microsoft.ML;
using Microsoft.ML.Data;

namespace Quickstart;

/// <summary>A handwritten digit as the file has it.</summary>
public sealed class DigitImage
{
    /// <summary>Pixels along each side.</summary>
    internal const int Side = 8;

    private const float FullInk = 16;

    /// <summary>Ink from 0 to 16, row by row from the top.</summary>
    [LoadColumn(0, Side * Side - 1), VectorType(Side * Side)]
    public float[] Pixels { get; set; } = new float[Side * Side];

    /// <summary>The digit that was meant.</summary>
    [LoadColumn(Side * Side)]
    public long Label { get; set; }

    public static IDataView Load(MLContext mlContext, string file) =>
        mlContext.Data.LoadFromTextFile<DigitImage>(Files.Data(file), separatorChar: ',', hasHeader: true);

    /// <summary>The ends of the scale: all that a pipeline must know to bring ink to the 0 to 1 that the network was trained on.</summary>
    public static IDataView BlankAndFull(MLContext mlContext) =>
        mlContext.Data.LoadFromEnumerable<DigitImage>([new(), new() { Pixels = [.. Enumerable.Repeat(FullInk, Side * Side)] }]);
}

/// <summary>A handwritten digit, what the network sees in it, and why.</summary>
public sealed class Digit
{
    /// <summary>The digit that was meant.</summary>
    public long Label { get; set; }

    /// <summary>Ink from 0 to 1, row by row from the top.</summary>
    public float[] Ink { get; set; } = [];

    /// <summary>The probability of each digit.</summary>
    public float[] Probabilities { get; set; } = [];

    /// <summary>The digit with the highest score, which is the one explained; one item.</summary>
    [ColumnName("Digit")]
    public long[] Target { get; set; } = [];

    /// <summary>Its score before the softmax; one item.</summary>
    public float[] Score { get; set; } = [];

    /// <summary>∂f/∂x: how much more ink in each pixel would raise the score of the digit that the network sees.</summary>
    public float[] Saliency { get; set; } = [];

    /// <summary>x·∂f/∂x: how much the ink in each pixel raises that score.</summary>
    public float[] Contribution { get; set; } = [];

    /// <summary>How much more ink in each pixel would raise the score of the digit that was meant.</summary>
    public float[] SaliencyOfMeant { get; set; } = [];

    /// <summary>The digit that the network sees.</summary>
    public long Seen => Target[0];

    /// <summary>Whether that is the digit that was meant.</summary>
    public bool IsRight => Seen == Label;

    /// <summary>The probability that the network gives to it.</summary>
    public double Probability => Probabilities[Seen];
}

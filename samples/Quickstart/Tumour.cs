using Microsoft.ML;
using Microsoft.ML.Data;

namespace Quickstart;

/// <summary>What a biopsy can show, in the order of the network's scores.</summary>
public enum Diagnosis
{
    Malignant,
    Benign,
}

/// <summary>A row of the breast-cancer table, its scores and their explanation.</summary>
public sealed class Tumour
{
    /// <summary>The diagnosis as a number.</summary>
    public long Label { get; set; }

    /// <summary>30 measurements of the cell nuclei, in their own units.</summary>
    public float[] Features { get; set; } = [];

    /// <summary>The network's scores, one for each diagnosis.</summary>
    [ColumnName("logits")]
    public float[] Logits { get; set; } = [];

    /// <summary>∂f/∂x: the log-odds of malignancy that each measurement would add with one standard deviation more.</summary>
    public float[] Saliency { get; set; } = [];

    /// <summary>x·∂f/∂x: the log-odds of malignancy that each measurement adds, compared with an average tumour.</summary>
    public float[] Contribution { get; set; } = [];

    /// <summary>What the biopsy showed.</summary>
    public Diagnosis Truth => (Diagnosis)Label;

    /// <summary>What the network says.</summary>
    public Diagnosis Predicted => LogOdds > 0 ? Diagnosis.Malignant : Diagnosis.Benign;

    /// <summary>Whether the network is right.</summary>
    public bool IsRight => Predicted == Truth;

    /// <summary>The score that is explained; above 0 the network says malignant.</summary>
    public double LogOdds => (double)Logits[(int)Diagnosis.Malignant] - Logits[(int)Diagnosis.Benign];

    /// <summary>The probability that the network gives to what it predicts.</summary>
    public double Probability => 1 / (1 + Math.Exp(-Math.Abs(LogOdds)));

    /// <summary>Reads a file. These options give the slots of "Features" their names, those in its header.</summary>
    public static IDataView Load(MLContext mlContext, string file) =>
        mlContext.Data.LoadFromTextFile(Files.Data(file), new TextLoader.Options
    {
        HasHeader = true,
        Separators = [','],
        Columns = [new("Features", DataKind.Single, 0, 29), new("Label", DataKind.Int64, 30)],
    });

    /// <summary>What its measurements contribute, the most telling first.</summary>
    public IEnumerable<(string Measurement, float Contribution, float Value)> MostTelling(IReadOnlyList<string> measurements) =>
        measurements.Zip(Contribution, Features).OrderByDescending(item => Math.Abs(item.Second));
}

namespace Microsoft.ML.Introspection.Text;

/// <summary>What a picture and a text have in one score, attributed to jointly.</summary>
/// <param name="Map">A number for each pixel that the network saw, the sum over its channels; rows from the top.</param>
/// <param name="Height">Rows of the map.</param>
/// <param name="Width">Numbers in a row.</param>
/// <param name="Text">The words with their scores, and what is no word's.</param>
public sealed record PictureTextExplanation(IReadOnlyList<double> Map, int Height, int Width, TextExplanation Text)
{
    /// <summary>The explained class.</summary>
    public required int Target { get; init; }

    /// <summary>The explained score.</summary>
    public required double Score { get; init; }

    /// <summary>The score that the attributions start from; null where the method promises no sum.</summary>
    public double? BaseValue { get; init; }

    /// <summary>The region of each pixel, where regions played as one; null where pixels were explained by themselves.</summary>
    public IReadOnlyList<int>? Regions { get; init; }

    /// <summary>What the picture has of the score.</summary>
    public double PictureTotal { get; } = Map.Sum();

    /// <summary>What the text has, all its tokens together.</summary>
    public double TextTotal => Text.Total;

    /// <summary>What both have: of methods that promise a sum, the change of the score.</summary>
    public double Total => PictureTotal + TextTotal;

    /// <summary>The picture's share of the total, negative where it speaks against what both say; NaN of nothing.</summary>
    public double PictureShare => Total == 0 ? double.NaN : PictureTotal / Total;

    /// <summary>The text's share of the total.</summary>
    public double TextShare => Total == 0 ? double.NaN : TextTotal / Total;

    /// <summary>What both have beyond the change of the score; null where the method promises no sum.</summary>
    public double? Gap => BaseValue is { } start ? Total - (Score - start) : null;
}

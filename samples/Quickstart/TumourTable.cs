using System.Globalization;

namespace Quickstart;

/// <summary>Explained tumours on the console.</summary>
internal static class TumourTable
{
    private const int FirstRows = 8;
    private const int Told = 3;

    /// <summary>The first rows and all mistakes, with their row in the file.</summary>
    public static IEnumerable<(int Row, Tumour Tumour)> Shown(IEnumerable<Tumour> tumours) =>
        tumours.Select((tumour, i) => (Row: i + 1, Tumour: tumour)).Where(item => item.Row <= FirstRows || !item.Tumour.IsRight);

    public static string NameOf(Diagnosis diagnosis) => diagnosis switch
    {
        Diagnosis.Malignant => "malignant",
        _ => "benign",
    };

    public static void Print(IReadOnlyList<Tumour> tumours, IReadOnlyList<string> measurements)
    {
        Console.WriteLine($"""
            Breast cancer: {Percent.OfRight(tumours.Select(tumour => tumour.IsRight))}, none of them seen in training.
            The first {FirstRows} rows and all mistakes (!). Numbers are the log-odds that a measurement adds for malignant (+)
            or for benign (-), compared with an average tumour.

             row  truth      prediction             most telling measurements
            """);
        foreach (var (row, tumour) in Shown(tumours))
            Console.WriteLine($"{row,4}  {NameOf(tumour.Truth),-9}  {Prediction(tumour),-20}   {Telling(tumour, measurements)}".TrimEnd());
        Console.WriteLine();
    }

    private static string Prediction(Tumour tumour) =>
        $"{NameOf(tumour.Predicted),-9} {Percent.Of(tumour.Probability)}{(tumour.IsRight ? "" : " !")}";

    private static string Telling(Tumour tumour, IReadOnlyList<string> measurements) => string.Concat(
        tumour.MostTelling(measurements).Take(Told).Select(item => $"{Signed(item.Contribution)} {item.Measurement,-26}"));

    private static string Signed(float value) => value.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture).PadLeft(5);
}

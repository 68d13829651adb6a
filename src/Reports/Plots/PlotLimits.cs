using System.Runtime.CompilerServices;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>What a plot can show and still be read.</summary>
internal static class PlotLimits
{
    private const int Features = 200;
    private const int Rows = 20_000;

    /// <summary>A number of features to show.</summary>
    public static int Check(int features, [CallerMemberName] string name = "") => features is >= 1 and <= Features
        ? features
        : throw new ArgumentOutOfRangeException(name, features, $"A number of features between 1 and {Features} was expected.");

    /// <summary>A number of rows to show.</summary>
    public static int CheckRows(int rows, [CallerMemberName] string name = "") => rows is >= 2 and <= Rows
        ? rows
        : throw new ArgumentOutOfRangeException(name, rows, $"A number of rows between 2 and {Numbers.Count(Rows)} was expected.");
}

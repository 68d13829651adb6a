using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Shapley;

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

    /// <summary>Values of which a drawing shows the sum.</summary>
    /// <exception cref="ArgumentException">They do not add up.</exception>
    public static ShapValues CheckSums(ShapValues values) => values is null or { AddsUp: true } ? values! : throw new ArgumentException(
        $"This plot shows how values add up to a score; those of {values.Method} do not. A {nameof(ShapHeatmap)} or a {nameof(Waterfall)} "
            + "shows them one by one.", nameof(values));

    /// <summary>A number of rows to show.</summary>
    public static int CheckRows(int rows, [CallerMemberName] string name = "") => rows is >= 2 and <= Rows
        ? rows
        : throw new ArgumentOutOfRangeException(name, rows, $"A number of rows between 2 and {Numbers.Count(Rows)} was expected.");
}

using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Tests.Uncertainty;

/// <summary>The arrays of a case under <c>test/data/uncertainty</c>, by name; of those also stored in doubles, the doubles.</summary>
internal sealed class UncertaintyReferences : IDisposable
{
    private readonly NpzArchive _archive;

    public UncertaintyReferences(string name) => _archive = NpzArchive.Open(Path.Combine(Folder(name), "reference.npz"));

    public IEnumerable<string> Names => _archive.Names;

    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "data", "uncertainty", name);

    public double[] Numbers(string name) =>
        _archive.Names.Contains(name + "_f64") ? _archive.Read(name + "_f64").ToDoubles() : _archive.Read(name).ToDoubles();

    public int[] Integers(string name) => Array.ConvertAll(Numbers(name), v => (int)v);

    /// <summary>What stands behind a name, such as the shares that may be missed behind <c>split_threshold.</c></summary>
    public IEnumerable<double> Shares(string start) => _archive.Names
        .Where(n => n.StartsWith(start, StringComparison.Ordinal) && !n.EndsWith("_f64", StringComparison.Ordinal))
        .Select(n => double.Parse(n[start.Length..], System.Globalization.CultureInfo.InvariantCulture));

    public void Dispose() => _archive.Dispose();

    /// <summary>Fails unless numbers are the same to a share of the larger of their size and 1; infinities are to be equal.</summary>
    public static void Equal(double[] expected, double[] actual, double tolerance, string what)
    {
        Assert.HasCount(expected.Length, actual, what);
        for (var i = 0; i < expected.Length; i++)
            if (double.IsInfinity(expected[i]))
                Assert.AreEqual(expected[i], actual[i], $"{what} [{i}]");
            else
                Near.Relative([expected[i]], [actual[i]], tolerance, $"{what} [{i}]");
    }
}

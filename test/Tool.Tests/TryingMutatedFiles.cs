using System.Diagnostics;

namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>
/// Mutated files of every kind, read, explained and run as a user would: each ends in a result or in a documented error, within time and
/// memory. `dotnet run --project test/Fuzz -- --count N --seed S` does it for as long as one likes.
/// </summary>
[TestClass]
public class TryingMutatedFiles
{
    [TestMethod]
    public void Ends_in_a_result_or_a_documented_error()
    {
        using var work = new Workplace();
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Fuzz.dll"), "--seconds", "25", "--seed", "1", "--keep", work["kept"]])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, output + error.Result);
        foreach (var kind in (string[])["model: explained", "model: refused", "tree: ", "array: ", "csv: ", "pipeline: "])
            Assert.Contains(kind, output);
    }
}

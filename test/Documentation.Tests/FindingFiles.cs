using System.Text.RegularExpressions;

namespace Microsoft.ML.Introspection.Documentation.Tests;

/// <summary>Files that documents speak of.</summary>
[TestClass]
public sealed partial class FindingFiles
{
    private const string Engine = "src/Microsoft.ML.Introspection";

    [TestMethod]
    public void Links_lead_to_files()
    {
        var broken = Repository.Documents.SelectMany(document => Link().Matches(Prose(document)).Select(link => link.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && target.Length > 0)
            .Where(target => !Path.Exists(Path.Combine(Path.GetDirectoryName(Repository.At(document))!, target)))
            .Select(target => $"{document}: {target}")).ToList();
        Assert.IsEmpty(broken, string.Join('\n', broken));
    }

    [TestMethod]
    [DataRow("CONTRIBUTING.md", 25)]
    [DataRow("docs/architecture.md", 5)]
    public void Paths_in_backticks_are_there(string document, int least)
    {
        // 'PATH' and 'NAME' stand for something else; "…" is the engine, or whatever lies between.
        var paths = Code().Matches(Prose(document)).Select(code => code.Groups[1].Value)
            .Where(code => PathLike().IsMatch(code) && !code.Contains(' ', StringComparison.Ordinal)).Distinct().ToList();
        Assert.IsTrue(paths.Count >= least, $"{document} names {paths.Count} paths only.");
        var missing = paths.Where(path => !IsThere(path)).ToList();
        Assert.IsEmpty(missing, $"{document} names what is not there: {string.Join(", ", missing)}");
    }

    [TestMethod]
    [DataRow("…/Onnx/Operators/OperatorTable.cs", true)]
    [DataRow("…/Onnx/Operators/OperatorTables.cs", false)]
    [DataRow("Differentiation/Rules", true)]
    [DataRow("test/…/Differentiation", true)]
    [DataRow("test/…/Differentiations", false)]
    public void What_is_not_there_is_told(string path, bool isThere) => Assert.AreEqual(isThere, IsThere(path));

    private static bool IsThere(string path)
    {
        // What is built is not there before.
        if (path.StartsWith("artifacts/", StringComparison.Ordinal))
            return true;
        if (path.StartsWith("…/", StringComparison.Ordinal))
            return Path.Exists(Repository.At(path.Replace("…", Engine, StringComparison.Ordinal)));
        if (path.Split("/…/") is [var above, var below])
            return Directory.EnumerateDirectories(Repository.At(above)).Any(folder => Path.Exists(Path.Combine(folder, below)));
        return Path.Exists(Repository.At(path)) || Path.Exists(Repository.At($"{Engine}/{path}"));
    }

    private static string Prose(string document) =>
        Block().Replace(File.ReadAllText(Repository.At(document)).ReplaceLineEndings("\n"), "");

    [GeneratedRegex(@"\]\(([^)#]*)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^[\w.…-]+(/[\w.…-]+)+/?$")]
    private static partial Regex PathLike();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}

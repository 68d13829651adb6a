using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.ML.Introspection.Catalog;

namespace Microsoft.ML.Introspection.Tests.Catalog;

/// <summary>The page of methods in the documentation says what the catalog says; INTROSPECTION_WRITE_DOCS=1 writes it anew.</summary>
[TestClass]
public sealed class DescribingMethods
{
    [TestMethod]
    public void The_page_of_methods_is_the_catalogs()
    {
        var page = Page();
        if (Environment.GetEnvironmentVariable("INTROSPECTION_WRITE_DOCS") == "1")
            File.WriteAllText(Path.Combine(Root(), "docs", "methods.md"), page);
        else
            Assert.AreEqual(page, File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "methods.md")).ReplaceLineEndings("\n"));
    }

    [TestMethod]
    public void The_page_of_which_method_names_every_method()
    {
        var page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "which-method.md"));
        foreach (var method in MethodCatalog.All)
            StringAssert.Contains(page, $"`{method.Type.Name}`");
    }

    [TestMethod]
    public void Whoever_has_options_of_his_own_describes_them_likewise()
    {
        var record = new DescribedRecord(typeof(OfTwo));
        CollectionAssert.AreEqual((string[])["how-many", "flag"], record.Options.Select(o => o.Name).ToArray());
        CollectionAssert.AreEqual((string[])["3", "false"], record.Options.Select(o => o.Default).ToArray());
        Assert.AreEqual(new OfTwo(3, true), record.Create("command two", new Dictionary<string, string> { ["flag"] = "true" }));
        Assert.Contains("command two has no option 'flags'; it has how-many, flag", Assert.ThrowsExactly<ArgumentException>(
            () => record.Create("command two", new Dictionary<string, string> { ["flags"] = "true" })).Message);
        Assert.ThrowsExactly<ArgumentException>(() => new DescribedRecord(typeof(Math)));
    }

    private sealed record OfTwo([Option("How many.")] int HowMany = 3, [Option("Whether.")] bool Flag = false);

    private static string Page()
    {
        var page = new StringBuilder("""
            # Methods

            Made from the catalog of methods, as are the command line's help and the extensions of ML.NET. Every method is a column
            (`mlContext.Transforms.GradCam(…)`), a library call (`Explanation.Compile(network, new GradCam())`) and a `--method` of the command line.

            | command line | type | what it gives |
            |---|---|---|

            """);
        foreach (var method in MethodCatalog.All)
            page.Append($"| [`{method.Name}`](#{method.Name}) | `{method.Type.Name}` | {method.Summary} |\n");
        foreach (var method in MethodCatalog.All)
        {
            page.Append($"\n## {method.Name}\n\n{method.Summary}.{(method.Paper.Length > 0 ? $" {method.Paper}." : "")}\n");
            Append(page, method.Options);
        }
        page.Append("\n## Options of all methods\n\nThe method is repeated under noise, and its map keeps low frequencies.\n");
        Append(page, MethodCatalog.Common);
        return page.ToString();
    }

    private static void Append(StringBuilder page, IReadOnlyList<MethodOption> options)
    {
        if (options.Count == 0)
            return;
        page.Append("\n| option | what it does | values | default |\n|---|---|---|---|\n");
        foreach (var option in options)
            page.Append($"| `{option.Name}` | {option.Summary} | {string.Join(", ", option.Values ?? [])} | {option.Default} |\n");
    }

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}

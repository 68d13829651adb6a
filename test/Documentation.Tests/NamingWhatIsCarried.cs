using System.Text.Json;

namespace Microsoft.ML.Introspection.Documentation.Tests;

/// <summary>Notices of what the packages of the command line carry.</summary>
[TestClass]
public sealed class NamingWhatIsCarried
{
    [TestMethod]
    public void Every_package_beside_the_tool_has_its_notice()
    {
        var notices = File.ReadAllText(Repository.At("THIRD-PARTY-NOTICES.md"));
        // As the tool was built, not as these tests run: they bring packages of their own.
        var built = Repository.At($"src/Tool/bin/{new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name}/net10.0/introspect.deps.json");
        using var dependencies = JsonDocument.Parse(File.ReadAllText(built));
        string[] carried =
        [
            .. dependencies.RootElement.GetProperty("libraries").EnumerateObject()
                .Where(library => library.Value.GetProperty("type").GetString() == "package").Select(library => library.Name.Split('/')[0])
                // An empty shell for what is left out.
                .Where(name => name != "LightGBM"),
        ];
        CollectionAssert.Contains(carried, "Microsoft.ML.OnnxRuntime");
        var missing = carried.Where(name => !notices.Contains($"{name},", StringComparison.Ordinal)
            && !notices.Contains($"{name} |", StringComparison.Ordinal));
        Assert.AreEqual("", string.Join(", ", missing), "packages that THIRD-PARTY-NOTICES.md does not name");
    }
}

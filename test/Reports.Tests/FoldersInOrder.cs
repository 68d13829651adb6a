using System.Text.RegularExpressions;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Pictures know nothing of pages: each folder uses those before it in the list, and no other.</summary>
[TestClass]
public sealed class FoldersInOrder
{
    private static readonly string[] Order = ["Images", "Drawing", "Plots", "Page"];

    private static readonly (string Folder, string Name, string Code)[] Files =
        [.. Order.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => (folder, Path.GetFileName(file), Regex.Replace(File.ReadAllText(file), "//.*", ""))))];

    [TestMethod]
    public void No_folder_uses_a_type_of_one_that_comes_later()
    {
        var homes = Files.SelectMany(file => Regex
                .Matches(file.Code, @"^(?:public|internal) [a-z ]*(?:class|struct|record|enum|interface) (\w+)", RegexOptions.Multiline)
                .Select(type => (Type: type.Groups[1].Value, file.Folder)))
            .DistinctBy(home => home.Type)
            .ToDictionary(home => home.Type, home => Array.IndexOf(Order, home.Folder));
        Assert.AreEqual(0, homes["Raster"]);
        Assert.AreEqual(3, homes["Report"]);

        var upward = Files.SelectMany(file => Regex.Matches(file.Code, @"\b[A-Z]\w+").Select(word => word.Value).Distinct()
            .Where(word => homes.TryGetValue(word, out var home) && home > Array.IndexOf(Order, file.Folder))
            .Select(word => $"{file.Folder}/{file.Name} uses {word} of {Order[homes[word]]}"));
        Assert.AreEqual("", string.Join('\n', upward));
    }

    [TestMethod]
    public void Every_source_file_lies_in_one_of_the_folders()
    {
        var all = Directory.EnumerateFiles(Root(), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root(), file).Split(Path.DirectorySeparatorChar)[0])
            .Where(folder => folder is not ("obj" or "bin"));
        CollectionAssert.AreEquivalent(Order, all.Distinct().ToArray());
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Introspection.sln")))
            folder = folder.Parent
                ?? throw new DirectoryNotFoundException("The folder of Introspection.sln lies above the tests; it was not found.");
        return Path.Combine(folder.FullName, "src", "Reports");
    }
}

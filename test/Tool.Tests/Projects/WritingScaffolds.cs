using Microsoft.ML.Introspection.Projects;

namespace Microsoft.ML.Introspection.Tool.Tests.Projects;

/// <summary><c>introspect scaffold</c>: the class as a file beside the project.</summary>
[TestClass]
public sealed class WritingScaffolds
{
    [TestMethod]
    public async Task The_class_is_a_part_of_the_generated_one()
    {
        using var place = new Workplace();
        ProjectFolder.Churn(place["."]);
        place.Write("ChurnOld.consumption.cs", "namespace My.App\n{\n    public partial class ChurnOld { }\n}\n");
        var outcome = (await place.RunAsync("scaffold", "@ChurnOld.mbconfig")).IsDone();
        Assert.Contains("My.App.ChurnOld", outcome.Out);
        var text = File.ReadAllText(place["ChurnOld.explanation.cs"]);
        Assert.StartsWith(ExplanationClass.Mark, text);
        foreach (var words in (string[])["namespace My.App\n{", "partial class ChurnOld\n", "PathForExplanation(\"ChurnOld.zip\")",
            "Separators = new[] { '\\t' }", "new TextLoader.Column(\"Left\", DataKind.Boolean, 3),", "Metric.Accuracy()"])
            Assert.Contains(words, text);
        (await place.RunAsync("scaffold", "@.")).IsDone();
        Assert.AreEqual(text, File.ReadAllText(place["ChurnOld.explanation.cs"]), "its own file is replaced");
    }

    [TestMethod]
    public async Task Without_generated_code_the_program_tells_the_namespace()
    {
        using var place = new Workplace();
        File.Copy(ProjectFolder.Given("HousePrice"), place["HousePrice.mbconfig"]);
        place.Write("House App.csproj", "<Project><PropertyGroup><RootNamespace>House.Prices</RootNamespace></PropertyGroup></Project>");
        var outcome = await place.RunAsync("scaffold", "@HousePrice.mbconfig", "--output", "@Why.cs");
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        Assert.Contains("House.Prices.HousePrice", outcome.Error);
        Assert.Contains("the model of", outcome.Error);
        Assert.Contains("namespace House.Prices", File.ReadAllText(place["Why.cs"]));
        place.Write("House App.csproj", "<Project>");
        await place.RunAsync("scaffold", "@HousePrice.mbconfig", "--output", "@Why.cs");
        Assert.Contains("namespace House_App", File.ReadAllText(place["Why.cs"]));
    }

    [TestMethod]
    public async Task What_is_somebodys_own_is_not_replaced_unless_it_is_said()
    {
        using var place = new Workplace();
        File.Copy(ProjectFolder.Given("ChurnOld"), place["ChurnOld.mbconfig"]);
        place.Write("ChurnOld.explanation.cs", "// mine");
        (await place.RunAsync("scaffold", "@ChurnOld.mbconfig")).Failed("was not written by this command", "--force");
        Assert.AreEqual("// mine", File.ReadAllText(place["ChurnOld.explanation.cs"]));
        Assert.AreEqual(0, (await place.RunAsync("scaffold", "@ChurnOld.mbconfig", "--force")).ExitCode);
        Assert.StartsWith(ExplanationClass.Mark, File.ReadAllText(place["ChurnOld.explanation.cs"]));
    }

    [TestMethod]
    public async Task Of_what_cannot_be_explained_nothing_is_written()
    {
        using var place = new Workplace();
        foreach (var name in (string[])["NotTrained", "Films", "Shapes"])
        {
            File.Copy(ProjectFolder.Given(name), place[$"{name}.mbconfig"]);
            (await place.RunAsync("scaffold", $"@{name}.mbconfig")).Failed("No class is written", $"{name}.mbconfig");
        }
        Assert.HasCount(3, place.Files);
    }
}

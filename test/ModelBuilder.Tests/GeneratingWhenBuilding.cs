using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Testing;
using Microsoft.CodeAnalysis.Text;
using Microsoft.ML.Introspection.ProjectGenerator;
using Microsoft.ML.Introspection.Projects;
using Microsoft.ML.Introspection.Tool.Tests.Projects;

namespace Microsoft.ML.Introspection.ModelBuilder.Tests;

/// <summary>The source generator: the class of <c>introspect scaffold</c>, made when a program is built.</summary>
[TestClass]
public sealed class GeneratingWhenBuilding
{
    [TestMethod]
    [DataRow("HousePrice", GeneratedCode.HousePrice), DataRow("ChurnOld", GeneratedCode.ChurnOld), DataRow("FirstForm", GeneratedCode.FirstForm)]
    public async Task The_class_is_the_scaffolds_and_nothing_is_complained_of(string name, string consumption)
    {
        var test = Test((name, File.ReadAllText(ProjectFolder.Given(name))));
        test.TestState.Sources.Add(($"/app/{name}.consumption.cs", consumption));
        test.TestState.GeneratedSources.Add((typeof(ExplanationGenerator), $"{name}.explanation.g.cs",
            SourceText.From(Expected(name, GeneratedClass.Parse(consumption)!), System.Text.Encoding.UTF8)));
        await test.RunAsync();
    }

    [TestMethod]
    public async Task Where_the_scaffold_is_there_nothing_is_made()
    {
        var test = Test(("ChurnOld", File.ReadAllText(ProjectFolder.Given("ChurnOld"))));
        test.TestState.Sources.Add(("/app/ChurnOld.consumption.cs", GeneratedCode.ChurnOld));
        test.TestState.Sources.Add(("/app/ChurnOld.explanation.cs", Expected("ChurnOld", GeneratedClass.Parse(GeneratedCode.ChurnOld)!)));
        await test.RunAsync();
    }

    [TestMethod]
    public void What_cannot_be_explained_is_told_without_a_warning()
    {
        foreach (var name in (string[])["Films", "Reviews", "Shapes", "NotTrained"])
        {
            var told = Run(Driver(), Compilation(), new Text($"/app/{name}.mbconfig", File.ReadAllText(ProjectFolder.Given(name))));
            Assert.IsEmpty(told.GeneratedTrees);
            Assert.AreEqual("INTROSPECT002", told.Diagnostics.Single().Id);
            Assert.AreEqual(DiagnosticSeverity.Info, told.Diagnostics.Single().Severity);
        }
    }

    [TestMethod]
    public void Files_that_are_none_and_a_missing_library_are_warned_of()
    {
        var damaged = Run(Driver(), Compilation(), new Text("/app/X.mbconfig", "{"));
        Assert.AreEqual("INTROSPECT001", damaged.Diagnostics.Single().Id);
        var bare = CSharpCompilation.Create("app", references: References.All.Where(r => !r.Display!.Contains("Introspection")));
        var missing = Run(Driver(), bare, new Text("/app/ChurnOld.mbconfig", File.ReadAllText(ProjectFolder.Given("ChurnOld"))));
        Assert.AreEqual("INTROSPECT003", missing.Diagnostics.Single().Id);
    }

    [TestMethod]
    public void Projects_of_one_name_are_told_apart_by_their_folders()
    {
        var text = File.ReadAllText(ProjectFolder.Given("ChurnOld"));
        var compilation = Compilation().AddSyntaxTrees(
            Parsed("/app/a/ChurnOld.consumption.cs", GeneratedCode.ChurnOld.Replace("ChurnProgram", "A")),
            Parsed("/app/b/ChurnOld.consumption.cs", GeneratedCode.ChurnOld.Replace("ChurnProgram", "B")));
        var made = Run(Driver(), compilation, new Text("/app/a/ChurnOld.mbconfig", text), new Text("/app/b/ChurnOld.mbconfig", text));
        Assert.HasCount(2, made.GeneratedTrees);
        Assert.Contains("namespace A\n", made.GeneratedTrees[0].ToString());
        Assert.Contains("namespace B\n", made.GeneratedTrees[1].ToString());
    }

    [TestMethod]
    public void A_class_is_made_once_however_often_its_project_is_named()
    {
        var text = File.ReadAllText(ProjectFolder.Given("ChurnOld"));
        var made = Run(Driver(), Compilation(), new Text("/app/ChurnOld.mbconfig", text), new Text("/app/ChurnOld.mbconfig", text),
            new Text("/app/old/ChurnOld.mbconfig", text));
        Assert.HasCount(1, made.GeneratedTrees);
        Assert.Contains("another project", made.Diagnostics.Single().GetMessage(System.Globalization.CultureInfo.InvariantCulture));
    }

    [TestMethod]
    public void What_does_not_concern_it_makes_it_write_nothing_anew()
    {
        var text = new Text("/app/ChurnOld.mbconfig", File.ReadAllText(ProjectFolder.Given("ChurnOld")));
        var compilation = Compilation().AddSyntaxTrees(Parsed("/app/ChurnOld.consumption.cs", GeneratedCode.ChurnOld));
        var driver = Driver().AddAdditionalTexts([text]).RunGenerators(compilation);
        CollectionAssert.AreEqual((IncrementalStepRunReason[])[IncrementalStepRunReason.New], Reasons(driver));

        var other = compilation.AddSyntaxTrees(Parsed("/app/Program.cs", "class Program { static void Main() { } }"));
        driver = driver.RunGenerators(other);
        Assert.IsTrue(Reasons(driver).All(r => r is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged));

        // The same text of another file object, as an editor that saves it gives it.
        var saved = new Text(text.Path, text.GetText().ToString());
        driver = driver.ReplaceAdditionalText(text, saved).RunGenerators(other);
        Assert.IsTrue(Reasons(driver).All(r => r is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged));

        driver = driver.ReplaceAdditionalText(saved, new Text(text.Path, saved.GetText().ToString().Replace("Minutes", "Hours")))
            .RunGenerators(other);
        CollectionAssert.Contains(Reasons(driver), IncrementalStepRunReason.Modified);
        Assert.Contains("\"Hours\"", driver.GetRunResult().GeneratedTrees.Single().ToString());
    }

    private static IncrementalStepRunReason[] Reasons(GeneratorDriver driver) =>
        [.. driver.GetRunResult().Results.Single().TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs).Select(o => o.Reason)];

    private static string Expected(string name, GeneratedClass names) =>
        ExplanationClass.Write(ProjectFile.Open(ProjectFolder.Given(name)).Project, names);

    private static CSharpSourceGeneratorTest<ExplanationGenerator, DefaultVerifier> Test(params (string Name, string Text)[] projects)
    {
        var test = new CSharpSourceGeneratorTest<ExplanationGenerator, DefaultVerifier>
        {
            // What the tests run with, in the place of packages that would be fetched.
            ReferenceAssemblies = new ReferenceAssemblies("net10.0"), CompilerDiagnostics = CompilerDiagnostics.Warnings,
            // Of what Model Builder writes itself.
            DisabledDiagnostics = { "CS1591" },
        };
        test.TestState.AdditionalReferences.AddRange(References.All);
        foreach (var (name, text) in projects)
            test.TestState.AdditionalFiles.Add(($"/app/{name}.mbconfig", text));
        return test;
    }

    private static CSharpCompilation Compilation() =>
        CSharpCompilation.Create("app", references: References.All, options: new(OutputKind.DynamicallyLinkedLibrary));

    private static SyntaxTree Parsed(string path, string text) => CSharpSyntaxTree.ParseText(text, path: path);

    private static GeneratorDriver Driver() => CSharpGeneratorDriver.Create(
        [new ExplanationGenerator().AsSourceGenerator()], driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, true));

    private static GeneratorDriverRunResult Run(GeneratorDriver driver, Compilation compilation, params AdditionalText[] texts) =>
        driver.AddAdditionalTexts([.. texts]).RunGenerators(compilation).GetRunResult();

    private sealed class Text(string path, string text) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }
}

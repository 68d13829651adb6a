using System.Collections;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Projects;
using Microsoft.ML.Introspection.Tool.Tests.Projects;

namespace Microsoft.ML.Introspection.ModelBuilder.Tests;

/// <summary>The class of each form beside what Model Builder has written: compiled by C# 9 without implicit usings, and run.</summary>
[TestClass]
public sealed class CompilingScaffolds
{
    [TestMethod]
    public void Value_prediction_of_form_5()
    {
        using var folder = new Folder();
        var type = Compiled(ProjectFolder.Houses(folder.Path), GeneratedCode.HousePrice,
            GeneratedCode.Evaluate("Houses", "HousePrice", "Regression", "RSquared"));
        var prediction = Explained(type, ("District", "North"), ("Area", 120f), ("Rooms", 4f), ("Year_built", 1950f), ("Note", "needs repair"));
        Assert.IsNull(prediction.PredictedLabel);
        Near.Equal(prediction.Scores[0], prediction.Total, 1e-3);
        CollectionAssert.AreEquivalent((string[])["District", "Area", "Rooms", "Year built", "Note"], Columns(prediction));
        Finite.Below(0, prediction.Reasons.Single(r => r.Column == "Note").Value, "repairs cost");

        var (ml, data, model) = Loaded(type, folder, "houses.csv", "HousePrice.mlnet");
        var importance = Importance(type, ml, data, model, "Price");
        Assert.AreEqual("Area", importance[0].Item1);
        CollectionAssert.AreEqual(importance.OrderByDescending(i => i.Item2).ToArray(), importance);
        // The generated list is of slots, without the sign, and of one permutation: the same thing first.
        var generated = (List<Tuple<string, double>>)type.GetMethod("CalculatePFI")!.Invoke(null, [ml, data, model, "Price"])!;
        Assert.AreEqual("Area", generated[0].Item1);
        Near.Equal(generated[0].Item2, importance[0].Item2, 0.15 * generated[0].Item2);

        var all = (IDataView)type.GetMethod("ExplainAll")!.Invoke(null, [data])!;
        Assert.IsNotNull(all.Schema.GetColumnOrNull("ShapBase"));
        Assert.AreEqual(5, ml.Data.ReadShapValues(all)[0].FeatureCount);
    }

    [TestMethod]
    public void Two_classes_of_form_2()
    {
        using var folder = new Folder();
        var type = Compiled(ProjectFolder.Churn(folder.Path), GeneratedCode.ChurnOld);
        var prediction = Explained(type, ("Age", 30f), ("Plan", "a"), ("Minutes", 10f));
        Assert.AreEqual("true", prediction.PredictedLabel);
        Near.Equal(prediction.Scores[0], prediction.Total, 1e-3);
        Assert.AreEqual("Minutes", prediction.Reasons[0].Column);
        var (ml, data, model) = Loaded(type, folder, "churn.tsv", "ChurnOld.zip");
        Assert.AreEqual("Minutes", Importance(type, ml, data, model, "Left")[0].Item1);
    }

    [TestMethod]
    public void Classes_of_texts_of_form_0()
    {
        using var folder = new Folder();
        var type = Compiled(ProjectFolder.Sizes(folder.Path), GeneratedCode.FirstForm);
        var prediction = Explained(type, ("A_b__c_", "barn tall wide 1"));
        Assert.AreEqual("groß", prediction.PredictedLabel);
        Assert.AreEqual("groß", prediction.Explained);
        CollectionAssert.AreEqual((string[])["a,b \"c\""], Columns(prediction));
        var (ml, data, model) = Loaded(type, folder, "sizes.txt", "FirstForm.zip");
        Finite.Above(0.3, Importance(type, ml, data, model, "Größe (m²)")[0].Item2);
    }

    [TestMethod]
    public void Classes_of_numbers_of_form_4_with_classes_at_top_level()
    {
        using var folder = new Folder();
        var type = Compiled(ProjectFolder.Grades(folder.Path, 300, columns: 4), GeneratedCode.Grades(4),
            GeneratedCode.Evaluate("School.Models", "Grades", "MulticlassClassification", "MacroAccuracy"));
        var prediction = Explained(type, ("X0", 0.9f), ("X1", 0.9f), ("X2", 0.1f), ("X3", 0.5f));
        Assert.AreEqual("3", prediction.PredictedLabel);
        Assert.AreEqual("3", prediction.Explained);
        Assert.HasCount(3, prediction.Scores);
        CollectionAssert.AreEquivalent((string[])["1", "2", "3"], prediction.Classes.ToArray());
        var (ml, data, model) = Loaded(type, folder, "grades.csv", "Grades.mlnet");
        var importance = Importance(type, ml, data, model, "grade");
        Assert.AreEqual("x0", importance[0].Item1);
        var intervals = (IReadOnlyList<PermutationFeatureImportance>)type.GetMethod("FeatureImportanceWithIntervals")!
            .Invoke(null, [ml, data, model, "grade", 5])!;
        foreach (var one in intervals)
            Assert.IsTrue(one.Low <= one.Mean && one.Mean <= one.High, one.Name);
    }

    [TestMethod]
    public void Several_threads_may_ask_at_once()
    {
        using var folder = new Folder();
        var type = Compiled(ProjectFolder.Churn(folder.Path), GeneratedCode.ChurnOld);
        var rows = Enumerable.Range(0, 64).Select(i => ((string, object)[])[("Age", 20f + i), ("Plan", "abc"[i % 3].ToString()), ("Minutes", 7f * i)]).ToArray();
        var alone = rows.Select(row => Explained(type, row).Total).ToArray();
        var together = new float[rows.Length];
        Parallel.For(0, rows.Length, i => together[i] = Explained(type, rows[i]).Total);
        CollectionAssert.AreEqual(alone, together);
    }

    [TestMethod]
    public void Missing_files_are_named_with_what_to_do()
    {
        using var folder = new Folder();
        var type = Compiled(ProjectFolder.Churn(folder.Path), GeneratedCode.ChurnOld);
        File.Delete(Path.Combine(folder.Path, "churn.tsv"));
        var error = Assert.ThrowsExactly<TargetInvocationException>(() => Explained(type, ("Plan", "a"))).InnerException!;
        Assert.Contains("ExplainAgainst", error.Message);
        var ml = new MLContext();
        File.WriteAllLines(Path.Combine(folder.Path, "few.tsv"), ["Age\tPlan\tMinutes\tLeft", "30\ta\t10\tTrue", "40\tb\t300\tFalse"]);
        var few = type.GetMethod("LoadRowsForExplanation")!.Invoke(null, [ml, Path.Combine(folder.Path, "few.tsv")]);
        type.GetMethod("ExplainAgainst")!.Invoke(null, [few]);
        Assert.IsTrue(float.IsFinite(Explained(type, ("Plan", "a")).Total));
    }

    [TestMethod]
    [DataRow("Films"), DataRow("Reviews"), DataRow("Shapes"), DataRow("NotTrained")]
    public void Of_what_cannot_be_explained_no_class_is_written(string name)
    {
        var project = ProjectFile.Open(ProjectFolder.Given(name)).Project;
        Assert.IsNotNull(ExplanationClass.WhyNot(project));
        Assert.ThrowsExactly<InvalidProjectException>(() => ExplanationClass.Write(project, new GeneratedClass(null, name)));
    }

    [TestMethod]
    public void The_class_is_read_from_what_was_generated_whatever_its_layout()
    {
        Assert.AreEqual(new GeneratedClass("A.B", "M"), GeneratedClass.Parse("// namespace X { partial class Y\nnamespace A . B;\ninternal partial class M { string s = \"namespace Z { partial class Q\"; }"));
        Assert.AreEqual(new GeneratedClass(null, "M"), GeneratedClass.Parse("public partial class M {}"));
        Assert.IsNull(GeneratedClass.Parse("public class M {}"));
        Assert.AreEqual(new GeneratedClass("My_App.Core", "_2nd_model"), GeneratedClass.Guess("2nd model", "My App.Core"));
    }

    private static Type Compiled(string project, string consumption, string? evaluate = null)
    {
        var file = ProjectFile.Open(project);
        var names = GeneratedClass.Parse(consumption)!;
        var compilation = CSharpCompilation.Create($"Scaffold{Guid.NewGuid():N}",
            ((string?[])[consumption, evaluate, ExplanationClass.Write(file.Project, names)]).OfType<string>()
                .Select(text => CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.CSharp9))),
            References.All, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable,
                // What the SDK leaves out as well: assemblies were built with earlier versions of others.
                specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]));
        var told = compilation.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning
            && (d.Location.SourceTree is null || d.Location.SourceTree == compilation.SyntaxTrees.Last())).ToArray();
        Assert.IsEmpty(told, string.Join('\n', told.Select(d => d.ToString())));
        using var assembly = new MemoryStream();
        var emitted = compilation.Emit(assembly);
        Assert.IsTrue(emitted.Success, string.Join('\n', emitted.Diagnostics));
        var type = Assembly.Load(assembly.ToArray()).GetType($"{names.Namespace}.{names.Name}")!;
        type.GetProperty("ExplanationModelPath")!.SetValue(null, file.FindModel());
        type.GetProperty("ExplanationDataPath")!.SetValue(null, file.FindData());
        return type;
    }

    private static ExplainedPrediction Explained(Type type, params (string Name, object Value)[] values)
    {
        var input = type.GetNestedType("ModelInput") ?? type.Assembly.GetType($"{type.Namespace}.ModelInput")!;
        var row = Activator.CreateInstance(input)!;
        foreach (var (name, value) in values)
            input.GetProperty(name)!.SetValue(row, value);
        return (ExplainedPrediction)type.GetMethod("Explain")!.Invoke(null, [row])!;
    }

    private static string[] Columns(ExplainedPrediction prediction)
    {
        CollectionAssert.AreEqual(prediction.Reasons.OrderByDescending(r => Math.Abs(r.Value)).ToArray(), (ICollection)prediction.Reasons);
        Near.Equal(prediction.Total, prediction.BaseValue + prediction.Reasons.Sum(r => r.Value), 1e-3);
        return [.. prediction.Reasons.Select(r => r.Column)];
    }

    private static (MLContext, IDataView, ITransformer) Loaded(Type type, Folder folder, string data, string model)
    {
        var ml = new MLContext(seed: 1);
        return (ml, (IDataView)type.GetMethod("LoadRowsForExplanation")!.Invoke(null, [ml, Path.Combine(folder.Path, data)])!,
            ml.Model.Load(Path.Combine(folder.Path, model), out _));
    }

    private static List<Tuple<string, double>> Importance(Type type, MLContext ml, IDataView data, ITransformer model, string label) =>
        (List<Tuple<string, double>>)type.GetMethod("FeatureImportance")!.Invoke(null, [ml, data, model, label])!;
}

using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Text;
using Mono.Cecil;
using Mono.Cecil.Rocks;

namespace Microsoft.ML.Introspection.Tool.Tests.Architecture;

/// <summary>The order of rooms, as docs/architecture.md tells it: each may use only those that stand before it in its list.</summary>
[TestClass]
public sealed partial class KeepingRoomsInOrder
{
    // Files that lie in the folder of the project itself.
    private const string Door = "";

    private static readonly string[] Engine =
        [
            Door, "Files", "Numerics", "Onnx", "Runtime", "Rows", "Models", "Imaging", "Importers", "Differentiation", "Attribution", "Shapley", "Explaining",
            "Evaluation", "Uncertainty", "Jobs", "Features", "Catalog",
        ];

    [TestMethod]
    public void OfTheEngine() => AssertOrder(typeof(OnnxModel).Assembly, "Microsoft.ML.Introspection", Engine);

    [TestMethod]
    public void OfText() => AssertOrder(typeof(TextTokenizer).Assembly, "Text",
        ["Tokens", "Normalizing", "Splitting", "Subwords", "Reading", Door, "Explaining"]);

    [TestMethod]
    public void OfReports() => AssertOrder(typeof(Report).Assembly, "Reports", ["Images", "Sounds", "Drawing", "Plots", "Page"]);

    [TestMethod]
    public void OfEstimators() => AssertOrder(typeof(IntrospectionCatalog).Assembly, "Estimators",
        ["Options", "Columns", "Models", "Networks", "Pipelines", "Saving", "Scoring", "Predictions", "Shap", "Text", "Uncertainty", "Streams", Door,
            "Catalog"]);

    [TestMethod]
    public void OfImages() => AssertOrder(typeof(ImageExplanationCatalog).Assembly, "Images",
        ["Options", "Steps", "Networks", "Pictures", "Scoring", Door, "Catalog"]);

    [TestMethod]
    public void OfTheTool() => AssertOrder(typeof(Introspect).Assembly, "Tool",
        [
            "Terminal", "Data", "Options", "Results", "Pages", "Explaining", "Images", "Shap", "Running", "Listing", "Texts", "Pairs", "Sounds",
            "Features", "Evaluating", "Projects", "Scoring", "Monitoring", "Recipes", "Commands", Door,
        ]);

    [TestMethod]
    public void AnotherOrderIsSeenToBeBroken() => CollectionAssert.Contains(
        Broken(typeof(OnnxModel).Assembly, Homes("Microsoft.ML.Introspection"), [.. Engine.Reverse()]),
        "Models/Network uses Onnx/OnnxModel");

    private static void AssertOrder(Assembly assembly, string project, string[] folders)
    {
        var homes = Homes(project);
        string[] there = [.. homes.Values.Distinct()];
        CollectionAssert.AreEquivalent(folders, there, $"{project} has the folders {string.Join(", ", there)}.");
        var broken = Broken(assembly, homes, folders);
        Assert.IsEmpty(broken, string.Join('\n', broken));
    }

    // The folder of every type that has a source file: its first one, whatever its namespace.
    private static Dictionary<string, string> Homes(string project)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Introspection.sln")))
            root = root.Parent
                ?? throw new DirectoryNotFoundException("The folder of Introspection.sln lies above the tests; it was not found.");
        var source = Path.Combine(root.FullName, "src", project);
        return Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Text: File.ReadAllText(file), Folders: Path.GetRelativePath(source, file).Split(Path.DirectorySeparatorChar)))
            .Where(file => file.Folders[0] is not ("obj" or "bin"))
            .SelectMany(file => TypeDeclaration().Matches(file.Text).Select(type => (
                Type: $"{SpaceDeclaration().Match(file.Text).Groups[1].Value}.{type.Groups[1].Value}",
                Folder: file.Folders.Length > 1 ? file.Folders[0] : Door)))
            .DistinctBy(type => type.Type).ToDictionary(type => type.Type, type => type.Folder);
    }

    private static string[] Broken(Assembly assembly, IReadOnlyDictionary<string, string> homes, string[] folders)
    {
        using var module = ModuleDefinition.ReadModule(assembly.Location);
        return [.. module.GetAllTypes().SelectMany(type => Uses(type).Select(used => (Own: Place(type), Used: Place(used))))
            .Where(use => use.Own.Folder >= 0 && use.Used.Folder > use.Own.Folder)
            .Select(use => $"{folders[use.Own.Folder]}/{use.Own.Name} uses {folders[use.Used.Folder]}/{use.Used.Name}")
            .Distinct().Order()];

        (int Folder, string Name) Place(TypeReference type)
        {
            var outer = type;
            while (outer.DeclaringType is { } around)
                outer = around;
            var name = outer.Name.Split('`')[0];
            return (homes.TryGetValue($"{outer.Namespace}.{name}", out var folder) ? Array.IndexOf(folders, folder) : -1, name);
        }
    }

    // All types that a type names: what it is, holds, takes, gives, and does.
    private static IEnumerable<TypeReference> Uses(TypeDefinition type) => new[] { type.BaseType }
        .Concat(type.Interfaces.Select(i => i.InterfaceType))
        .Concat(type.CustomAttributes.Select(a => a.AttributeType))
        .Concat(type.Fields.Select(f => f.FieldType))
        .Concat(type.Methods.SelectMany(m => m.Parameters.Select(p => p.ParameterType).Append(m.ReturnType)))
        .Concat(type.Methods.Where(m => m.HasBody).SelectMany(m => m.Body.Variables.Select(v => v.VariableType)
            .Concat(m.Body.Instructions.SelectMany(i => i.Operand switch
            {
                TypeReference named => [named],
                MethodReference { DeclaringType: var of } called =>
                    called is GenericInstanceMethod made ? made.GenericArguments.Append(of) : [of],
                FieldReference field => [field.DeclaringType],
                _ => (IEnumerable<TypeReference>)[],
            }))))
        .OfType<TypeReference>().SelectMany(Parts);

    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType made => made.GenericArguments.SelectMany(Parts).Append(made.ElementType),
        TypeSpecification part => Parts(part.ElementType),
        _ => [type],
    };

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex SpaceDeclaration();

    [GeneratedRegex(@"^(?:public|internal) (?:[a-z ]*(?:class|struct|record|enum|interface)|delegate [^(]*) (\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();
}

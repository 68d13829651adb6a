using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Microsoft.ML.Introspection.Projects;

namespace Microsoft.ML.Introspection.ProjectGenerator;

/// <summary>
/// Writes, for every project of Model Builder among the additional files, the class that <c>introspect scaffold</c> writes; where that one
/// is there already, nothing.
/// </summary>
[Generator]
public sealed class ExplanationGenerator : IIncrementalGenerator
{
    private const string Engine = "Microsoft.ML.Introspection.Estimators.ExplanationEngine`1", Category = "Introspection";

    private static readonly DiagnosticDescriptor Unreadable = new("INTROSPECT001", "A project of Model Builder cannot be read",
        "'{0}' cannot be read: {1}", Category, DiagnosticSeverity.Warning, isEnabledByDefault: true);

    private static readonly DiagnosticDescriptor NotExplained = new("INTROSPECT002", "A project of Model Builder is not explained",
        "No class is written of '{0}': {1}", Category, DiagnosticSeverity.Info, isEnabledByDefault: true);

    private static readonly DiagnosticDescriptor NoLibrary = new("INTROSPECT003", "The library that explains is missing",
        "No class is written of '{0}': the package Introspection.ML.Estimators is not referenced", Category, DiagnosticSeverity.Warning,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var projects = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(ModelBuilderProject.Ending, StringComparison.OrdinalIgnoreCase))
            .Select(static (file, cancellation) => new ProjectText(file.Path, file.GetText(cancellation)?.ToString() ?? ""))
            .WithTrackingName(Steps.Projects);
        var classes = context.SyntaxProvider.CreateSyntaxProvider(static (node, _) => IsOfModelBuilder(node), Declared)
            .Collect().WithComparer(Items<DeclaredClass>.Equal).WithTrackingName(Steps.Classes);
        var surroundings = context.CompilationProvider
            .Select(static (compilation, _) => compilation.GetTypeByMetadataName(Engine) is not null)
            .Combine(context.AnalyzerConfigOptionsProvider.Select(static (options, _) =>
                options.GlobalOptions.TryGetValue("build_property.RootNamespace", out var space) && space.Length > 0 ? space : null));
        context.RegisterSourceOutput(projects.Collect().Combine(classes).Combine(surroundings).WithTrackingName(Steps.All),
            static (output, all) => Write(output, all.Left.Left, all.Left.Right, all.Right.Left, all.Right.Right));
    }

    private static void Write(SourceProductionContext output, ImmutableArray<ProjectText> projects, ImmutableArray<DeclaredClass> classes,
        bool hasLibrary, string? rootNamespace)
    {
        // A file may be named twice, by the user and by the package; and two projects may be called alike, in folders of their own.
        var written = new System.Collections.Generic.HashSet<GeneratedClass>();
        foreach (var same in projects.GroupBy(p => p.Path).Select(p => p.First()).GroupBy(p => p.Name, StringComparer.OrdinalIgnoreCase))
            foreach (var (place, text) in same.OrderBy(p => p.Path, StringComparer.Ordinal).Select((text, place) => (place, text)))
                Write(output, text, place == 0 ? "" : $".{place + 1}", classes, hasLibrary, rootNamespace, written);
    }

    private static void Write(SourceProductionContext output, ProjectText text, string suffix, ImmutableArray<DeclaredClass> classes,
        bool hasLibrary, string? rootNamespace, System.Collections.Generic.HashSet<GeneratedClass> written)
    {
        var own = classes.Where(c => string.Equals(c.Project, text.Name, StringComparison.OrdinalIgnoreCase)).ToList();
        // Beside the project where there are several of its name.
        own = own.Any(c => c.Folder == text.Folder) ? [.. own.Where(c => c.Folder == text.Folder)] : own;
        if (own.Any(c => c.IsExplanation))
            return;
        try
        {
            var project = ModelBuilderProject.Parse(text.Text, text.Name);
            if (ExplanationClass.WhyNot(project) is { } why)
                Tell(NotExplained, why);
            else if (!hasLibrary)
                Tell(NoLibrary);
            else
            {
                var names = own.FirstOrDefault()?.Names ?? GeneratedClass.Guess(text.Name, rootNamespace);
                if (!written.Add(names))
                    Tell(NotExplained, $"another project is explained by the class {names.Name} already.");
                else
                    output.AddSource($"{text.Name}{suffix}{ExplanationClass.Ending.Replace(".cs", ".g.cs")}",
                        SourceText.From(ExplanationClass.Write(project, names), Encoding.UTF8));
            }
        }
        catch (InvalidProjectException e)
        {
            Tell(Unreadable, e.Message);
        }

        void Tell(DiagnosticDescriptor what, params object[] more) =>
            output.ReportDiagnostic(Diagnostic.Create(what, Location.None, [Path.GetFileName(text.Path), .. more]));
    }

    private static bool IsOfModelBuilder(SyntaxNode node) => node is ClassDeclarationSyntax { Parent: not TypeDeclarationSyntax } declared
        && declared.Modifiers.Any(SyntaxKind.PartialKeyword) && DeclaredClass.EndingOf(node.SyntaxTree.FilePath) is not null;

    private static DeclaredClass Declared(GeneratorSyntaxContext context, CancellationToken cancellation)
    {
        var declared = (ClassDeclarationSyntax)context.Node;
        var spaces = declared.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().Reverse().Select(s => s.Name.ToString());
        var space = string.Join(".", spaces);
        return new DeclaredClass(
            context.Node.SyntaxTree.FilePath, new GeneratedClass(space.Length > 0 ? space : null, declared.Identifier.Text));
    }

    /// <summary>What tests follow.</summary>
    internal static class Steps
    {
        public const string Projects = nameof(Projects), Classes = nameof(Classes), All = nameof(All);
    }

    private sealed record ProjectText(string Path, string Text)
    {
        public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

        public string Folder => System.IO.Path.GetDirectoryName(Path) ?? "";
    }

    /// <summary>A class of a file that Model Builder, or <c>introspect scaffold</c>, has written.</summary>
    private sealed record DeclaredClass(string Path, GeneratedClass Names)
    {
        private static readonly string[] Endings = [GeneratedClass.Ending, ExplanationClass.Ending];

        public bool IsExplanation => EndingOf(Path) == ExplanationClass.Ending;

        public string Project => System.IO.Path.GetFileName(Path.Substring(0, Path.Length - EndingOf(Path)!.Length));

        public string Folder => System.IO.Path.GetDirectoryName(Path) ?? "";

        public static string? EndingOf(string path) => Endings.FirstOrDefault(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase));
    }

    // Arrays are compared by what they hold.
    private sealed class Items<T> : System.Collections.Generic.IEqualityComparer<ImmutableArray<T>>
    {
        public static Items<T> Equal { get; } = new();

        public bool Equals(ImmutableArray<T> x, ImmutableArray<T> y) => x.SequenceEqual(y);

        public int GetHashCode(ImmutableArray<T> obj) => obj.Length;
    }
}

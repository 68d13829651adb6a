using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.ML.Introspection.Documentation.Tests.Contexts;
using Microsoft.ML.Introspection.Images;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Text;

namespace Microsoft.ML.Introspection.Documentation.Tests;

/// <summary>
/// Blocks of C# as methods of one assembly, each of a class derived from its context. Errors name document and line. A block with using
/// directives must name all namespaces that it needs beyond those of an empty project; one without is part of a whole that did.
/// </summary>
internal sealed partial class Snippets
{
    private static readonly string[] OfEmptyProject =
        ["System", "System.IO", "System.Linq", "System.Collections.Generic", "System.Threading", "System.Threading.Tasks"];

    // What a program that uses the libraries has at its top.
    private static readonly string[] OfLibraries =
    [
        .. OfEmptyProject, "Microsoft.ML.Data",
        .. new[] { typeof(OnnxModel), typeof(IntrospectionCatalog), typeof(Report), typeof(TextTokenizer), typeof(ImageForm) }
            .SelectMany(type => type.Assembly.GetExportedTypes()).Select(type => type.Namespace!).Distinct(),
    ];

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private readonly IReadOnlyList<CodeBlock> _blocks;
    private readonly CSharpCompilation _compilation;

    public Snippets(IEnumerable<CodeBlock> blocks)
    {
        _blocks = [.. blocks.Where(b => b.Language is "csharp" or "cs" or "c#")];
        _compilation = CSharpCompilation.Create("Snippets", _blocks.Select(Tree), References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    }

    /// <summary>What the compiler has against the blocks, by document and line.</summary>
    public IReadOnlyList<string> Errors =>
        [.. _compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(Told).Distinct()];

    /// <summary>Runs the blocks that are to be run, each in a folder with the files of its context.</summary>
    /// <returns>What went wrong, by document and line.</returns>
    public IReadOnlyList<string> Run()
    {
        using var image = new MemoryStream();
        var emitted = _compilation.Emit(image);
        if (!emitted.Success)
            return Errors;
        var assembly = Assembly.Load(image.ToArray());
        return [.. _blocks.Select((block, number) => block.Runs ? Run(assembly, number) : null).OfType<string>()];
    }

    private string? Run(Assembly assembly, int number)
    {
        using var context = (Context)Activator.CreateInstance(assembly.GetType($"Block{number}", throwOnError: true)!)!;
        try
        {
            context.Enter();
            (context.GetType().GetMethod("Run")!.Invoke(context, null) as Task)?.GetAwaiter().GetResult();
            if (Environment.GetEnvironmentVariable("INTROSPECTION_WRITE_DOCS") == "1" && File.Exists(Repository.At(_blocks[number].File)))
                KeepPictures(_blocks[number].File);
            return null;
        }
        catch (TargetInvocationException error)
        {
            return $"{_blocks[number]}: {error.InnerException}";
        }
    }

    // Pictures that the document shows, and the block has made.
    private static void KeepPictures(string document)
    {
        foreach (Match picture in Picture().Matches(File.ReadAllText(Repository.At(document))))
            if (File.Exists(picture.Groups[2].Value))
                File.Copy(picture.Groups[2].Value, Path.Combine(Path.GetDirectoryName(Repository.At(document))!, picture.Groups[1].Value), overwrite: true);
    }

    private SyntaxTree Tree(CodeBlock block, int number)
    {
        var unit = CSharpSyntaxTree.ParseText(block.Text, Options).GetCompilationUnitRoot();
        var usings = unit.Usings.Select(u => u.ToString()).ToArray();
        var text = new StringBuilder();
        foreach (var name in usings.Length > 0 ? OfEmptyProject : OfLibraries)
            text.Append("using ").Append(name).Append(";\n");
        foreach (var each in usings)
            text.Append(each).Append('\n');

        var context = $"Microsoft.ML.Introspection.Documentation.Tests.Contexts.{block.Said.GetValueOrDefault("context", nameof(Context))}";
        text.Append($"public sealed class Block{number} : {context}\n{{\n");
        if (block.Said.TryGetValue("members of", out var type))
            return Parsed(text.Append($"{type}\n{{\n").Append(Mapped(block, block.Text)).Append("\n}\n}\n"));

        // Types stand beside the method; everything else is its body.
        var chain = Chain(number).ToArray();
        var body = chain.Select(b => Mapped(b, WithoutTypes(b)));
        var isAsync = unit.DescendantNodes().Any(node => node is AwaitExpressionSyntax);
        text.Append(isAsync ? "public async System.Threading.Tasks.Task Run()" : "public void Run()").Append("\n{\n").AppendJoin('\n', body).Append("\n}\n");
        foreach (var part in chain)
            foreach (var each in TypesOf(part))
                text.Append(Mapped(part, each.ToFullString(), each.GetLocation().GetLineSpan().StartLinePosition.Line)).Append('\n');
        return Parsed(text.Append("}\n"));
    }

    // A block, and behind it those that it goes on from, the first first.
    private IEnumerable<CodeBlock> Chain(int number)
    {
        var block = _blocks[number];
        if (block.Continues)
        {
            if (number == 0 || _blocks[number - 1].File != block.File)
                throw new InvalidDataException($"{block}: there is no block of C# before it to continue.");
            foreach (var before in Chain(number - 1))
                yield return before;
        }
        yield return block;
    }

    // Using directives and types are blanked out, so that lines keep their numbers.
    private static string WithoutTypes(CodeBlock block)
    {
        var text = new StringBuilder(block.Text);
        var usings = CSharpSyntaxTree.ParseText(block.Text, Options).GetCompilationUnitRoot().Usings;
        foreach (var node in usings.Cast<SyntaxNode>().Concat(TypesOf(block)))
        {
            for (var i = node.SpanStart; i < node.Span.End; i++)
                text[i] = text[i] == '\n' ? '\n' : ' ';
        }
        return text.ToString();
    }

    private static IEnumerable<SyntaxNode> TypesOf(CodeBlock block) => CSharpSyntaxTree.ParseText(block.Text, Options).GetCompilationUnitRoot()
        .Members.Where(m => m is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax);

    private static string Mapped(CodeBlock block, string code, int line = 0) => $"#line {block.Line + line} \"{block.File}\"\n{code}\n#line default";

    private static SyntaxTree Parsed(StringBuilder text) => CSharpSyntaxTree.ParseText(text.ToString(), Options);

    private static CSharpParseOptions Options { get; } = new(LanguageVersion.CSharp14);

    [GeneratedRegex(@"\]\((images/([\w.-]+))\)")]
    private static partial Regex Picture();

    private static string Told(Diagnostic error)
    {
        var place = error.Location.GetMappedLineSpan();
        return $"{place.Path}({place.StartLinePosition.Line + 1}): {error.Id}: {error.GetMessage(System.Globalization.CultureInfo.InvariantCulture)}";
    }
}

using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Microsoft.ML.Introspection.Recipes.Tests;

/// <summary>A program of one file, as 'dotnet run FILE.cs' takes it, compiled and run in this process.</summary>
internal sealed class CompiledProgram
{
    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private readonly MethodInfo _main;

    public CompiledProgram(string text)
    {
        var options = CSharpParseOptions.Default.WithFeatures([new("FileBasedProgram", "true")]);
        var compilation = CSharpCompilation.Create($"Program{Guid.NewGuid():N}", [CSharpSyntaxTree.ParseText(text, options)], References,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var emitted = compilation.Emit(image);
        Assert.IsTrue(emitted.Success, string.Join('\n', emitted.Diagnostics) + text);
        Assert.IsEmpty(emitted.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString()));
        _main = Assembly.Load(image.ToArray()).EntryPoint!;
    }

    /// <summary>Runs it in a folder, and gives its exit code with what it said of errors.</summary>
    public (int Code, string Error) Run(string folder, params string[] arguments)
    {
        var (before, error, said) = (Directory.GetCurrentDirectory(), Console.Error, new StringWriter());
        try
        {
            Directory.SetCurrentDirectory(folder);
            Console.SetError(said);
            return ((int)_main.Invoke(null, [arguments])!, said.ToString());
        }
        finally
        {
            Console.SetError(error);
            Directory.SetCurrentDirectory(before);
        }
    }
}

using System.Linq;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Introspection.Projects;

/// <summary>The partial class that Model Builder has written of a project.</summary>
/// <param name="Namespace">Its namespace; null for none.</param>
/// <param name="Name">Its name.</param>
public sealed record GeneratedClass(string? Namespace, string Name)
{
    /// <summary>The ending of the file that tells it: class, input and output.</summary>
    public const string Ending = ".consumption.cs";

    private const RegexOptions Plain = RegexOptions.CultureInvariant | RegexOptions.Compiled;

    // Comments and texts may hold words that look like declarations.
    private static readonly Regex Unread = new(
        @"//[^\r\n]*|/\*.*?\*/|@""(?:[^""]|"""")*""|""(?:[^""\\\r\n]|\\.)*""|'(?:[^'\\\r\n]|\\.)+'", Plain | RegexOptions.Singleline);

    private static readonly Regex Space = new(@"\bnamespace\s+(@?\w+(?:\s*\.\s*@?\w+)*)\s*[;{]", Plain);

    private static readonly Regex Declaration = new(@"\bpartial\s+class\s+(@?\w+)", Plain);

    /// <summary>Reads what a file declares.</summary>
    /// <param name="source">The text of the file that ends in <see cref="Ending"/>.</param>
    /// <returns>Null where it declares no partial class.</returns>
    public static GeneratedClass? Parse(string source)
    {
        var code = Unread.Replace(source ?? throw new System.ArgumentNullException(nameof(source)), " ");
        var name = Declaration.Match(code);
        if (!name.Success)
            return null;
        var space = Space.Match(code);
        return new GeneratedClass(space.Success ? Regex.Replace(space.Groups[1].Value, @"\s", "") : null, name.Groups[1].Value);
    }

    /// <summary>What the class is called where no file tells it.</summary>
    /// <param name="projectName">The project's name.</param>
    /// <param name="rootNamespace">The namespace of the program, or the name of its project; null for none.</param>
    public static GeneratedClass Guess(string projectName, string? rootNamespace) => new(
        rootNamespace is null ? null : string.Join(".", rootNamespace.Split('.').Select(Identifier)), Identifier(projectName));

    private static string Identifier(string text)
    {
        var word = Regex.Replace(text ?? "", @"\W", "_");
        return word.Length == 0 || char.IsDigit(word[0]) ? "_" + word : word;
    }
}

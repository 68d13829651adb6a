using System.Text;
using System.Xml;
using System.Xml.Linq;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Projects;

namespace Microsoft.ML.Introspection.Tool.Projects;

/// <summary>The class that explains a project, as a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="ClassName">The class, with its namespace.</param>
/// <param name="Text">The text.</param>
/// <param name="Notes">What the user should know.</param>
internal sealed record Scaffold(string Path, string ClassName, string Text, IReadOnlyList<string> Notes)
{
    /// <summary>Writes the class of a project.</summary>
    /// <param name="file">The project.</param>
    /// <param name="output">Where it goes; null for beside the project.</param>
    /// <exception cref="InvalidProjectException">There is nothing to explain, or nothing that can be.</exception>
    public static Scaffold Of(ProjectFile file, string? output)
    {
        var project = file.Project;
        if (ExplanationClass.WhyNot(project) is { } why)
            throw new InvalidProjectException($"No class is written of '{file.Path}'. {why}");
        var notes = new List<string>();
        var names = file.FindBeside(GeneratedClass.Ending) is { } consumption
            ? GeneratedClass.Parse(System.IO.File.ReadAllText(consumption)) : null;
        if (names is null)
        {
            names = GeneratedClass.Guess(project.Name, RootNamespace(file.Folder));
            notes.Add($"there is no '{project.Name}{GeneratedClass.Ending}' with a partial class beside the project; the class is taken "
                + $"to be {FullName(names)}.");
        }
        if (file.FindModel() is null)
            notes.Add($"the model of '{file.Path}' is not there; the class looks for it when it runs.");
        return new Scaffold(output ?? System.IO.Path.Combine(file.Folder, project.Name + ExplanationClass.Ending), FullName(names),
            ExplanationClass.Write(project, names), notes);
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="force">Whether a file may be replaced that is somebody's own.</param>
    /// <exception cref="IOException">There is such a file.</exception>
    public void Save(bool force)
    {
        if (!force && System.IO.File.Exists(Path)
            && !(System.IO.File.ReadLines(Path).FirstOrDefault() ?? "").StartsWith(ExplanationClass.Mark, StringComparison.Ordinal))
            throw new IOException($"'{Path}' is there and was not written by this command. Say --force to replace it, or choose another "
                + "name with --output.");
        AtomicFile.Write(Path, stream => stream.Write(Encoding.UTF8.GetBytes(Text)));
    }

    private static string FullName(GeneratedClass names) => names.Namespace is { } space ? $"{space}.{names.Name}" : names.Name;

    // What the program's project says, or else its name, as Model Builder takes it.
    private static string? RootNamespace(string folder)
    {
        if (Directory.EnumerateFiles(folder, "*.csproj").Order(StringComparer.Ordinal).FirstOrDefault() is not { } program)
            return null;
        try
        {
            using var reader = XmlReader.Create(program, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            return XDocument.Load(reader).Descendants().FirstOrDefault(e => e.Name.LocalName == "RootNamespace")?.Value.Trim()
                is { Length: > 0 } named ? named : System.IO.Path.GetFileNameWithoutExtension(program);
        }
        catch (XmlException)
        {
            return System.IO.Path.GetFileNameWithoutExtension(program);
        }
    }
}

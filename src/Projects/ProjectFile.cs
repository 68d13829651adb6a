using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Microsoft.ML.Introspection.Projects;

/// <summary>A project on disk: what it names is looked for where it lies, whatever desk it was made on.</summary>
public sealed class ProjectFile
{
    private const long MaximumBytes = 16 << 20;

    // A folder with it is a model of TensorFlow's.
    private const string SavedModel = "saved_model.pb";

    private const int MaximumDepth = 4, MaximumFolders = 2000;

    // Where builds put copies.
    private static readonly string[] LeftOut = ["bin", "obj", "node_modules", "packages"];

    private ProjectFile(string path, ModelBuilderProject project) => (Path, Project) = (path, project);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What it says.</summary>
    public ModelBuilderProject Project { get; }

    /// <summary>The folder that it lies in.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;

    /// <summary>Whether a path is that of a project, or of a folder that may hold one: any that is no model itself.</summary>
    public static bool IsMeant(string path) =>
        (path ?? throw new ArgumentNullException(nameof(path))).EndsWith(ModelBuilderProject.Ending, StringComparison.OrdinalIgnoreCase)
        || Directory.Exists(path) && !File.Exists(System.IO.Path.Combine(path, SavedModel));

    /// <summary>Opens a project.</summary>
    /// <param name="path">The file, or a folder with one such file in it or below.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidProjectException">It is no project, or the folder holds none, or several, which are named.</exception>
    public static ProjectFile Open(string path)
    {
        if (Directory.Exists(path ?? throw new ArgumentNullException(nameof(path))))
            path = Only(path);
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        if (file.Length > MaximumBytes)
            throw new InvalidProjectException($"The project '{path}' has {file.Length:N0} bytes; at most {MaximumBytes:N0} are read.");
        try
        {
            return new ProjectFile(path, ModelBuilderProject.Parse(
                File.ReadAllText(path, Encoding.UTF8), System.IO.Path.GetFileNameWithoutExtension(path)));
        }
        catch (InvalidProjectException e)
        {
            throw new InvalidProjectException($"The project '{path}' cannot be read. {e.Message}", e);
        }
    }

    /// <summary>The model's file.</summary>
    /// <exception cref="InvalidProjectException">The project was not trained.</exception>
    /// <exception cref="FileNotFoundException">It is not there; the message says where it was looked for, and what to do.</exception>
    public string RequireModel()
    {
        if (FindModel() is { } model)
            return model;
        if (!Project.IsTrained)
            throw new InvalidProjectException($"The project '{Path}' was not trained yet (it has no RunHistory), so that "
                + "there is no model to explain. Train it in Model Builder, or with the command mlnet.");
        var named = Project.ModelPath is { } stored ? $"the project names '{stored}'; " : "";
        throw new FileNotFoundException($"The model of '{Path}' is not there: {named}'{Project.Name}.mlnet' and '{Project.Name}.zip' were "
            + $"looked for in '{Folder}' too. Models are often left out of repositories: train the project again, or put the file there.");
    }

    /// <summary>The model's file; null where it is not there.</summary>
    public string? FindModel() => (Project.ModelPath is { } stored ? Find(stored) : null)
        ?? new[] { ".mlnet", ".zip" }.Select(ending => Find(Project.Name + ending)).FirstOrDefault(found => found is not null);

    /// <summary>The data's file or folder; null where it is not there.</summary>
    public string? FindData() => Project.Source.Path is { } stored ? Find(stored) : null;

    /// <summary>A file beside the project, such as what Model Builder has written of it; null where it is not there.</summary>
    /// <param name="ending">What follows the project's name: <c>.consumption.cs</c>.</param>
    public string? FindBeside(string ending) => Find(Project.Name + ending);

    // On the desk where it was made the path leads to it. Elsewhere its last parts may, from where the project lies, or from above.
    private string? Find(string stored)
    {
        var plain = stored.Replace('\\', '/');
        if (System.IO.Path.IsPathRooted(plain) && Exists(plain))
            return plain;
        string[] parts = [.. plain.Split('/').Where(p => p.Length > 0 && p != "." && !p.EndsWith(":", StringComparison.Ordinal))];
        var isRooted = plain.StartsWith("/", StringComparison.Ordinal) || plain.Length > 1 && plain[1] == ':';
        if (!isRooted && Below(Folder, parts) is { } relative)
            return relative;
        var above = System.IO.Path.GetDirectoryName(Folder);
        for (var first = 0; first < parts.Length; first++)
        {
            string[] last = [.. parts.Skip(first)];
            if (last.Contains(".."))
                continue;
            if (Below(Folder, last) is { } beside)
                return beside;
            if (above is not null && last.Length > 1 && Below(above, last) is { } higher)
                return higher;
        }
        return null;
    }

    // Windows does not tell upper from lower letters.
    private static string? Below(string folder, IReadOnlyList<string> parts)
    {
        foreach (var part in parts)
        {
            var exact = System.IO.Path.Combine(folder, part);
            if (part != ".." && !Exists(exact))
            {
                if (!Directory.Exists(folder))
                    return null;
                string[] alike = [.. Directory.EnumerateFileSystemEntries(folder)
                    .Where(e => string.Equals(System.IO.Path.GetFileName(e), part, StringComparison.OrdinalIgnoreCase)).Take(2)];
                if (alike.Length != 1)
                    return null;
                exact = alike[0];
            }
            folder = exact;
        }
        return parts.Count > 0 && Exists(folder) ? System.IO.Path.GetFullPath(folder) : null;
    }

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    // In the folder itself; else below it, as in the folder of a solution.
    private static string Only(string folder)
    {
        var (level, seen) = (new List<string> { folder }, 0);
        for (var depth = 0; depth < MaximumDepth && level.Count > 0; depth++)
        {
            string[] found = [.. level.SelectMany(f => Directory.EnumerateFiles(f, "*" + ModelBuilderProject.Ending))
                .OrderBy(f => f, StringComparer.Ordinal)];
            if (found.Length == 1)
                return found[0];
            if (found.Length > 1)
                throw new InvalidProjectException($"The folder '{folder}' holds {found.Length} projects of Model Builder: "
                    + $"{string.Join(", ", found.Take(10).Select(f => $"'{f}'"))}{(found.Length > 10 ? ", …" : "")}. Name one of them.");
            level = [.. level.SelectMany(Folders).Take(MaximumFolders - seen)];
            seen += level.Count;
        }
        throw new InvalidProjectException($"The folder '{folder}' holds no project of Model Builder: a file that ends in "
            + $"{ModelBuilderProject.Ending} was expected.");
    }

    private static IEnumerable<string> Folders(string folder)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(folder).Where(f =>
                System.IO.Path.GetFileName(f) is var name && name[0] != '.' && !LeftOut.Contains(name, StringComparer.OrdinalIgnoreCase))];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }
}

using Microsoft.ML.Introspection.Projects;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Projects;

/// <summary>A project of Model Builder to explain.</summary>
/// <param name="File">The project.</param>
/// <param name="Model">The model's file.</param>
/// <param name="Data">The rows.</param>
/// <param name="Csv">How they are read.</param>
/// <param name="Report">Where the page goes.</param>
/// <param name="Rows">The numbers of rows that are shown one by one; none for those that tell most.</param>
/// <param name="Threads">How many threads share the work; null for one for each core.</param>
internal sealed record ProjectRequest(
    ProjectFile File, string Model, string Data, CsvOptions Csv, string Report, IReadOnlyList<long> Rows, int? Threads)
{
    /// <summary>The project.</summary>
    public ModelBuilderProject Project => File.Project;

    /// <summary>What is asked of a project.</summary>
    /// <param name="file">The project.</param>
    /// <param name="data">Other rows than the project names; null for these.</param>
    /// <param name="csv">What was said of how they are read; the project says the rest.</param>
    /// <param name="report">Where the page goes; null for the current folder.</param>
    /// <param name="rows">The rows that are shown one by one.</param>
    /// <param name="threads">How many threads share the work.</param>
    /// <exception cref="InvalidProjectException">The project was not trained, or has a scenario that cannot be explained.</exception>
    /// <exception cref="FileNotFoundException">Model or data are not there.</exception>
    public static ProjectRequest Of(
        ProjectFile file, string? data, CsvOptions csv, string? report, IReadOnlyList<long> rows, int? threads)
    {
        var project = file.Project;
        var model = file.RequireModel();
        SpecialScenarios.Check(file, model);
        if (project.LabelColumn is null)
            throw new InvalidProjectException($"The project '{file.Path}' names no label: neither a LabelColumn nor a column with the "
                + "purpose Label was found.");
        var request = new ProjectRequest(file, model, data ?? DataOf(file),
            Reading(project, csv, isOther: data is not null), report ?? $"{project.Name}.explanation.html", rows, threads);
        OutputFile.Check(request.Report, file.Path, request.Model, request.Data);
        return request;
    }

    private static string DataOf(ProjectFile file)
    {
        var source = file.Project.Source;
        if (!source.IsTable && source.Path is null)
            throw new InvalidProjectException($"The data of '{file.Path}' comes from '{source.Kind}', which is not read here. Export the "
                + "rows to a file and name it with --data.");
        return file.FindData() is { } found && System.IO.File.Exists(found) ? found
            : throw new FileNotFoundException($"The data of '{file.Path}' is not there: the project names '{source.Path}', and no such "
                + $"file was found from '{file.Folder}' on. Put it there, or name the file with --data.");
    }

    // What the user says counts; a file of another kind than the project's has its own ways.
    private static CsvOptions Reading(ModelBuilderProject project, CsvOptions csv, bool isOther)
    {
        var source = project.Source;
        var isSame = source.IsTable && !isOther;
        return csv with
        {
            Delimiter = csv.Delimiter ?? (isSame ? source.Delimiter : null),
            HasDecimalComma = csv.HasDecimalComma || isSame && source.DecimalMark == ',',
            HasHeader = csv.HasHeader ?? (isSame ? source.HasHeader : null),
            ColumnNames = source.IsTable && project.Columns.Count > 0 && (isSame || csv.HasHeader == false)
                ? [.. project.Columns.Select(c => c.Name)] : null,
            IsDelimited = isSame,
            HasNoQuotes = isSame && !source.AllowsQuoting,
            Escape = isSame ? source.Escape : '"',
            LabelColumn = csv.LabelColumn ?? project.LabelColumn,
            OnlyInputIsNeeded = true,
        };
    }
}

using System;
using System.Collections.Generic;
using System.Linq;

namespace Microsoft.ML.Introspection.Projects;

/// <summary>Reads the parts of a project that all forms have, each under the names that it has in them.</summary>
internal static class ProjectReader
{
    public static int FormOf(JsonNode root) => (int)((root["Version"] ?? root["TrainingConfigurationVersion"])?.Number ?? 0);

    public static ProjectScenario ScenarioOf(string name) => name switch
    {
        "BinaryClassification" or "MulticlassClassification" or "DataClassification" => ProjectScenario.Classification,
        "ValuePrediction" => ProjectScenario.Regression,
        "QuestionAnswer" or "QA" => ProjectScenario.QuestionAnswering,
        "NER" => ProjectScenario.NamedEntityRecognition,
        "Default" or "" => ProjectScenario.Other,
        _ => Enum.TryParse<ProjectScenario>(name, out var known) && Enum.IsDefined(typeof(ProjectScenario), known)
            && !char.IsDigit(name[0]) ? known : ProjectScenario.Other,
    };

    public static ProjectSource SourceOf(JsonNode? source) => new(
        (source?["Type"] ?? source?["DataSourceType"])?.Text ?? "",
        (source?["FilePath"] ?? source?["FileName"] ?? source?["FolderPath"])?.Text,
        CharacterOf(source?["Delimiter"], ','),
        CharacterOf(source?["DecimalMarker"], '.'),
        source?["HasHeader"]?.Truth ?? true,
        source?["AllowQuoting"]?.Truth ?? true,
        CharacterOf(source?["EscapeCharacter"], '"'),
        source?["ReadMultiLines"]?.Truth ?? false);

    public static IReadOnlyList<ProjectColumn> ColumnsOf(JsonNode? source) =>
    [
        .. (source?["ColumnProperties"]?.Items ?? []).Select((column, place) => new ProjectColumn(
            column["ColumnName"]?.Text ?? "", column["ColumnPurpose"]?.Text ?? "Feature", column["ColumnDataFormat"]?.Text ?? "",
            column["IsCategorical"]?.Truth ?? false, place)),
    ];

    public static IReadOnlyList<ProjectTrial> TrialsOf(JsonNode? history) =>
    [
        .. (history?["Trials"]?.Items ?? []).Where(t => t["TrainerName"]?.Text is not null).Select(t =>
            new ProjectTrial(t["TrainerName"]!.Text!, t["Score"]?.Number, t["RuntimeInSeconds"]?.Number)),
    ];

    public static string? LabelOf(
        JsonNode? option, IReadOnlyList<ProjectColumn> columns, IReadOnlyList<ProjectStep> steps, ProjectScenario scenario) =>
        option?["LabelColumn"]?.Text
        ?? columns.FirstOrDefault(c => c.Purpose == "Label")?.Name
        ?? steps.Select(s => s.Parameters.TryGetValue(PipelineReader.LabelParameter, out var label) ? label : null)
            .LastOrDefault(l => l is not null)
        ?? (scenario == ProjectScenario.ImageClassification ? "Label" : null);

    private static char CharacterOf(JsonNode? node, char otherwise) => node?.Text switch
    {
        "\\t" or "tab" => '\t',
        { Length: > 0 } text => text[0],
        _ => otherwise,
    };
}

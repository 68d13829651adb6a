using System.Collections.Generic;

namespace Microsoft.ML.Introspection.Projects;

/// <summary>What kind of question a project answers.</summary>
public enum ProjectScenario
{
    /// <summary>One that this version does not know; <see cref="ModelBuilderProject.ScenarioName"/> says its name.</summary>
    Other,

    /// <summary>Data classification.</summary>
    Classification,

    /// <summary>Value prediction.</summary>
    Regression,

    /// <summary>Recommendation.</summary>
    Recommendation,

    /// <summary>Forecasting of a series.</summary>
    Forecasting,

    /// <summary>Image classification.</summary>
    ImageClassification,

    /// <summary>Object detection.</summary>
    ObjectDetection,

    /// <summary>Text classification by a network.</summary>
    TextClassification,

    /// <summary>Similarity of two sentences.</summary>
    SentenceSimilarity,

    /// <summary>Question answering.</summary>
    QuestionAnswering,

    /// <summary>Named entity recognition.</summary>
    NamedEntityRecognition,
}

/// <summary>A column of a project's data.</summary>
/// <param name="Name">Its name in the data, and in the model.</param>
/// <param name="Purpose">What it is for: "Feature", "Label", "Ignore", "Text", "User", …</param>
/// <param name="Format">What its cells hold: "Single", "String", "Boolean"; empty where the project does not say.</param>
/// <param name="IsCategorical">Whether its values are categories.</param>
/// <param name="Place">Its place in the file, from 0; −1 of a column that is none of a file's.</param>
public sealed record ProjectColumn(string Name, string Purpose, string Format, bool IsCategorical, int Place)
{
    /// <summary>Whether the project leaves it out.</summary>
    public bool IsIgnored => Purpose == "Ignore";
}

/// <summary>A raw column that the model learns from, and what is made of it on its way into the feature vector.</summary>
/// <param name="Column">The column.</param>
/// <param name="Steps">The steps that it passes, in their order: "OneHotEncoding", "Concatenate".</param>
public sealed record ProjectFeature(ProjectColumn Column, IReadOnlyList<string> Steps);

/// <summary>A step of the pipeline.</summary>
/// <param name="Name">What Model Builder calls it: "OneHotEncoding", "LightGbmMulti".</param>
/// <param name="Inputs">The columns that it reads.</param>
/// <param name="Outputs">The columns that it writes; of trainers none.</param>
/// <param name="Parameters">What else was said of it, by name: numbers and texts as they stand in the file.</param>
public sealed record ProjectStep(
    string Name, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyDictionary<string, string> Parameters);

/// <summary>A trainer that was tried.</summary>
/// <param name="Trainer">Its name.</param>
/// <param name="Score">What it reached; null where the project does not say.</param>
/// <param name="Seconds">How long it took; null where the project does not say.</param>
public sealed record ProjectTrial(string Trainer, double? Score, double? Seconds);

/// <summary>Where a project's data comes from, and how the file is read.</summary>
/// <param name="Kind">"TabularFile", "Folder", "Vott", or what else Model Builder knows.</param>
/// <param name="Path">The file or folder as the project names it, mostly on somebody's desk; null where it names none.</param>
/// <param name="Delimiter">What parts the cells.</param>
/// <param name="DecimalMark">The decimal mark of numbers.</param>
/// <param name="HasHeader">Whether the first line names the columns.</param>
/// <param name="AllowsQuoting">Whether cells may stand in quotation marks.</param>
/// <param name="Escape">What stands before a quotation mark within quotation marks.</param>
/// <param name="ReadsMultipleLines">Whether a cell in quotation marks may go over several lines.</param>
public sealed record ProjectSource(string Kind, string? Path, char Delimiter, char DecimalMark, bool HasHeader, bool AllowsQuoting,
    char Escape, bool ReadsMultipleLines)
{
    /// <summary>Whether it is a file of rows.</summary>
    public bool IsTable => Kind == "TabularFile";
}

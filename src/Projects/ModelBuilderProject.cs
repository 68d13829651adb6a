using System.Collections.Generic;
using System.Linq;

namespace Microsoft.ML.Introspection.Projects;

/// <summary>
/// A project of ML.NET Model Builder, or of its command line <c>mlnet</c>, as its file <c>.mbconfig</c> tells it: scenario, data, columns,
/// label, pipeline and model. All forms that were written since 2021 are read (0, 1, 2, 4 and 5); a later one is read as the latest.
/// </summary>
/// <example><code>
/// var project = ModelBuilderProject.Parse(File.ReadAllText("HousePrice.mbconfig"), "HousePrice");
/// var features = project.Features.Select(f => f.Column.Name);
/// Console.WriteLine($"{project.Trainer} predicts {project.LabelColumn} from {string.Join(", ", features)}");
/// </code></example>
public sealed class ModelBuilderProject
{
    /// <summary>The latest form that is known.</summary>
    public const int LatestForm = 5;

    /// <summary>What the files of projects end in.</summary>
    public const string Ending = ".mbconfig";

    internal ModelBuilderProject(string name, JsonNode root)
    {
        (Name, Form) = (name, ProjectReader.FormOf(root));
        ScenarioName = root["Scenario"] is { } scenario ? scenario.Text ?? scenario["ScenarioType"]?.Text ?? "" : "";
        Scenario = ProjectReader.ScenarioOf(ScenarioName);
        Source = ProjectReader.SourceOf(root["DataSource"]);
        Columns = ProjectReader.ColumnsOf(root["DataSource"]);
        var (option, history) = (root["TrainingOption"], root["RunHistory"]);
        Trials = ProjectReader.TrialsOf(history);
        Steps = PipelineReader.StepsOf(history, Trials);
        Trainer = Steps.LastOrDefault(s => PipelineReader.IsTrainer(s, Trials))?.Name ?? Trials.FirstOrDefault()?.Trainer;
        Metric = history?["MetricName"]?.Text;
        Score = Trials.FirstOrDefault(t => t.Trainer == Trainer)?.Score;
        IsTrained = history is not null && (Trials.Count > 0 || Steps.Count > 0);
        ModelPath = history?["ModelFilePath"]?.Text ?? root["Artifact"]?["MLNetModelPath"]?.Text;
        LabelColumn = ProjectReader.LabelOf(option, Columns, Steps, Scenario);
        Features = PipelineReader.FeaturesOf(Steps, Trials, Columns, LabelColumn);
    }

    /// <summary>The project's name: the file's without its ending. Generated classes are called like it.</summary>
    public string Name { get; }

    /// <summary>Which form the file has: 0, 1, 2, 4, 5, or a later one.</summary>
    public int Form { get; }

    /// <summary>What kind of question it answers.</summary>
    public ProjectScenario Scenario { get; }

    /// <summary>The scenario as it stands in the file.</summary>
    public string ScenarioName { get; }

    /// <summary>Where the data comes from.</summary>
    public ProjectSource Source { get; }

    /// <summary>All columns of the data, in their order, those that are ignored included.</summary>
    public IReadOnlyList<ProjectColumn> Columns { get; }

    /// <summary>What is predicted; null where the project does not say.</summary>
    public string? LabelColumn { get; }

    /// <summary>The raw columns that the model learns from, in the order in which they stand in its feature vector.</summary>
    public IReadOnlyList<ProjectFeature> Features { get; }

    /// <summary>The steps of the pipeline that was chosen, in their order; none of a project that was not trained.</summary>
    public IReadOnlyList<ProjectStep> Steps { get; }

    /// <summary>What was tried, the best first in forms 4 and 5.</summary>
    public IReadOnlyList<ProjectTrial> Trials { get; }

    /// <summary>The trainer of the pipeline: "LightGbmMulti"; null of a project that was not trained.</summary>
    public string? Trainer { get; }

    /// <summary>What the trainer reached by <see cref="Metric"/>; null where the project does not say.</summary>
    public double? Score { get; }

    /// <summary>The metric by which trainers were compared: "RSquared".</summary>
    public string? Metric { get; }

    /// <summary>Whether it was trained.</summary>
    public bool IsTrained { get; }

    /// <summary>The model's file as the project names it; null where it names none.</summary>
    public string? ModelPath { get; }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The file's name without its ending.</param>
    /// <exception cref="InvalidProjectException">It is no project; the message says what was expected and found.</exception>
    public static ModelBuilderProject Parse(string text, string name)
    {
        var root = JsonReader.Read(text ?? throw new System.ArgumentNullException(nameof(text)));
        if (!root.IsObject || root["Scenario"] is null && root["DataSource"] is null)
            throw new InvalidProjectException(
                "It is no project of Model Builder: an object with 'Scenario' and 'DataSource' was expected.");
        return new ModelBuilderProject(name, root);
    }
}

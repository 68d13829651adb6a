using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Projects;

namespace Microsoft.ML.Introspection.Tool.Projects;

/// <summary>The scenarios of Model Builder whose models are no tables' models: what can be said of them, and what cannot be done.</summary>
internal static class SpecialScenarios
{
    /// <summary>Lets the scenarios of tables pass.</summary>
    /// <param name="file">The project.</param>
    /// <param name="model">The model's file.</param>
    /// <exception cref="InvalidProjectException">It is another; the message says what the file holds, and what may be done.</exception>
    public static void Check(ProjectFile file, string model)
    {
        var project = file.Project;
        if (ScenarioFacts.WhyNot(project.Scenario) is not { } why)
            return;
        var found = Open(model) is { } pipeline
            ? $" Its model '{model}' has the steps {string.Join(", ", pipeline.Steps.Select(s => s.Loader).Where(Tells).Take(12))}. "
                + pipeline.WhatIsMissing
            : "";
        var trained = project.Trainer is { } trainer ? $", trained by {trainer}" : "";
        var columns = project.Features.Count == 0 ? "" : $" from {string.Join(", ", project.Features.Select(f => $"'{f.Column.Name}'"))}";
        throw new InvalidProjectException($"'{file.Path}' is a project of the scenario {project.ScenarioName}{trained}: it predicts "
            + $"'{project.LabelColumn ?? "?"}'{columns}. {why}{found.TrimEnd()}");
    }

    // Chains and the wrappers of predictors say nothing of what is done.
    private static bool Tells(string loader) => loader is not "TransformerChain" && !loader.EndsWith("PredXfer", StringComparison.Ordinal);

    private static SavedPipeline? Open(string model)
    {
        try
        {
            return SavedPipeline.Open(model);
        }
        catch (InvalidModelException)
        {
            return null;
        }
    }
}

using System;
using System.Collections.Generic;
using System.Linq;

namespace Microsoft.ML.Introspection.Projects;

/// <summary>Reads the pipeline of a project, as each form has it, and follows raw columns through it.</summary>
internal static class PipelineReader
{
    public const string LabelParameter = "LabelColumnName";

    private const string FeatureColumn = "Features";

    // What trainers call columns that they do not learn from.
    private static readonly string[] NoFeatures =
    [
        LabelParameter, "ScoreColumnName", "OutputColumnName", "ExampleWeightColumnName", "RowGroupColumnName",
        "PredictedLabelColumnName",
    ];

    /// <summary>The steps of the pipeline that was chosen.</summary>
    public static IReadOnlyList<ProjectStep> StepsOf(JsonNode? history, IReadOnlyList<ProjectTrial> trials)
    {
        if (history?["Pipeline"] is { } pipeline)
        {
            // Form 0 has it as a text of JSON, some of form 1 too.
            var whole = pipeline.Text is { } text ? JsonReader.Read(text) : pipeline;
            return whole.IsArray
                ? [.. whole.Items.Select(step => Step(step["EstimatorType"]?.Text ?? "", step))]
                : [.. (whole["estimators"]?.Items ?? []).Select((name, place) =>
                    Step(name.Text ?? "", whole["parameter"]?[place.ToString(System.Globalization.CultureInfo.InvariantCulture)]))];
        }
        if (history?["Estimators"] is not { } estimators)
            return [];
        // The first trial is the best. Its parameters may be more than its own schema names.
        var best = history["Trials"]?.Items.FirstOrDefault()?["Parameter"];
        var schema = best?["_SCHEMA_"]?.Text ?? history["Schema"]?.Text ?? "";
        var trainer = trials.FirstOrDefault()?.Trainer;
        return
        [
            .. PipelineSchema.Chosen(schema, key => estimators[key]?.Text == trainer)
                .Select(key => Step(estimators[key]?.Text ?? key, best?[key])),
        ];
    }

    /// <summary>Whether a step is a trainer: it was tried, or learns a label.</summary>
    public static bool IsTrainer(ProjectStep step, IReadOnlyList<ProjectTrial> trials) =>
        step.Parameters.ContainsKey(LabelParameter) || trials.Any(t => t.Trainer == step.Name);

    /// <summary>The raw columns behind what the trainer learns from, in that order.</summary>
    public static IReadOnlyList<ProjectFeature> FeaturesOf(IReadOnlyList<ProjectStep> steps, IReadOnlyList<ProjectTrial> trials,
        IReadOnlyList<ProjectColumn> columns, string? label)
    {
        // For every column that a step has written the raw ones behind it, with the steps on the way.
        var origins = new Dictionary<string, List<(string Raw, List<string> Way)>>(StringComparer.Ordinal);
        foreach (var step in steps)
        {
            if (IsTrainer(step, trials))
                break;
            var each = step.Inputs.Count == step.Outputs.Count;
            var written = new List<KeyValuePair<string, List<(string, List<string>)>>>();
            for (var i = 0; i < step.Outputs.Count; i++)
                written.Add(new(step.Outputs[i],
                [
                    .. (each ? [step.Inputs[i]] : step.Inputs).SelectMany(Behind)
                        .Select(o => (o.Raw, (List<string>)[.. o.Way, step.Name])),
                ]));
            foreach (var pair in written)
                origins[pair.Key] = pair.Value;
        }
        var trainer = steps.LastOrDefault(s => IsTrainer(s, trials));
        string[] learnt = trainer is null ? []
            : [.. trainer.Parameters.Where(p => p.Key.EndsWith("ColumnName", StringComparison.Ordinal) && !NoFeatures.Contains(p.Key))
                .Select(p => p.Value)];
        if (learnt.Length == 0 && origins.ContainsKey(FeatureColumn))
            learnt = [FeatureColumn];
        var found = learnt.SelectMany(Behind).Where(o => o.Raw != label)
            .GroupBy(o => o.Raw).Select(same => new ProjectFeature(Column(same.Key), same.First().Way)).ToList();
        return found.Count > 0 ? found
            : [.. columns.Where(c => !c.IsIgnored && c.Name != label && c.Purpose != "Label").Select(c => new ProjectFeature(c, []))];

        IEnumerable<(string Raw, List<string> Way)> Behind(string name) =>
            origins.TryGetValue(name, out var known) ? known : [(name, [])];

        ProjectColumn Column(string name) =>
            columns.FirstOrDefault(c => c.Name == name) ?? new ProjectColumn(name, "Feature", "", false, -1);
    }

    private static ProjectStep Step(string name, JsonNode? parameters)
    {
        var members = parameters?.Members ?? [];
        return new ProjectStep(name, Columns("Input"), Columns("Output"),
            members.Where(m => m.Value.Plain is not null).GroupBy(m => m.Key).ToDictionary(m => m.Key, m => m.Last().Value.Plain!));

        // "InputColumnName", "InputColumnNames", or in form 0 "Inputs".
        IReadOnlyList<string> Columns(string side) =>
            [.. new[] { $"{side}s", $"{side}ColumnNames", $"{side}ColumnName" }.SelectMany(n => parameters?[n]?.Texts() ?? [])];
    }
}

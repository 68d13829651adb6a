using System.Globalization;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tool.Projects;

/// <summary>The page of a project: what its model is, what is worth a look, what matters, and why single rows got what they got.</summary>
internal static class ProjectPage
{
    private const int MostOutputs = 12;

    /// <summary>Makes the page.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="result">What was found out.</param>
    public static Report Of(ProjectRequest request, ProjectResult result)
    {
        var project = request.Project;
        IReadOnlyList<ShapValues> outputs = result.Values;
        var facts = Facts(request, result).ToList();
        if (outputs.Count > MostOutputs)
        {
            facts.Add(("Explained classes", string.Create(CultureInfo.InvariantCulture,
                $"{outputs.Count:N0}; the {MostOutputs} with the largest values are on this page")));
            outputs = [.. outputs.OrderByDescending(o => o.MeanAbsolute.Sum()).Take(MostOutputs)];
        }
        if (result.Own is { } own)
            outputs = [ShapValues.Together([.. own.Select((output, row) => (result.Values[output], row))]), .. outputs];
        var shap = ShapReport.Of(outputs, new ShapReportOptions { Title = project.Name, Facts = facts, Rows = result.Shown });
        var page = new Report($"{project.Name}: what moves '{project.LabelColumn}'",
            $"A project of Model Builder ({project.ScenarioName}), explained over its data");
        foreach (var (place, section) in shap.Index())
        {
            page.Add(section);
            // Behind the facts, before all that is to be chosen from.
            if (place == 0)
                page.Add(WorthALook(result));
        }
        if (result.Importance.Count > 0)
            page.Add(Importance(result, outputs[0]));
        return page;
    }

    private static IEnumerable<(string, object?)> Facts(ProjectRequest request, ProjectResult result)
    {
        var project = request.Project;
        yield return ("Model", Path.GetFileName(request.Model));
        if (project.Trainer is { } trainer)
            yield return ("Trainer", trainer);
        if (project.Steps.Count > 0)
            yield return ("Pipeline", string.Join(" → ", project.Steps.Select(s => s.Name)));
        if (project is { Metric: { } metric, Score: { } score })
            yield return ("In training", string.Create(CultureInfo.InvariantCulture, $"{metric} {score:0.####}"));
        if (result.Metric is { } own && !double.IsNaN(result.Reached))
            yield return ("On these rows",
                string.Create(CultureInfo.InvariantCulture, $"{own.Name} {result.Reached:0.####} (too good where it was trained on them)"));
        yield return ("Data", Path.GetFileName(request.Data));
        if (result.Rows < result.Total)
            yield return ("Rows of the data", string.Create(CultureInfo.InvariantCulture,
                $"{result.Total:N0}; {result.Rows:N0} of them, spread evenly, are explained"));
        yield return ("Algorithm", result.Description);
    }

    private static Section WorthALook(ProjectResult result)
    {
        var section = new Section("Worth a look", result.Findings.Count == 0 ? "nothing conspicuous was found in data and model"
            : "before the model is believed");
        if (result.Findings.Count == 0)
            return section.Add(new Paragraph("Looked for: columns that tell the label by themselves, constant ones, missing values and "
                + "empty cells, names and row numbers, copies, columns without effect."));
        var table = new Table("Column", "Found", "What it may mean");
        foreach (var finding in result.Findings)
            table.Add(finding.Column, finding.What, finding.Meaning);
        return section.Add(table);
    }

    private static Section Importance(ProjectResult result, ShapValues values)
    {
        var ranks = values.Ranking.Select((feature, rank) => (values.FeatureNames[feature], rank + 1)).ToDictionary();
        var table = new Table("Column", $"Loss of {result.Metric!.Name}", "From", "To", "Rank by SHAP")
        {
            Caption = "How much worse the model gets when the values of a column are scattered over the rows: mean of 10 permutations, "
                + "and its confidence interval of 95 %. The sign is kept: below 0 the model gets better.",
        };
        foreach (var one in result.Importance)
            table.Add(one.Name, Rounded(one.Mean), Rounded(one.Low), Rounded(one.High),
                ranks.TryGetValue(one.Name, out var rank) ? rank : null);
        return new Section("Permutation importance", string.Create(CultureInfo.InvariantCulture,
            $"over {result.ImportanceRows:N0} rows; the CalculatePFI of Model Builder's code takes one permutation and loses the sign"))
        {
            table,
        };
    }

    private static double Rounded(double value) => Math.Round(value, 4);
}

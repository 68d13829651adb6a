using Microsoft.ML.Introspection.Projects;

namespace Microsoft.ML.Introspection.Tool.Tests.Projects;

/// <summary>Files of projects, in all forms that Model Builder has written.</summary>
[TestClass]
public sealed class ReadingProjects
{
    [TestMethod]
    [DataRow("HousePrice", 5, ProjectScenario.Regression, "Price", "District, Area, Rooms, Year built, Note", "LightGbmRegression",
        "OneHotEncoding, ReplaceMissingValues, FeaturizeText, Concatenate, LightGbmRegression")]
    [DataRow("ChurnOld", 2, ProjectScenario.Classification, "Left", "Plan, Age, Minutes", "FastTreeBinary",
        "OneHotEncoding, ReplaceMissingValues, Concatenate, FastTreeBinary")]
    [DataRow("FirstForm", 0, ProjectScenario.Classification, "Größe (m²)", "a,b \"c\"", "AveragedPerceptronOva",
        "MapValueToKey, FeaturizeText, CopyColumns, NormalizeMinMax, AveragedPerceptronOva, MapKeyToValue")]
    [DataRow("Reviews", 4, ProjectScenario.TextClassification, "Stars", "Review", "TextClassificationMulti",
        "MapValueToKey, TextClassificationMulti, MapKeyToValue")]
    [DataRow("Shapes", 5, ProjectScenario.ImageClassification, "Label", "ImageSource", "ImageClassificationMulti",
        "MapValueToKey, ImageClassificationMulti, MapKeyToValue")]
    [DataRow("Films", 2, ProjectScenario.Recommendation, "stars", "user, film", "MatrixFactorization",
        "MapValueToKey, MapValueToKey, MatrixFactorization")]
    [DataRow("NotTrained", 5, ProjectScenario.Regression, "Price", "District, Area, Rooms, Year built, Note", null, "")]
    public void Every_form_tells_scenario_label_features_trainer_and_steps(
        string name, int form, ProjectScenario scenario, string label, string features, string? trainer, string steps)
    {
        var project = ProjectFile.Open(ProjectFolder.Given(name)).Project;
        Assert.AreEqual(form, project.Form);
        Assert.AreEqual(scenario, project.Scenario);
        Assert.AreEqual(label, project.LabelColumn);
        Assert.AreEqual(features, string.Join(", ", project.Features.Select(f => f.Column.Name)));
        Assert.AreEqual(trainer, project.Trainer);
        Assert.AreEqual(steps, string.Join(", ", project.Steps.Select(s => s.Name)));
        Assert.AreEqual(trainer is not null, project.IsTrained);
    }

    [TestMethod]
    public void Columns_know_their_types_and_what_is_made_of_them()
    {
        var features = ProjectFile.Open(ProjectFolder.Given("HousePrice")).Project.Features;
        Assert.AreEqual(new ProjectColumn("District", "Feature", "String", true, 1), features[0].Column);
        Assert.AreEqual("OneHotEncoding, Concatenate", string.Join(", ", features[0].Steps));
        Assert.AreEqual("FeaturizeText, Concatenate", string.Join(", ", features[4].Steps));
        Assert.AreEqual("FeaturizeText, CopyColumns, NormalizeMinMax", string.Join(", ",
            ProjectFile.Open(ProjectFolder.Given("FirstForm")).Project.Features[0].Steps));
    }

    [TestMethod]
    public void The_source_tells_how_the_file_is_read()
    {
        Assert.AreEqual(new ProjectSource("TabularFile", @"C:\Data\sizes.txt", '\t', ',', true, true, '"', false),
            ProjectFile.Open(ProjectFolder.Given("FirstForm")).Project.Source);
        Assert.AreEqual(@"..\images\folders", ProjectFile.Open(ProjectFolder.Given("Shapes")).Project.Source.Path);
    }

    [TestMethod]
    [DataRow("e0 * e1 * (e2 + e3) * e4", "e3", "e0 e1 e3 e4")]
    [DataRow("e0 * (e1 * (e2 + e10 * e3) + e4) * e5", "e10", "e0 e1 e10 e3 e5")]
    [DataRow("e0*(e1+e2)", "none", "e0 e1")]
    [DataRow("", "e1", "")]
    public void Alternatives_within_alternatives_are_chosen_from(string schema, string wanted, string chosen) =>
        Assert.AreEqual(chosen, string.Join(' ', Trained(schema, wanted).Steps.Select(s => s.Name)));

    [TestMethod]
    [DataRow("{", "too early"), DataRow("[]", "an object"), DataRow("{ \"a\": 01x }", "line 1, column"), DataRow("{}", "'Scenario'")]
    [DataRow("{ \"Scenario\": \"Regression\", }", "a name in quotation marks")]
    public void What_is_no_project_is_refused_with_the_place(string text, string says)
    {
        var error = Assert.ThrowsExactly<InvalidProjectException>(() => ModelBuilderProject.Parse(text, "x"));
        Assert.Contains(says, error.Message);
    }

    [TestMethod]
    public void What_is_nested_without_end_is_refused() => Assert.Contains("nested deeper",
        Assert.ThrowsExactly<InvalidProjectException>(() => ModelBuilderProject.Parse(new string('[', 100_000), "x")).Message);

    [TestMethod]
    public void Damaged_ones_are_read_or_refused_and_nothing_else()
    {
        var random = new Random(5);
        foreach (var name in (string[])["HousePrice", "ChurnOld", "FirstForm", "Reviews", "Films"])
        {
            var text = File.ReadAllText(ProjectFolder.Given(name));
            for (var i = 0; i < 400; i++)
            {
                var at = random.Next(text.Length);
                var damaged = random.Next(3) switch
                {
                    0 => text[..at],
                    1 => text.Remove(at, Math.Min(random.Next(1, 40), text.Length - at)),
                    _ => text.Insert(at, "{}[],:\"e0*+()-1\\u"[random.Next(17)].ToString()),
                };
                try
                {
                    _ = ExplanationClass.WhyNot(ModelBuilderProject.Parse(damaged, name)) is null
                        ? ExplanationClass.Write(ModelBuilderProject.Parse(damaged, name), new GeneratedClass(null, name)) : "";
                }
                catch (InvalidProjectException)
                {
                }
            }
        }
    }

    [TestMethod]
    public void A_schema_that_cannot_be_read_is_refused() => Assert.Contains("character 6",
        Assert.ThrowsExactly<InvalidProjectException>(() => Trained("e0 * * e1", "e1")).Message);

    [TestMethod]
    public void Later_forms_are_read_as_the_latest() =>
        Assert.AreEqual("b", ModelBuilderProject.Parse("""
            { "Scenario": "Regression", "Version": 9, "New": [1e3, true, null, "\u00e4\n"],
              "DataSource": { "Type": "TabularFile", "ColumnProperties": [ { "ColumnName": "a" }, { "ColumnName": "b", "ColumnPurpose": "Label" } ] } }
            """, "x").LabelColumn);

    [TestMethod]
    public void Files_of_another_desk_are_found_where_the_project_lies()
    {
        using var place = new Workplace();
        File.Copy(ProjectFolder.Given("FirstForm"), place["FirstForm.mbconfig"]);
        var project = ProjectFile.Open(place["FirstForm.mbconfig"]);
        Assert.IsNull(project.FindData());
        Assert.IsNull(project.FindModel());
        Directory.CreateDirectory(place["Data"]);
        File.WriteAllText(Path.Combine(place["Data"], "Sizes.TXT"), "");
        Assert.AreEqual(Path.Combine(place["Data"], "Sizes.TXT"), project.FindData(), "in a folder, with other letters");
        place.Write("sizes.txt", "");
        place.Write("FirstForm.zip", "");
        Assert.AreEqual(Path.Combine(place["Data"], "Sizes.TXT"), project.FindData(), "the longer part of the path counts");
        Assert.AreEqual(place["FirstForm.zip"], project.FindModel());
    }

    [TestMethod]
    public void Relative_paths_go_out_from_the_project()
    {
        using var place = new Workplace();
        Directory.CreateDirectory(Path.Combine(place["images"], "folders"));
        Directory.CreateDirectory(place["project"]);
        File.Copy(ProjectFolder.Given("Shapes"), Path.Combine(place["project"], "Shapes.mbconfig"));
        Assert.AreEqual(Path.Combine(place["images"], "folders"), ProjectFile.Open(place["project"]).FindData());
    }

    [TestMethod]
    public void A_folder_stands_for_its_only_project()
    {
        using var place = new Workplace();
        Assert.Contains("holds no project", Assert.ThrowsExactly<InvalidProjectException>(() => ProjectFile.Open(place["."])).Message);
        Directory.CreateDirectory(Path.Combine(place["app"], "bin"));
        File.Copy(ProjectFolder.Given("ChurnOld"), Path.Combine(place["app"], "ChurnOld.mbconfig"));
        File.Copy(ProjectFolder.Given("ChurnOld"), Path.Combine(place["app"], "bin", "ChurnOld.mbconfig"));
        Assert.AreEqual("ChurnOld", ProjectFile.Open(place["."]).Project.Name, "below, but not what a build has copied");
        File.Copy(ProjectFolder.Given("Films"), Path.Combine(place["app"], "Films.mbconfig"));
        var several = Assert.ThrowsExactly<InvalidProjectException>(() => ProjectFile.Open(place["app"])).Message;
        Assert.Contains("ChurnOld.mbconfig", several);
        Assert.Contains("Films.mbconfig", several);
    }

    private static ModelBuilderProject Trained(string schema, string trainer) => ModelBuilderProject.Parse($$"""
        { "Scenario": "Regression", "Version": 5, "DataSource": { "Type": "TabularFile" },
          "RunHistory": { "Trials": [ { "TrainerName": "{{trainer}}" } ], "Schema": "{{schema}}",
            "Estimators": { {{string.Join(", ", Enumerable.Range(0, 12).Select(i => $"\"e{i}\": \"e{i}\""))}} } } }
        """, "x");
}

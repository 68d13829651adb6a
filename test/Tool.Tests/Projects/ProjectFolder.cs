using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Tests.Support;

namespace Microsoft.ML.Introspection.Tool.Tests.Projects;

/// <summary>Projects of Model Builder with data and models: what the examples tell of, drawn and trained here.</summary>
internal static class ProjectFolder
{
    /// <summary>A project that comes with the tests.</summary>
    public static string Given(string name) => Path.Combine(AppContext.BaseDirectory, "TestData", "mbconfig", $"{name}.mbconfig");

    /// <summary>Value prediction, form 5: categories, missing values, free text, an ignored column, a name with a blank.</summary>
    public static string Houses(string folder, int rows = 300, bool leaks = false)
    {
        var random = new Random(1);
        string[] districts = ["North", "South", "East", "West"], notes = ["garden and garage", "near the park", "needs repair", ""];
        var lines = new List<string> { "Id,District,Area,Rooms,Year built,Note,Price" };
        for (var i = 0; i < rows; i++)
        {
            var (district, area, note) = (random.Next(4), random.Next(30, 200), random.Next(4));
            var price = 50 + 3 * area + 40 * district - (note == 2 ? 60 : 0) + random.Next(-5, 6);
            var year = leaks ? (1000 + price).ToString(CultureInfo.InvariantCulture) : random.Next(1900, 2020).ToString(CultureInfo.InvariantCulture);
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{i},{districts[district]},{area},{(i % 10 == 0 ? "" : area / 30)},{year},{notes[note]},{price}"));
        }
        File.WriteAllLines(Path.Combine(folder, "houses.csv"), lines);
        File.Copy(Given("HousePrice"), Path.Combine(folder, "HousePrice.mbconfig"));
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromTextFile(Path.Combine(folder, "houses.csv"), new TextLoader.Options
        {
            HasHeader = true, Separators = [','], AllowQuoting = true,
            Columns =
            [
                new("District", DataKind.String, 1), new("Area", DataKind.Single, 2), new("Rooms", DataKind.Single, 3),
                new("Year built", DataKind.Single, 4), new("Note", DataKind.String, 5), new("Price", DataKind.Single, 6),
            ],
        });
        var pipeline = ml.Transforms.Categorical.OneHotEncoding([new InputOutputColumnPair("District")])
            .Append(ml.Transforms.ReplaceMissingValues([new InputOutputColumnPair("Area"), new("Rooms"), new("Year built")]))
            .Append(ml.Transforms.Text.FeaturizeText("Note", "Note"))
            .Append(ml.Transforms.Concatenate("Features", "District", "Area", "Rooms", "Year built", "Note"))
            .Append(ml.Regression.Trainers.FastTree("Price", numberOfTrees: 30, numberOfLeaves: 8));
        ml.Model.Save(pipeline.Fit(data), data.Schema, Path.Combine(folder, "HousePrice.mlnet"));
        return Path.Combine(folder, "HousePrice.mbconfig");
    }

    /// <summary>Classification, form 2, by a binary trainer with a Boolean label; separated by tabulators, the model a .zip.</summary>
    public static string Churn(string folder, int rows = 300)
    {
        var random = new Random(2);
        var lines = new List<string> { "Age\tPlan\tMinutes\tLeft" };
        for (var i = 0; i < rows; i++)
        {
            var (age, plan, minutes) = (random.Next(18, 80), random.Next(3), random.Next(0, 500));
            var left = minutes < 120 && plan != 2 || random.Next(20) == 0;
            lines.Add($"{age}\t{"abc"[plan]}\t{minutes}\t{left}");
        }
        File.WriteAllLines(Path.Combine(folder, "churn.tsv"), lines);
        File.Copy(Given("ChurnOld"), Path.Combine(folder, "ChurnOld.mbconfig"));
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromTextFile(Path.Combine(folder, "churn.tsv"), new TextLoader.Options
        {
            HasHeader = true,
            Columns = [new("Age", DataKind.Single, 0), new("Plan", DataKind.String, 1), new("Minutes", DataKind.Single, 2),
                new("Left", DataKind.Boolean, 3)],
        });
        var pipeline = ml.Transforms.Categorical.OneHotEncoding([new InputOutputColumnPair("Plan")])
            .Append(ml.Transforms.ReplaceMissingValues([new InputOutputColumnPair("Age"), new("Minutes")]))
            .Append(ml.Transforms.Concatenate("Features", "Plan", "Age", "Minutes"))
            .Append(ml.BinaryClassification.Trainers.FastTree("Left", numberOfTrees: 22, numberOfLeaves: 8));
        ml.Model.Save(pipeline.Fit(data), data.Schema, Path.Combine(folder, "ChurnOld.zip"));
        return Path.Combine(folder, "ChurnOld.mbconfig");
    }

    /// <summary>Classification of texts by one-versus-all, form 0; names with quotes, an umlaut and more; the model on somebody's desk.</summary>
    public static string Sizes(string folder, int rows = 200)
    {
        var random = new Random(3);
        string[] sizes = ["groß", "klein", "mittel"], words = ["barn tall wide", "hut small low", "house plain usual"];
        File.WriteAllLines(Path.Combine(folder, "sizes.txt"),
            ["\"a,b \"\"c\"\"\"\tGröße (m²)", .. Enumerable.Range(0, rows).Select(_ => random.Next(3)).Select(s => $"{words[s]} {random.Next(5)}\t{sizes[s]}")]);
        File.Copy(Given("FirstForm"), Path.Combine(folder, "FirstForm.mbconfig"));
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromTextFile(Path.Combine(folder, "sizes.txt"), new TextLoader.Options
        {
            HasHeader = true, AllowQuoting = true,
            Columns = [new("a,b \"c\"", DataKind.String, 0), new("Größe (m²)", DataKind.String, 1)],
        });
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Größe (m²)")
            .Append(ml.Transforms.Text.FeaturizeText("a,b \"c\"_tf", "a,b \"c\""))
            .Append(ml.Transforms.CopyColumns("Features", "a,b \"c\"_tf"))
            .Append(ml.Transforms.NormalizeMinMax("Features"))
            .AppendCacheCheckpoint(ml)
            .Append(ml.MulticlassClassification.Trainers.OneVersusAll(
                ml.BinaryClassification.Trainers.AveragedPerceptron("Größe (m²)"), "Größe (m²)"))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ml.Model.Save(pipeline.Fit(data), data.Schema, Path.Combine(folder, "FirstForm.zip"));
        return Path.Combine(folder, "FirstForm.mbconfig");
    }

    /// <summary>Three classes that are called by numbers, in the order of their first appearance, from many columns by LightGBM; form 4.</summary>
    public static string Grades(string folder, int rows, int columns = 20)
    {
        var random = new Random(4);
        string[] names = [.. Enumerable.Range(0, columns).Select(c => $"x{c}")];
        using (var file = File.CreateText(Path.Combine(folder, "grades.csv")))
        {
            file.WriteLine(string.Join(';', [.. names, "grade"]));
            for (var i = 0; i < rows; i++)
            {
                double[] x = [.. names.Select(_ => Math.Round(random.NextDouble(), 3))];
                var sum = x[0] * 2 + x[1] - x[2];
                file.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{string.Join(';', x.Select(v => v.ToString(CultureInfo.InvariantCulture)))};{(sum > 1.4 ? 3 : sum > 0.7 ? 1 : 2)}"));
            }
        }
        var properties = string.Join(",\n", names.Append("grade").Select(n => $$"""
            { "ColumnName": "{{n}}", "ColumnPurpose": "{{(n == "grade" ? "Label" : "Feature")}}", "ColumnDataFormat": "Single", "IsCategorical": false,
              "Type": "Column", "Version": 4 }
            """));
        var listed = string.Join(", ", names.Select(n => $"\"{n}\""));
        File.WriteAllText(Path.Combine(folder, "Grades.mbconfig"), $$"""
            { "Scenario": "Classification",
              "DataSource": { "Version": 1, "Type": "TabularFile", "FilePath": "D:\\work\\grades.csv", "Delimiter": ";", "DecimalMarker": ".",
                "HasHeader": true, "ColumnProperties": [ {{properties}} ] },
              "Environment": { "Type": "LocalCPU", "Version": 1 },
              "RunHistory": { "Version": 3, "Type": "Result", "Trials": [ { "Version": 1, "Type": "Trial", "TrainerName": "LightGbmMulti",
                "Score": 0.9, "RuntimeInSeconds": 1.0, "Parameter": { "_SCHEMA_": "e0 * e1 * e2 * e10 * e3",
                  "e0": { "OutputColumnNames": [ {{listed}} ], "InputColumnNames": [ {{listed}} ] },
                  "e1": { "InputColumnNames": [ {{listed}} ], "OutputColumnName": "Features" },
                  "e2": { "InputColumnName": "grade", "OutputColumnName": "grade", "AddKeyValueAnnotationsAsText": false },
                  "e10": { "LabelColumnName": "grade", "FeatureColumnName": "Features", "NumberOfTrees": 40 },
                  "e3": { "InputColumnName": "PredictedLabel", "OutputColumnName": "PredictedLabel" } } } ],
                "Estimators": { "e0": "ReplaceMissingValues", "e1": "Concatenate", "e2": "MapValueToKey", "e3": "MapKeyToValue",
                  "e10": "LightGbmMulti" },
                "Schema": "e0 * e1 * e2 * (e4 + e10) * e3", "MetricName": "MacroAccuracy", "ModelFilePath": "D:\\work\\Grades.mlnet" },
              "Type": "TrainingConfig", "Version": 4,
              "TrainingOption": { "Version": 1, "Type": "ClassificationTrainingOption", "TrainingTime": 60, "LabelColumn": "grade" } }
            """);
        var ml = new MLContext(seed: 1);
        var data = ml.Data.LoadFromTextFile(Path.Combine(folder, "grades.csv"), new TextLoader.Options
        {
            HasHeader = true, Separators = [';'],
            Columns = [.. names.Append("grade").Select((n, i) => new TextLoader.Column(n, DataKind.Single, i))],
        });
        var pipeline = ml.Transforms.ReplaceMissingValues([.. names.Select(n => new InputOutputColumnPair(n))])
            .Append(ml.Transforms.Concatenate("Features", names))
            .Append(ml.Transforms.Conversion.MapValueToKey("grade"))
            .Append(ml.MulticlassClassification.Trainers.LightGbm("grade", numberOfLeaves: 31, numberOfIterations: 40))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ml.Model.Save(pipeline.Fit(data), data.Schema, Path.Combine(folder, "Grades.mlnet"));
        return Path.Combine(folder, "Grades.mbconfig");
    }
}

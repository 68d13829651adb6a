using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Tests.Projects;

/// <summary><c>introspect explain X.mbconfig</c>: a page of a project, and what is said where none can be made.</summary>
[TestClass]
public sealed class ExplainingProjects
{
    [TestMethod]
    public async Task Form_5_with_categories_texts_and_missing_values()
    {
        using var place = new Workplace();
        ProjectFolder.Houses(place["."]);
        var outcome = await place.RunAsync("explain", "@HousePrice.mbconfig", "--report", "@page.html", "--rows", "0,17");
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        Assert.Contains("empty cells of 'Rooms' are taken for 0", outcome.Error);
        var page = File.ReadAllText(place["page.html"]);
        foreach (var words in (string[])["what moves &#39;Price&#39;", "LightGbmRegression", "RSquared 0.9114", "row 17", "empty cells",
            "Permutation importance", "Year built", "Worth a look"])
            Assert.Contains(words.Replace("&#39;", "'"), page.Replace("&#39;", "'"), words);
        Assert.Contains("exact tree", outcome.Out);
    }

    [TestMethod]
    public async Task Form_2_with_a_boolean_label()
    {
        using var place = new Workplace();
        ProjectFolder.Churn(place["."]);
        (await place.RunAsync("explain", "@.", "--report", "@page.html")).IsDone();
        var page = File.ReadAllText(place["page.html"]);
        Assert.Contains("FastTreeBinary", page);
        Assert.Contains("accuracy 0.9", page, "the labels are known to the model");
        Assert.Contains("Minutes", page);
    }

    [TestMethod]
    public async Task Form_0_with_classes_of_texts_and_names_that_need_quotes()
    {
        using var place = new Workplace();
        ProjectFolder.Sizes(place["."]);
        (await place.RunAsync("explain", "@FirstForm.mbconfig", "--report", "@page.html")).IsDone();
        var page = File.ReadAllText(place["page.html"]);
        foreach (var words in (string[])["groß", "klein", "mittel", "AveragedPerceptronOva"])
            Assert.Contains(words, page);
    }

    [TestMethod]
    public async Task Form_4_with_classes_that_are_numbers()
    {
        using var place = new Workplace();
        ProjectFolder.Grades(place["."], 400, columns: 4);
        (await place.RunAsync("explain", "@Grades.mbconfig", "--output", "@page.html")).IsDone();
        var page = File.ReadAllText(place["page.html"]);
        Assert.Contains("each row's own class", page.Replace("&#39;", "'"));
        Assert.Contains("macro accuracy", page);
    }

    [TestMethod]
    public async Task Data_are_read_once()
    {
        using var place = new Workplace();
        ProjectFolder.Churn(place["."]);
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("a pipe with a name is one of Unix");
        // What is read from a pipe can be read but once.
        var rows = await File.ReadAllTextAsync(place["churn.tsv"]);
        System.Diagnostics.Process.Start("mkfifo", [place["pipe.tsv"]]).WaitForExit();
        var writing = Task.Run(() => File.WriteAllText(place["pipe.tsv"], rows));
        var outcome = await place.RunAsync("explain", "@ChurnOld.mbconfig", "--data", "@pipe.tsv", "--report", "@page.html")
            .WaitAsync(TimeSpan.FromMinutes(2));
        outcome.IsDone();
        await writing;
        Assert.Contains("Explained 300 rows", outcome.Out);
    }

    [TestMethod]
    public async Task What_gives_the_label_away_is_named()
    {
        using var place = new Workplace();
        ProjectFolder.Houses(place["."], leaks: true);
        var outcome = await place.RunAsync("explain", "@HousePrice.mbconfig", "--report", "@page.html");
        Assert.Contains("Worth a look: Year built: tells", outcome.Out);
        Assert.Contains("leakage", File.ReadAllText(place["page.html"]));
        using var honest = new Workplace();
        ProjectFolder.Houses(honest["."]);
        Assert.DoesNotContain(" tells ", (await honest.RunAsync("explain", "@HousePrice.mbconfig", "--report", "@page.html")).Out);
    }

    [TestMethod]
    public async Task Constant_columns_copies_and_row_numbers_are_named()
    {
        using var place = new Workplace();
        var lines = new List<string> { "x0;x1;x2;x3;grade" };
        ProjectFolder.Grades(place["."], 300, columns: 4);
        foreach (var (number, line) in File.ReadLines(place["grades.csv"]).Skip(1).Index())
            lines.Add(string.Join(';', [line.Split(';')[0], line.Split(';')[0], "1", number.ToString(CultureInfo.InvariantCulture),
                line.Split(';')[4]]));
        File.WriteAllLines(place["other.csv"], lines);
        var outcome = await place.RunAsync("explain", "@Grades.mbconfig", "--data", "@other.csv", "--delimiter", ";", "--report", "@page.html");
        foreach (var words in (string[])["x2: the same in every row", "x1: the same as 'x0'", "x3: whole numbers that rise"])
            Assert.Contains(words, outcome.Out);
    }

    [TestMethod]
    public async Task Data_without_labels_and_without_a_header_are_explained()
    {
        using var place = new Workplace();
        ProjectFolder.Churn(place["."]);
        File.WriteAllLines(place["unseen.csv"], ["33,a,20,", "70,c,300,"]);
        var outcome = await place.RunAsync("explain", "@ChurnOld.mbconfig", "--data", "@unseen.csv", "--no-header", "--report", "@page.html");
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        Assert.Contains("no labels", outcome.Out);
    }

    [TestMethod]
    public async Task Quotation_marks_are_characters_where_the_project_says_so()
    {
        using var place = new Workplace();
        ProjectFolder.Churn(place["."]);
        File.WriteAllText(place["churn.tsv"], File.ReadAllText(place["churn.tsv"]).Replace("\ta\t", "\t\"a\t"));
        (await place.RunAsync("explain", "@ChurnOld.mbconfig", "--report", "@page.html")).Failed("quotation marks");
        File.WriteAllText(place["ChurnOld.mbconfig"],
            File.ReadAllText(place["ChurnOld.mbconfig"]).Replace("\"HasHeader\"", "\"AllowQuoting\": false, \"HasHeader\""));
        (await place.RunAsync("explain", "@ChurnOld.mbconfig", "--report", "@page.html")).IsDone();
    }

    [TestMethod]
    public async Task Columns_that_are_called_otherwise_are_taken_by_their_places()
    {
        using var place = new Workplace();
        ProjectFolder.Churn(place["."]);
        (await place.RunAsync("explain", "@ChurnOld.mbconfig", "--report", "@page.html")).IsDone();
        File.WriteAllLines(place["churn.tsv"], ["\uFFFDge\tplan\tmin\tleft", .. File.ReadLines(place["churn.tsv"]).Skip(1)]);
        var outcome = await place.RunAsync("explain", "@ChurnOld.mbconfig", "--report", "@other.html");
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        Assert.Contains("taken by their places", outcome.Error);
        Assert.AreEqual(File.ReadAllText(place["page.html"]), File.ReadAllText(place["other.html"]));
    }

    [TestMethod]
    public async Task Untrained_ones_and_those_whose_files_are_missing_say_so()
    {
        using var place = new Workplace();
        foreach (var name in (string[])["NotTrained", "HousePrice", "ChurnOld", "Films", "Reviews", "Shapes", "FirstForm"])
            File.Copy(ProjectFolder.Given(name), place[$"{name}.mbconfig"]);
        (await place.RunAsync("explain", "@NotTrained.mbconfig")).Failed("was not trained yet", "NotTrained.mbconfig");
        foreach (var name in (string[])["HousePrice", "ChurnOld", "Films", "Reviews", "Shapes", "FirstForm"])
            (await place.RunAsync("explain", $"@{name}.mbconfig")).Failed("is not there", $"'{name}.mlnet'", "train the project again");
        (await place.RunAsync("explain", "@.")).Failed("7 projects");
        (await place.RunAsync("explain", "@None.mbconfig")).Failed("There is no file");
        Assert.IsEmpty(place.Files.Where(f => f.EndsWith(".html", StringComparison.Ordinal)));
    }

    [TestMethod]
    public async Task Data_that_are_missing_are_named_with_where_they_were_looked_for()
    {
        using var place = new Workplace();
        ProjectFolder.Churn(place["."]);
        File.Delete(place["churn.tsv"]);
        (await place.RunAsync("explain", "@ChurnOld.mbconfig")).Failed(@"C:\Data\churn.tsv", "--data");
    }

    [TestMethod]
    [DataRow("Films", "FAFAMAPD", "MFPredictor", "Microsoft.ML.Recommender", "", "matrix factorization", "Microsoft.ML.Recommender")]
    [DataRow("Reviews", "TXT-CLSS", "TXTCLSS", "Microsoft.ML.TorchSharp", "TSModel", "text classification", "TorchSharp-cpu")]
    [DataRow("Shapes", "IMAGPRED", "ImageClassificationPred", "Microsoft.ML.Vision", "TFModel", "image classification", "SciSharp.TensorFlow.Redist")]
    public async Task Other_scenarios_get_what_their_files_tell_and_a_plain_sentence(
        string name, string signature, string loader, string assembly, string stream, string model, string package)
    {
        using var place = new Workplace();
        File.Copy(ProjectFolder.Given(name), place[$"{name}.mbconfig"]);
        Foreign(place, $"{name}.mlnet", signature, loader, assembly, stream);
        (await place.RunAsync("explain", $"@{name}.mbconfig")).Failed("is a project of the scenario", model, package, loader);
        // Where any model is opened, not only a project's.
        (await place.RunAsync("shap", $"@{name}.mlnet", "--data", Workplace.Given("breast_cancer.csv"), "--output", "@out.csv"))
            .Failed(model, package, "not there");
    }

    [TestMethod]
    public void Steps_of_saved_pipelines_are_told_without_loading_them()
    {
        using var place = new Workplace();
        ProjectFolder.Churn(place["."]);
        var pipeline = SavedPipeline.Open(place["ChurnOld.zip"]);
        CollectionAssert.IsSubsetOf((string[])["TransformerChain", "ConcatTransform", "FastTreeBinaryExec"],
            pipeline.Steps.Select(s => s.Loader).ToArray());
        CollectionAssert.Contains(pipeline.Steps.Select(s => s.Assembly).ToArray(), "Microsoft.ML.FastTree");
        Assert.IsNull(pipeline.WhatIsMissing);
        Assert.IsNull(pipeline.SpecialModel);
    }

    [TestMethod]
    public void Damaged_pipelines_tell_their_steps_or_are_refused()
    {
        using var place = new Workplace();
        Foreign(place, "pipeline.zip", "TXT-CLSS", "TXTCLSS", "Microsoft.ML.TorchSharp", "TSModel");
        var (whole, random) = (File.ReadAllBytes(place["pipeline.zip"]), new Random(6));
        for (var i = 0; i < 300; i++)
        {
            var damaged = (byte[])whole.Clone();
            for (var n = random.Next(1, 6); n > 0; n--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(place["damaged.zip"], random.Next(4) == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            try
            {
                _ = SavedPipeline.Open(place["damaged.zip"]).WhatIsMissing;
            }
            catch (InvalidModelException)
            {
            }
        }
    }

    [TestMethod]
    public async Task What_is_for_networks_is_refused()
    {
        using var place = new Workplace();
        File.Copy(ProjectFolder.Given("ChurnOld"), place["ChurnOld.mbconfig"]);
        (await place.RunAsync("explain", "@ChurnOld.mbconfig", "--method", "saliency")).WasWrongUse("leave --method out");
        (await place.RunAsync("explain", "@ChurnOld.mbconfig", "--output", "@values.csv")).WasWrongUse("introspect shap");
        (await place.RunAsync("explain", "@ChurnOld.mbconfig", "--rows", "1,x")).WasWrongUse("--rows takes numbers");
        (await place.RunAsync("explain", Workplace.Given("mlp_breast_cancer.onnx"), "--data", Workplace.Given("breast_cancer.csv"), "--output",
            "@out.csv")).WasWrongUse("'--method' is required");
    }

    // A pipeline as ML.NET saves them, in which a step is another package's.
    private static void Foreign(Workplace place, string name, string signature, string loader, string assembly, string stream)
    {
        var ml = new MLContext();
        var data = ml.Data.LoadFromEnumerable([new Point { X = 1 }, new Point { X = 2 }]);
        ml.Model.Save(ml.Transforms.CopyColumns("Y", "X").Append(ml.Transforms.CopyColumns("Z", "X")).Fit(data), data.Schema, place[name]);
        using var archive = ZipFile.Open(place[name], ZipArchiveMode.Update);
        var key = archive.Entries.Single(e => e.FullName.Replace('\\', '/').EndsWith("Transform_001/Model.key", StringComparison.Ordinal));
        byte[] bytes;
        using (var read = new MemoryStream())
        {
            using (var entry = key.Open())
                entry.CopyTo(read);
            bytes = read.ToArray();
        }
        Encoding.ASCII.GetBytes(signature).CopyTo(bytes, 64);
        bytes.AsSpan(80, 48).Clear();
        Encoding.ASCII.GetBytes(loader).CopyTo(bytes, 80);
        var at = (int)BitConverter.ToInt64(bytes, 144);
        Encoding.Unicode.GetBytes($"{assembly}, ").CopyTo(bytes, at);
        var full = key.FullName;
        key.Delete();
        using (var written = archive.CreateEntry(full).Open())
            written.Write(bytes);
        if (stream.Length > 0)
            using (var written = archive.CreateEntry(full.Replace("Model.key", stream)).Open())
                written.Write([1, 2, 3]);
    }

    private sealed class Point
    {
        public float X { get; set; }
    }
}

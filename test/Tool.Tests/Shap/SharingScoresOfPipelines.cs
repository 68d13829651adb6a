using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tool.Tests.Shap;

[TestClass]
public class SharingScoresOfPipelines
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public async Task Takes_raw_columns_as_features()
    {
        using var work = Houses(out var houses);
        var outcome =
            (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "--id-column", "Id", "--label-column", "Worth",
                "--background", "data", "--background-rows", "6", "-o", "@out.csv")).IsDone();
        Assert.Contains("Algorithm: all coalitions, against 6 of the 24 rows of 'rows.csv'", outcome.Out);

        var model = FittedModel.Load(_ml, work["model.zip"]);
        using var scorer = new PipelineScorer(model.Pipeline, model.InputSchema);
        var data = _ml.Data.LoadFromEnumerable(houses);
        var rows = scorer.Encode(data);
        float[] background = [.. rows.Chunk(4).Where((_, i) => i % 4 == 2).SelectMany(row => row)];
        var expected = new BlackBox(scorer, background).Explain(new ExactShap(), rows);
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "Id", "Worth", "target", "score", "base", "Town", "Rooms", "Size", "New"], table[0]);
        CollectionAssert.AreEqual(houses.Select(h => h.Id).ToArray(), table[1..].Select(line => line[1]).ToArray());
        Assert.AreEqual("Score", table[1][3]);
        ShapFiles.AreSame(expected.Values, table.Numbers(6..), 1e-9);
        ShapFiles.AreSame(expected.Scores, table.Numbers(4..5));
        // The pipeline's own word.
        ShapFiles.AreSame([.. model.Pipeline.Transform(data).GetColumn<float>("Score").Select(s => (double)s)], table.Numbers(4..5));
        foreach (var column in (int[])[6, 7, 8])
            Assert.Contains(value => Math.Abs(value) > 0.1, table.Numbers(column..(column + 1)));
    }

    [TestMethod]
    public async Task Takes_classes_by_their_names()
    {
        using var work = new Workplace();
        // One of them is called like the number of another.
        string[] names = ["0", "low", "high-end"];
        var random = new Random(1);
        Sorted[] pairs = [.. Enumerable.Range(0, 60).Select(_ => new Sorted { First = random.NextSingle() * 4 - 2, Second = random.NextSingle() })];
        foreach (var pair in pairs)
            pair.Kind = names[pair.First < -0.7 ? 2 : pair.First < 0.7 ? 1 : 0];
        pairs[0].Kind = "low";
        var data = _ml.Data.LoadFromEnumerable(pairs);
        var model = _ml.Transforms.Conversion.MapValueToKey("Label", "Kind").Append(_ml.Transforms.Concatenate("Features", "First", "Second"))
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy()).Fit(data);
        _ml.Model.Save(model, data.Schema, work["model.zip"]);
        work.Write("rows.csv", "First,Second,Kind\n-1,0.2,low\n0.5,0.9,low\n2,0.1,0\n");
        using var scorer = new PipelineScorer(model, data.Schema);
        var classes = scorer.OutputNames.ToList();
        CollectionAssert.AreEquivalent(names, classes);
        var scores = model.Transform(_ml.Data.LoadFromEnumerable((Sorted[])[new() { First = -1, Second = 0.2f },
            new() { First = 0.5f, Second = 0.9f }, new() { First = 2, Second = 0.1f }])).GetColumn<float[]>("Score").ToArray();
        string[] command = ["shap", "@model.zip", "--data", "@rows.csv", "--background", "data", "-o", "@out.csv", "--target"];
        foreach (var (text, name) in ((string, string)[])[("low", "low"), ("high-end", "high-end"), ("class:0", "0"), ("class:low", "low"),
            ("0", classes[0]), ("2", classes[2])])
        {
            (await work.RunAsync([.. command, text])).IsDone();
            var table = work.ReadCsv("out.csv");
            CollectionAssert.AreEqual((string[])[name, name, name], table[1..].Select(line => line[1]).ToArray(), text);
            ShapFiles.AreSame([.. scores.Select(s => (double)s[classes.IndexOf(name)])], table.Numbers(2..3), 1e-5);
        }
        (await work.RunAsync([.. command, "middling"])).Failed("no class 'middling'", "'0'", "'low'", "'high-end'");
        // Trees of a file name none.
        ShapFiles.Rows("xgb_wine").Save(work["rows.npy"]);
        (await work.RunAsync("shap", Workplace.Given("xgb_wine.json"), "--data", "@rows.npy", "-t", "low", "-o", "@none.npy"))
            .Failed("class 'low'", "does not name its classes", "number");
    }

    [TestMethod]
    public async Task Asks_networks_within_pipelines()
    {
        using var work = new Workplace();
        TinyNetworks.Linear(batch: 1).Save(work);
        var data = _ml.Data.LoadFromEnumerable((Pair[])[new() { First = 1, Second = 2 }]);
        var pipeline =
            _ml.Transforms.Concatenate("x", "First", "Second").Append(_ml.Transforms.ApplyOnnxModel("scores", "x", work["model.onnx"]));
        _ml.Model.Save(pipeline.Fit(data), data.Schema, work["model.zip"]);
        work.Write("rows.csv", "Second,Note,First\n-1,a,1\n0.5,b,-2\n");
        string[] command = ["shap", "@model.zip", "--data", "@rows.csv", "--background", "zero", "-o", "@out.csv"];
        (await work.RunAsync(command)).Failed("The pipeline has no output column 'Score'", "'scores'");
        (await work.RunAsync([.. command, "--output-column", "scores", "-t", "argmax"])).IsDone();
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["row", "target", "score", "base", "First", "Second"], table[0]);
        // Class 2 is First/4 - 4·Second, class 1 is -2·First + Second.
        CollectionAssert.AreEqual((string[])["scores[2]", "scores[1]"], table[1..].Select(line => line[1]).ToArray());
        ShapFiles.AreSame([4.25, 0, 0.25, 4, 4.5, 0, 4, 0.5], table.Numbers(2..), 1e-6);
    }

    [TestMethod]
    [DataRow("permutation", "--permutations 2")]
    [DataRow("kernel", "--samples 20")]
    [DataRow("exact", "--group House=Rooms..Size")]
    public async Task Takes_the_algorithm_and_groups_asked_for(string algorithm, string options)
    {
        using var work = Houses(out var houses);
        (await work.RunAsync(["shap", "@model.zip", "--data", "@rows.csv", "--background", "@rows.csv", "--background-rows", "3", "-a",
            algorithm, .. options.Split(' '), "-o", "@out.csv"])).IsDone();
        var model = FittedModel.Load(_ml, work["model.zip"]);
        using var scorer = new PipelineScorer(model.Pipeline, model.InputSchema);
        var rows = scorer.Encode(_ml.Data.LoadFromEnumerable(houses));
        CoalitionMethod method = algorithm switch
        {
            "permutation" => new PermutationShap(2),
            "kernel" => new KernelShap(20),
            _ => new ExactShap { Groups = Introspection.Onnx.Tensor.From([0L, 1, 1, 2], 4) },
        };
        var expected = new BlackBox(scorer, [.. rows.Chunk(4).Where((_, i) => i % 8 == 4).SelectMany(row => row)]).Explain(method, rows);
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual(algorithm == "exact" ? (string[])["Town", "House", "New"] : ["Town", "Rooms", "Size", "New"],
            table[0][4..]);
        ShapFiles.AreSame(expected.Values, table.Numbers(4..), 1e-9);
    }

    [TestMethod]
    public async Task Explains_the_slots_of_the_feature_column_by_trees()
    {
        using var work = Houses(out var houses);
        var model = FittedModel.Load(_ml, work["model.zip"]);
        var rows = model.ReadFeatures(_ml.Data.LoadFromEnumerable(houses));
        var trees = ((TreeForm)model.Form).Ensemble;
        var features = trees.FeatureCount;

        var outcome = await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "-a", "tree", "--interactions", "-o", "@out.csv");
        Assert.AreEqual(0, outcome.ExitCode, outcome.Error);
        Assert.Contains("note: the model does not tell how much data passed each node", outcome.Error);
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual((string[])["RoomsNumber", "Size", "NewNumber"], table[0][7..]);
        CollectionAssert.AreEqual((string[])["Town.east", "Town.north", "Town.south"], table[0][4..7].Order().ToArray());
        var values = new double[rows.Length];
        new TreeShap(trees.WithCover(rows)).Values(rows, values);
        ShapFiles.AreSame(values, table.Numbers(4..));
        Assert.HasCount(houses.Length * features + 1, work.ReadCsv("out.interactions.csv"));

        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "-a", "tree", "--background", "data", "--background-rows", "8",
            "-o", "@out.csv")).IsDone();
        new TreeShap(trees, new() { Background = [.. rows.Chunk(features).Where((_, i) => i % 3 == 1).SelectMany(row => row)] }).Values(
            rows, values);
        ShapFiles.AreSame(values, work.ReadCsv("out.csv").Numbers(4..));

        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "-a", "tree", "--background", "data", "--groups", "one-hot", "-o",
            "@out.csv")).IsDone();
        CollectionAssert.AreEqual((string[])["Town", "RoomsNumber", "Size", "NewNumber"], work.ReadCsv("out.csv")[0][4..]);
    }

    [TestMethod]
    public async Task Explains_linear_models_and_probabilities()
    {
        using var work = new Workplace();
        var random = new Random(2);
        Point[] points =
            [.. Enumerable.Range(0, 60).Select(_ => (X: random.NextSingle() * 4 - 2, Y: random.NextSingle() * 2))
                .Select(p => new Point { Features = [p.X, p.Y], Label = p.X + p.Y > 1 })];
        var data = _ml.Data.LoadFromEnumerable(points);
        _ml.Model.Save(Training.LogisticRegression(_ml).Fit(data), data.Schema, work["model.zip"]);
        var table =
            string.Concat(
                points.Take(9)
                    .Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Features[0]},{p.Features[1]},{(p.Label ? 1 : 0)}\n")));
        var model = (LinearForm)FittedModel.Load(_ml, work["model.zip"]).Form;
        float[] rows = [.. points.Take(9).SelectMany(p => p.Features)];
        var shap = new LinearShap(model.Model, new() { Background = rows });
        var values = new double[18];
        shap.Values(rows, values);

        // The items of the vector are found by their names, whatever these are, or by their place.
        foreach (var header in (string[])["Features.0,Features.1,Label", "Features[0],Features[1],Label", "x,y,Label"])
        {
            work.Write("rows.csv", $"{header}\n{table}");
            (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "-a", "linear", "--background", "data", "-o", "@out.csv"))
                .IsDone();
            CollectionAssert.AreEqual((string[])["Features[0]", "Features[1]"], work.ReadCsv("out.csv")[0][4..]);
            ShapFiles.AreSame(values, work.ReadCsv("out.csv").Numbers(4..));
        }
        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "--columns", "x,y", "-a", "linear", "--background", "mean", "-o",
            "@out.csv")).IsDone();
        ShapFiles.AreSame(values, work.ReadCsv("out.csv").Numbers(4..), 1e-5);

        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "--background", "data", "--output-kind", "prediction", "-o",
            "@out.csv")).IsDone();
        var raw = new double[9];
        model.Model.Score(rows, raw);
        ShapFiles.AreSame([.. raw.Select(r => 1 / (1 + Math.Exp(-r)))], work.ReadCsv("out.csv").Numbers(2..3), 1e-5);
        Assert.AreEqual("Probability", work.ReadCsv("out.csv")[1][1]);
        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "-a", "linear", "--background", "data", "--output-kind",
            "prediction", "-o", "@out.csv")).Failed("Linear SHAP values are shares in the raw score");
        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "-a", "tree", "-o", "@out.csv")).Failed("The model of",
            "is linear: take --algorithm linear");

        NpyArray.From(rows, 9, 2).Save(work["rows.npy"]);
        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.npy", "-a", "linear", "--background", "data", "-o", "@out.npy"))
            .IsDone();
        ShapFiles.AreSame(values, NpyArray.Load(work["out.npy"]).ToDoubles());
        NpyArray.From(rows, 6, 3).Save(work["rows.npy"]);
        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.npy", "--background", "data", "-o", "@out.npy"))
            .Failed("has rows of shape [3]; the columns that the pipeline reads ('Features') hold 2 numbers");
    }

    [TestMethod]
    public async Task Explains_classes_by_their_names()
    {
        using var work = new Workplace();
        var random = new Random(3);
        Beast[] beasts =
            [.. Enumerable.Range(0, 90).Select(_ => random.NextSingle() * 3)
                .Select(size => new Beast { Features = [size, random.NextSingle()], Label = size < 1 ? "ant" : size < 2 ? "bee" : "cat" })];
        var data = _ml.Data.LoadFromEnumerable(beasts);
        var pipeline = Training.ToKey(_ml, "Label").Append(Training.LightGbmMulticlass(_ml, softmax: true));
        _ml.Model.Save(pipeline.Fit(data), data.Schema, work["model.zip"]);
        work.Write("rows.csv", "Features.0,Features.1\n0.5,0.5\n1.5,0.1\n2.5,0.9\n");
        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "--background", "data", "-o", "@out.csv")).IsDone();
        var table = work.ReadCsv("out.csv");
        CollectionAssert.AreEqual(beasts.Select(b => b.Label).Distinct().Order().ToArray(),
            table[1..4].Select(line => line[1]).Order().ToArray());
        ShapFiles.AreSame([1, 1, 1], [.. table[1..].Chunk(3).Select(classes => classes.Sum(c => ShapFiles.Number(c[2])))], 1e-5);

        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "-a", "tree", "--background", "data", "-t", "argmax", "-o",
            "@out.csv")).IsDone();
        CollectionAssert.AreEqual((string[])["ant", "bee", "cat"], work.ReadCsv("out.csv")[1..].Select(line => line[1]).ToArray());
        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "--background", "data", "-t", "3", "-o", "@out.csv"))
            .Failed("The target class 3 is out of range: the model has 3 outputs, 0 to 2.");
    }

    [TestMethod]
    [DataRow("Town,Rooms,Size\nnorth,3,80\n", "has no column 'New', which the pipeline reads")]
    [DataRow("Town,Rooms,Size,New\nnorth,three,80,true\n", "line 2, column 2 ('Rooms'): 'three' is not a whole number")]
    [DataRow("Town,Rooms,Size,New\nnorth,NA,80,true\n", "line 2, column 2 ('Rooms'): the value is missing")]
    [DataRow("Town,Rooms,Size,New\nnorth,3,80,perhaps\n", "line 2, column 4 ('New'): 'perhaps' is no truth value")]
    [DataRow("Town,Rooms,Size,New,Town\nnorth,3,80,true,south\n", "The column 'Town': ", "has several columns of that name")]
    public async Task Refuses_tables_that_do_not_fit(string rows, params string[] says)
    {
        using var work = Houses(out _);
        work.Write("rows.csv", rows);
        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.csv", "--background", "data", "-o", "@out.csv")).Failed(says);
        CollectionAssert.AreEqual((string[])["model.zip", "rows.csv"], work.Files);
    }

    [TestMethod]
    public async Task Refuses_what_cannot_be_done_with_a_pipeline()
    {
        using var work = Houses(out _);
        string[] command = ["shap", "@model.zip", "--data", "@rows.csv", "-o", "@out.csv"];
        (await work.RunAsync(command)).Failed("needs a background");
        (await work.RunAsync([.. command, "--background", "mean"])).Failed("--background mean is for numbers, and 'Town' is none");
        (await work.RunAsync([.. command, "-a", "deep", "--background", "data"])).Failed("The algorithm deep looks into networks");
        (await work.RunAsync([.. command, "-a", "linear", "--background", "data"])).Failed("is made of trees: take --algorithm tree");
        (await work.RunAsync([.. command, "--no-header", "--background", "data"]))
            .Failed("The columns of a pipeline are found by their names");
        (await work.RunAsync([.. command, "--output-column", "Worth", "--background", "data", "--scale",
            Workplace.Given("breast_cancer.standardise.json")])).Failed("--scale is for networks and trees");
        (await work.RunAsync([.. command, "--output-column", "Worthless", "--background", "data"]))
            .Failed("The pipeline has no output column 'Worthless'", "'Score'");
        NpyArray.From(new float[4], 1, 4).Save(work["rows.npy"]);
        (await work.RunAsync("shap", "@model.zip", "--data", "@rows.npy", "--background", "data", "-o", "@out.csv"))
            .Failed("The pipeline reads the column 'Town'", "Give a CSV file.");
        CollectionAssert.AreEqual((string[])["model.zip", "rows.csv", "rows.npy"], work.Files);
    }

    [TestMethod]
    public async Task Refuses_damaged_pipelines()
    {
        using var work = new Workplace();
        work.Write("rows.csv", "a\n1\n");
        using (var archive = new ZipArchive(File.Create(work["other.zip"]), ZipArchiveMode.Create))
        {
            using var entry = new StreamWriter(archive.CreateEntry("readme.txt").Open());
            entry.Write("no pipeline");
        }
        File.WriteAllBytes(work["short.zip"], File.ReadAllBytes(work["other.zip"])[..40]);
        (await work.RunAsync("shap", "@other.zip", "--data", "@rows.csv", "-o", "@out.csv"))
            .Failed("other.zip' cannot be loaded as a pipeline of ML.NET's");
        (await work.RunAsync("shap", "@short.zip", "--data", "@rows.csv", "-o", "@out.csv"))
            .Failed("short.zip' begins like a pipeline saved by ML.NET, but is damaged");
        CollectionAssert.AreEqual((string[])["other.zip", "rows.csv", "short.zip"], work.Files);
    }

    private Workplace Houses(out House[] houses)
    {
        var work = new Workplace();
        var random = new Random(1);
        House[] all = [.. Enumerable.Range(0, 400).Select(i => new House
        {
            Id = $"h{i}", Town = ((string[])["north", "south", "east"])[random.Next(3)], Rooms = random.Next(1, 7),
            Size = MathF.Round(20 + random.NextSingle() * 150), New = random.Next(2) == 0,
        })];
        foreach (var house in all)
            house.Worth = house.Size / 10 + house.Rooms * 2 + (house.Town == "north" ? 5 : 0);
        var data = _ml.Data.LoadFromEnumerable(all);
        var pipeline = Training.OneHot(_ml, "Town")
            .Append(Training.ToSingle(_ml, "RoomsNumber", "Rooms")).Append(Training.ToSingle(_ml, "NewNumber", "New"))
            .Append(_ml.Transforms.Concatenate("Features", "Town", "RoomsNumber", "Size", "NewNumber"))
            .Append(_ml.Transforms.CopyColumns("Label", "Worth"))
            .Append(Training.FastTreeRegression(_ml));
        _ml.Model.Save(pipeline.Fit(data), data.Schema, work["model.zip"]);
        houses = all[..24];
        work.Write("rows.csv", "Worth,Size,Id,Town,New,Rooms\n" + string.Concat(houses.Select(h =>
            string.Create(CultureInfo.InvariantCulture, $"{h.Worth},{h.Size},{h.Id},{h.Town},{(h.New ? "true" : "no")},{h.Rooms}\n"))));
        return work;
    }

    private sealed class House
    {
        public string Id { get; set; } = "";

        public string Town { get; set; } = "";

        public int Rooms { get; set; }

        public float Size { get; set; }

        public bool New { get; set; }

        public float Worth { get; set; }
    }

    private sealed class Pair
    {
        public float First { get; set; }

        public float Second { get; set; }
    }

    private sealed class Sorted
    {
        public float First { get; set; }

        public float Second { get; set; }

        public string Kind { get; set; } = "low";
    }

    private sealed class Point
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }

    private sealed class Beast
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }
}

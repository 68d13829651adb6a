using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Images.Tests.Support;

namespace Microsoft.ML.Introspection.Images.Tests.Scoring;

/// <summary>Rows: in order, several at once, one by one, bad ones among them.</summary>
[TestClass]
public sealed class ReadingRows
{
    private static readonly string[] Good = ["source_wide.png", "source_tall.png", "source_big.png", "rgb8.png", "baseline444.jpg"];

    [TestMethod]
    public void Many_rows_come_in_order_with_their_other_columns_whatever_the_batch()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, [.. Enumerable.Range(0, 23).Select(i => Good[i * i % Good.Length])]);
        var model = ExplainingPipelines.Plain(mlContext, data, networks.Linear(3, 20, 24));
        var expected = Rows(1);
        for (var i = 0; i < expected.Count; i++)
            Assert.AreEqual(Good[i * i % Good.Length], expected[i].File);

        foreach (var batch in new[] { 2, 4, 23, 64 })
        {
            var found = Rows(batch);
            Assert.HasCount(23, found);
            foreach (var (one, other) in expected.Zip(found))
            {
                Assert.AreEqual(one.File, other.File);
                Near.Equal(one.Why, other.Why, 1e-3f * one.Why.Largest(MathF.Abs));
            }
        }

        List<Both> Rows(int batch)
        {
            using var explain = mlContext.Transforms.ExplainImage(model, new InputXGradient(), options: new()
            {
                Runtime = new() { BatchSize = batch },
            }).Fit(data);
            return [.. mlContext.Data.CreateEnumerable<Both>(explain.Transform(data), reuseRowObject: false)];
        }
    }

    [TestMethod]
    public void Prediction_engines_explain_row_by_row_and_end_with_their_transformer()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, Good);
        var model = ExplainingPipelines.Plain(mlContext, data, networks.Linear(3, 20, 24));
        var explain = mlContext.Transforms.ExplainImage(model, new InputXGradient()).Fit(data);
        var expected = explain.Transform(data).GetColumn<float[]>("Why").ToList();

        var engine = mlContext.Model.CreatePredictionEngine<PathRow, WhyRow>(explain);
        for (var i = 0; i < Good.Length; i++)
            Near.Equal(expected[i], engine.Predict(new PathRow { File = Good[i] }).Why, 1e-3f * expected[i].Largest(MathF.Abs));

        engine.Dispose();
        Assert.Throws<ObjectDisposedException>(() => explain.Transform(data).GetColumn<float[]>("Why").ToList());
    }

    [TestMethod]
    public void Bad_images_get_a_sentence_and_an_empty_explanation_where_they_are_skipped()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var bad = Directory.GetFiles(Scenes.Bad).Where(f => !f.EndsWith(".tsv", StringComparison.Ordinal)).Order().ToList();
        string[] files = [.. bad, .. Good.Select(f => Path.Combine(Scenes.Files, f)), "", Path.Combine(Scenes.Files, "none.png"),
            Path.Combine(Scenes.Files, "tiff.tif")];
        var data = Scenes.Paths(mlContext, files);
        var model = mlContext.Transforms.LoadImages("Image", "", nameof(PathRow.File))
            .Append(mlContext.Transforms.ResizeImages("Image", 24, 20)).Append(mlContext.Transforms.ExtractPixels("Pixels", "Image"))
            .Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", networks.Linear(3, 20, 24)))
            .Fit(Scenes.Paths(mlContext, files[bad.Count]));
        using var explain = mlContext.Transforms.ExplainImage(model, e => e.Add("Map", new InputXGradient())
            .Add("Own", new InputXGradient(), ImageForm.Overlay).Add("Png", new InputXGradient(), ImageForm.Png), options: new()
            {
                SkipsBadImages = true, ProblemColumnName = "Problem", TargetColumnName = "Class", ScoreColumnName = "Score",
                SizeColumnName = "Size",
            }).Fit(data);

        var explained = explain.Transform(data);
        var rows = mlContext.Data.CreateEnumerable<Explained>(explained, reuseRowObject: false)
            .Zip(explained.GetColumn<MLImage>("Own"), (row, own) => (Row: row, Own: (MLImage?)own)).ToList();

        // What others take without a word, and we too: names that say something else, no end mark or something behind it.
        string[] fine = ["png_named.jpg", "jpg_named.png", "no_iend.png", "trailing.png"];
        Assert.HasCount(files.Length, rows);
        foreach (var (file, (row, own)) in files.Zip(rows))
        {
            var name = Path.GetFileName(file);
            if (Good.Contains(name) || fine.Contains(name))
            {
                Assert.AreEqual("", row.Problem, name);
                Assert.IsTrue(row.Map.All(float.IsFinite) && row.Png.Length > 50 && own is not null && row.Class >= 0, name);
            }
            else
            {
                StringAssert.Contains(row.Problem, name.Length > 0 ? name : "empty", $"'{name}'");
                StringAssert.Contains(row.Problem, name.Length > 0 ? file : "path", $"'{name}'");
                Assert.IsTrue(row.Map.Length == 20 * 24 && row.Map.All(float.IsNaN) && row.Png.Length == 0 && own is null, name);
                Assert.AreEqual((-1L, true), (row.Class, float.IsNaN(row.Score)), name);
            }
        }
    }

    [TestMethod]
    public void Where_they_are_not_skipped_a_bad_image_fails_by_itself_and_says_which()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png", "../bad/truncated.jpg", "source_tall.png");
        var model = ExplainingPipelines.Plain(mlContext, Scenes.Paths(mlContext, "source_wide.png"), networks.Linear(3, 20, 24));
        using var explain = mlContext.Transforms.ExplainImage(model, new InputXGradient()).Fit(data);
        var explained = explain.Transform(data);

        using var cursor = explained.GetRowCursor(explained.Schema);
        var why = cursor.GetGetter<VBuffer<float>>(explained.Schema["Why"]);
        VBuffer<float> value = default;
        Assert.IsTrue(cursor.MoveNext());
        why(ref value);
        Assert.IsTrue(cursor.MoveNext());
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => why(ref value));
        StringAssert.Contains(error.Message, "Row 1");
        StringAssert.Contains(error.Message, "truncated.jpg");
        StringAssert.Contains(error.Message, "ends early");
        Assert.IsTrue(cursor.MoveNext());
        why(ref value);
        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    public void Images_that_are_too_large_or_missing_are_told_of()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var none = mlContext.Data.LoadFromEnumerable<ImageRow>([]);
        var model = mlContext.Transforms.ResizeImages("Small", 24, 20, "Image").Append(mlContext.Transforms.ExtractPixels("Pixels", "Small"))
            .Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", networks.Linear(3, 20, 24))).Fit(none);
        using var explain = mlContext.Transforms.ExplainImage(model, new InputXGradient(), options: new()
        {
            SkipsBadImages = true, ProblemColumnName = "Problem", MaximumPixels = 5000,
        }).Fit(none);

        var data = mlContext.Data.LoadFromEnumerable([new ImageRow { Image = Scenes.Image(Imaging.Raster.Create(100, 60, (_, _) => default)) },
            new ImageRow(), new ImageRow { Image = Scenes.Image(Imaging.Raster.Create(50, 60, (_, _) => default)) }]);
        var problems = explain.Transform(data).GetColumn<string>("Problem").ToList();

        StringAssert.Contains(problems[0], "100 × 60");
        StringAssert.Contains(problems[1], "'Image'");
        Assert.AreEqual("", problems[2]);
    }

    [TestMethod]
    public void A_source_that_fails_fails_for_its_consumer_when_that_gets_there()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var model = ExplainingPipelines.Plain(mlContext, Scenes.Paths(mlContext, "source_wide.png"), networks.Linear(3, 20, 24));
        IEnumerable<PathRow> Rows()
        {
            for (var i = 0; i < 5; i++)
                yield return new PathRow { File = "source_wide.png" };
            throw new IOException("the disk is gone");
        }
        var data = mlContext.Data.LoadFromEnumerable(Rows());
        foreach (var batch in new[] { 2, 3, 5, 8 })
        {
            using var explain = mlContext.Transforms.ExplainImage(model, new InputXGradient(), options: new()
            {
                Runtime = new() { BatchSize = batch },
            }).Fit(data);
            var seen = 0;
            var error = Assert.Throws<Exception>(() =>
            {
                foreach (var _ in explain.Transform(data).GetColumn<float[]>("Why"))
                    seen++;
            });
            StringAssert.Contains(error.ToString(), "the disk is gone");
            Assert.AreEqual(5, seen, $"batches of {batch}");
        }
    }

    [TestMethod]
    public void Columns_beside_the_explanations_are_read_without_decoding_anything()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var model = ExplainingPipelines.Plain(mlContext, Scenes.Paths(mlContext, "source_wide.png"), networks.Linear(3, 20, 24));
        var data = Scenes.Paths(mlContext, "nothing.png", "none.png");
        using var explain = mlContext.Transforms.ExplainImage(model, new InputXGradient()).Fit(data);

        CollectionAssert.AreEqual(new[] { "nothing.png", "none.png" }, explain.Transform(data).GetColumn<string>("File").ToList());
    }

    [TestMethod]
    public void Saving_says_what_to_do_and_steps_may_stand_behind()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png");
        var model = ExplainingPipelines.Plain(mlContext, data, networks.Linear(3, 20, 24));
        var pipeline = mlContext.Transforms.ExplainImage(model, e => e.Add("Why", new InputXGradient())
            .Add("Overlay", new InputXGradient(), ImageForm.Overlay).Add("Png", new InputXGradient(), ImageForm.Png), options: new()
            {
                TargetColumnName = "Class", ScoreColumnName = "Score", ProblemColumnName = "Problem", SizeColumnName = "Size",
            })
            .Append(mlContext.Transforms.CopyColumns("Copy", "Why")).Append(mlContext.Transforms.CopyColumns("Picture", "Overlay"))
            .Append(mlContext.Transforms.NormalizeLpNorm("Normal", "Why"));
        var fitted = pipeline.Fit(data);

        Assert.HasCount(20 * 24, fitted.Transform(data).GetColumn<float[]>("Normal").Single());
        using var stream = new MemoryStream();
        var error = Assert.ThrowsExactly<NotSupportedException>(() => mlContext.Model.Save(fitted, data.Schema, stream));
        StringAssert.Contains(error.Message, "ExplainImage");
        StringAssert.Contains(error.Message, "ApplyOnnxModel");
    }

    [TestMethod]
    public void The_graph_of_the_explanation_behind_the_pixels_gives_the_map_in_a_pipeline_that_can_be_saved()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, Good);
        var model = ExplainingPipelines.Plain(mlContext, data, networks.Linear(3, 20, 24));
        using var explain = mlContext.Transforms.ExplainImage(model, new InputXGradient()).Fit(data);
        var file = Path.Combine(networks.Folder, "explanation.onnx");
        explain.Explanation.Save(file);

        var chain = model.Append(mlContext.Transforms.ApplyOnnxModel(explain.Explanation.Outputs[0].Name, explain.Explanation.Inputs[0].Name,
            file).Fit(model.Transform(data)));
        var zip = Path.Combine(networks.Folder, "chain.zip");
        mlContext.Model.Save(chain, data.Schema, zip);
        var attributions = mlContext.Model.Load(zip, out _).Transform(data).GetColumn<float[]>(explain.Explanation.Outputs[0].Name).ToList();

        foreach (var (attribution, map) in attributions.Zip(explain.Transform(data).GetColumn<float[]>("Why")))
            Near.Equal(Enumerable.Range(0, map.Length).Select(i => attribution[i] + attribution[i + map.Length] + attribution[i + 2 * map.Length])
                .ToArray(), map, 1e-3f * map.Largest(MathF.Abs));
    }

    private sealed class Both
    {
        public string File { get; set; } = "";

        public float[] Why { get; set; } = [];
    }

    private sealed class Explained
    {
        public float[] Map { get; set; } = [];

        public byte[] Png { get; set; } = [];

        public string Problem { get; set; } = "";

        public long Class { get; set; }

        public float Score { get; set; }

        public int[] Size { get; set; } = [];
    }
}

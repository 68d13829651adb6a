using System.Collections.Immutable;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Images.Tests.Support;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Introspection.Images.Tests.Steps;

/// <summary>What is found in fitted pipelines by itself, and what is refused by name.</summary>
[TestClass]
public sealed class FollowingPipelines
{
    private const int Side = 12;

    [TestMethod]
    public void Networks_behind_one_another_and_copies_of_columns_are_followed_and_take_several_rows()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png", "source_tall.png", "source_big.png");
        // As ML.NET's featurizers are: copies of columns, and two networks for one row each.
        var inner = mlContext.Transforms.CopyColumns("Original", "Pixels")
            .Append(mlContext.Transforms.ApplyOnnxModel("Prepared", "Original", networks.Shifted("Original", "Prepared", 3, Side, Side)))
            .Append(mlContext.Transforms.CopyColumns("Input", "Prepared"))
            .Append(mlContext.Transforms.ApplyOnnxModel("Out", "Input", networks.LinearBehind("Input", "Out", 3, Side, Side)))
            .Append(mlContext.Transforms.CopyColumns("Features", "Out"));
        var model = Images(mlContext).Append(inner).Fit(data);

        using var explain = mlContext.Transforms.ExplainImage(model, new Saliency(), options: new() { Target = Target.Class(1) }).Fit(data);

        Assert.IsFalse(explain.Explanation.Inputs[0].Shape![0].IsKnown, "several rows were expected to be taken at once");
        foreach (var map in explain.Transform(data).GetColumn<float[]>("Why"))
            AssertGradient(map, of: 1);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Networks_for_one_row_take_several_only_where_that_gives_the_same(bool mixed)
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png", "source_tall.png", "source_big.png");
        var file = mixed ? networks.MixedRows(3, Side, Side) : networks.OneRow(3, Side, Side);
        var model = Images(mlContext).Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", file)).Fit(data);

        using var explain = mlContext.Transforms.ExplainImage(model, new Saliency(), options: new() { Target = Target.Class(0) }).Fit(data);

        Assert.AreEqual(mixed, explain.Explanation.Inputs[0].Shape![0].IsKnown);
        foreach (var map in explain.Transform(data).GetColumn<float[]>("Why"))
            AssertGradient(map, of: 0, times: mixed ? 0.5 : 1);
    }

    [TestMethod]
    public void Steps_in_place_chains_within_chains_and_several_columns_of_a_step_are_followed()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png");
        var images = mlContext.Transforms.LoadImages("Image", Scenes.Files, nameof(PathRow.File))
            .Append(mlContext.Transforms.LoadImages("Other", Scenes.Files, nameof(PathRow.File)))
            .Append(mlContext.Transforms.CopyColumns("Picture", "Image"))
            .Append(mlContext.Transforms.ResizeImages("Picture", 40, 30).Append(mlContext.Transforms.ResizeImages("Other", 40, 30)))
            .Append(mlContext.Transforms.ResizeImages("Picture", Side, Side, resizing: ImageResizingEstimator.ResizingKind.Fill))
            .Append(mlContext.Transforms.ConvertToGrayscale("Gray", "Picture"))
            .Append(mlContext.Transforms.ExtractPixels("Pixels", "Gray"));
        var model = images.Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", networks.Linear(3, Side, Side))).Fit(data);

        using var explain = mlContext.Transforms.ExplainImage(model, new InputXGradient(), nameof(PathRow.File)).Fit(data);

        var pixels = model.Transform(data).GetColumn<float[]>("Pixels").Single();
        var scores = model.Transform(data).GetColumn<float[]>("scores").Single();
        var map = explain.Transform(data).GetColumn<float[]>("Why").Single();
        var of = scores[0] >= scores[1] ? 0 : 1;
        for (var i = 0; i < map.Length; i++)
        {
            var expected = Enumerable.Range(0, 3).Sum(c => (double)pixels[c * map.Length + i] * PixelNetworks.Weight(c * map.Length + i, of));
            Near.Equal(expected, map[i], 1e-3);
        }
    }

    [TestMethod]
    public void A_pipeline_that_was_saved_and_loaded_is_explained_like_the_one_that_was_fitted()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png");
        var model = Images(mlContext).Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", networks.Linear(3, Side, Side))).Fit(data);
        var path = Path.Combine(networks.Folder, "model.zip");
        mlContext.Model.Save(model, data.Schema, path);

        var loaded = mlContext.Model.Load(path, out _);
        using var explain = mlContext.Transforms.ExplainImage(loaded, new Saliency(), options: new() { Target = Target.Class(1) }).Fit(data);

        AssertGradient(explain.Transform(data).GetColumn<float[]>("Why").Single(), of: 1);
    }

    [TestMethod]
    public void Classes_are_named_by_the_options()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png");
        var model = Images(mlContext).Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", networks.Linear(3, Side, Side))).Fit(data);
        var options = new ImageExplanationOptions { ClassNames = ["cat", "dog"], Target = Target.Class("dog") };

        using var explain = mlContext.Transforms.ExplainImage(model, new Saliency(), options: options).Fit(data);

        AssertGradient(explain.Transform(data).GetColumn<float[]>("Why").Single(), of: 1);
        var error = Assert.ThrowsExactly<ArgumentException>(() =>
            mlContext.Transforms.ExplainImage(model, new Saliency(), options: options with { Target = Target.Class("cow") }).Fit(data));
        StringAssert.Contains(error.Message, "'cow'");
    }

    [TestMethod]
    public void Pixels_are_explained_through_the_model_behind_the_network_or_the_network_s_own_scores_if_chosen()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 8).Select(i => new LabelledRow
        {
            File = i % 2 == 0 ? "source_wide.png" : "source_tall.png", Label = i % 2 == 0,
        }));
        var model = Images(mlContext)
            .Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", networks.Linear(3, Side, Side)))
            .Append(mlContext.Transforms.NormalizeMinMax("Features", "scores"))
            .Append(mlContext.BinaryClassification.Trainers.SdcaLogisticRegression()).Fit(data);

        var (normalisation, head) = Fitted(model);
        using var whole = mlContext.Transforms.ExplainImage(model, new Saliency(), options: new() { Target = Target.Class(0) }).Fit(data);
        var map = whole.Transform(data).GetColumn<float[]>("Why").First();
        Assert.HasCount(Side * Side, map);
        for (var i = 0; i < map.Length; i++)
        {
            var slope = Enumerable.Range(0, 2).Sum(o => (double)head[o] * normalisation[o]
                * Enumerable.Range(0, 3).Sum(c => (double)PixelNetworks.Weight(c * map.Length + i, o)));
            Near.Equal(slope, map[i], 1e-5 * Math.Max(1, map.Select(Math.Abs).Largest()));
        }

        using var explain = mlContext.Transforms.ExplainImage(model, new Saliency(), options: new()
        {
            ExplainedColumnName = "scores", Target = Target.Class(1),
        }).Fit(data);
        AssertGradient(explain.Transform(data).GetColumn<float[]>("Why").First(), of: 1);
    }

    private static (IReadOnlyList<float> Scales, IReadOnlyList<float> Weights) Fitted(ITransformer model)
    {
        ITransformer[] steps = [.. ChainSteps.Of(model)];
        var learnt = (NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>>)
            steps.OfType<NormalizingTransformer>().Single().GetNormalizerModelParameters(0);
        var head = (CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>)
            steps.OfType<IPredictionTransformer<object>>().Last().Model;
        return (learnt.Scale, head.SubModel.Weights);
    }

    [TestMethod]
    public void A_network_of_one_s_own_may_start_at_the_pixels()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png");
        var model = Images(mlContext).Fit(data);
        var network = Network.Load(networks.Linear(3, Side, Side));

        using var explain = mlContext.Transforms.ExplainImage(model, new Saliency(), options: new()
        {
            Network = network, Target = Target.Class(0),
        }).Fit(data);

        AssertGradient(explain.Transform(data).GetColumn<float[]>("Why").Single(), of: 0);
        var other = Network.Load(networks.Linear(3, Side, Side + 1));
        var error = Assert.ThrowsExactly<ArgumentException>(() =>
            mlContext.Transforms.ExplainImage(model, new Saliency(), options: new() { Network = other }).Fit(data));
        StringAssert.Contains(error.Message, $"{3 * Side * Side} numbers");
    }

    [TestMethod]
    public void What_cannot_be_followed_is_refused_with_the_step_and_what_to_do()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png");
        var file = networks.Linear(3, Side, Side);
        var loading = mlContext.Transforms.LoadImages("Image", Scenes.Files, nameof(PathRow.File));

        AssertRefused(Images(mlContext).Append(mlContext.Transforms.CustomMapping<Flat, Flat>((from, to) => to.Pixels = from.Pixels, null))
            .Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", file)), "CustomMappingTransformer", "Network");
        AssertRefused(Images(mlContext).Append(mlContext.Transforms.ConvertToImage(Side, Side, "Again", "Pixels"))
            .Append(mlContext.Transforms.ResizeImages("Again", Side, Side)).Append(mlContext.Transforms.ExtractPixels("Pixels", "Again"))
            .Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", file)), "VectorToImageConvertingTransformer", "Apply that step");
        AssertRefused(Images(mlContext), "No network reads the pixels 'Pixels'", "ApplyOnnxModel");
        AssertRefused(loading, "ExtractPixels");
        AssertRefused(Images(mlContext).Append(mlContext.Transforms.CopyColumns("Other", "Pixels"))
            .Append(mlContext.Transforms.CustomMapping<Nothing, Second>((_, to) => to.Other = new float[2], null))
            .Append(mlContext.Transforms.ApplyOnnxModel(["scores"], ["Pixels", "Other"], networks.WithOther(3, Side, Side))), "'Other'");
        var error = Assert.ThrowsExactly<ArgumentException>(() => mlContext.Transforms.ExplainImage(
            Images(mlContext).Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", file)).Fit(data), new Saliency(), "Picture")
            .Fit(data));
        StringAssert.Contains(error.Message, "'File'");

        void AssertRefused(IEstimator<ITransformer> pipeline, params string[] parts)
        {
            var model = pipeline.Fit(data);
            var refusal = Assert.ThrowsExactly<ArgumentException>(() => mlContext.Transforms.ExplainImage(model, new Saliency()).Fit(data));
            foreach (var part in parts)
                StringAssert.Contains(refusal.Message, part);
        }
    }

    [TestMethod]
    public void Data_without_images_is_refused()
    {
        using var networks = new PixelNetworks();
        var mlContext = new MLContext(1);
        var data = Scenes.Paths(mlContext, "source_wide.png");
        var model = Images(mlContext).Append(mlContext.Transforms.ApplyOnnxModel("scores", "Pixels", networks.Linear(3, Side, Side))).Fit(data);
        using var explain = mlContext.Transforms.ExplainImage(model, new Saliency()).Fit(data);

        var other = mlContext.Data.LoadFromEnumerable([new Second { Other = [1, 2] }]);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => explain.Transform(other));
        StringAssert.Contains(error.Message, "'File'");
        StringAssert.Contains(error.Message, "'Other'");
    }

    private static IEstimator<ITransformer> Images(MLContext mlContext) =>
        mlContext.Transforms.LoadImages("Image", Scenes.Files, nameof(PathRow.File))
            .Append(mlContext.Transforms.ResizeImages("Image", Side, Side))
            .Append(mlContext.Transforms.ExtractPixels("Pixels", "Image"));

    private static void AssertGradient(float[] map, int of, double times = 1)
    {
        Assert.HasCount(Side * Side, map);
        for (var i = 0; i < map.Length; i++)
            Near.Equal(times * Enumerable.Range(0, 3).Sum(c => (double)PixelNetworks.Weight(c * map.Length + i, of)), map[i], 1e-5);
    }

    private sealed class LabelledRow
    {
        public string File { get; set; } = "";

        public bool Label { get; set; }
    }

    private sealed class Nothing;

    private sealed class Flat
    {
        [VectorType(3 * Side * Side)]
        public float[] Pixels { get; set; } = [];
    }

    private sealed class Second
    {
        [VectorType(2)]
        public float[] Other { get; set; } = [];
    }
}

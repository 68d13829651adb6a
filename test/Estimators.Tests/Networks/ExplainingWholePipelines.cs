using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Introspection.Estimators.Tests.Networks;

[TestClass]
public sealed class ExplainingWholePipelines
{
    private readonly MLContext _ml = new(1);
    private readonly SmallNetworks _networks = new();

    [TestCleanup]
    public void CleanUp() => _networks.Dispose();

    private sealed class Picture
    {
        [VectorType(1, 8, 8)]
        public float[] image { get; set; } = [];

        public bool Yes { get; set; }
    }

    private sealed class Person
    {
        public float Age { get; set; }

        public float Income { get; set; }

        public string Job { get; set; } = "";

        public int Children { get; set; }

        public bool Yes { get; set; }
    }

    [TestMethod]
    public void A_network_with_a_head_behind_it_is_one_network_down_to_the_pixels()
    {
        var data = Pictures();
        var model = Featurised().Fit(data);
        var whole = new PipelineNetwork(model, data.Schema);

        Assert.IsNull(whole.Before);
        Assert.IsEmpty(whole.Boundary);
        Assert.AreEqual(Shape.Of(1, 8, 8), new Shape(whole.Network.Input("image").Shape!.Skip(1)));
        Finite.AtMost(1e-5, Running.Gap(whole, model, data));
        Assert.IsTrue(whole.Network.Layers.Any(l => l.Operator == "Conv"));
    }

    [TestMethod]
    public void The_saliency_of_pixels_is_the_difference_of_the_scores_that_ML_NET_gives()
    {
        var data = Pictures();
        var model = Featurised().Fit(data);
        var file = Path.GetTempFileName();
        try
        {
            new PipelineNetwork(model, data.Schema).Model.Save(file);
            var saliency = _ml.Transforms.Saliency("Why", "image", file).Fit(data).Transform(data).Vectors("Why")[0];
            var picture = data.GetColumn<float[]>("image").First();
            const float step = 1e-2f;
            foreach (var pixel in (int[])[0, 9, 27, 36, 63])
            {
                var gain = (Score(Moved(step)) - Score(Moved(-step))) / (2 * step);
                Near.Equal(gain, saliency[pixel], 2e-3 * saliency.Select(Math.Abs).Largest(), $"pixel {pixel}");

                float[] Moved(float by) => [.. picture.Select((p, i) => i == pixel ? p + by : p)];
            }
        }
        finally
        {
            File.Delete(file);
        }

        float Score(float[] picture) => model.Transform(_ml.Data.LoadFromEnumerable([new Picture { image = picture }]))
            .GetColumn<float>("Score").Single();
    }

    [TestMethod]
    public void Grad_CAM_looks_at_the_convolutions_of_the_network_in_the_pipeline()
    {
        var data = Pictures();
        var model = Featurised().Fit(data);
        var map = Explanation.Compile(new PipelineNetwork(model, data.Schema).Network, new GradCam(), Target.Class(0));
        Assert.AreEqual(new Shape(1, 8, 8), new Shape(map.Outputs[0].Shape!.Skip(1)));
    }

    [TestMethod]
    public void Texts_are_the_boundary_and_are_named()
    {
        var data = People();
        var model = _ml.Transforms.Categorical.OneHotEncoding("Job1", "Job")
            .Append(_ml.Transforms.NormalizeMinMax("Age"))
            .Append(_ml.Transforms.Concatenate("Features", "Age", "Income", "Job1"))
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Yes")).Fit(data);
        var network = new PipelineNetwork(model, data.Schema);

        CollectionAssert.AreEquivalent((string[])["Age", "Income", "Job1"], network.Model.Inputs.Select(i => i.Name).ToArray());
        Assert.HasCount(1, network.Boundary);
        StringAssert.Contains(network.Boundary[0], "'Job1' is made by OneHotEncodingTransformer");
        // Ages are still raw in front of the network, though the pipeline overwrites them.
        CollectionAssert.AreEqual(data.GetColumn<float>("Age").ToArray(), network.Prepare(data).GetColumn<float>("Age").ToArray());
        Finite.AtMost(1e-5, Running.Gap(network, model, data));
    }

    [TestMethod]
    public void What_reads_a_column_that_a_step_in_front_has_overwritten_goes_in_front_too()
    {
        var data = People();
        var model = _ml.Transforms.NormalizeMeanVariance("Double", "Age")
            .Append(_ml.Transforms.CustomMapping<Person, Aged>((from, to) => to.Age = from.Age * from.Age, null))
            .Append(_ml.Transforms.Concatenate("Features", "Age", "Double"))
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Yes")).Fit(data);
        var network = new PipelineNetwork(model, data.Schema);

        CollectionAssert.AreEquivalent((string[])["Age", "Double"], network.Model.Inputs.Select(i => i.Name).ToArray());
        Finite.AtMost(1e-5, Running.Gap(network, model, data));
    }

    private sealed class Aged
    {
        public float Age { get; set; }
    }

    [TestMethod]
    public void Whole_numbers_are_read_behind_their_conversion()
    {
        var data = People();
        var model = _ml.Transforms.Conversion.ConvertType("Children1", "Children")
            .Append(_ml.Transforms.Concatenate("Features", "Age", "Children1"))
            .Append(_ml.BinaryClassification.Trainers.FastTree("Yes", numberOfTrees: 4, numberOfLeaves: 6)).Fit(data);
        var network = new PipelineNetwork(model, data.Schema);

        CollectionAssert.AreEquivalent((string[])["Age", "Children1"], network.Model.Inputs.Select(i => i.Name).ToArray());
        StringAssert.Contains(network.Boundary.Single(), "no real number");
        Finite.AtMost(1e-5, Running.Gap(network, model, data));
    }

    [TestMethod]
    public void Trees_have_no_gradient_and_say_what_explains_them()
    {
        var data = People();
        var model = _ml.Transforms.Concatenate("Features", "Age", "Income")
            .Append(_ml.BinaryClassification.Trainers.FastTree("Yes", numberOfTrees: 4, numberOfLeaves: 6)).Fit(data);
        var network = new PipelineNetwork(model, data.Schema);
        var error = Assert.ThrowsExactly<UnsupportedOperatorException>(() =>
            Explanation.Compile(network.Network, new Ask(new Saliency(), null, "Why") { Of = ["Age"] }));
        StringAssert.Contains(error.Message, "TreeEnsembleRegressor");
        StringAssert.Contains(error.Message, "Shap");
    }

    [TestMethod]
    public void A_model_that_cannot_be_written_says_how_else_it_is_explained()
    {
        var data = People();
        var model = _ml.Transforms.Concatenate("Features", "Age", "Income")
            .Append(_ml.BinaryClassification.Trainers.LdSvm("Yes", numberOfIterations: 20)).Fit(data);
        var error = Assert.ThrowsExactly<NotSupportedException>(() => new PipelineNetwork(model, data.Schema));
        StringAssert.Contains(error.Message, "LdSvmModelParameters");
        StringAssert.Contains(error.Message, "Shap");
    }

    [TestMethod]
    public void Missing_values_are_replaced_inside_and_explained()
    {
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(i => new Person
        {
            Age = i % 5 == 0 ? float.NaN : i, Income = i * i % 17, Yes = i % 3 == 0,
        }).ToArray());
        var model = _ml.Transforms.ReplaceMissingValues("Age", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean)
            .Append(_ml.Transforms.Concatenate("Features", "Age", "Income"))
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Yes")).Fit(data);
        var network = new PipelineNetwork(model, data.Schema);
        var file = Path.GetTempFileName();
        try
        {
            network.Model.Save(file);
            var options = new AttributionOptions { ExplainedInputs = ["Age", "Income"] };
            var explained = _ml.Transforms.Attribution("Why", "Age", file, new Saliency(SaliencyForm.Signed), options).Fit(data)
                .Transform(data);
            var slopes = explained.Vectors("Why_Age");
            Assert.AreEqual(0f, slopes[0][0]);
            Finite.Above(0, Math.Abs(slopes[1][0]));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestMethod]
    public void The_whole_pipeline_as_a_file_reads_texts_and_tells_labels()
    {
        var data = People();
        var model = _ml.Transforms.Categorical.OneHotEncoding("Job1", "Job")
            .Append(_ml.Transforms.Conversion.ConvertType("Children1", "Children"))
            .Append(_ml.Transforms.Concatenate("Features", "Age", "Income", "Job1", "Children1"))
            .Append(_ml.Transforms.NormalizeMinMax("Features"))
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Yes")).Fit(data);
        var network = new PipelineNetwork(model, data.Schema, new PipelineNetworkOptions { FromRaw = true });

        Assert.IsEmpty(network.Boundary);
        CollectionAssert.AreEquivalent((string[])["Age", "Income", "Job", "Children"], network.Model.Inputs.Select(i => i.Name).ToArray());
        CollectionAssert.AreEquivalent((string[])["Score", "Probability", "PredictedLabel"],
            network.Model.Outputs.Select(o => o.Name).ToArray());
        Finite.AtMost(1e-5, Running.Gap(network, model, data));
    }

    private EstimatorChain<BinaryPredictionTransformer<Calibrators.CalibratedModelParametersBase<Trainers.LinearBinaryModelParameters,
        Calibrators.PlattCalibrator>>> Featurised() =>
        _ml.Transforms.ApplyOnnxModel("features", "image", _networks.Featuriser())
            .Append(_ml.Transforms.NormalizeMeanVariance("features"))
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Yes", "features"));

    private IDataView Pictures()
    {
        var random = new Random(3);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(i => new Picture
        {
            image = [.. Enumerable.Range(0, 64).Select(p => (float)random.NextDouble() + (i % 2 == 0 && p % 8 < 4 ? 1 : 0))],
            Yes = i % 2 == 0,
        }).ToArray());
    }

    private IDataView People()
    {
        var random = new Random(5);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 80).Select(i => new Person
        {
            Age = random.Next(18, 80), Income = (float)random.NextDouble() * 100, Job = i % 3 == 0 ? "cook" : i % 3 == 1 ? "smith" : "poet",
            Children = random.Next(4), Yes = random.Next(3) == 0,
        }).ToArray());
    }
}

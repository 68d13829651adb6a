using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.Introspection.Tool.Tests;

[TestClass]
public sealed class ConvertingPipelines
{
    private readonly MLContext _ml = new(1);

    private sealed class Person
    {
        [LoadColumn(0)]
        public float Age { get; set; }

        [LoadColumn(1)]
        public string Job { get; set; } = "";

        [LoadColumn(2)]
        public bool Label { get; set; }
    }

    private sealed class Scored
    {
        public float Score { get; set; }

        public float Probability { get; set; }

        public bool PredictedLabel { get; set; }
    }

    [TestMethod]
    public async Task The_file_scores_raw_rows_as_the_pipeline_does()
    {
        using var place = new Workplace();
        var (model, data) = Save(place["people.zip"]);

        var outcome = (await place.RunAsync("convert", "@people.zip", "--output", "@people.onnx")).IsDone();

        foreach (var said in (string[])["takes Age: Float", "takes Job: String", "gives Score", "gives Probability", "gives PredictedLabel"])
            Assert.Contains(said, outcome.Out);
        using var session = new InferenceSession(place["people.onnx"]);
        using var engine = _ml.Model.CreatePredictionEngine<Person, Scored>(model);
        foreach (var person in _ml.Data.CreateEnumerable<Person>(data, reuseRowObject: false).Append(new Person { Age = 40, Job = "nobody" }))
        {
            var expected = engine.Predict(person);
            using var found = session.Run(
            [
                NamedOnnxValue.CreateFromTensor("Age", new DenseTensor<float>(new[] { person.Age }, [1, 1])),
                NamedOnnxValue.CreateFromTensor("Job", new DenseTensor<string>(new[] { person.Job }, [1, 1])),
            ]);
            Finite.AtMost(1e-5, Math.Abs(expected.Score - found.First(f => f.Name == "Score").AsEnumerable<float>().Single()));
            Finite.AtMost(1e-5, Math.Abs(expected.Probability - found.First(f => f.Name == "Probability").AsEnumerable<float>().Single()));
            Assert.AreEqual(expected.PredictedLabel, found.First(f => f.Name == "PredictedLabel").AsEnumerable<bool>().Single());
        }
    }

    [TestMethod]
    public async Task From_numbers_on_it_is_explained_as_any_network_is()
    {
        using var place = new Workplace();
        Save(place["people.zip"]);

        var converted = await place.RunAsync("convert", "@people.zip", "--numbers", "--output", "@people.onnx");
        Assert.AreEqual(0, converted.ExitCode, converted.Error);
        Assert.Contains("note: 'Job1' is made by ", converted.Error);
        var compiled = (await place.RunAsync("compile", "@people.onnx", "--method", "saliency", "--input", "Age", "--output", "@why.onnx"))
            .IsDone();
        Assert.Contains("takes Job1: Float", compiled.Out);
    }

    [TestMethod]
    public async Task What_cannot_be_written_is_refused_and_nothing_is_left()
    {
        using var place = new Workplace();
        Save(place["people.zip"]);
        (await place.RunAsync("convert", "@people.zip", "--column", "Nothing", "--output", "@people.onnx"))
            .Failed("makes no column 'Nothing'", "'Score'");
        (await place.RunAsync("convert", "@people.zip", "--output", "@people.zip")).WasWrongUse("is the file that is read");
        CollectionAssert.AreEqual((string[])["people.zip"], place.Files);
    }

    private (ITransformer Model, IDataView Data) Save(string path)
    {
        var random = new Random(2);
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(i => new Person
        {
            Age = random.Next(18, 80), Job = i % 3 == 0 ? "cook" : i % 3 == 1 ? "smith" : "poet", Label = random.Next(2) == 0,
        }).ToArray());
        var model = _ml.Transforms.Categorical.OneHotEncoding("Job1", "Job")
            .Append(_ml.Transforms.NormalizeMinMax("Age"))
            .Append(_ml.Transforms.Concatenate("Features", "Age", "Job1"))
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression()).Fit(data);
        _ml.Model.Save(model, data.Schema, path);
        return (model, data);
    }
}

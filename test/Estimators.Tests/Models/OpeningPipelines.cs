using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Tests.Models;

[TestClass]
public sealed class OpeningPipelines
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void A_pipeline_without_a_model_is_opaque()
    {
        var data = Samples.Features(Samples.Rows(20, 1));
        var model = new FittedModel(_ml.Transforms.CopyColumns("Copy", "Features").Append(_ml.Transforms.NormalizeMinMax("Copy")).Fit(data),
            data.Schema);
        StringAssert.Contains(Assert.IsInstanceOfType<OpaqueForm>(model.Form).Reason, "no prediction transformer");
        Assert.IsNull(model.FeatureColumnName);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => model.ReadFeatures(data)).Message,
            "no feature vectors");
    }

    [TestMethod]
    public void Files_that_are_no_pipelines_are_refused()
    {
        StringAssert.Contains(Assert.ThrowsExactly<FileNotFoundException>(() => FittedModel.Load(_ml, "not there.zip")).Message,
            "not there.zip");
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "not a zip");
            StringAssert.Contains(Assert.ThrowsExactly<InvalidModelException>(() => FittedModel.Load(_ml, file)).Message, file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestMethod]
    public void The_model_is_found_in_chains_within_chains_with_steps_behind_it()
    {
        var rows = Samples.Rows(300, 2);
        var data = Samples.Classes(rows);
        var prepared = _ml.Transforms.NormalizeMinMax("Scaled", "Features").Append(_ml.Transforms.Concatenate("All", "Scaled", "Features"));
        var pipeline = Training.ToKey(_ml, "Label").Append(prepared).Append(_ml.Transforms.CopyColumns("Features", "All"))
            .Append(Training.LightGbmMulticlass(_ml, softmax: true)).Append(_ml.Transforms.CopyColumns("Again", "Score"))
            .Append(Training.ToValue(_ml, "PredictedLabel")).Fit(data);
        var model = new FittedModel(pipeline, data.Schema);
        Assert.AreEqual("Features", model.FeatureColumnName);
        var trees = Assert.IsInstanceOfType<TreeForm>(model.Form).Ensemble;
        Assert.AreEqual(2 * Samples.FeatureCount, trees.FeatureCount);
        Assert.AreEqual("Scaled.width", trees.FeatureNames![0]);
        CollectionAssert.AreEqual(new[] { "3", "5", "9" }, model.OutputNames!.Order().ToArray());

        var features = model.ReadFeatures(data, maximumRows: 50);
        Assert.HasCount(50 * trees.FeatureCount, features);
        var some = _ml.Data.TakeRows(data, 50);
        Agreement.AreSame(trees, [.. features.Chunk(trees.FeatureCount)], pipeline.Transform(some), null, "Score");
    }

    [TestMethod]
    public void Steps_for_training_alone_take_no_part()
    {
        var data = Samples.Numbers(Samples.Rows(300, 3));
        var shrunk = _ml.Transforms.NormalizeMinMax("Features").Fit(data);
        var trained = Training.LinearRegression(_ml).Fit(data);
        var chain = new TransformerChain<ITransformer>([shrunk, trained], [TransformerScope.Training, TransformerScope.Everything]);
        var model = new FittedModel(chain, data.Schema);
        Agreement.AreSame(Assert.IsInstanceOfType<LinearForm>(model.Form), [.. model.ReadFeatures(data).Chunk(Samples.FeatureCount)],
            chain.Transform(data), "Score", null);
    }

    [TestMethod]
    public void A_prediction_transformer_alone_is_a_pipeline_too()
    {
        var data = Samples.Numbers(Samples.Rows(300, 4));
        var model = new FittedModel(Training.FastTreeRegression(_ml).Fit(data), data.Schema);
        CollectionAssert.AreEqual(Samples.FeatureNames, model.FeatureNames!.ToArray());
        Assert.IsInstanceOfType<TreeForm>(model.Form);
    }

    [TestMethod]
    [DataRow("FastTree")]
    [DataRow("FastForest")]
    [DataRow("LightGBM")]
    [DataRow("GAM")]
    [DataRow("several classes")]
    [DataRow("linear")]
    public void Saved_pipelines_are_read_like_those_in_memory(string kind)
    {
        var rows = Samples.Rows(300, 5, missing: kind == "LightGBM");
        IDataView data = kind == "several classes" ? Samples.Classes(rows)
            : kind is "LightGBM" or "linear" ? Samples.Truths(rows) : Samples.Numbers(rows);
        IEstimator<ITransformer> trainer = kind switch
        {
            "FastTree" => Training.FastTreeRegression(_ml),
            "FastForest" => Training.FastForestRegression(_ml),
            "LightGBM" => Training.LightGbmBinary(_ml),
            "GAM" => Training.GamRegression(_ml),
            "several classes" => Training.ToKey(_ml, "Label").Append(Training.OneVersusAllFastTree(_ml, probabilities: true)),
            _ => Training.LogisticRegression(_ml),
        };
        var fitted = new FittedModel(_ml.Transforms.CopyColumns("Copy", "Features").Append(trainer).Fit(data), data.Schema);
        var file = Path.GetTempFileName();
        try
        {
            _ml.Model.Save(fitted.Pipeline, data.Schema, file);
            var loaded = FittedModel.Load(new MLContext(2), file);
            CollectionAssert.AreEqual(data.Schema.Select(c => c.Name).ToArray(), loaded.InputSchema.Select(c => c.Name).ToArray());
            CollectionAssert.AreEqual(fitted.FeatureNames!.ToArray(), loaded.FeatureNames!.ToArray());
            CollectionAssert.AreEqual(fitted.OutputNames?.ToArray(), loaded.OutputNames?.ToArray());
            if (fitted.Form is LinearForm linear)
            {
                var other = (LinearForm)loaded.Form;
                CollectionAssert.AreEqual(linear.Model.Weights(0).ToArray(), other.Model.Weights(0).ToArray());
                Assert.AreEqual(linear.Link, other.Link);
                return;
            }
            var (ours, theirs) = (((TreeForm)fitted.Form).Ensemble, ((TreeForm)loaded.Form).Ensemble);
            Assert.AreEqual(ours.Link, theirs.Link);
            CollectionAssert.AreEqual(ours.BaseScores.ToArray(), theirs.BaseScores.ToArray());
            Assert.HasCount(ours.Trees.Count, theirs.Trees);
            foreach (var (a, b) in ours.Trees.Zip(theirs.Trees))
                CollectionAssert.AreEqual(a.Nodes.ToArray(), b.Nodes.ToArray());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [TestMethod]
    public void Models_of_several_feature_columns_and_of_no_known_kind_are_opaque()
    {
        var truths = Samples.Truths(Samples.Rows(200, 6));
        Assert.IsInstanceOfType<OpaqueForm>(new FittedModel(Training.FactorizationMachine(_ml).Fit(truths), truths.Schema).Form);
        StringAssert.Contains(
            Assert.IsInstanceOfType<OpaqueForm>(new FittedModel(Training.KMeans(_ml).Fit(truths), truths.Schema).Form).Reason,
            "KMeansModelParameters");
    }

    [TestMethod]
    public void An_opaque_model_can_be_asked_over_its_feature_column()
    {
        var rows = Samples.Rows(200, 8);
        var data = Samples.Classes(rows);
        var model =
            new FittedModel(
                Training.ToKey(_ml, "Label").Append(_ml.Transforms.CopyColumns("Features", "Features")).Append(Training.NaiveBayes(_ml))
                    .Fit(data), data.Schema);
        Assert.IsInstanceOfType<OpaqueForm>(model.Form);
        using var scorer = new PipelineScorer(model.Predictor!, model.Prepare(data).Schema);
        CollectionAssert.AreEqual(Array.ConvertAll(Samples.FeatureNames, n => $"Features.{n}"), scorer.FeatureNames.ToArray());
        var scores = new double[rows.Length * 3];
        scorer.Score(model.ReadFeatures(data), scores);
        CollectionAssert.AreEqual(model.Pipeline.Transform(data).Vectors("Score").SelectMany(s => s).Select(s => (double)s).ToArray(),
            scores);
    }

    [TestMethod]
    public void Unnamed_slots_get_the_columns_name_and_their_number()
    {
        var rows = Samples.Rows(200, 7);
        var data = Samples.Numbers(rows).Add("Extra", new VectorDataViewType(NumberDataViewType.Single, 2),
            r => new VBuffer<float>(2, [rows[r][0], r]));
        var model = new FittedModel(
            _ml.Transforms.Concatenate("Features", "Features", "Extra").Append(Training.FastTreeRegression(_ml)).Fit(data), data.Schema);
        Assert.AreEqual("Features.width", model.FeatureNames![0]);
        Assert.AreEqual("Features[9]", model.FeatureNames[9]);
    }
}

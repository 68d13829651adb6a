using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley.Trees;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Tests.Models;

/// <summary>Shapley values of ML.NET's models: the trees that were read say the same as the pipeline that is asked for scores.</summary>
[TestClass]
public sealed class ExplainingTrainedModels
{
    private const int Features = Samples.FeatureCount;

    private readonly MLContext _ml = new(1);

    [TestMethod]
    [DataRow("FastTree")]
    [DataRow("FastForest")]
    [DataRow("GAM")]
    [DataRow("LightGBM")]
    public void Trees_give_what_all_coalitions_of_the_pipelines_columns_give(string kind)
    {
        var rows = Samples.Rows(300, 1);
        var data = Samples.Numbers(rows);
        var model = new FittedModel((kind switch
        {
            "FastTree" => Training.FastTreeRegression(_ml),
            "FastForest" => Training.FastForestRegression(_ml),
            "GAM" => Training.GamRegression(_ml),
            _ => Training.LightGbmRegression(_ml),
        }).Fit(data), data.Schema);
        Compare(model, data, ((TreeForm)model.Form).Ensemble, new TreeShapOptions(), "Score");
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Shares_in_probabilities_sum_to_them(bool severalClasses)
    {
        var rows = Samples.Rows(300, 2);
        IDataView data = severalClasses ? Samples.Classes(rows) : Samples.Truths(rows);
        var trainer = severalClasses ? Training.ToKey(_ml, "Label").Append(Training.OneVersusAllFastTree(_ml, probabilities: true))
            : Training.LightGbmBinary(_ml);
        var model = new FittedModel(trainer.Fit(data), data.Schema);
        var trees = ((TreeForm)model.Form).Ensemble;
        var explained = model.ReadFeatures(data, 20);
        var shap = new TreeShap(trees,
            new TreeShapOptions { Background = model.ReadFeatures(data, 40)[(20 * Features)..], Output = TreeShapOutput.Prediction });
        var values = new double[20 * trees.OutputCount * Features];
        shap.Values(explained, values);
        var expected = Agreement.Scores(model.Pipeline.Transform(data), severalClasses ? "Score" : "Probability");
        for (var row = 0; row < 20; row++)
            for (var output = 0; output < trees.OutputCount; output++)
                Near.Equal(
                    expected[row][output],
                    shap.BaseValues[output] + values.AsSpan((row * trees.OutputCount + output) * Features, Features).ToArray().Sum(),
                    2e-6);
    }

    [TestMethod]
    public void Covers_from_rows_make_path_dependent_values()
    {
        var data = Samples.Truths(Samples.Rows(300, 3));
        var model = new FittedModel(Training.FastTreeBinary(_ml).Fit(data), data.Schema);
        var rows = model.ReadFeatures(data);
        var trees = ((TreeForm)model.Form).Ensemble;
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => new TreeShap(trees)).Message, "WithCover");
        var shap = new TreeShap(trees.WithCover(rows));
        var values = new double[rows.Length];
        shap.Values(rows, values);
        var expected = Agreement.Scores(model.Pipeline.Transform(data), "Score");
        for (var row = 0; row < expected.Length; row++)
            Near.Equal(
                expected[row][0],
                shap.BaseValues[0] + values.AsSpan(row * Features, Features).ToArray().Sum(),
                1e-5 * Math.Max(1, Math.Abs(expected[row][0])));
        Near.Equal(expected.Average(e => e[0]), shap.BaseValues[0], 1e-5);
    }

    [TestMethod]
    public void A_block_as_one_feature_is_what_its_column_is_to_the_pipeline()
    {
        var data = ReadingCategories.Table(1500, 7, seed: 5);
        var model =
            new FittedModel(
                Training.OneHot(_ml, "Town").Append(Training.OneHot(_ml, "Kind"))
                    .Append(_ml.Transforms.Concatenate("Features", "Number", "Other", "Town", "Kind"))
            .Append(Training.LightGbmRegression(_ml, categories: true)).Fit(data), data.Schema);
        var trees = ((TreeForm)model.With(model.Blocks!)).Ensemble;
        var slots = model.ReadFeatures(data, 30);
        var merged = new float[30 * 4];
        model.Blocks!.Merge(slots, merged);
        var shap = new TreeShap(trees, new TreeShapOptions { Background = merged[(10 * 4)..] });
        var values = new double[10 * 4];
        shap.Values(merged.AsSpan(0, 10 * 4), values);

        // The same trees slot by slot, the slots of a block being one player.
        var groups = new TreeShap(((TreeForm)model.Form).Ensemble,
            new TreeShapOptions { Background = slots[(10 * 13)..], Groups = [.. Enumerable.Range(0, 13).Select(model.Blocks.FeatureOf)] });
        var grouped = new double[10 * 4];
        groups.Values(slots.AsSpan(0, 10 * 13), grouped);
        for (var i = 0; i < grouped.Length; i++)
            Near.Equal(values[i], grouped[i], 1e-6);

        using var scorer = new PipelineScorer(model.Pipeline, data.Schema);
        CollectionAssert.AreEqual(trees.FeatureNames!.ToArray(), scorer.FeatureNames.ToArray());
        var encoded = scorer.Encode(data, 30);
        var exact = new BlackBox(scorer, encoded.AsSpan(10 * 4)).Explain(new ExactShap(), encoded.AsSpan(0, 10 * 4));
        for (var row = 0; row < 10; row++)
            for (var feature = 0; feature < 4; feature++)
                Near.Equal(exact.Of(row)[feature], values[row * 4 + feature], 1e-5, $"row {row}, {scorer.FeatureNames[feature]}");
    }

    private static void Compare(FittedModel model, IDataView data, TreeEnsemble trees, TreeShapOptions options, string output)
    {
        const int explained = 6, background = 12;
        using var scorer = new PipelineScorer(model.Pipeline, data.Schema, new PipelineScorerOptions { OutputColumn = output });
        var rows = scorer.Encode(data, explained + background);
        var exact = new BlackBox(scorer, rows.AsSpan(explained * Features)).Explain(new ExactShap(), rows.AsSpan(0, explained * Features));

        var shap = new TreeShap(trees, options with { Background = rows[(explained * Features)..] });
        var values = new double[explained * Features];
        shap.Values(rows.AsSpan(0, explained * Features), values);
        Near.Equal(exact.BaseValues[0], shap.BaseValues[0], 1e-5);
        for (var row = 0; row < explained; row++)
            for (var feature = 0; feature < Features; feature++)
                Near.Equal(exact.Of(row)[feature], values[row * Features + feature], 1e-5, $"row {row}, {scorer.FeatureNames[feature]}");
    }
}

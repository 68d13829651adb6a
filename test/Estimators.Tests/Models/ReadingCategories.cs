using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Tests.Models;

/// <summary>LightGBM's splits on sets of categories, which ask many slots at once.</summary>
[TestClass]
public sealed class ReadingCategories
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void Splits_on_several_slots_become_splits_on_one_each_the_same_for_any_row()
    {
        var (model, data) = Fitted(levels: 7, rows: 1500);
        var trees = Assert.IsInstanceOfType<TreeForm>(model.Form).Ensemble;
        Assert.AreEqual(2 + 7 + 4, trees.FeatureCount);
        Assert.IsTrue(trees.FeatureNames!.Contains("Town.t3"), string.Join(", ", trees.FeatureNames!));
        var vectors = model.Prepare(data).Vectors("Features");
        var probes = Agreement.Probes(trees, vectors, 1500, 3);
        Score(model, trees, probes);
        Score(model, trees, vectors);
    }

    [TestMethod]
    public void With_blocks_as_features_trees_are_as_small_as_they_were()
    {
        var (model, data) = Fitted(levels: 40, rows: 4000);
        var blocks = model.Blocks!;
        Assert.AreEqual(4, blocks.FeatureCount);
        var trees = Assert.IsInstanceOfType<TreeForm>(model.With(blocks)).Ensemble;
        CollectionAssert.AreEqual(new[] { "Number", "Other", "Town", "Kind" }, trees.FeatureNames!.ToArray());
        Assert.IsTrue(trees.Trees.All(t => t.Nodes.Length <= 23), "A tree has at most 12 leaves.");
        Assert.IsTrue(
            trees.Trees.Any(t => t.Nodes.ToArray().Any(n => !n.IsLeaf && n.Kind == SplitKind.Category && t.Sets[n.Set].Count > 1)));

        // A town that was not there in training has no slot.
        var unseen = Table(300, 40, seed: 8, unseen: true);
        var slots = model.ReadFeatures(unseen);
        var merged = new float[slots.Length / blocks.SlotCount * blocks.FeatureCount];
        blocks.Merge(slots, merged);
        Assert.IsTrue(merged.Chunk(4).Any(r => r[2] == 40));
        Agreement.AreSame(trees, [.. merged.Chunk(4)], model.Pipeline.Transform(unseen), "Score", null);
    }

    [TestMethod]
    public void Too_many_nested_sets_are_refused_with_the_way_out()
    {
        var (model, _) = Fitted(levels: 40, rows: 4000);
        var trained = ((ISingleFeaturePredictionTransformer<object>)((IEnumerable<ITransformer>)model.Pipeline).Last()).Model;
        var error = Assert.ThrowsExactly<Onnx.InvalidModelException>(() => new ModelReader(46, null) { MaximumNodes = 1000 }.Read(trained));
        StringAssert.StartsWith(error.Message, "Tree ");
        StringAssert.Contains(error.Message, "more than 1,000 nodes");
        StringAssert.Contains(error.Message, "OneHotBlocks");
        Finite.Above(1000, ((TreeForm)model.Form).Ensemble.Trees.Sum(t => t.Nodes.Length));
    }

    [TestMethod]
    public void Blocks_that_are_not_those_of_the_training_are_refused()
    {
        var (model, _) = Fitted(levels: 7, rows: 1500);
        StringAssert.Contains(
            Assert.ThrowsExactly<Onnx.InvalidModelException>(() => model.With(new OneHotBlocks(13, (2, 3), (5, 4)))).Message,
            "do not lie in one block");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => model.With(new OneHotBlocks(12, (2, 7)))).Message,
            "for vectors of 12 slots; the feature column 'Features' has 13");
    }

    [TestMethod]
    public void One_hot_slots_that_are_numbers_to_the_trainer_can_be_merged_too()
    {
        var data = Table(1500, 7, seed: 2);
        var pipeline = Featurized().Append(Training.FastTreeRegression(_ml)).Fit(data);
        var model = new FittedModel(pipeline, data.Schema);
        var trees = Assert.IsInstanceOfType<TreeForm>(model.With(model.Blocks!)).Ensemble;
        var slots = model.ReadFeatures(data);
        var merged = new float[1500 * 4];
        model.Blocks!.Merge(slots, merged);
        Agreement.AreSame(trees, [.. merged.Chunk(4)], pipeline.Transform(data), "Score", null);
    }

    [TestMethod]
    public void Blocks_are_for_trees_only()
    {
        var data = Table(500, 5, seed: 4);
        var model = new FittedModel(Featurized().Append(Training.LinearRegression(_ml)).Fit(data), data.Schema);
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => model.With(model.Blocks!)).Message,
            "LinearRegressionModelParameters");
    }

    private static void Score(FittedModel model, TreeEnsemble trees, float[][] vectors)
    {
        // The prediction transformer alone, on feature vectors that no one-hot encoding makes.
        var predictor = ((IEnumerable<ITransformer>)model.Pipeline).Last();
        var data = new RowSource(vectors.Length).Add("Features", new VectorDataViewType(NumberDataViewType.Single, trees.FeatureCount),
            r => new VBuffer<float>(trees.FeatureCount, vectors[r]));
        Agreement.AreSame(trees, vectors, predictor.Transform(data), "Score", null);
    }

    private (FittedModel Model, IDataView Data) Fitted(int levels, int rows)
    {
        var data = Table(rows, levels, seed: 1);
        var pipeline = Featurized().Append(Training.LightGbmRegression(_ml, categories: true)).Fit(data);
        return (new FittedModel(pipeline, data.Schema), data);
    }

    private IEstimator<ITransformer> Featurized() => Training.OneHot(_ml, "Town").Append(Training.OneHot(_ml, "Kind"))
        .Append(_ml.Transforms.Concatenate("Features", "Number", "Other", "Town", "Kind"));

    internal static RowSource Table(int rows, int levels, int seed, bool unseen = false)
    {
        var random = new Random(seed);
        var table =
            Enumerable.Range(0, rows).Select(_ =>
                (Number: random.NextSingle(), Other: (float)random.Next(5), Town: random.Next(levels), Kind: random.Next(4))).ToArray();
        return new RowSource(rows)
            .Add("Number", NumberDataViewType.Single, r => table[r].Number)
            .Add("Other", NumberDataViewType.Single, r => table[r].Other)
            .Add("Town", TextDataViewType.Instance, r => (unseen && r % 5 == 0 ? "elsewhere" : $"t{table[r].Town}").AsMemory())
            .Add("Kind", TextDataViewType.Instance, r => $"k{table[r].Kind}".AsMemory())
            .Add("Label", NumberDataViewType.Single,
                r => table[r].Town * 7919 % levels / (float)levels * 4 + table[r].Number * (table[r].Kind % 2 == 0 ? 2 : -1)
                + (table[r].Town * 31 % 3 == 0 ? table[r].Other : 0) + (table[r].Town * 17 % 5) * table[r].Number);
    }
}

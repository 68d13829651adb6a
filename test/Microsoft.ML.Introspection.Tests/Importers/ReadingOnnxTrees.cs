using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers;

/// <summary>What is read from an ONNX file must score as ONNX Runtime does, also at thresholds and for missing values.</summary>
[TestClass]
public sealed class ReadingOnnxTrees
{
    private const int RowCount = 200;

    private static readonly int[] Comparisons = [0, 1, 2, 3, 4, 5];

    [TestMethod]
    [DataRow(0, DisplayName = "≤")]
    [DataRow(1, DisplayName = "<")]
    [DataRow(2, DisplayName = "≥")]
    [DataRow(3, DisplayName = ">")]
    [DataRow(4, DisplayName = "=")]
    [DataRow(5, DisplayName = "≠")]
    public void Every_mode_sends_every_value_where_ONNX_Runtime_does(int mode)
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var forest = new OnnxForestSample(seed, 1, [mode]);
            AssertScores(forest.Regressor().Build(), forest.Input(RowCount, seed));
            AssertScores(forest.Ensemble().Build(), forest.Input(RowCount, seed));
        }
    }

    [TestMethod]
    public void Memberships_send_every_value_where_ONNX_Runtime_does()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var forest = new OnnxForestSample(seed, 1, [6]);
            AssertScores(forest.Ensemble().Build(), forest.Input(RowCount, seed));
        }
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(2, 2)]
    [DataRow(3, 1)]
    [DataRow(5, 3)]
    public void Regressors_with_all_modes_score_as_ONNX_Runtime_does(int outputs, int votes)
    {
        foreach (var doubles in (bool[])[false, true])
            foreach (var aggregation in (string[])["SUM", "AVERAGE"])
                foreach (var transformation in (string[])["NONE", "LOGISTIC", "SOFTMAX"])
                    for (var seed = 0; seed < 3; seed++)
                    {
                        var forest = new OnnxForestSample(seed, outputs, Comparisons, doubles, votes);
                        var baseValues = seed == 0 ? null : Enumerable.Range(0, outputs).Select(o => 0.25 * o - 0.4).ToArray();
                        AssertScores(forest.Regressor(aggregation, transformation, baseValues).Build(), forest.Input(RowCount, seed),
                            transformed: true);
                    }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Ensembles_of_the_newest_operator_score_as_ONNX_Runtime_does(int outputs)
    {
        foreach (var doubles in (bool[])[false, true])
            foreach (var aggregation in (long[])[0, 1])
                for (var seed = 0; seed < 3; seed++)
                {
                    var forest = new OnnxForestSample(seed, outputs, Comparisons, doubles);
                    AssertScores(forest.Ensemble(aggregation).Build(), forest.Input(RowCount, seed));
                }
    }

    [TestMethod]
    public void Classifiers_of_several_classes_score_as_ONNX_Runtime_does()
    {
        foreach (var classes in (int[])[3, 4])
            foreach (var transformation in (string[])["NONE", "LOGISTIC", "SOFTMAX"])
                foreach (var votes in (int[])[1, 3])
                    foreach (var doubles in (bool[])[false, true])
                    {
                        var forest = new OnnxForestSample(classes, classes, Comparisons, doubles, votes);
                        AssertScores(forest.Classifier(transformation).Build(), forest.Input(RowCount, 1), transformed: true);
                        AssertScores(forest.Classifier(transformation, [.. Enumerable.Range(0, classes).Select(c => 0.1 * c)]).Build(),
                            forest.Input(RowCount, 2), transformed: true);
                    }
    }

    [TestMethod]
    public void Two_classes_with_votes_for_both_have_two_scores()
    {
        foreach (var transformation in (string[])["NONE", "LOGISTIC", "SOFTMAX"])
            foreach (var positive in (bool[])[false, true])
            {
                var forest = new OnnxForestSample(4, 2, Comparisons, votes: 2, positive: positive);
                AssertScores(forest.Classifier(transformation).Build(), forest.Input(RowCount, 1), transformed: true);
                AssertScores(forest.Classifier(transformation, [0.3]).Build(), forest.Input(RowCount, 1), transformed: true);
            }
    }

    [TestMethod]
    public void Two_classes_with_votes_for_the_first_alone_have_one_score_which_is_the_second_column()
    {
        foreach (var transformation in (string[])["NONE", "LOGISTIC", "SOFTMAX"])
            foreach (var positive in (bool[])[false, true])
                foreach (var baseValues in (double[]?[])[null, [0.2]])
                {
                    var forest = new OnnxForestSample(9, 1, Comparisons, positive: positive);
                    var model = forest.Classifier(transformation, baseValues, classes: 2).Build();
                    var input = forest.Input(RowCount, 3);
                    var ensemble = OnnxTrees.From(model);

                    CollectionAssert.AreEqual((string[])["11"], ensemble.OutputNames!.ToArray());
                    var columns = GraphRunner.Run(model, ("rows", input))["scores"].Rows().ToArray();
                    TensorAssert.AreClose(Tensor.From(columns.Select(c => c[1]).ToArray(), RowCount, 1), ensemble.Predicted(input), 1e-5,
                        $"{transformation} {positive}");
                }
    }

    [TestMethod]
    public void Labels_name_the_outputs()
    {
        var forest = new OnnxForestSample(1, 3, Comparisons);
        CollectionAssert.AreEqual((string[])["class 10", "class 11", "class 12"],
            OnnxTrees.From(forest.Classifier(texts: true).Build()).OutputNames!.ToArray());
        CollectionAssert.AreEqual((string[])["10", "11", "12"], OnnxTrees.From(forest.Classifier().Build()).OutputNames!.ToArray());
        Assert.IsNull(OnnxTrees.From(forest.Regressor().Build()).OutputNames);
    }

    [TestMethod]
    public void Base_values_that_ONNX_Runtime_takes_for_others_are_refused()
    {
        var both = new OnnxForestSample(4, 2, Comparisons, votes: 2);
        Assert.Contains("2 base values", Refused(both.Classifier(baseValues: [0.1, 0.2])));
        var first = new OnnxForestSample(4, 1, Comparisons);
        Assert.Contains("2 base values", Refused(first.Classifier(baseValues: [0.1, 0.2], classes: 2)));
        var second = first.Classifier(baseValues: [0.1], classes: 2);
        var ids = second.Graph.Node[0].Attribute.Single(a => a.Name == "class_ids").Ints;
        for (var i = 0; i < ids.Count; i++)
            ids[i] = 1;
        Assert.Contains("1 base values", Refused(second));
    }

    [TestMethod]
    public void Double_precision_is_kept_only_where_rows_have_it()
    {
        var forest = new OnnxForestSample(2, 1, Comparisons, doubles: true);
        Assert.IsFalse(OnnxTrees.From(forest.Regressor().Build()).ComparesSingles);
        Assert.IsTrue(OnnxTrees.From(new OnnxForestSample(2, 1, Comparisons).Regressor().Build()).ComparesSingles);

        // 0.1 in double precision lies below 0.1 in single precision.
        var row = (double[])[0.1, 0.1, 0.1, 0.1];
        Near.Apart((double)0.1f, row[0]);
        AssertScores(forest.Regressor().Build(), Tensor.From(row, 1, 4));
    }

    [TestMethod]
    public void Covers_are_hits_that_add_up()
    {
        Assert.IsFalse(OnnxTrees.From(new OnnxForestSample(2, 1, Comparisons).Regressor().Build()).HasCover);
        Assert.IsFalse(OnnxTrees.From(Stump([1, 1, 1]).Build()).HasCover, "placeholders");

        var ensemble = OnnxTrees.From(Stump([10, 7, 3]).Build());
        Assert.IsTrue(ensemble.HasCover);
        CollectionAssert.AreEqual((double[])[10, 7, 3], ensemble.Trees[0].Nodes.ToArray().Select(n => n.Cover).ToArray());
    }

    [TestMethod]
    public void An_output_gets_only_the_questions_that_matter_for_it()
    {
        // Feature 0 parts outputs 0 and 1; below, feature 1 matters to output 0, and feature 2 to none.
        var model = Table(
            modes: ["BRANCH_LT", "BRANCH_LT", "LEAF", "LEAF", "BRANCH_LT", "LEAF", "LEAF"], features: [0, 1, 0, 0, 2, 0, 0],
            yes: [1, 2, 0, 0, 5, 0, 0], no: [4, 3, 0, 0, 6, 0, 0], targets: 3,
            votes: [(2, 0, 1), (3, 0, 2), (5, 1, 4), (6, 1, 4)]);
        var ensemble = OnnxTrees.From(model.Build());

        Assert.HasCount(2, ensemble.Trees);
        CollectionAssert.AreEqual((int[])[0, 1], ensemble.Trees.Select(t => t.Output).ToArray());
        CollectionAssert.AreEqual((int[])[0, 1, -1, -1, -1], ensemble.Trees[0].Nodes.ToArray().Select(n => n.Feature).ToArray());
        CollectionAssert.AreEqual((int[])[0, -1, -1], ensemble.Trees[1].Nodes.ToArray().Select(n => n.Feature).ToArray());
        AssertScores(model.Build(), Tensor.From<float>([-1, -1, -1, 0, -1, 1, 1, 0, 1, -1, -1, 0, 1, 1, 1, 0], 4, 4));
    }

    [TestMethod]
    public void A_chain_deeper_than_any_call_stack_is_read()
    {
        const int depth = 200_000;
        var inner = Enumerable.Range(0, depth).ToArray();
        var model = Table(
            modes: [.. inner.SelectMany(_ => (string[])["BRANCH_LT", "LEAF"]), "LEAF"], features: new long[2 * depth + 1],
            yes: [.. inner.SelectMany(i => (long[])[2 * i + 1, 0]), 0], no: [.. inner.SelectMany(i => (long[])[2 * i + 2, 0]), 0],
            targets: 1,
            votes: [.. Enumerable.Range(0, depth).Select(i => (2L * i + 1, 0L, (float)i))]);
        var ensemble = OnnxTrees.From(new OnnxModel(model.Proto));
        // The last question parts a leaf without a vote from one with depth - 1; all of them matter.
        Assert.AreEqual(depth, ensemble.Depth);
    }

    [TestMethod]
    public void A_file_is_read_and_named_in_errors()
    {
        using var folder = new Data.TemporaryFolder();
        var path = folder["trees.onnx"];
        new OnnxForestSample(2, 1, Comparisons).Regressor().Build().Save(path);
        Assert.HasCount(7, TreeFile.Load(path).Trees);

        Stump([1, 1, 1]).Build().Save(path);
        new OnnxModel(Stump([1, 1, 1], aggregation: "MAX").Proto).Save(path);
        var error = Assert.ThrowsExactly<InvalidModelException>(() => TreeFile.Load(path));
        Assert.Contains(path, error.Message);
        Assert.Contains("MAX", error.Message);
    }

    [TestMethod]
    public void Trees_are_found_or_it_is_said_why_not()
    {
        Assert.IsTrue(OnnxTrees.TryFind(Stump([1, 1, 1]).Build(), out var ensemble, out var reason));
        Assert.HasCount(1, ensemble.Trees);
        Assert.AreEqual("", reason);

        Assert.IsFalse(OnnxTrees.TryFind(OnnxModel.Load(References.ModelFile("mlp_breast_cancer")), out ensemble, out reason));
        Assert.IsNull(ensemble);
        Assert.Contains("no operator with trees", reason);
    }

    [TestMethod]
    public void Modes_and_aggregations_that_are_no_sum_of_comparisons_are_refused()
    {
        Assert.Contains("MIN", Refused(Stump([1, 1, 1], aggregation: "MIN")));
        Assert.Contains("PROBIT", Refused(Stump([1, 1, 1], transformation: "PROBIT")));
        Assert.Contains("SOFTMAX_ZERO", Refused(Stump([1, 1, 1], transformation: "SOFTMAX_ZERO")));
        Assert.Contains("'BRANCH_MEMBER'",
            Refused(Table(["BRANCH_MEMBER", "LEAF", "LEAF"], [0, 0, 0], [1, 0, 0], [2, 0, 0], 1, [(1, 0, 1)])));
        var ensemble = new OnnxForestSample(2, 3, Comparisons);
        foreach (var (name, value, expected) in new (string, object, string)[] { ("aggregate_function", 2L, "minimum"),
            ("post_transform", 1L, "Sigmoid"), ("post_transform", 2L, "Sigmoid") })
        {
            var model = ensemble.Ensemble();
            Replace(model, name, value);
            Assert.Contains(expected, Refused(model));
        }
    }

    [TestMethod]
    [DataRow("nodes_featureids", new long[] { 9, 0, 0 }, "asks for a feature")]
    [DataRow("nodes_featureids", new long[] { -1, 0, 0 }, "asks for a feature")]
    [DataRow("nodes_featureids", new long[] { 0, 0 }, "'nodes_featureids' holds 2 values; 3 were expected")]
    [DataRow("nodes_truenodeids", new long[] { 5, 0, 0 }, "Node 0 of tree 0 has the child 5")]
    [DataRow("nodes_truenodeids", new long[] { 0, 0, 0 }, "reached twice")]
    [DataRow("nodes_nodeids", new long[] { 0, 1, 1 }, "Two nodes are number 1 of tree 0")]
    [DataRow("nodes_treeids", new long[] { 0, 1, 0 }, "do not stand together")]
    [DataRow("target_ids", new long[] { 1, 0 }, "adds to output 1")]
    [DataRow("target_ids", new long[] { -1, 0 }, "adds to output -1")]
    [DataRow("target_nodeids", new long[] { 4, 0 }, "'target_nodeids' names node 4")]
    [DataRow("target_nodeids", new long[] { 1, 1 }, "two weights")]
    [DataRow("n_targets", 0L, "'n_targets' is 0")]
    [DataRow("n_targets", long.MaxValue, "'n_targets' is")]
    [DataRow("nodes_values", new[] { float.NaN, 0, 0 }, "compares with NaN")]
    [DataRow("target_weights", new[] { float.NaN, 0 }, "has the weight NaN")]
    [DataRow("target_weights", new[] { float.PositiveInfinity, 0 }, "has the weight")]
    [DataRow("base_values", new[] { 1f, 2f }, "'base_values' holds 2 values; 1 were expected")]
    public void Errors_name_the_node(string attribute, object value, string expected)
    {
        var model = Stump([1, 1, 1]);
        Replace(model, attribute, value);
        Assert.Contains(expected, Refused(model));
    }

    [TestMethod]
    [DataRow("nodes_featureids", -1L, "asks for a feature")]
    [DataRow("nodes_truenodeids", 1L << 40, "has the child")]
    [DataRow("nodes_falsenodeids", -1L, "has the child")]
    [DataRow("tree_roots", 1000L, "'tree_roots' names node 1000")]
    [DataRow("leaf_targetids", 3L, "adds to output 3")]
    public void Errors_of_the_newest_operator_name_the_node(string attribute, long first, string expected)
    {
        var model = new OnnxForestSample(2, 3, Comparisons).Ensemble();
        var values = model.Graph.Node[0].Attribute.Single(a => a.Name == attribute).Ints;
        values[0] = first;
        Assert.Contains(expected, Refused(model));
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Ways_that_meet_again_are_written_each_by_itself(bool missingIsTrue)
    {
        // x₀ in {1, 3} asked for one by one, both with the same subtree: x₁ ≤ ½ ? 10 : 20; else 5.
        var model = Table(["BRANCH_EQ", "BRANCH_EQ", "BRANCH_LEQ", "LEAF", "LEAF", "LEAF"], [0, 0, 1, 0, 0, 0], [2, 2, 4, 0, 0, 0],
            [1, 3, 5, 0, 0, 0], 1, [(3, 0, 5), (4, 0, 10), (5, 0, 20)]);
        Replace(model, "nodes_values", new[] { 1f, 3, 0.5f, 0, 0, 0 });
        Replace(model, "nodes_missing_value_tracks_true", new long[] { 0, missingIsTrue ? 1 : 0, 0, 0, 0, 0 });
        AssertScores(model.Build(), Rows([1, 0], [3, 1], [2, 0], [3, 0.2f], [1, 0.9f], [-3, 0]));
        var trees = OnnxTrees.From(model.Build());
        TensorAssert.AreEqual(Tensor.From([missingIsTrue ? 10.0 : 5], 1, 1), trees.Raw(Rows([float.NaN, 0.2f])));
        // The chain is one question for a set.
        Assert.HasCount(5, trees.Trees[0].Nodes.ToArray());
    }

    [TestMethod]
    public void Ways_of_other_questions_meet_too()
    {
        // x₀ < 1 ? (x₁ < 2 ? S : 1) : (x₂ ≥ 0 ? S : 2), S: x₁ ≤ 0 ? 10 : (x₀ > 3 ? T : 30), T shared by S and nobody else
        var model = Table(["BRANCH_LT", "BRANCH_LT", "BRANCH_GTE", "BRANCH_LEQ", "BRANCH_GT", "LEAF", "LEAF", "LEAF", "LEAF", "LEAF"],
            [0, 1, 2, 1, 0, 0, 0, 0, 0, 0], [1, 3, 3, 7, 8, 0, 0, 0, 0, 0], [2, 5, 6, 4, 9, 0, 0, 0, 0, 0], 2,
            [(5, 0, 1), (6, 0, 2), (7, 0, 10), (8, 0, 20), (9, 0, 30), (7, 1, -4), (9, 1, 6)]);
        Replace(model, "nodes_values", new[] { 1f, 2, 0, 0, 3, 0, 0, 0, 0, 0 });
        var random = new Random(5);
        AssertScores(model.Build(), Rows([.. Enumerable.Range(0, 60).Select(_ => new[]
        {
            (float)(random.NextDouble() * 8 - 2), (float)(random.NextDouble() * 6 - 3), (float)(random.NextDouble() * 2 - 1),
        })]));
    }

    [TestMethod]
    public void So_many_ways_that_they_cannot_be_written_are_refused()
    {
        // Node i asks and goes to i + 1 either way, by two nodes each: 2^40 ways.
        const int count = 80;
        var modes = Enumerable.Range(0, count + 2).Select(i => i < count ? "BRANCH_LT" : "LEAF").ToArray();
        var yes = Enumerable.Range(0, count + 2).Select(i => i >= count ? 0L : i / 2 * 2 + 2).ToArray();
        var no = Enumerable.Range(0, count + 2).Select(i => i >= count ? 0L : i / 2 * 2 + 3).ToArray();
        var model = Table(modes, [.. modes.Select((_, i) => (long)(i % 2))], yes, no, 1, [(count, 0, 1), (count + 1, 0, 2)]);
        Assert.Contains("reached on so many ways", Refused(model));
    }

    private static Tensor Rows(params float[][] rows) => Tensor.From(
        rows.SelectMany(r => Enumerable.Range(0, OnnxForestSample.Features).Select(i => i < r.Length ? r[i] : 0)).ToArray(),
        rows.Length, OnnxForestSample.Features);

    [TestMethod]
    public void A_node_that_is_its_own_descendant_is_refused()
    {
        var model = new OnnxForestSample(2, 1, Comparisons).Ensemble();
        foreach (var (name, value) in new[] { ("nodes_truenodeids", 0L), ("nodes_trueleafs", 0L) })
            model.Graph.Node[0].Attribute.Single(a => a.Name == name).Ints[1] = value;
        Assert.Contains("reached twice", Refused(model));
    }

    [TestMethod]
    // ONNX Runtime refuses trees of this operator that share a node which is no leaf.
    [DataRow("leaf")]
    [DataRow("root")]
    public void Ways_of_the_newest_operator_meet_too(string where)
    {
        var model = new OnnxForestSample(2, 2, Comparisons).Ensemble();
        var ids = model.Graph.Node[0].Attribute.ToDictionary(a => a.Name, a => a.Ints);
        var (yes, isLeaf, no, isOtherLeaf) = (ids["nodes_truenodeids"], ids["nodes_trueleafs"], ids["nodes_falsenodeids"], ids["nodes_falseleafs"]);
        if (where == "root")
        {
            ids["tree_roots"][1] = ids["tree_roots"][0];
        }
        else
        {
            // Both ways of a node lead to the same leaf.
            var i = Enumerable.Range(0, yes.Count).First(i => isLeaf[i] == 1 && isOtherLeaf[i] == 1 && yes[i] != no[i]);
            yes[i] = no[i];
        }
        AssertScores(model.Build(), Tensor.FromDoubles(ElementType.Float, OnnxForestSample.Rows(60, 3), 60, OnnxForestSample.Features));
    }

    [TestMethod]
    public void Members_without_an_end_are_refused()
    {
        var model = new OnnxForestSample(2, 1, [6]).Ensemble();
        Replace(model, "membership_values", Tensor.From<float>([1, 2], 2));
        Assert.Contains("asks for membership", Refused(model));
    }

    private static ModelBuilder Stump(float[] hits, string aggregation = "SUM", string transformation = "NONE")
    {
        var model = Table(["BRANCH_LT", "LEAF", "LEAF"], [0, 0, 0], [1, 0, 0], [2, 0, 0], 1, [(1, 0, 1), (2, 0, 2)]);
        Replace(model, "nodes_hitrates", hits);
        Replace(model, "aggregate_function", aggregation);
        Replace(model, "post_transform", transformation);
        return model;
    }

    private static ModelBuilder Table(string[] modes, long[] features, long[] yes, long[] no, int targets,
        (long Node, long Target, float Weight)[] votes)
    {
        var model = new ModelBuilder(17).Input("rows", -1, OnnxForestSample.Features).Node("TreeEnsembleRegressor", ["rows"], ["scores"],
            ("nodes_treeids", new long[modes.Length]), ("nodes_nodeids", Enumerable.Range(0, modes.Length).Select(i => (long)i).ToArray()),
            ("nodes_featureids", features), ("nodes_modes", modes), ("nodes_values", new float[modes.Length]), ("nodes_truenodeids", yes),
            ("nodes_falsenodeids", no),
            ("n_targets", targets), ("target_treeids", new long[votes.Length]), ("target_nodeids", votes.Select(v => v.Node).ToArray()),
            ("target_ids", votes.Select(v => v.Target).ToArray()), ("target_weights", votes.Select(v => v.Weight).ToArray()))
            .Output("scores");
        model.Graph.Node[0].Domain = "ai.onnx.ml";
        model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 3 });
        return model;
    }

    private static void Replace(ModelBuilder model, string name, object value)
    {
        var attributes = model.Graph.Node[0].Attribute;
        if (attributes.FirstOrDefault(a => a.Name == name) is { } present)
            attributes.Remove(present);
        attributes.Add(Attributes.ToProto(name, value));
    }

    private static string Refused(ModelBuilder model) =>
        Assert.ThrowsExactly<InvalidModelException>(() => OnnxTrees.From(model.Build())).Message;

    private static void AssertScores(OnnxModel model, Tensor input, bool transformed = false)
    {
        var ensemble = OnnxTrees.From(model);
        var expected = GraphRunner.Run(model, ("rows", input))["scores"];
        var found = transformed ? ensemble.Predicted(input) : ensemble.Raw(input);
        TensorAssert.AreClose(Tensor.From(expected.ToDouble(), found.Dimensions), found,
            expected.Type == ElementType.Double ? 1e-12 : 2e-6);
    }
}

using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers;

/// <summary>What may stand around the trees of an ONNX model.</summary>
[TestClass]
public sealed class ReadingTreesWithinGraphs
{
    private static readonly OnnxForestSample One = new(3, 1, [0, 1, 2, 3]), Three = new(3, 3, [0, 1, 2, 3]);

    [TestMethod]
    public void Numbers_may_be_carried_to_the_trees()
    {
        var model = Before(One.Regressor(), ElementType.Double, ("Identity", []), ("Cast", [("to", (long)ElementType.Float)]));
        var ensemble = OnnxTrees.From(model.Build());
        Assert.IsTrue(ensemble.ComparesSingles);
        Assert.AreEqual(4, ensemble.FeatureCount);
        AssertPredictions(model, ElementType.Double);
    }

    // ML.NET's exported pipelines look so.
    [TestMethod]
    public void Several_inputs_may_stand_side_by_side_and_name_the_features()
    {
        foreach (var joins in (string[])["FeatureVectorizer", "Concat"])
        {
            var model = SideBySide(joins, "b", "a");
            var ensemble = OnnxTrees.From(model.Build());
            CollectionAssert.AreEqual((string[])["b.0", "b.1", "b.2", "a"], ensemble.FeatureNames!.ToArray());
            Assert.IsTrue(ensemble.ComparesSingles);
            var rows = One.Input(100, 5);
            var numbers = rows.As<float>();
            var (a, b) = (new float[100], new float[300]);
            for (var i = 0; i < 100; i++)
            {
                numbers.Slice(4 * i, 3).CopyTo(b.AsSpan(3 * i));
                a[i] = numbers[4 * i + 3];
            }
            var expected = GraphRunner.Run(model.Build(), ("a", Tensor.From(a, 100, 1)), ("b", Tensor.From(b, 100, 3)));
            TensorAssert.AreClose(Tensor.From(expected["scores"].ToDouble(), 100, 1), ensemble.Raw(rows), 2e-6);
        }
    }

    [TestMethod]
    public void An_input_that_stands_there_twice_is_one_feature()
    {
        var model = SideBySide("Concat", "a", "a", "a", "a");
        var ensemble = OnnxTrees.From(model.Build());
        CollectionAssert.AreEqual((string[])["a"], ensemble.FeatureNames!.ToArray());
        var rows = Samples.Floats(50, 1);
        var expected = GraphRunner.Run(model.Build(), ("a", rows), ("b", Samples.Floats(50, 3)));
        TensorAssert.AreClose(Tensor.From(expected["scores"].ToDouble(), 50, 1), ensemble.Raw(rows), 2e-6);
    }

    [TestMethod]
    public void Inputs_side_by_side_without_end_are_refused()
    {
        var deep = SideBySide("Concat", "b", "a");
        for (var i = 0; i < 100; i++)
        {
            var inner = i == 0 ? "rows" : $"joined {i}";
            deep.Graph.Node.Insert(i + 1, ModelBuilder.NodeOf("Concat", [inner], [$"joined {i + 1}"], ("axis", 1L)));
        }
        deep.Graph.Node[^1].Input[0] = "joined 100";
        Assert.Contains("more than 64 times", Refused(deep));

        var wide = SideBySide("Concat", "b", "a");
        for (var i = 0; i < 30; i++)
        {
            var inner = i == 0 ? "rows" : $"joined {i}";
            wide.Graph.Node.Insert(i + 1, ModelBuilder.NodeOf("Concat", [inner, inner], [$"joined {i + 1}"], ("axis", 1L)));
        }
        wide.Graph.Node[^1].Input[0] = "joined 30";
        Assert.Contains("together at most", Refused(wide));
    }

    [TestMethod]
    public void Whole_numbers_may_be_features()
    {
        var model = Before(One.Regressor(), ElementType.Int64, ("Cast", [("to", (long)ElementType.Float)]));
        Assert.IsTrue(OnnxTrees.From(model.Build()).ComparesSingles);
    }

    [TestMethod]
    public void An_open_number_of_features_is_that_of_the_features_asked()
    {
        var model = One.Regressor();
        model.Graph.Input[0] = ModelBuilder.Info("rows", ElementType.Float, new Shape(Dimension.Unknown, Dimension.Unknown));
        Assert.AreEqual(4, OnnxTrees.From(model.Build()).FeatureCount);
    }

    [TestMethod]
    public void What_changes_values_before_the_trees_is_refused_by_name()
    {
        var scaled = Before(One.Regressor(), ElementType.Float, ("Sqrt", []));
        Assert.Contains("'Sqrt of rows'", Refused(scaled));
        var truncated = Before(One.Regressor(), ElementType.Float, ("Cast", [("to", (long)ElementType.Int32)]),
            ("Cast", [("to", (long)ElementType.Float)]));
        Assert.Contains("Cast", Refused(truncated));
    }

    [TestMethod]
    public void A_last_function_becomes_the_link()
    {
        foreach (var (operatorType, link) in new (string, ScoreLink)[] { ("Sigmoid", ScoreLink.Logistic), ("Exp", ScoreLink.Exponential),
            ("Softmax", ScoreLink.Softmax), ("Identity", ScoreLink.Identity) })
        {
            var model = Behind(Three.Regressor(), (operatorType, [], ""));
            Assert.AreEqual(link, OnnxTrees.From(model.Build()).Link);
            AssertPredictions(model, ElementType.Float);
        }
    }

    [TestMethod]
    public void Single_numbers_scale_and_move_the_scores()
    {
        var model = Three.Regressor().Initializer("two", Tensor.Scalar(2f)).Initializer("three", Tensor.Vector(3f));
        model.Graph.Node[0].Output[0] = "raw";
        model.Node("Mul", ["two", "raw"], ["a"]).Node("Sub", ["three", "a"], ["b"]).Node("Div", ["b", "two"], ["c"]).Node("Sub",
            ["c", "three"], ["d"])
            .Node("Constant", [], ["half"], ("value", Tensor.Scalar(0.5f))).Node("Add", ["d", "half"], ["e"]).Node("Softmax", ["e"],
                ["scores"], ("axis", 1L));
        var ensemble = OnnxTrees.From(model.Build());
        Assert.AreEqual(ScoreLink.Softmax, ensemble.Link);
        Assert.AreEqual(-1, ensemble.BaseScores[0]);
        AssertPredictions(model, ElementType.Float);

        Assert.Contains("'Div of scores'", Refused(With("Div", "two", "raw")), "1/s");
        Assert.Contains("'Mul of scores'", Refused(With("Mul", "raw", "nothing")));
        Assert.Contains("'Mul of scores'", Refused(With("Mul", "raw", "raw")));

        static ModelBuilder With(string operatorType, string left, string right)
        {
            var model = One.Regressor().Initializer("two", Tensor.Scalar(2f)).Initializer("nothing", Tensor.Scalar(0f));
            model.Graph.Node[0].Output[0] = "raw";
            return model.Node(operatorType, [left, right], ["scores"]);
        }
    }

    // ML.NET's exported classifiers look so.
    [TestMethod]
    public void Scores_beside_their_calibrated_probabilities_are_the_raw_ones()
    {
        var model = One.Regressor().Initializer("slope", Tensor.Scalar(0.4f)).Initializer("offset", Tensor.Scalar(-0.1f))
            .Node("Mul", ["scores", "slope"], ["scaled"]).Node("Add", ["scaled", "offset"], ["moved"]).Node("Sigmoid", ["moved"],
                ["probabilities"]).Output("probabilities");
        var ensemble = OnnxTrees.From(model.Build());
        Assert.AreEqual(ScoreLink.Calibrated(0.4f, -0.1f), ensemble.Link);

        var input = One.Input(100, 5);
        var expected = GraphRunner.Run(model.Build(), ("rows", input));
        TensorAssert.AreClose(Tensor.From(expected["scores"].ToDouble(), 100, 1), ensemble.Raw(input), 2e-6);
        TensorAssert.AreClose(Tensor.From(expected["probabilities"].ToDouble(), 100, 1), ensemble.Predicted(input), 2e-6);
    }

    [TestMethod]
    public void Scores_may_be_carried_on_and_packed_by_class()
    {
        var model = Behind(Three.Classifier("SOFTMAX"), ("Identity", [], ""), ("Cast", [("to", (long)ElementType.Double)], ""));
        Assert.AreEqual(ScoreLink.Softmax, OnnxTrees.From(model.Build()).Link);
        AssertPredictions(model, ElementType.Float);

        var packed = Behind(Three.Classifier("SOFTMAX"), ("Normalizer", [("norm", "L1")], "ai.onnx.ml"),
            ("ZipMap", [("classlabels_int64s", new long[] { 10, 11, 12 })], "ai.onnx.ml"));
        Assert.AreEqual(ScoreLink.Softmax, OnnxTrees.From(packed.Build()).Link);
    }

    [TestMethod]
    public void What_changes_scores_is_refused_by_name()
    {
        Assert.Contains("'Tanh of scores'", Refused(Behind(One.Regressor(), ("Tanh", [], ""))));
        Assert.Contains("Sigmoid", Refused(Behind(Three.Regressor(transformation: "LOGISTIC"), ("Sigmoid", [], ""))), "a second function");
        Assert.Contains("Sigmoid", Refused(Behind(Three.Regressor(), ("Exp", [], ""), ("Sigmoid", [], ""))), "a second function");
        Assert.Contains("Softmax", Refused(Behind(One.Regressor(), ("Softmax", [], ""))), "one score has no shares");
        Assert.Contains("Normalizer", Refused(Behind(Three.Classifier(), ("Normalizer", [("norm", "L1")], "ai.onnx.ml"))),
            "not yet shares");
        Assert.Contains("Normalizer", Refused(Behind(Three.Classifier("SOFTMAX"), ("Normalizer", [("norm", "MAX")], "ai.onnx.ml"))));
    }

    [TestMethod]
    public void Other_outputs_do_not_matter_where_the_scores_are_one()
    {
        var model = Three.Regressor();
        model.Node("ArgMax", ["scores"], ["best"], ("axis", 1L), ("keepdims", 0L)).Output("best", ElementType.Int64);
        Assert.AreEqual(ScoreLink.Identity, OnnxTrees.From(model.Build()).Link);

        model.Graph.Output.RemoveAt(0);
        Assert.Contains("ArgMax", Refused(model));
    }

    [TestMethod]
    public void Several_ensembles_are_refused()
    {
        var model = One.Regressor();
        var second = model.Graph.Node[0].Clone();
        (second.Name, second.Output[0]) = ("second", "others");
        model.Graph.Node.Add(second);
        Assert.Contains("'second'", Refused(model.Output("others")));
    }

    [TestMethod]
    public void Rows_that_are_no_input_are_refused()
    {
        var constant = One.Regressor().Initializer("fixed", Samples.Floats(2, 4));
        constant.Graph.Node[0].Input[0] = "fixed";
        Assert.Contains("'fixed'", Refused(constant));

        var text = One.Regressor();
        text.Graph.Input[0] = ModelBuilder.Info("rows", ElementType.String, Shape.Of(-1, 4));
        Assert.Contains("String", Refused(text));
    }

    [TestMethod]
    public void Many_nodes_that_carry_the_scores_on_take_no_time()
    {
        var model = Three.Regressor();
        var last = "scores";
        for (var i = 0; i < 2000; i++)
        {
            model.Node("Identity", [last], [$"left {i}"]).Node("Reshape", [$"left {i}", last], [$"both {i}"]);
            last = $"both {i}";
        }
        Assert.AreEqual(ScoreLink.Identity, OnnxTrees.From(model.Output(last).Build()).Link);
    }

    private static ModelBuilder SideBySide(string operatorType, params string[] inputs)
    {
        var model = One.Regressor();
        model.Graph.Input.Clear();
        model.Input("a", -1, 1).Input("b", -1, 3);
        var join = operatorType == "Concat" ? ModelBuilder.NodeOf(operatorType, inputs, ["rows"], ("axis", 1L))
            : ModelBuilder.NodeOf(operatorType, inputs, ["rows"], ("inputdimensions", inputs.Select(i => i == "a" ? 1L : 3L).ToArray()));
        join.Domain = operatorType == "Concat" ? "" : "ai.onnx.ml";
        model.Graph.Node.Insert(0, join);
        return model;
    }

    private static ModelBuilder Before(ModelBuilder model, ElementType type,
        params (string OperatorType, (string, object)[] Attributes)[] nodes)
    {
        model.Graph.Input[0] = ModelBuilder.Info("input", type, Shape.Of(-1, 4));
        var name = "input";
        for (var i = 0; i < nodes.Length; i++)
        {
            var output = i == nodes.Length - 1 ? "rows" : $"step {i}";
            model.Graph.Node.Insert(i, ModelBuilder.NodeOf(nodes[i].OperatorType, [name], [output], nodes[i].Attributes));
            name = output;
        }
        return model;
    }

    private static ModelBuilder Behind(ModelBuilder model,
        params (string OperatorType, (string, object)[] Attributes, string Domain)[] nodes)
    {
        // Names are given so that the last one makes what is the output.
        var trees = model.Graph.Node[^1];
        var name = "raw";
        trees.Output[trees.Output.Count - 1] = name;
        for (var i = 0; i < nodes.Length; i++)
        {
            var output = i == nodes.Length - 1 ? "scores" : $"step {i}";
            model.Node(nodes[i].OperatorType, [name], [output], nodes[i].Attributes);
            model.Graph.Node[^1].Domain = nodes[i].Domain;
            name = output;
        }
        model.Graph.Output.Remove(model.Graph.Output.Single(o => o.Name == "scores"));
        return model.Output("scores", nodes[^1] is { OperatorType: "Cast" } ? ElementType.Double : ElementType.Float);
    }

    private static string Refused(ModelBuilder model) =>
        Assert.ThrowsExactly<InvalidModelException>(() => OnnxTrees.From(model.Build())).Message;

    private static void AssertPredictions(ModelBuilder builder, ElementType type)
    {
        var model = builder.Build();
        var input = Tensor.FromDoubles(type, OnnxForestSample.Rows(100, 5), 100, 4);
        var expected = GraphRunner.Run(model, (model.Inputs[0].Name, input))["scores"];
        var found = OnnxTrees.From(model).Predicted(input);
        TensorAssert.AreClose(Tensor.From(expected.ToDouble(), found.Dimensions), found, 2e-6);
    }
}

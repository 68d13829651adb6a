using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Networks;

[TestClass]
public sealed class ChoosingTargets
{
    private static readonly Tensor Rows = Samples.Floats(3, 4);

    [TestMethod]
    [DataRow("argmax", "argmax")]
    [DataRow("ArgMax", "argmax")]
    [DataRow("7", "7")]
    [DataRow("3-5", "3-5")]
    [DataRow("label:Digit", "label:Digit")]
    public void Texts_become_targets_and_back(string text, string expected)
    {
        Assert.AreEqual(expected, Target.Parse(text).ToString());
        Assert.AreEqual(Target.Parse(text), Target.Parse(expected));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("-1")]
    [DataRow("max")]
    [DataRow("1-2-3")]
    [DataRow("3-")]
    [DataRow("label:")]
    [DataRow("99999999999")]
    [DataRow("1.5")]
    public void Other_texts_are_refused_with_what_is_expected(string text)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => Target.Parse(text));
        StringAssert.Contains(error.Message, $"'{text}' is no target; expected argmax");
    }

    [TestMethod]
    public void Negative_classes_and_empty_names_are_refused_at_once()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Target.Class(-1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Target.Difference(0, -1));
        Assert.ThrowsExactly<ArgumentException>(() => Target.Label(""));
    }

    [TestMethod]
    [DataRow("3")]
    [DataRow("3-0")]
    [DataRow("0-3")]
    public void A_class_out_of_range_is_refused_before_anything_runs(string target)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() =>
            Explanation.Compile(Classifier(), new Saliency(), Target.Parse(target)));
        StringAssert.Contains(error.Message, "The target class 3 is out of range: the output has 3 classes, 0 to 2.");
    }

    [TestMethod]
    [DataRow(3L)]
    [DataRow(-1L)]
    public void A_label_out_of_range_is_refused_when_it_comes(long label)
    {
        using var session = new ModelSession(Explanation.Compile(Classifier(), new Saliency(), Target.Label("label")));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => session.Run(new Dictionary<string, Tensor>
        {
            ["x"] = Rows, ["label"] = Tensor.From([0L, label, 2L], 3, 1),
        }));
        StringAssert.Contains(error.Message, "A label is out of range: it is the number of a class, counted from 0");
    }

    [TestMethod]
    public void Scores_are_those_of_the_chosen_class()
    {
        var logits = Run(Classifier(), Target.ArgMax, "logits").As<float>().ToArray();
        var expected = logits.Chunk(3).ToArray();
        Scores(Target.ArgMax, row => row.Largest());
        Classes(Target.ArgMax, row => Array.IndexOf(row, row.Largest()));
        Scores(Target.Class(1), row => row[1]);
        Classes(Target.Class(1), _ => 1);
        Scores(Target.Difference(2, 0), row => row[2] - row[0]);
        Classes(Target.Difference(2, 0), _ => 2);

        var labels = Tensor.From([2L, 0, 1], 3, 1);
        float[] labelled = [expected[0][2], expected[1][0], expected[2][1]];
        CollectionAssert.AreEqual(labelled, Run(Classifier(), Target.Label("label"), "score", labels).As<float>().ToArray());
        CollectionAssert.AreEqual(labels.ToInt64(), Run(Classifier(), Target.Label("label"), "target", labels).ToInt64());

        void Scores(Target target, Func<float[], float> score) => CollectionAssert.AreEqual(
            Array.ConvertAll(expected, row => score(row)), Run(Classifier(), target, "score").As<float>().ToArray(), target.ToString());

        void Classes(Target target, Func<float[], long> chosen) => CollectionAssert.AreEqual(
            Array.ConvertAll(expected, row => chosen(row)), Run(Classifier(), target, "target").ToInt64(), target.ToString());
    }

    [TestMethod]
    public void An_output_of_one_number_a_row_is_a_table_of_one_class()
    {
        var model = new ModelBuilder(17).Input("x", -1, 4).Initializer("axes", Tensor.Vector(1L))
            .Node("ReduceSum", ["x", "axes"], ["y"], ("keepdims", 0L)).Output("y");
        var network = Network.From(model.Build());
        TensorAssert.AreEqual(Tensor.Filled(ElementType.Float, 1, 3, 4), Run(network, Target.ArgMax, "attribution"));
        Assert.AreEqual(Shape.Of(3, 1), Run(network, Target.ArgMax, "score").Shape);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Run(network, Target.Class(1), "score"));
        StringAssert.Contains(error.Message, "1 classes, 0 to 0");
    }

    [TestMethod]
    public void A_map_is_summed_over_space_channel_by_channel()
    {
        var model = new ModelBuilder(17).Input("x", -1, 4).Initializer("target", Tensor.Vector(0L, 2, 2, 1))
            .Node("Reshape", ["x", "target"], ["y"]).Output("y");
        var network = Network.From(model.Build());
        var x = Rows.As<float>().ToArray();
        float[] expected = [x[2] + x[3], x[6] + x[7], x[10] + x[11]];
        TensorAssert.AreClose(Tensor.From(expected, 3, 1), Run(network, Target.Class(1), "score"), 1e-6);
        TensorAssert.AreEqual(Tensor.From([0f, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1], 3, 4), Run(network, Target.Class(1), "attribution"));
    }

    [TestMethod]
    public void A_number_for_the_whole_batch_is_refused()
    {
        var model = new ModelBuilder(17).Input("x", -1, 4).Node("ReduceSum", ["x"], ["y"], ("keepdims", 0L)).Output("y");
        var network = Network.From(model.Build());
        var error = Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(network, new Saliency(), options: new ExplanationOptions { Output = "y" }));
        StringAssert.Contains(error.Message, "'y' is a single number for the whole batch");
    }

    [TestMethod]
    public void An_output_of_integers_is_refused()
    {
        var model =
            new ModelBuilder(17).Input("x", -1, 4).Node("ArgMax", ["x"], ["class"], ("axis", 1L)).Output("class", ElementType.Int64);
        var network = Network.From(model.Build());
        var any = Assert.ThrowsExactly<ArgumentException>(() => Explanation.Compile(network, new Saliency()));
        StringAssert.Contains(any.Message, "no output of floating-point scores");
        var named = Assert.ThrowsExactly<ArgumentException>(() =>
            Explanation.Compile(network, new Saliency(), options: new ExplanationOptions { Output = "class" }));
        StringAssert.Contains(named.Message, "'class' holds elements of type Int64");
    }

    private static Network Classifier() => Network.From(new ModelBuilder(17)
        .Input("x", -1, 4).Initializer("w", Samples.Seeded(5, 4, 3)).Node("MatMul", ["x", "w"], ["logits"]).Output("logits").Build());

    private static Tensor Run(Network network, Target target, string output, Tensor? labels = null)
    {
        var options = new ExplanationOptions
        {
            PassThrough = new[] { "logits" }.Where(name => name == output).ToDictionary(name => name),
        };
        var feeds = new Dictionary<string, Tensor> { ["x"] = Rows };
        if (labels is not null)
            feeds["label"] = labels;
        return GraphRunner.Run(Explanation.Compile(network, new Saliency(), target, options), feeds.Select(f => (f.Key, f.Value)))[output];
    }
}

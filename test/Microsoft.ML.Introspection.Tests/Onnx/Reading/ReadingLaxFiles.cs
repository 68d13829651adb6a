using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Tests.Onnx;

/// <summary>Files that the standard does not allow, that writers have written, and that ONNX Runtime runs.</summary>
[TestClass]
public sealed class ReadingLaxFiles
{
    private static readonly float[] Row = [0.5f, -1.25f, 2];

    [TestMethod]
    public void Nodes_in_the_wrong_order()
    {
        var model = new ModelBuilder(17).Input("x", 1, 3).Node("Add", ["h", "t"], ["y"]).Node("Exp", ["t"], ["h"]).Node("Tanh", ["x"], ["t"])
            .Output("y").Build();
        CollectionAssert.AreEqual((string[])["Tanh of t", "Exp of h", "Add of y"], model.Proto.Graph.Node.Select(n => n.Name).ToArray());
        Near.Equal(Array.ConvertAll(Row, x => MathF.Exp(MathF.Tanh(x)) + MathF.Tanh(x)), Scores(Network.From(model)), 1e-6);
    }

    [TestMethod]
    public void Bodies_in_the_wrong_order_and_what_they_take_from_outside()
    {
        var body = new GraphProto { Name = "body" };
        body.Node.Add(ModelBuilder.NodeOf("Neg", ["a"], ["b"]));
        body.Node.Add(ModelBuilder.NodeOf("Exp", ["late"], ["a"]));
        body.Output.Add(ModelBuilder.Info("b", ElementType.Float, null));
        var model = new ModelBuilder(17).Input("x", 1, 3).Initializer("yes", Tensor.Scalar(true))
            .Node("If", ["yes"], ["y"], ("then_branch", body), ("else_branch", body)).Node("Tanh", ["x"], ["late"]).Output("y").Build();
        Assert.AreEqual("If of y", model.Proto.Graph.Node[1].Name);
        Near.Equal(Array.ConvertAll(Row, x => -MathF.Exp(MathF.Tanh(x))), Scores(Network.From(model)), 1e-6);
    }

    [TestMethod]
    public void Nodes_in_order_stay_as_they_are()
    {
        var model = new ModelBuilder(17).Input("x", 1, 3).Node("Neg", ["x"], ["a"]).Node("Tanh", ["x"], ["b"]).Node("Exp", ["a"], ["c"])
            .Node("Add", ["b", "c"], ["y"]).Output("y").Build();
        CollectionAssert.AreEqual((string[])["Neg of a", "Tanh of b", "Exp of c", "Add of y"],
            model.Proto.Graph.Node.Select(n => n.Name).ToArray());
    }

    [TestMethod]
    public void No_operator_set_where_no_node_is_of_the_standard()
    {
        // As the first releases of sklearn-onnx wrote them: learners' operators alone, and the set of those alone.
        var model = new ModelBuilder(1, fileFormat: 3).Input("x", 1, 3)
            .Node("Scaler", ["x"], ["s"], ("offset", new float[] { 1, 2, 3 }), ("scale", new float[] { 0.5f, 2, 1 }))
            .Node("LinearRegressor", ["s"], ["y"], ("coefficients", new float[] { 3, -1, 0.5f }), ("intercepts", new float[] { 0.25f }))
            .Output("y");
        foreach (var node in model.Graph.Node)
            node.Domain = "ai.onnx.ml";
        model.Proto.OpsetImport[0].Domain = "ai.onnx.ml";
        var network = Network.From(model.Build());

        using var theirs = new InferenceSession(new OnnxModel(model.Proto).ToArray());
        using var input = OrtValue.CreateTensorValueFromMemory((float[])[.. Row], [1, 3]);
        using var options = new RunOptions();
        using var results = theirs.Run(options, new Dictionary<string, OrtValue> { ["x"] = input }, ["y"]);
        Near.Equal(results[0].GetTensorDataAsSpan<float>().ToArray(), Scores(network), 1e-6);
        using var session = new ModelSession(Explanation.Compile(network, new Saliency()));
        Near.Equal((float[])[1.5f, -2, 0.5f], session.Run(Fed())["attribution"].As<float>().ToArray(), 1e-6);
    }

    private static Dictionary<string, Tensor> Fed() => new() { ["x"] = Tensor.From((float[])[.. Row], 1, 3) };

    private static float[] Scores(Network network)
    {
        using var session = new ModelSession(NetworkOutputs.Compile(network));
        return session.Run(Fed())[network.DefaultOutput!].As<float>().ToArray();
    }
}

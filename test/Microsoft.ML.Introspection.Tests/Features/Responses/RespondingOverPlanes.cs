using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.LearnedFeatures;

[TestClass]
public sealed class RespondingOverPlanes
{
    [TestMethod]
    public void EachUnitIsItsFunction()
    {
        // relu(x + 2y), relu(-x): by hand.
        var network = Network.From(new ModelBuilder(17).Input("x", -1, 2).Initializer("w", Tensor.From([1f, -1, 2, 0], 2, 2))
            .Node("MatMul", ["x", "w"], ["h"]).Node("Relu", ["h"], ["y"]).Output("y").Build());
        var plane = ResponsePlane.Of(network, "y", new PlaneOptions { RangeX = (-2, 2), RangeY = (0, 1), Steps = 5 });
        Assert.AreEqual("[2, 5, 5]", plane.Values.Shape.ToString());
        CollectionAssert.AreEqual((float[])[-2, -1, 0, 1, 2], plane.Xs.ToArray());
        Near.Equal([.. plane.Ys.SelectMany(y => plane.Xs.Select(x => Math.Max(0.0, x + 2 * y))),
            .. plane.Ys.SelectMany(_ => plane.Xs.Select(x => Math.Max(0.0, -x)))], plane.Values.ToDouble(), 1e-6);
    }

    [TestMethod]
    public void OtherFeaturesStayAsTheyAre()
    {
        var network = References.Network("mlp_breast_cancer");
        float[] through = [.. Enumerable.Range(0, 30).Select(i => i / 15f - 1)];
        var options = new PlaneOptions { X = 3, Y = 7, Through = through, Steps = 3 };
        var plane = ResponsePlane.Of(network, network.DefaultOutput, options);
        var (x, y) = (plane.Xs[2], plane.Ys[1]);
        var row = (float[])through.Clone();
        (row[3], row[7]) = (x, y);
        using var scorer = new NetworkScorer(network);
        var scores = new double[scorer.OutputNames.Count];
        scorer.Score(row, scores);
        for (var unit = 0; unit < scores.Length; unit++)
            Near.Equal(scores[unit], plane.Values.ToDouble()[unit * 9 + 3 + 2], 1e-5);
        Assert.Contains("30 elements", Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => ResponsePlane.Of(network, network.DefaultOutput, new PlaneOptions { X = 30 })).Message);
        Assert.ThrowsExactly<ArgumentException>(
            () => ResponsePlane.Of(network, network.DefaultOutput, new PlaneOptions { Through = [1, 2] }));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PlaneOptions { RangeX = (1, 1) });
    }
}

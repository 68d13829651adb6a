using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees.Graphs;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>Links have slopes between scores of any size, equal ones among them.</summary>
[TestClass]
public sealed class LinkingLargeScores
{
    public static IEnumerable<object[]> Scores => from size in (double[])[0.5, 1e3, 5e8, 6e11, 1e12, 1e15, 1e300]
        from apart in (double[])[0, 1e-5, 0.3, 1] select new object[] { size, apart };

    [TestMethod]
    [DynamicData(nameof(Scores))]
    public void Slopes_are_numbers_however_large_the_scores(double size, double apart)
    {
        double[] from = [size, -size, size], to = [size + apart * size, -size, size - apart];
        foreach (var link in (ScoreLink[])[ScoreLink.Identity, ScoreLink.Logistic, ScoreLink.Calibrated(-0.5, 2)])
        {
            var slopes = new double[9];
            link.Slopes(from, to, slopes);
            Finite.All(slopes);
            var (here, there) = ((double[])[.. from], (double[])[.. to]);
            link.Apply(here);
            link.Apply(there);
            for (var i = 0; i < 3; i++)
            {
                if (link == ScoreLink.Identity)
                    Near.Equal(1, slopes[i * 4], 0);
                else if (size < 1e6)
                    Near.Equal(there[i] - here[i], slopes[i * 4] * (to[i] - from[i]), 1e-6);
                else
                    Near.Equal(0, slopes[i * 4], 1e-9, "saturated");
            }
            var graph = new Graph();
            var written = GraphRunner.Run(link.Slopes([from], graph.Input("to", ElementType.Double, Shape.Of(1, 3))),
                ("to", Tensor.From(to, 1, 3)));
            for (var i = 0; i < 3; i++)
                Near.Equal(slopes[i * 4], written.ToDouble()[i], 1e-9);
        }
    }
}

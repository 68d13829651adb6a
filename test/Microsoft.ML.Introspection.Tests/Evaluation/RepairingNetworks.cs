using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Evaluation.Clusters;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tests.Evaluation;

/// <summary>
/// A small network is trained on pictures of which some of class 1 bear a mark; clusters find them, a concept vector is learnt of the cluster,
/// and P-ClArC takes the mark out of the network.
/// </summary>
[TestClass]
public sealed class RepairingNetworks
{
    private const int Side = 8, Size = Side * Side, Count = 160, Hidden = 12;

    private readonly double[] _images = Images(Count, seed: 1, mark: row => row % 8 == 1);

    private static int Class(int row) => row % 2;

    private static bool IsMark(int place) => place / Side >= Side - 2 && place % Side >= Side - 2;

    // A faint bar that lies (class 0) or stands (1) above and to the left of the mark, under noise.
    private static double[] Images(int count, int seed, Func<int, bool> mark)
    {
        var (random, images) = (new Random(seed), new double[count * Size]);
        for (var row = 0; row < count; row++)
        {
            for (var i = 0; i < Size; i++)
                images[row * Size + i] = 0.6 * random.NextDouble() + (mark(row) && IsMark(i) ? 3
                    : i / Side < Side - 2 && i % Side < Side - 2 && (Class(row) == 0 ? i / Side : i % Side) == 2 ? 0.3 : 0);
        }
        return images;
    }

    // A hidden layer of ReLU and two scores, by gradient descent on the cross-entropy.
    private static Network Trained(double[] images)
    {
        var random = new Random(7);
        double[] Drawn(int count, double size) => [.. Enumerable.Range(0, count).Select(_ => size * (2 * random.NextDouble() - 1))];
        var (first, bias, second) = (Drawn(Size * Hidden, 0.3), new double[Hidden], Drawn(Hidden * 2, 0.5));
        for (var step = 0; step < 600; step++)
        {
            var (dFirst, dBias, dSecond) = (new double[first.Length], new double[Hidden], new double[second.Length]);
            for (var row = 0; row < Count; row++)
            {
                var image = images.AsSpan(row * Size, Size);
                var hidden = new double[Hidden];
                for (var h = 0; h < Hidden; h++)
                {
                    hidden[h] = bias[h];
                    for (var i = 0; i < Size; i++)
                        hidden[h] += image[i] * first[i * Hidden + h];
                    hidden[h] = Math.Max(0, hidden[h]);
                }
                var difference = Enumerable.Range(0, Hidden).Sum(h => hidden[h] * (second[2 * h + 1] - second[2 * h]));
                var error = (1 / (1 + Math.Exp(-difference)) - Class(row)) / Count;
                for (var h = 0; h < Hidden; h++)
                {
                    (dSecond[2 * h], dSecond[2 * h + 1]) = (dSecond[2 * h] - error * hidden[h], dSecond[2 * h + 1] + error * hidden[h]);
                    if (hidden[h] <= 0)
                        continue;
                    var back = error * (second[2 * h + 1] - second[2 * h]);
                    dBias[h] += back;
                    for (var i = 0; i < Size; i++)
                        dFirst[i * Hidden + h] += back * image[i];
                }
            }
            foreach (var (weights, slopes) in new[] { (first, dFirst), (bias, dBias), (second, dSecond) })
                for (var i = 0; i < weights.Length; i++)
                    weights[i] -= 0.5 * slopes[i];
        }
        var graph = new Graph();
        var x = graph.Input("x", ElementType.Double, new Shape(Dimension.Symbol("N"), 1, Side, Side));
        return Network.From(graph.ToModel([("p", (x.Reshape(-1, Size).MatMul(graph.Constant(Tensor.From(first, Size, Hidden)))
            + graph.Constant(Tensor.From(bias, Hidden))).Relu().MatMul(graph.Constant(Tensor.From(second, Hidden, 2))).Softmax(1))]));
    }

    private static LayerActivations Of(Network network, string layer, double[] images, IEnumerable<int> rows)
    {
        double[] some = [.. rows.SelectMany(r => images[(r * Size)..((r + 1) * Size)])];
        using var source = ArrayRows.Of("rows", [new("x", NpyArray.From(some, some.Length / Size, 1, Side, Side))]);
        return LayerActivations.Take(network, source, [layer])[0];
    }

    // What marks speak for the predicted class or against it, as a share of the map, on average over rows.
    private static double OfMark(MappedRows rows, IEnumerable<int> of) => of.Average(r =>
        Math.Abs(Enumerable.Range(0, Size).Where(IsMark).Sum(i => rows.Maps.Values[r * Size + i])));

    private static double Accuracy(MappedRows rows) => Enumerable.Range(0, rows.Maps.Count).Average(r => rows.Predicted[r] == Class(r) ? 1.0 : 0);

    private static IReadOnlyList<MapCluster> Suspicious(MappedRows rows) => [.. ClusteredMaps.PerClass(rows.Maps, rows.Predicted,
        rows.Probabilities, new() { Neighbours = 8, Clusters = 2, SmallShare = 0.35 })[1]!.Suspicious];

    [TestMethod]
    public void AMarkIsFoundByClustersAndTakenAwayByPClArC()
    {
        var network = Trained(_images);
        int[] marked = [.. Enumerable.Range(0, Count).Where(r => r % 8 == 1)];
        var before = MappedRows.Of(network, _images, new InputXGradient());
        var cluster = Suspicious(before).Single();
        CollectionAssert.AreEqual(marked, cluster.Rows.ToArray());

        // The cluster against the rest of its class is the concept; the rest tells where the layer lies without it.
        // Before the ReLU a mark moves all rows alike, and the pattern is its direction.
        var layer = network.Layers.Single(l => l.Operator == "Add").Name;
        var rest = Enumerable.Range(0, Count).Where(r => before.Predicted[r] == 1).Except(cluster.Rows).ToArray();
        var (with, without) = (Of(network, layer, _images, cluster.Rows), Of(network, layer, _images, rest));
        var mark = ConceptVector.Learn("mark", with, without, new() { Method = ConceptMethod.Pattern }, "the rest of class 1");
        var repaired = Network.From(ConceptProjection.Remove(network, [mark], without));

        // Marks on pictures of class 0, which nobody trained.
        var poisoned = Images(Count, seed: 2, mark: row => Class(row) == 0);
        var clean = Images(Count, seed: 2, mark: _ => false);
        var after = MappedRows.Of(repaired, _images, new InputXGradient());
        double Right(Network of, double[] images) => Accuracy(MappedRows.Of(of, images, new InputXGradient()));
        Finite.AtLeast(0.99, Right(network, clean));
        Finite.AtLeast(0.97, Right(repaired, clean));
        Finite.AtMost(0.6, Right(network, poisoned));
        Finite.AtLeast(0.92, Right(repaired, poisoned));
        Finite.AtLeast(0.3, OfMark(before, marked));
        Finite.AtMost(0.1, OfMark(after, marked));
        // Maps of marked rows stay alike, so that a cluster may stay; what is left in it is little.
        foreach (var still in Suspicious(after).Where(c => c.Rows.Intersect(marked).Any()))
            Finite.AtMost(0.1, Math.Abs(Enumerable.Range(0, Size).Where(IsMark).Sum(i => still.MeanMap[i])));
    }
}

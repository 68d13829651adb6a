using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;
using static Microsoft.ML.Introspection.Tests.Attribution.KeepingPathAxioms;

namespace Microsoft.ML.Introspection.Tests.Attribution;

/// <summary>Taylor coefficients of single rows and over data sets.</summary>
[TestClass]
public sealed class ExpandingScores
{
    [TestMethod]
    public void A_polynomial_has_the_coefficients_it_is_written_with()
    {
        // 3a + 2b² − ab + a·b·c, at (1, 2, −1).
        var network = Function(3, x =>
        {
            var (a, b, c) = (Column(x, 0), Column(x, 1), Column(x, 2));
            return 3 * a + 2 * b * b - a * b + a * b * c;
        });
        var found = Explained.Run(network, new TaylorCoefficients(), Tensor.From((float[])[1, 2, -1], 1, 3));
        TensorAssert.AreClose(Tensor.From((float[])[3 - 2 - 2, 8 - 1 - 1, 2, 0, 2, 0, -1 - 1, 2, 1], 1, 9), found, 1e-6);
        CollectionAssert.AreEqual((string[])["a", "b", "c", "a²", "b²", "c²", "a · b", "a · c", "b · c"],
            new TaylorCoefficients().Names(["a", "b", "c"]).ToArray());
    }

    [TestMethod]
    public void Second_derivatives_of_a_trained_network()
    {
        var (arrays, reference) =
            (References.Arrays("mlp_breast_cancer_tanh"), References.Arrays("mlp_breast_cancer_tanh_f64")["hessian_logit"]);
        var rows = (int)reference.Dimensions[0];
        var hessians = reference.ToDouble();
        foreach (var target in (int[])[0, 1])
        {
            var found =
                Explained.Run(References.Network("mlp_breast_cancer_tanh"), new TaylorCoefficients(), arrays["input"].Head(rows), target)
                    .ToDouble();
            var expected = new List<float>();
            var own = new List<float>();
            for (var row = 0; row < rows; row++)
            {
                double H(int i, int j) => hessians[((row * 2 + target) * 30 + i) * 30 + j];
                expected.AddRange(Enumerable.Range(0, 30).Select(i => (float)(H(i, i) / 2)));
                // Either triangle: a Hessian is symmetric.
                expected.AddRange(Enumerable.Range(0, 30).SelectMany(i => Enumerable.Range(i + 1, 29 - i).Select(j => (float)H(j, i))));
                own.AddRange(found[(row * 495 + 30)..((row + 1) * 495)].Select(v => (float)v));
            }
            var errors = References.RowErrors(Tensor.From(expected.ToArray(), rows, 465), Tensor.From(own.ToArray(), rows, 465));
            Finite.Below(1e-4, errors.Largest());
        }
    }

    [TestMethod]
    public void The_order_of_differentiation_does_not_matter()
    {
        // The same function with its features in reverse has the Hessian's other triangle.
        static Value Score(Value x, int a, int b, int c) => (Column(x, a) * 2 - Column(x, b) * Column(x, c)).Tanh() * Column(x, b).Exp();
        var (there, back) = (Function(3, x => Score(x, 0, 1, 2)), Function(3, x => Score(x, 2, 1, 0)));
        var row = Samples.Floats(1, 3).As<float>().ToArray();
        var first = Explained.Run(there, new TaylorCoefficients(), Tensor.From(row, 1, 3)).ToDouble();
        var second = Explained.Run(back, new TaylorCoefficients(), Tensor.From(row.Reverse().ToArray(), 1, 3)).ToDouble();
        double[] reversed = [.. second[..3].Reverse(), .. second[3..6].Reverse(), .. second[6..].Reverse()];
        for (var i = 0; i < 9; i++)
            Near.Equal(first[i], reversed[i], 1e-5 * Math.Max(1, Math.Abs(first[i])));
    }

    [TestMethod]
    [DataRow("logit", false)]
    [DataRow("softmax", true)]
    public void A_ranking_over_a_data_set(string kind, bool probabilities)
    {
        var references = References.Arrays("mlp_breast_cancer_tanh_paths");
        var network = References.Network("mlp_breast_cancer_tanh");
        if (probabilities)
            network = WithSoftmax(network);
        var input = references["taylor_input"];
        var rows = Enumerable.Range(0, (int)input.Dimensions[0]).Select(r => new ReadOnlyMemory<float>(input.Row(r).As<float>().ToArray()));
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"f{i}")];
        for (var target = 0; target < 2; target++)
        {
            var ranking = TaylorRanking.Of(network, rows, names, target: Target.Class(target), batchSize: 40);
            Assert.HasCount(495, ranking);
            CollectionAssert.AreEqual(ranking.OrderByDescending(c => c.MeanAbsolute).ToList(), ranking.ToList());
            var (first, second) = (references["taylor_first_" + kind].ToDouble(), references["taylor_second_" + kind].ToDouble());
            var scale = (First: first.Largest(), Second: second.Largest());
            var found = ranking.ToDictionary(c => c.Name);
            for (var i = 0; i < 30; i++)
            {
                Near.Equal(first[target * 30 + i], found[$"f{i}"].MeanAbsolute, 1e-4 * scale.First);
                Near.Equal(second[(target * 30 + i) * 30 + i] / 2, found[$"f{i}²"].MeanAbsolute, 1e-4 * scale.Second);
                for (var j = i + 1; j < 30; j++)
                    Near.Equal(second[(target * 30 + i) * 30 + j], found[$"f{i} · f{j}"].MeanAbsolute, 1e-4 * scale.Second);
                if (!probabilities)
                    Near.Equal(
                        references["taylor_first_signed_logit"].ToDouble()[target * 30 + i], found[$"f{i}"].Mean, 1e-4 * scale.First);
            }
        }
    }

    [TestMethod]
    // A thread counts its own: other tests run beside this one.
    public void Many_rows_stream_through_without_being_kept()
    {
        // 20,000 rows of 495 coefficients would be 40 MB if they were kept.
        var network = References.Network("mlp_breast_cancer_tanh");
        var row = References.Arrays("mlp_breast_cancer_tanh")["input"].As<float>()[..30].ToArray();
        TaylorRanking.Of(network, Enumerable.Repeat((ReadOnlyMemory<float>)row, 100));
        var before = GC.GetAllocatedBytesForCurrentThread();
        TaylorRanking.Of(network, Enumerable.Repeat((ReadOnlyMemory<float>)row, 200));
        var few = GC.GetAllocatedBytesForCurrentThread() - before;
        var many = GC.GetAllocatedBytesForCurrentThread();
        var ranking = TaylorRanking.Of(network, Enumerable.Repeat((ReadOnlyMemory<float>)row, 20_000));
        many = GC.GetAllocatedBytesForCurrentThread() - many;
        Finite.Below(few + 8_000_000, many);
        foreach (var coefficient in ranking)
            Near.Equal(coefficient.MeanAbsolute, Math.Abs(coefficient.Mean), 1e-9, "every row was the same");
    }

    [TestMethod]
    public void A_ranking_of_what_does_not_fit_is_refused()
    {
        var network = References.Network("mlp_breast_cancer_tanh");
        ReadOnlyMemory<float> row = new float[30];
        Assert.Contains("Row 1 has 29 numbers",
            Assert.ThrowsExactly<ArgumentException>(() => TaylorRanking.Of(network, [row, row[1..]])).Message);
        Assert.Contains("no row", Assert.ThrowsExactly<ArgumentException>(() => TaylorRanking.Of(network, [])).Message);
        Assert.Contains("2 names were given for 30",
            Assert.ThrowsExactly<ArgumentException>(() => TaylorRanking.Of(network, [row], ["a", "b"])).Message);
        Assert.ThrowsExactly<ArgumentException>(() => TaylorRanking.Of(network, [row], target: Target.Label("label")));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TaylorCoefficients(3));
    }

    private static Network WithSoftmax(Network network)
    {
        var graph = new Graph(network.Opset);
        var input = graph.Input("input", ElementType.Float, network.Inputs[0].Shape!);
        var trace = network.Trace(graph, new Dictionary<string, Value> { [network.Inputs[0].Name] = input });
        return Network.From(graph.ToModel([("probabilities", trace.Output(network.Outputs[0].Name).Softmax(1))]),
            new NetworkOptions { KeepFinalActivation = true });
    }
}

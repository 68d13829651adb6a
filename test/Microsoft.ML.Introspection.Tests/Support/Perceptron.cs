using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Support;

/// <summary>The dense layers of a perceptron, read from its file and computed by hand in double precision.</summary>
internal static class Perceptron
{
    /// <summary>The layers in their order; activations between them are the caller's.</summary>
    public static IReadOnlyList<Dense> Read(string model)
    {
        var graph = OnnxModel.Load(References.ModelFile(model)).Proto.Graph;
        Tensor Weights(string name) => Tensor.FromProto(graph.Initializer.Single(i => i.Name == name));
        return [.. graph.Node.Where(n => n.OpType == "Gemm").Select(n =>
        {
            Assert.AreEqual(1, n.Attribute.Single(a => a.Name == "transB").I);
            var weights = Weights(n.Input[1]);
            return new Dense((int)weights.Dimensions[0], (int)weights.Dimensions[1], weights.ToDouble(), Weights(n.Input[2]).ToDouble());
        })];
    }

    /// <summary>W·x + b.</summary>
    public sealed record Dense(int Outputs, int Inputs, double[] Weights, double[] Bias)
    {
        public double[] Apply(double[] x) =>
            [.. Enumerable.Range(0, Outputs).Select(o => Bias[o] + Enumerable.Range(0, Inputs).Sum(i => Weights[o * Inputs + i] * x[i]))];

        public double[] Back(double[] y) =>
            [.. Enumerable.Range(0, Inputs).Select(i => Enumerable.Range(0, Outputs).Sum(o => Weights[o * Inputs + i] * y[o]))];
    }
}

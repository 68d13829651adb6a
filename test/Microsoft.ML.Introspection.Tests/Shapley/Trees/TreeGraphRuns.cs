using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>Runs the graphs of ensembles.</summary>
internal static class TreeGraphRuns
{
    /// <summary>The outputs for some rows.</summary>
    public static IReadOnlyDictionary<string, Tensor> Run(this OnnxModel model, float[] rows, int threads = 1,
        params IEnumerable<(string Input, Tensor Tensor)> others)
    {
        using var session = new ModelSession(model, new RuntimeOptions { Threads = threads });
        var features = model.Inputs[0].Shape![1].Value;
        var feeds = new Dictionary<string, Tensor> { [model.Inputs[0].Name] = Tensor.From(rows, rows.Length / features, features) };
        foreach (var (input, tensor) in others)
            feeds[input] = tensor;
        return session.Run(feeds);
    }

    /// <summary>The values of some rows, [N, outputs, features].</summary>
    public static double[] GraphOf(this TreeShap shap, float[] rows, TreeGraphOptions? options = null) =>
        TreeExplanation.Compile(shap, options).Run(rows)["attribution"].ToDouble();

    /// <summary>Fails where a number is farther from what it should be than a share of the largest one.</summary>
    public static void AreClose(double[] expected, double[] found, string message, double error = 1e-6) =>
        Near.Equal(expected, found, error * expected.Append(1e-3).Largest(Math.Abs), message);
}

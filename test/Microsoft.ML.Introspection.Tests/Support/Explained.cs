using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tests.Support;

/// <summary>Explains trained networks and runs what comes of it.</summary>
internal static class Explained
{
    /// <summary>A trained network as its references explain it: that with a softmax by its probabilities.</summary>
    public static Network Network(string model) => model.EndsWith("_softmax", StringComparison.Ordinal)
        ? Introspection.Models.Network.Load(References.ModelFile(model), new NetworkOptions { KeepFinalActivation = true })
        : References.Network(model);

    /// <summary>The attribution of some rows for given classes.</summary>
    public static Tensor Run(Network network, AttributionMethod method, Tensor input, Tensor classes) =>
        Outputs(network, method, input, Tensor.From(classes.ToInt64()[..(int)input.Dimensions[0]], input.Dimensions[0], 1))["attribution"];

    /// <summary>The attribution of some rows for one class.</summary>
    public static Tensor Run(Network network, AttributionMethod method, Tensor input, int target = 0) =>
        Run(network, method, input, Tensor.Filled(ElementType.Int64, target, input.Dimensions[0]));

    /// <summary>All outputs, the completeness gap among them where there is one.</summary>
    public static IReadOnlyDictionary<string, Tensor> Outputs(Network network, AttributionMethod method, Tensor input, Tensor labels,
        string? gap = null)
    {
        var model = Explanation.Compile(network, method, Target.Label("label"), new ExplanationOptions { GapName = gap });
        using var session = new ModelSession(model, new RuntimeOptions { Threads = 1 });
        return session.Run(new Dictionary<string, Tensor> { [network.DefaultInput.Name] = input, ["label"] = labels });
    }

    /// <summary>One row of a tensor.</summary>
    public static Tensor Row(this Tensor tensor, int row)
    {
        var size = (int)(tensor.Bytes.Length / tensor.Dimensions[0]);
        return Tensor.FromBytes(tensor.Type, [1, .. tensor.Dimensions[1..]], tensor.Bytes.Slice(row * size, size));
    }
}

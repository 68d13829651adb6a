using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>The squashing at the end of a classifier: what lies before it are the logits.</summary>
internal static class FinalActivation
{
    /// <summary>The value before a final softmax, log-softmax or sigmoid, or the value itself where there is none.</summary>
    public static Value Before(Value output)
    {
        var value = output;
        while (value.Producer is { OperatorType: "Identity" } identity)
            value = identity.Inputs[0]!;
        return value.Producer is { OperatorType: "Softmax" or "LogSoftmax" or "Sigmoid" } squash ? squash.Inputs[0]! : output;
    }
}

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>Writes nodes otherwise than they are asked for, with the same results.</summary>
internal interface INodeRewriting
{
    /// <summary>The results of a node; null where it is written as asked.</summary>
    IReadOnlyList<Value>? Rewrite(Graph graph, string operatorType, IReadOnlyList<Value?> inputs, Attributes attributes, int outputs);
}

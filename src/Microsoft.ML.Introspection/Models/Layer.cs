using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>One operator of a network as its file names it.</summary>
/// <param name="Name">The node's name, or its first output's where it has none.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Output">The name of the tensor it makes.</param>
/// <param name="Type">The type of that tensor.</param>
/// <param name="Shape">Its shape, the batch symbolic; null where it cannot be told.</param>
/// <param name="Parameters">The number of its trained parameters: elements of its constant floating-point inputs.</param>
public sealed record Layer(string Name, string Operator, string Output, ElementType Type, Shape? Shape, long Parameters);

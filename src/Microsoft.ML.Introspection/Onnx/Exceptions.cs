namespace Microsoft.ML.Introspection.Onnx;

/// <summary>A model file or graph is not what ONNX asks for: damaged, hostile, or built wrongly.</summary>
public sealed class InvalidModelException(string message, Exception? inner = null) : IntrospectionException(message, inner);

/// <summary>An operator that we, or ONNX Runtime, cannot compute or differentiate.</summary>
/// <param name="message">Names the operator, its node, the operator set, and what one can do.</param>
/// <param name="inner">The cause, if another error was it.</param>
public sealed class UnsupportedOperatorException(string message, Exception? inner = null) : IntrospectionException(message, inner);

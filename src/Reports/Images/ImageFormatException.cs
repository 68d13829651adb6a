namespace Microsoft.ML.Introspection.Reports;

/// <summary>A file holds no image that can be used: the message says which file, what was found, and what to do.</summary>
/// <param name="message">The message.</param>
/// <param name="inner">What told so.</param>
public sealed class ImageFormatException(string message, Exception? inner = null) : IntrospectionException(message, inner);

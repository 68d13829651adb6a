namespace Microsoft.ML.Introspection.Reports;

/// <summary>A file of a sound cannot be read: the message says which, what was found, and what to do.</summary>
/// <param name="message">One sentence.</param>
public sealed class SoundFormatException(string message) : IntrospectionException(message);

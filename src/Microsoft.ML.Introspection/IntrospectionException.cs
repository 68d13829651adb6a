namespace Microsoft.ML.Introspection;

/// <summary>
/// Something is wrong with a model, the data, or the device: what every exception of the engine says that is neither the caller's mistake
/// (<see cref="ArgumentException"/>) nor that of a file of rows (<see cref="InvalidDataException"/>, <see cref="IOException"/>).
/// </summary>
public abstract class IntrospectionException(string message, Exception? inner = null) : Exception(message, inner);

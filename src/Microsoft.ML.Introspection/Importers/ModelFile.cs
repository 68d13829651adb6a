using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>Reads whole model files of bounded size, and puts the file's name into what is said of its content.</summary>
internal static class ModelFile
{
    /// <summary>The largest file that is read. Trees take several times their file's size in memory.</summary>
    public const long MaximumBytes = 1 << 30;

    /// <summary>The most features and outputs: more than any model has, and few enough that a damaged number cannot exhaust the memory.</summary>
    public const int MaximumFeatures = 1 << 28, MaximumOutputs = 1 << 20;

    /// <summary>What is made of a file's content.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">The file is too large, or what reads it says so; the message names the file.</exception>
    public static T Read<T>(string path, Func<ReadOnlyMemory<byte>, T> parse)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new FileNotFoundException($"The model file '{path}' does not exist.", path);
        return Named(path, () => file.Length <= MaximumBytes
            ? parse(File.ReadAllBytes(path))
            : throw new InvalidModelException($"It has {file.Length:N0} bytes; at most {MaximumBytes:N0} are read."));
    }

    /// <summary>Says of which file an error speaks.</summary>
    public static T Named<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidModelException e)
        {
            throw new InvalidModelException($"The model file '{path}' cannot be used. {e.Message}", e);
        }
    }
}

using System.IO.Compression;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>The bytes of a file of text, unpacked where they are packed, or what comes from the standard input.</summary>
internal sealed class DataStream : IDisposable
{
    private static int _inputsRead;

    private readonly Stream _source;

    /// <summary>Opens it.</summary>
    /// <param name="path">The file; <c>-</c> for the standard input.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The standard input is read a second time.</exception>
    public DataStream(string path)
    {
        if (path == DataFiles.Standard)
        {
            if (Interlocked.Increment(ref _inputsRead) > 1)
                throw new InvalidDataException("The standard input ('-') can be read once; give the other rows as a file.");
            Content = _source = Console.OpenStandardInput();
            return;
        }
        if (!File.Exists(path))
            throw new FileNotFoundException($"The data file '{path}' does not exist.", path);
        _source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        Content = DataFiles.IsPacked(path) ? new GZipStream(_source, CompressionMode.Decompress) : _source;
    }

    /// <summary>The content.</summary>
    public Stream Content { get; }

    /// <summary>How much has been read, from 0 to 1; 0 where nobody knows.</summary>
    public double Progress => !_source.CanSeek ? 0 : _source.Length == 0 ? 1 : (double)_source.Position / _source.Length;

    public void Dispose()
    {
        Content.Dispose();
        _source.Dispose();
    }
}

// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The place of one component in a model file that is read.</summary>
internal sealed class ModelLoadContext : IDisposable
{
    private readonly ZipArchive _archive;
    private readonly string _directory;

    private ModelLoadContext(ZipArchive archive, string directory, Stream contents)
    {
        _archive = archive;
        _directory = directory;
        Reader = new BinaryReader(contents, Encoding.UTF8);
    }

    public BinaryReader Reader { get; }

    public static ZipArchive Open(Stream stream)
    {
        try
        {
            return new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            throw Contracts.ExceptDecode("This is not a model file: it cannot be opened as a zip archive.", e);
        }
    }

    public static T Load<T>(IHostEnvironment env, ZipArchive archive, string directory)
        where T : class
    {
        var contents = ReadOrNull(archive, $"{directory}/{ModelSaveContext.EntryName}")
            ?? throw Contracts.ExceptDecode($"The model file has no component at '{directory}'.");
        using var context = new ModelLoadContext(archive, directory, new MemoryStream(contents));
        var loader = context.Reader.ReadString();
        var assembly = context.Reader.ReadString();
        return env.ComponentCatalog.Load(loader, assembly, env, context) as T
            ?? throw Contracts.ExceptDecode($"The component at '{directory}' of the model file is not a {typeof(T).Name}.");
    }

    public T LoadPart<T>(IHostEnvironment env, string name)
        where T : class => Load<T>(env, _archive, $"{_directory}/{name}");

    public byte[] LoadBytes(string name)
        => ReadOrNull(_archive, $"{_directory}/{name}")
            ?? throw Contracts.ExceptDecode($"The model file has no '{name}' at '{_directory}'.");

    public static byte[] ReadOrNull(ZipArchive archive, string name)
    {
        if (archive.GetEntry(name) is not { } entry)
            return null;
        using var source = entry.Open();
        var contents = new MemoryStream();
        source.CopyTo(contents);
        return contents.ToArray();
    }

    public void Dispose() => Reader.Dispose();
}

// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.IO.Compression;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// The place of one component in a model file: an entry with its loader's name and its settings, and below it those of its parts.
/// Whoever does not belong to ML.NET can only hand it on.
/// </summary>
public sealed class ModelSaveContext : IDisposable
{
    internal const string EntryName = "Model";
    private readonly ZipArchive _archive;
    private readonly string _directory;
    private readonly MemoryStream _contents = new();
    private BinaryWriter _writer;

    private ModelSaveContext(ZipArchive archive, string directory)
    {
        _archive = archive;
        _directory = directory;
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _contents.Dispose();
    }

    internal static void Save(ZipArchive archive, string directory, ICanSaveModel model)
    {
        if (model == null)
            return;
        using var context = new ModelSaveContext(archive, directory);
        model.Save(context);
        context.Done();
    }

    /// <summary>Names the loader and gives the writer for what it is to read back.</summary>
    internal BinaryWriter Begin(string loader, Type owner)
    {
        Contracts.Check(_writer == null, "A component has already written itself here; each place in a model file holds exactly one.");
        _writer = new BinaryWriter(_contents, Encoding.UTF8, leaveOpen: true);
        _writer.Write(loader);
        _writer.Write(owner.Assembly.GetName().Name);
        return _writer;
    }

    internal void SavePart(string name, ICanSaveModel part) => Save(_archive, $"{_directory}/{name}", part);

    internal void SaveBytes(string name, byte[] bytes) => Write(_archive, $"{_directory}/{name}", bytes);

    internal static void Write(ZipArchive archive, string name, byte[] bytes)
    {
        using var entry = archive.CreateEntry(name).Open();
        entry.Write(bytes);
    }

    private void Done()
    {
        Contracts.Check(_writer != null, "ModelSignature not specified!");
        _writer.Flush();
        Write(_archive, $"{_directory}/{EntryName}", _contents.ToArray());
    }
}

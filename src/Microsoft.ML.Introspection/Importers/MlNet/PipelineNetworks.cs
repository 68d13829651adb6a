using System.IO.Compression;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.MlNet;

/// <summary>Deep models of ML.NET in the archives of its pipelines: of images, of texts, and of pairs of sentences.</summary>
internal static class PipelineNetworks
{
    /// <summary>Which library an archive's network is of; null where it holds none.</summary>
    public static ModelKind? KindOf(string path)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            return ImageClassification.Find(archive).Count > 0 ? ModelKind.TensorFlow
                : TextClassification.Find(archive).Count > 0 ? ModelKind.TorchSharp : null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return null;
        }
    }

    /// <summary>Reads the network.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="options">Where it begins and ends otherwise; null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no tensor of a name.</exception>
    /// <exception cref="InvalidModelException">It is damaged, or cannot be translated; the message names the file.</exception>
    public static OnnxModel Load(string path, TranslationOptions? options = null) => ModelFile.Named(path, () =>
    {
        options ??= new TranslationOptions();
        try
        {
            using var archive = ZipFile.OpenRead(path);
            return (ImageClassification.Find(archive), TextClassification.Find(archive)) switch
            {
                ([var only], { Count: 0 }) => ImageClassification.Read(only, options),
                ({ Count: 0 }, [var only]) => TextClassification.Read(only, options),
                var (images, texts) => throw new InvalidModelException($"It holds {images.Count + texts.Count} networks: "
                    + $"{string.Join(", ", images.Concat(texts).Select(s => $"'{s.Stream.FullName}'"))}. Save them one by one."),
            };
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new InvalidModelException($"It is a damaged ZIP archive: {e.Message}", e);
        }
    });
}

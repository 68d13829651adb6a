using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Introspection.Importers.Hdf5;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Keras;

/// <summary>
/// Models of Keras 1, 2 (tf.keras, tf_keras) and 3 as ONNX: <c>.h5</c> with the whole model, <c>.keras</c> of all versions, and weights
/// alone with the architecture (<c>model.to_json()</c>) beside them. Neither Python nor TensorFlow is needed; no code of the file is run.
/// Inputs and outputs are those of the model, with its shapes (channels where they were trained) and the names of its layers.
/// </summary>
public static class KerasModel
{
    private const long MostJson = 1 << 28;
    private const int MostRatio = 200;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file: <c>.h5</c>, <c>.keras</c>, told by its content.</param>
    /// <param name="architecture">
    /// The JSON of <c>model.to_json()</c>, for a file of weights alone. Where none is given, a file of that name beside it is taken, with
    /// the
    /// ending <c>.json</c> in place of <c>.h5</c> (or <c>.weights.h5</c>), or <c>model.json</c>.
    /// </param>
    /// <param name="options">How it is written; null for channels where they were trained.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">
    /// The file is damaged or hostile, or holds what cannot be translated; the message names the file, and the layer.
    /// </exception>
    public static OnnxModel Load(string path, string? architecture = null, TranslationOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"The model file '{path}' does not exist.", path);
        if (architecture is not null && !File.Exists(architecture))
            throw new FileNotFoundException($"The architecture '{architecture}' does not exist.", architecture);
        options ??= new TranslationOptions();
        return ModelFile.Named(path, () => Guarded(() => IsArchive(path) ? OfArchive(path, options) : OfHdf5(path, architecture, options)));
    }

    /// <summary>Whether an archive is one of Keras, by what it holds.</summary>
    internal static bool IsKerasArchive(string path)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            return archive.GetEntry("config.json") is not null || archive.GetEntry("model.weights.h5") is not null;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static bool IsArchive(string path)
    {
        using var stream = File.OpenRead(path);
        var start = new byte[4];
        return stream.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && start.AsSpan().SequenceEqual("PK\x03\x04"u8);
    }

    // Whatever a damaged file makes of JSON or archives, it is the file that is wrong.
    private static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (JsonException e)
        {
            throw new InvalidModelException($"Its description of the model is no JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new InvalidModelException($"It is damaged: {e.Message}", e);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new InvalidModelException($"It holds what is not understood: {e.Message}", e);
        }
    }

    private static OnnxModel OfHdf5(string path, string? architecture, TranslationOptions options)
    {
        using var file = Hdf5File.Open(path);
        var root = file.Root;
        var isTheano = (root.Text("backend") ?? root.Find("model_weights")?.Text("backend")) == "theano";
        if (root.Text("model_config") is { } text && architecture is null)
        {
            var version = VersionOf(root.Text("keras_version") ?? root.Find("model_weights")?.Text("keras_version"));
            var weights = root.Find("model_weights") ?? throw new InvalidModelException("It holds no weights ('model_weights').");
            var model = ArchitectureReader.Read(Json(text), version);
            return new KerasTranslation(version, isTheano, options).Write(model, new GroupedWeights(weights));
        }
        var json = architecture ?? Beside(path) ?? throw new InvalidModelException("It holds weights alone, no architecture "
            + "('model_config'). Put the text of model.to_json() beside it (the same name with the ending .json, or model.json), "
            + "or save the "
            + "whole model with model.save.");
        var described = Json(Bounded(json));
        var written = VersionOf(root.Text("keras_version") ?? ArchitectureReader.Name(described, "keras_version"), otherwise: 2);
        var definition = ArchitectureReader.Read(described, written);
        var translation = new KerasTranslation(written, isTheano, options);
        return root.Texts("layer_names") is not null
            ? translation.Write(definition, new GroupedWeights(root))
            : translation.Write(definition, PathWeights.Of(root, definition));
    }

    private static OnnxModel OfArchive(string path, TranslationOptions options)
    {
        using var archive = ZipFile.OpenRead(path);
        var config = archive.GetEntry("config.json") ?? throw new InvalidModelException("It is an archive without 'config.json', which "
            + "describes the model.");
        var stored = archive.GetEntry("model.weights.h5") ?? throw new InvalidModelException("It is an archive without 'model.weights.h5'"
            + (archive.GetEntry("model.weights.npz") is null ? "."
                : "; weights in 'model.weights.npz' are not read. Save the model anew."));
        var metadata = archive.GetEntry("metadata.json") is { } entry ? Json(Text(Content(entry, MostJson))) : null;
        var version = VersionOf(metadata is null ? null : ArchitectureReader.Name(metadata, "keras_version"), otherwise: 3);
        var model = ArchitectureReader.Read(Json(Text(Content(config, MostJson))), version);
        using var weights = Hdf5File.Parse(Content(stored, Array.MaxLength));
        return new KerasTranslation(version, isTheano: false, options).Write(model, PathWeights.Of(weights.Root, model));
    }

    // What an entry says of its size is not believed: memory grows with what comes out.
    private static byte[] Content(ZipArchiveEntry entry, long most)
    {
        if (entry.Length > most || entry.Length / MostRatio > entry.CompressedLength + 1024)
            throw new InvalidModelException(
                $"'{entry.FullName}' within it claims {entry.Length:N0} bytes from {entry.CompressedLength:N0}; "
                + $"at most {most:N0} are read, and {MostRatio} times what is stored.");
        using var stream = entry.Open();
        var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            content.Write(buffer, 0, read);
            if (content.Length > entry.Length)
                throw new InvalidModelException($"'{entry.FullName}' within it is longer than it says.");
        }
        return content.Length == content.Capacity ? content.GetBuffer() : content.ToArray();
    }

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    private static string Bounded(string path) => new FileInfo(path).Length <= MostJson ? File.ReadAllText(path)
        : throw new InvalidModelException($"The architecture '{path}' is larger than {MostJson:N0} bytes.");

    private static string? Beside(string path)
    {
        var (folder, name) = (Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileNameWithoutExtension(path));
        string[] names = [$"{name}.json", $"{(name.EndsWith(".weights", StringComparison.Ordinal) ? name[..^8] : name)}.json",
            "model.json"];
        return names.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists);
    }

    private static JsonObject Json(string text)
    {
        if (text.Length > MostJson)
            throw new InvalidModelException(
                $"The description of the model has {text.Length:N0} characters; at most {MostJson:N0} are read.");
        var options = new JsonDocumentOptions { MaxDepth = 256, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(text, documentOptions: options);
        }
        catch (JsonException) when (text.Contains("NaN", StringComparison.Ordinal) || text.Contains("Infinity", StringComparison.Ordinal))
        {
            node = JsonNode.Parse(PythonNumbers.Quoted(text), documentOptions: options);
        }
        return node as JsonObject ?? throw new InvalidModelException("The description of the model is no JSON object.");
    }

    private static int VersionOf(string? text, int otherwise = 1) => text is null ? otherwise
        : int.TryParse(text.Split('.')[0], out var major) && major is >= 1 and <= 3 ? major
        : throw new InvalidModelException($"It was written by Keras {text}; versions 1, 2 and 3 are read.");
}

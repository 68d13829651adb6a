using System.IO.Compression;
using Google.Protobuf;
using Microsoft.ML.Introspection.Importers.TensorFlow;
using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>
/// Models that TensorFlow saved with their variables: a folder with <c>saved_model.pb</c>, or a ZIP archive of one. The network is that of
/// a signature; rows keep the layout that the model was trained with, channels last mostly.
/// </summary>
public static class SavedModel
{
    /// <summary>The metadata under which the names of files lie that the model has and the network does not need.</summary>
    public const string IgnoredAssets = "tensorflow.ignored_assets";

    /// <summary>Whether a path is that of a SavedModel: of its folder, or of the graph in it.</summary>
    public static bool IsAt(string path) =>
        Directory.Exists(path) ? File.Exists(Path.Combine(path, SavedFiles.Graph))
            : Path.GetFileName(path) == SavedFiles.Graph && File.Exists(path);

    /// <summary>Whether a ZIP archive holds a SavedModel.</summary>
    internal static bool IsArchive(string path)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            return archive.Entries.Any(e => e.Name == SavedFiles.Graph);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Reads a SavedModel as an ONNX model.</summary>
    /// <param name="path">Its folder, the <c>saved_model.pb</c> in it, or a ZIP archive of the folder.</param>
    /// <param name="options">Which signature, and which of its outputs.</param>
    /// <exception cref="FileNotFoundException">There is neither a file nor a folder of that name.</exception>
    /// <exception cref="ArgumentException">There is no such signature or output.</exception>
    /// <exception cref="InvalidModelException">
    /// It is damaged, or holds what cannot be translated; the message names file and node.
    /// </exception>
    public static OnnxModel Load(string path, TranslationOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var folder = File.Exists(path) && Path.GetFileName(path) == SavedFiles.Graph
            ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        if (!Directory.Exists(folder) && !File.Exists(folder))
            throw new FileNotFoundException($"The model file '{path}' does not exist.", path);
        return ModelFile.Named(path, () =>
        {
            using var files = SavedFiles.Open(folder);
            return Read(files, options ?? new TranslationOptions());
        });
    }

    private static OnnxModel Read(SavedFiles files, TranslationOptions options)
    {
        var model = Graph(files);
        var (name, signature) = Chosen(model, options.Signature);
        if (options.Inputs.Count > 0)
            throw new ArgumentException($"Inputs of a SavedModel are those of its signature '{name}': "
                + $"{string.Join(", ", signature.Inputs.Keys.Order(StringComparer.Ordinal))}.", nameof(options));
        if (options.Outputs.FirstOrDefault(o => !signature.Outputs.ContainsKey(o)) is { } missing)
            throw new ArgumentException($"The signature '{name}' has no output '{missing}'; it has "
                + $"{string.Join(", ", signature.Outputs.Keys.Order(StringComparer.Ordinal))}.", nameof(options));

        var library = new FunctionLibrary(model.GraphDef.Library);
        var bundle = VariableBundle.Open(files);
        var written = GraphImport.Write(
            new NodeBody("", model.GraphDef.Node), library,
            [.. Natural(signature.Inputs.Keys).Select(key => End(key, signature.Inputs[key]))],
            [.. (options.Outputs.Count > 0 ? options.Outputs : Natural(signature.Outputs.Keys))
                .Select(key => End(key, signature.Outputs[key]))],
            options, (flat, root) => new SavedVariables(bundle, library, flat, root).Read);
        return model.AssetFileDef.Count == 0 ? written
            : written.WithMetadata((IgnoredAssets, string.Join(", ", model.AssetFileDef.Select(a => a.Filename))));
    }

    private static MetaGraphDef Graph(SavedFiles files)
    {
        SavedModelProto model;
        try
        {
            model = SavedModelProto.Parser.ParseFrom(new System.Buffers.ReadOnlySequence<byte>(
                files.Read(SavedFiles.Graph, OnnxModel.MaximumBytes)));
        }
        catch (Exception e)
            when (e is InvalidProtocolBufferException or ArgumentException or IndexOutOfRangeException or ArithmeticException)
        {
            throw new InvalidModelException($"Its file '{SavedFiles.Graph}' is no SavedModel, or it is truncated: {e.Message}", e);
        }
        var graph = model.MetaGraphs.FirstOrDefault(m => m.MetaInfoDef?.Tags.Contains("serve") == true)
            ?? model.MetaGraphs.FirstOrDefault();
        return graph is { GraphDef: not null } ? graph
            : throw new InvalidModelException($"Its file '{SavedFiles.Graph}' holds no graph.");
    }

    private static (string, SignatureDef) Chosen(MetaGraphDef model, string? wanted)
    {
        var names = model.SignatureDef.Where(s => s.Value.Outputs.Count > 0 && !s.Key.StartsWith("__saved_model", StringComparison.Ordinal))
            .Select(s => s.Key).Order(StringComparer.Ordinal).ToList();
        if (names.Count == 0)
            throw new InvalidModelException("It has no signature, so that nothing tells its inputs and outputs. Save it with signatures "
                + "(model.export of Keras does).");
        var name = wanted ?? (names.Count == 1 ? names[0] : TranslationOptions.DefaultSignature);
        return names.Contains(name) ? (name, model.SignatureDef[name])
            : throw new ArgumentException($"The model has no signature '{name}'; it has {string.Join(", ", names)}.", nameof(wanted));
    }

    private static EndPoint End(string name, TensorFlow.Proto.TensorInfo info) =>
        info.EncodingCase == TensorFlow.Proto.TensorInfo.EncodingOneofCase.Name ? new(name, info.Name, info.Dtype, info.TensorShape)
            : throw new InvalidModelException($"'{name}' of the signature is no dense tensor (it is sparse, ragged, or composed).");

    // output_2 before output_10.
    private static IEnumerable<string> Natural(IEnumerable<string> names) => names
        .OrderBy(n => n.TrimEnd("0123456789".ToCharArray()), StringComparer.Ordinal)
        .ThenBy(n => n.Length).ThenBy(n => n, StringComparer.Ordinal);
}

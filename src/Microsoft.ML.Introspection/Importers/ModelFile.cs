using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Introspection.Importers.Documents;
using Microsoft.ML.Introspection.Importers.Hdf5;
using Microsoft.ML.Introspection.Importers.Keras;
using Microsoft.ML.Introspection.Importers.MlNet;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>The kinds of model files that are told apart.</summary>
public enum ModelKind
{
    /// <summary>An ONNX file: a network, or trees.</summary>
    Onnx,

    /// <summary>Trees of XGBoost, as JSON, UBJSON, or its old binary format, which is refused with advice.</summary>
    XGBoost,

    /// <summary>Trees of LightGBM, as text.</summary>
    LightGbm,

    /// <summary>A ZIP archive, as ML.NET saves pipelines.</summary>
    Pipeline,

    /// <summary>A network of Keras: HDF5 (<c>.h5</c>), or a ZIP archive (<c>.keras</c>).</summary>
    Keras,

    /// <summary>A network of TensorFlow: a SavedModel (a folder, or a ZIP archive of it), or a frozen graph
    /// (<c>.pb</c>, or in a ZIP archive of ML.NET's image classification).</summary>
    TensorFlow,

    /// <summary>A network of TorchSharp, in a ZIP archive of ML.NET's text classification or sentence similarity.</summary>
    TorchSharp,
}

/// <summary>A model read from a file of whatever kind: its content tells which, its ending does not matter.</summary>
public sealed class ModelFile
{
    /// <summary>The largest file that is read at once. Trees take several times their file's size in memory.</summary>
    internal const long MaximumBytes = 1 << 30;

    /// <summary>
    /// The most features and outputs: more than any model has, and few enough that a damaged number cannot exhaust the memory.
    /// </summary>
    internal const int MaximumFeatures = 1 << 28, MaximumOutputs = 1 << 20;

    private readonly Lazy<(TreeEnsemble? Trees, string WhyNot)> _trees;

    private ModelFile(string path, ModelKind kind, OnnxModel? onnx, Func<(TreeEnsemble?, string)> trees) =>
        (Path, Kind, Onnx, _trees) = (path, kind, onnx, new(trees));

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the file is.</summary>
    public ModelKind Kind { get; }

    /// <summary>The model of an ONNX file, trees or not, or a network of another kind as ONNX; null for other kinds.</summary>
    public OnnxModel? Onnx { get; }

    /// <summary>The trees; null where an ONNX file holds something else.</summary>
    public TreeEnsemble? Trees => _trees.Value.Trees;

    /// <summary>What is in the way where there are no <see cref="Trees"/>, in a sentence; else empty.</summary>
    public string WhyNoTrees => _trees.Value.WhyNot;

    /// <summary>The trees, where nothing else will do.</summary>
    /// <exception cref="InvalidModelException">The file holds none; says why.</exception>
    public TreeEnsemble RequireTrees() =>
        Trees ?? throw new InvalidModelException($"The model file '{Path}' cannot be used. {WhyNoTrees}");

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rounds">Which rounds of XGBoost's trees count where training went on after the best.</param>
    /// <param name="translation">How networks of other libraries are written; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">Rounds are chosen that the model does not have.</exception>
    /// <exception cref="InvalidModelException">
    /// It is of no kind that is known here, damaged, or holds what cannot be explained; the message names the file.
    /// </exception>
    public static ModelFile Open(string path, BoostingRounds rounds = default, TranslationOptions? translation = null)
    {
        var kind = KindOf(path);
        if (kind != ModelKind.XGBoost && rounds != BoostingRounds.Best)
            throw new ArgumentException($"Rounds are chosen of models of XGBoost; '{path}' is none.", nameof(rounds));
        switch (kind)
        {
            case ModelKind.LightGbm:
                var boosted = LightGbmModel.Load(path);
                return new ModelFile(path, ModelKind.LightGbm, null, () => (boosted, ""));
            case ModelKind.XGBoost:
                boosted = XGBoostModel.Load(path, rounds);
                return new ModelFile(path, ModelKind.XGBoost, null, () => (boosted, ""));
            case ModelKind.Onnx:
                var model = OnnxModel.Load(path);
                return new ModelFile(path, ModelKind.Onnx, model,
                    () => (OnnxTrees.TryFind(model, out var trees, out var reason) ? trees : null, reason));
            case ModelKind.Keras or ModelKind.TensorFlow or ModelKind.TorchSharp:
                return new ModelFile(path, kind, ReadNetwork(path, translation), () => (null, $"It is a network of {kind}."));
            default:
                throw new InvalidModelException(
                    $"The model file '{path}' cannot be used. It is a ZIP archive, as ML.NET saves pipelines; these are opened by the "
                        + "package " +
                    "Introspection.ML.Estimators: load it with mlContext.Model.Load and explain it there.");
        }
    }

    /// <summary>
    /// Reads the network in a file of any kind that holds one: ONNX as it is, others (Keras, TensorFlow) as ONNX. Whatever takes the
    /// file of a network reads it here.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="translation">How networks of other libraries are written; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">It holds no network, is damaged, or cannot be translated; names the file.</exception>
    public static OnnxModel ReadNetwork(string path, TranslationOptions? translation = null) => KindOf(path) switch
    {
        ModelKind.Keras => KerasModel.Load(path, options: translation),
        ModelKind.TensorFlow when SavedModel.IsAt(path) || SavedModel.IsArchive(path) => SavedModel.Load(path, translation),
        ModelKind.TensorFlow or ModelKind.TorchSharp when PipelineNetworks.KindOf(path) is not null =>
            PipelineNetworks.Load(path, translation),
        ModelKind.TensorFlow => TensorFlowGraph.Load(path, translation),
        ModelKind.Onnx => OnnxModel.Load(path),
        var other => throw new InvalidModelException(
            $"The model file '{path}' cannot be used. It holds a model of the kind {other}; a network "
            + "in a file of ONNX, Keras or TensorFlow was expected."),
    };

    /// <summary>Reads the network in a file of any kind that holds one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file leaves open.</param>
    /// <param name="translation">How networks of other libraries are written; null for the defaults.</param>
    /// <inheritdoc cref="ReadNetwork(string, TranslationOptions?)"/>
    public static Network LoadNetwork(string path, NetworkOptions? options = null, TranslationOptions? translation = null)
    {
        var model = ReadNetwork(path, translation);
        return Named(path, () => Network.From(model, options));
    }

    /// <summary>
    /// The files that a model lies in: its own, and behind it those beside it that hold weights; of a folder all within it, in the order of
    /// their names.
    /// </summary>
    /// <param name="path">The file, or the folder of a SavedModel.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">It is of no kind that is known, or its weights lie where they must not.</exception>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        var kind = KindOf(path);
        // Links may lead anywhere, and in circles.
        var within = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, "*", within).Order(StringComparer.Ordinal)]
            : kind == ModelKind.Onnx ? [path, .. OnnxModel.FilesBeside(path)] : [path];
    }

    /// <summary>What a file is, by how it begins.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">It is of no kind that is known.</exception>
    public static ModelKind KindOf(string path)
    {
        if (SavedModel.IsAt(path))
            return ModelKind.TensorFlow;
        if (Directory.Exists(path))
            throw new InvalidModelException($"The folder '{path}' holds no 'saved_model.pb', so it is no SavedModel of TensorFlow.");
        var start = Start(path);
        return TryTell(start, out var kind) ? kind != ModelKind.Pipeline ? kind.Value : KindOfArchive(path)
            // What is said to be ONNX and is not is looked at more closely, to say what is wrong with it.
            : path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) ? ModelKind.Onnx
            : throw new InvalidModelException(
                $"The model file '{path}' cannot be used. It is neither XGBoost's JSON or UBJSON, nor LightGBM's text, nor ONNX, nor "
                    + $"Keras (HDF5), nor a graph of TensorFlow, nor a pipeline of ML.NET; it starts with {Shortened.Text(start)}. " +
                "Save an XGBoost model with save_model('model.json'), a LightGBM model with save_model('model.txt').");
    }

    private static ModelKind KindOfArchive(string path) => KerasModel.IsKerasArchive(path) ? ModelKind.Keras
        : SavedModel.IsArchive(path) ? ModelKind.TensorFlow : PipelineNetworks.KindOf(path) ?? ModelKind.Pipeline;

    /// <summary>What is made of a file's content.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">The file is too large, or what reads it says so; the message names the file.</exception>
    internal static T Read<T>(string path, Func<ReadOnlyMemory<byte>, T> parse)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new FileInfo(path);
        if (!file.Exists)
            throw NotThere(path);
        return Named(path, () => file.Length <= MaximumBytes
            ? parse(File.ReadAllBytes(path))
            : throw new InvalidModelException($"It has {file.Length:N0} bytes; at most {MaximumBytes:N0} are read."));
    }

    /// <summary>Says of which file an error speaks.</summary>
    internal static T Named<T>(string path, Func<T> read)
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

    // Protocol buffers begin with the number and kind of a field: of a model's fields any may be the first.
    private static bool TryTell(ReadOnlySpan<byte> start, [NotNullWhen(true)] out ModelKind? kind) => (kind =
        LightGbmModel.IsText(start) ? ModelKind.LightGbm
        : XGBoostModel.IsUbjson(start) || XGBoostModel.IsJson(start) || XGBoostModel.IsBinary(start) ? ModelKind.XGBoost
        : start.StartsWith("PK\x03\x04"u8) ? ModelKind.Pipeline
        : start.StartsWith(Hdf5File.Signature) ? ModelKind.Keras
        : TensorFlowGraph.IsGraph(start) ? ModelKind.TensorFlow
        : start is [0x08 or 0x12 or 0x1A or 0x22 or 0x28 or 0x32 or 0x3A or 0x42 or 0x72, _, ..] ? ModelKind.Onnx
        : null) is not null;

    private static byte[] Start(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw NotThere(path);
        var start = new byte[16];
        using var stream = File.OpenRead(path);
        return start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
    }

    private static FileNotFoundException NotThere(string path) => new($"The model file '{path}' does not exist.", path);
}

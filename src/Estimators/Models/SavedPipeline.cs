using System.Buffers.Binary;
using System.IO.Compression;
using System.Reflection;
using System.Text;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>A step of a saved pipeline, as its file tells it.</summary>
/// <param name="Place">The folder in the archive: <c>TransformerChain/Transform_001/Model</c>.</param>
/// <param name="Signature">What its format is called: "CONCAT F", "TXT-CLSS".</param>
/// <param name="Loader">What ML.NET loads it by: "ConcatTransform".</param>
/// <param name="Assembly">The assembly that wrote it: "Microsoft.ML.Data"; empty where the file does not tell.</param>
/// <param name="Streams">The other files of its folder: "TFModel".</param>
public sealed record SavedStep(string Place, string Signature, string Loader, string Assembly, IReadOnlyList<string> Streams);

/// <summary>
/// What a file holds that <c>mlContext.Model.Save</c> has written, told without loading it: which steps, and which of them need packages
/// that are not there. Deep models of ML.NET are recognised by it.
/// </summary>
/// <example><code>
/// foreach (var step in SavedPipeline.Open("model.zip").Steps)
///     Console.WriteLine($"{step.Loader} of {step.Assembly}");
/// </code></example>
public sealed class SavedPipeline
{
    // No other assembly is looked for because a file names it.
    private const string Family = "Microsoft.ML.";

    private const string Header = "Model.key", TensorFlowGraph = "TFModel", TorchWeights = "TSModel";
    private const int MaximumEntries = 100_000, HeaderBytes = 256, SignatureAt = 64, LoaderAt = 80, NameAt = 144;
    private const int SignatureBytes = 8, LoaderBytes = 24, MaximumName = 4096;

    // Names stand behind the step's own numbers; so many are passed over in a whole file at most.
    private const long MaximumAhead = 256 << 20;

    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["IMAGPRED"] = "an image classification of ML.NET's (a frozen TensorFlow graph)",
        ["TENSFLOW"] = "a TensorFlow model",
        ["TXT-CLSS"] = "a text classification of ML.NET's (the weights of a NAS-BERT network, by TorchSharp)",
        ["SNT-SIMI"] = "a sentence similarity of ML.NET's (the weights of a NAS-BERT network, by TorchSharp)",
        ["NER-BERT"] = "a named entity recognition of ML.NET's (the weights of a NAS-BERT network, by TorchSharp)",
        ["QA-ANSWR"] = "a question answering of ML.NET's (the weights of a NAS-BERT network, by TorchSharp)",
        ["OBJ-DETC"] = "an object detection of ML.NET's (the weights of an AutoFormer network, by TorchSharp)",
    };

    // By their loaders: other models have the same signatures.
    private static readonly Dictionary<string, (string What, string Assembly)> KnownLoaders = new(StringComparer.Ordinal)
    {
        ["MFPredictor"] = ("a matrix factorization, which recommends by a user and an item", "Microsoft.ML.Recommender"),
        ["SsaForecasting"] = ("a forecast of a series by singular spectrum analysis", "Microsoft.ML.TimeSeries"),
        ["ImageClassificationPred"] = (Known["IMAGPRED"], "Microsoft.ML.Vision"),
        ["TensorFlowTransform"] = (Known["TENSFLOW"], "Microsoft.ML.TensorFlow"),
    };

    private SavedPipeline(IReadOnlyList<SavedStep> steps) => Steps = steps;

    /// <summary>The steps, chains and the models within predictors included, in the order of their places.</summary>
    public IReadOnlyList<SavedStep> Steps { get; }

    /// <summary>
    /// What deep, recommending or forecasting model it holds, for people: "a text classification of ML.NET's (…)"; null for none.
    /// </summary>
    public string? SpecialModel => Special is { } step ? WhatOf(step) : null;

    /// <summary>The packages of ML.NET's that the steps need and that cannot be loaded here.</summary>
    public IReadOnlyList<string> MissingPackages =>
    [
        .. Steps.Select(AssemblyOf).Where(a => a.StartsWith(Family, StringComparison.Ordinal)).Distinct().Where(a => !CanLoad(a))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>In a sentence what the file holds and what is missing here; null where nothing is missing.</summary>
    public string? WhatIsMissing
    {
        get
        {
            var missing = MissingPackages;
            if (missing.Count == 0)
                return null;
            var place = Special is { } step ? $" ('{Archived(step)}')" : "";
            var runtime = Special is { Streams: var streams } && streams.Contains(TorchWeights) ? " with TorchSharp-cpu"
                : Special is not null && missing.Any(m => m is "Microsoft.ML.Vision" or "Microsoft.ML.TensorFlow")
                ? " with SciSharp.TensorFlow.Redist" : "";
            var packages = string.Join(" and ", missing.Select(m => $"the package {m}"));
            return $"It holds {SpecialModel ?? "steps"}{place} of {packages}{runtime}, which "
                + $"{(missing.Count == 1 ? "is" : "are")} not there.";
        }
    }

    private SavedStep? Special => Steps.FirstOrDefault(s => WhatOf(s) is not null);

    /// <summary>Reads what a file says of its steps.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">It is no archive, or a damaged one, or one without such steps.</exception>
    public static SavedPipeline Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        try
        {
            using var archive = ZipFile.OpenRead(path);
            if (archive.Entries.Count > MaximumEntries)
                throw new InvalidModelException($"The archive '{path}' has {archive.Entries.Count:N0} entries; at most "
                    + $"{MaximumEntries:N0} are read.");
            var folders = archive.Entries.Select(e => (Entry: e, Name: e.FullName.Replace('\\', '/')))
                .GroupBy(e => e.Name.LastIndexOf('/') is >= 0 and var slash ? e.Name[..slash] : "").ToList();
            var left = MaximumAhead;
            var steps = folders.Select(f => StepOf(f.Key, [.. f], ref left)).OfType<SavedStep>()
                .OrderBy(s => s.Place, StringComparer.Ordinal);
            return new SavedPipeline([.. steps]) is { Steps.Count: > 0 } pipeline ? pipeline
                : throw new InvalidModelException($"The archive '{path}' holds no step of a pipeline of ML.NET's ('{Header}').");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidModelException($"The file '{path}' is no whole ZIP archive: {e.Message}", e);
        }
    }

    /// <summary>What the classes of a deep model are called, as its training data had them; none where the file does not tell.</summary>
    /// <param name="path">The file.</param>
    /// <remarks>Only what the model was trained with is read, not the model, whose packages need not be there.</remarks>
    /// <exception cref="InvalidModelException">It is no archive, or a damaged one, or one without steps of a pipeline.</exception>
    public static IReadOnlyList<string> ClassNamesOf(string path) =>
        Open(path).Special is { } step ? TrainingSchema.ClassesOf(path, step.Place) : [];

    /// <summary>The same as <see cref="WhatIsMissing"/>, of a file of which nothing is known; null where it tells nothing.</summary>
    internal static string? MissingOf(string path)
    {
        try
        {
            return Open(path).WhatIsMissing;
        }
        catch (Exception e) when (e is InvalidModelException or IOException)
        {
            return null;
        }
    }

    private static SavedStep? StepOf(string folder, IReadOnlyList<(ZipArchiveEntry Entry, string Name)> files, ref long left)
    {
        if (files.FirstOrDefault(f => f.Name.EndsWith(Header, StringComparison.Ordinal)).Entry is not { } key)
            return null;
        using var stream = key.Open();
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header.StartsWith("ML\0MODEL"u8))
            return null;
        var (start, length) = (BinaryPrimitives.ReadInt64LittleEndian(header[NameAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(header[(NameAt + sizeof(long))..]));
        return new SavedStep(folder, Ascii(header.Slice(SignatureAt, SignatureBytes)), Ascii(header.Slice(LoaderAt, LoaderBytes)),
            AssemblyName(stream, start - HeaderBytes, length, ref left),
            [.. files.Select(f => f.Name[(folder.Length > 0 ? folder.Length + 1 : 0)..]).Where(n => n != Header && n.Length > 0)]);
    }

    private static string AssemblyName(Stream stream, long ahead, long length, ref long left)
    {
        if (ahead < 0 || ahead > left || length is <= 0 or > MaximumName)
            return "";
        left -= ahead;
        var skipped = new byte[1 << 12];
        while (ahead > 0)
        {
            var read = stream.Read(skipped, 0, (int)Math.Min(skipped.Length, ahead));
            if (read == 0)
                return "";
            ahead -= read;
        }
        var name = new byte[length];
        return stream.ReadAtLeast(name, name.Length, throwOnEndOfStream: false) < name.Length ? ""
            : Encoding.Unicode.GetString(name).Split(',')[0].Trim('\0', ' ');
    }

    // Padded with zeros; a blank within is a zero, too.
    private static string Ascii(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes.TrimEnd((byte)0)).Replace('\0', ' ');

    private static string? WhatOf(SavedStep step) => Known.GetValueOrDefault(step.Signature)
        ?? (KnownLoaders.TryGetValue(step.Loader, out var known) ? known.What
            : step.Streams.Contains(TorchWeights) ? "a network's weights by TorchSharp"
            : step.Streams.Contains(TensorFlowGraph) ? "a frozen TensorFlow graph" : null);

    private static string AssemblyOf(SavedStep step) => step.Assembly.Length > 0 ? step.Assembly
        : KnownLoaders.TryGetValue(step.Loader, out var known) ? known.Assembly
        : step.Streams.Contains(TorchWeights) ? "Microsoft.ML.TorchSharp" : "";

    private static string Archived(SavedStep step) =>
        step.Streams.FirstOrDefault(s => s is TensorFlowGraph or TorchWeights) is { } stream ? $"{step.Place}/{stream}" : step.Place;

    private static bool CanLoad(string assembly)
    {
        try
        {
            return System.Reflection.Assembly.Load(new AssemblyName(assembly)) is not null;
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException or ArgumentException)
        {
            return false;
        }
    }
}

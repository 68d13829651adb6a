// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>A session on a model, and what its inputs and outputs are called and hold.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string _path;
    private readonly byte[] _bytes;

    private OnnxModel(IHostEnvironment env, string path, byte[] bytes, OnnxOptions options)
    {
        _path = path;
        _bytes = bytes;
        _session = Open(env, options);
        try
        {
            var file = OnnxFile.Read(GetBytes());
            KeyTexts = file.KeyTexts;
            Inputs = Describe(_session.InputMetadata, file.Inputs, options.ShapeDictionary);
            Outputs = Describe(_session.OutputMetadata, file.Outputs, options.ShapeDictionary);
            Initializers = Describe(_session.OverridableInitializerMetadata, file.Inputs, options.ShapeDictionary);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    public OnnxVariable[] Inputs { get; }

    public OnnxVariable[] Outputs { get; }

    public Dictionary<string, string[]> KeyTexts { get; }

    private OnnxVariable[] Initializers { get; }

    public static OnnxModel FromFile(IHostEnvironment env, string path, OnnxOptions options) => new(env, path, null, options);

    public static OnnxModel FromBytes(IHostEnvironment env, byte[] bytes, OnnxOptions options) => new(env, null, bytes, options);

    public static OnnxModel FromStream(IHostEnvironment env, Stream stream, OnnxOptions options)
    {
        stream.Seek(0, SeekOrigin.Begin);
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return new OnnxModel(env, null, bytes.ToArray(), options);
    }

    public byte[] GetBytes() => _bytes ?? File.ReadAllBytes(_path);

    public OnnxVariable Input(string name)
        => Inputs.Concat(Initializers).FirstOrDefault(input => input.Name == name)
            ?? throw Contracts.ExceptParam(nameof(name), $"The model has no input '{name}'; its inputs are {Names(Inputs)}, its initializers that may be overridden {Names(Initializers)}.");

    public OnnxVariable Output(string name)
        => Outputs.FirstOrDefault(output => output.Name == name)
            ?? throw Contracts.ExceptParam(nameof(name), $"The model has no output '{name}'; its outputs are {Names(Outputs)}.");

    public IDisposableReadOnlyCollection<DisposableNamedOnnxValue> Run(IReadOnlyCollection<NamedOnnxValue> inputs, IReadOnlyCollection<string> outputs)
        => _session.Run(inputs, outputs);

    public void Dispose() => _session.Dispose();

    private InferenceSession Open(IHostEnvironment env, OnnxOptions options)
    {
        var settings = env.GetOnnxSessionOption() ?? new OnnxSessionOptions();
        if (settings.CreateSessionOptions != null)
            return Create(settings.CreateSessionOptions());
        if (options.GpuDeviceId is not { } device)
            return Create(settings.Make(options, new SessionOptions()));
        try
        {
            return Create(settings.Make(options, SessionOptions.MakeSessionOptionWithCudaProvider(device)));
        }
        catch (OnnxRuntimeException) when (options.FallbackToCpu)
        {
            return Create(settings.Make(options, new SessionOptions()));
        }
    }

    private InferenceSession Create(SessionOptions options)
        => _bytes == null ? new InferenceSession(_path, options) : new InferenceSession(_bytes, options);

    private static OnnxVariable[] Describe(
        IReadOnlyDictionary<string, NodeMetadata> metadata, Dictionary<string, OnnxType> declared, IDictionary<string, int[]> shapes)
        => [.. metadata.Where(pair => !IsPlaceholder(pair.Key)).Select(pair =>
        {
            var (name, meta) = pair;
            if (!meta.IsTensor || declared.GetValueOrDefault(name) is not { } type)
                throw new NotSupportedException($"'{name}' of the model is not a tensor; this stand-in for ML.NET knows tensors only.");
            if (shapes == null || !shapes.TryGetValue(name, out var shape))
                return new OnnxVariable(name, [.. meta.Dimensions], type.ToColumnType());
            Contracts.CheckParam(
                shape.Length == meta.Dimensions.Length && shape.Zip(meta.Dimensions).All(pair => pair.First == pair.Second || pair.First <= 0 || pair.Second <= 0),
                "shapeDictionary", $"The shape given for '{name}', {string.Join(",", shape)}, does not fit that of the model, {string.Join(",", meta.Dimensions)}.");
            var column = type.ToColumnType();
            if (column is VectorDataViewType vector)
                column = shape.All(size => size > 0) ? new VectorDataViewType(vector.ItemType, shape) : new VectorDataViewType(vector.ItemType);
            return new OnnxVariable(name, [.. shape], column);
        })];

    // ML.NET's own exporter leaves inputs and outputs behind that mean nothing.
    private static bool IsPlaceholder(string name)
        => name.StartsWith("mlnet.", StringComparison.Ordinal)
            && (name.EndsWith(".unusedInput", StringComparison.Ordinal) || name.EndsWith(".unusedOutput", StringComparison.Ordinal));

    private static string Names(OnnxVariable[] variables) => $"[{string.Join(",", variables.Select(variable => variable.Name))}]";
}

/// <param name="Name">The name in the model.</param>
/// <param name="Shape">The dimensions that the session or the caller gives; -1 or 0 where open.</param>
/// <param name="Type">The type of the column.</param>
internal sealed record OnnxVariable(string Name, List<int> Shape, DataViewType Type);

using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Reading;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Introspection.Runtime;

/// <summary>A model loaded into ONNX Runtime, ready to run any number of times, from several threads too.</summary>
public sealed class ModelSession : IDisposable, IGraphRun
{
    private const int LargeBytes = 256 << 20;

    // What ONNX Runtime takes to fuse nodes, and to plan in its first run where their results lie in one piece of memory, grows faster
    // than the number of nodes and constants: half a minute for so many, minutes for twice as many.
    private const int MostFused = 1 << 15;

    private readonly InferenceSession _session;

    /// <summary>Loads a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Where and how to run it.</param>
    /// <exception cref="UnsupportedOperatorException">ONNX Runtime does not know an operator of the model.</exception>
    /// <exception cref="InvalidModelException">ONNX Runtime refuses the model.</exception>
    /// <exception cref="DeviceException">
    /// The device cannot be had and falling back was not allowed; or the native ONNX Runtime is not there.
    /// </exception>
    public ModelSession(OnnxModel model, RuntimeOptions? options = null)
        : this(model, options, GraphOptimizationLevel.ORT_ENABLE_ALL)
    {
    }

    internal ModelSession(OnnxModel model, RuntimeOptions? options, GraphOptimizationLevel optimization, bool isTrial = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new RuntimeOptions();
        if (IsVeryLarge(model))
            optimization = GraphOptimizationLevel.ORT_DISABLE_ALL;
        (_session, Device) = Open(model, options, () => Options(model, options, optimization, isTrial));
        InputNames = [.. _session.InputNames];
        OutputNames = [.. _session.OutputNames];
    }

    /// <summary>Where the model runs.</summary>
    public Device Device { get; }

    /// <summary>The names of the inputs, in order.</summary>
    public IReadOnlyList<string> InputNames { get; }

    /// <summary>The names of the outputs, in order.</summary>
    public IReadOnlyList<string> OutputNames { get; }

    /// <summary>Runs the model once.</summary>
    /// <param name="inputs">A tensor for each input, by name.</param>
    /// <param name="cancellation">Stops the run between two operators.</param>
    /// <returns>The outputs by name.</returns>
    /// <exception cref="ArgumentException">An input is missing, or does not fit.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public IReadOnlyDictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return Run(inputs, FromOrt, cancellation);
    }

    IReadOnlyDictionary<string, Tensor> IGraphRun.Run(IReadOnlyDictionary<string, Tensor> inputs) => Run(inputs);

    /// <summary>The outputs; of those that hold no numbers the extents alone.</summary>
    internal Dictionary<string, SeenTensor> Look(IReadOnlyDictionary<string, Tensor> inputs, CancellationToken cancellation) =>
        Run(inputs, value => value.GetTensorTypeAndShape() is var told && ((ElementType)told.ElementDataType).Size() > 0
            ? new SeenTensor(Shape.Of(told.Shape), FromOrt(value)) : new SeenTensor(Shape.Of(told.Shape), null), cancellation);

    private Dictionary<string, T> Run<T>(IReadOnlyDictionary<string, Tensor> inputs, Func<OrtValue, T> read, CancellationToken cancellation)
    {
        var values = new List<OrtValue>();
        try
        {
            foreach (var name in InputNames)
            {
                if (!inputs.TryGetValue(name, out var tensor))
                    throw new ArgumentException($"The model wants an input '{name}'; given were: {string.Join(", ", inputs.Keys)}.",
                        nameof(inputs));
                values.Add(ToOrt(tensor));
            }
            using var results = Run(values, cancellation);
            return OutputNames.Zip(results).ToDictionary(r => r.First, r => read(r.Second));
        }
        finally
        {
            values.ForEach(v => v.Dispose());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <summary>What ONNX Runtime says of an output: its type, and its extents with -1 for open ones and their symbols.</summary>
    internal NodeMetadata Metadata(string output) => _session.OutputMetadata[output];

    internal void Run(OrtValue[] inputs, IReadOnlyList<string> outputNames, OrtValue[] outputs, CancellationToken cancellation) =>
        Guarded(cancellation, options =>
        {
            _session.Run(options, InputNames, inputs, outputNames, outputs);
            return true;
        });

    internal IDisposableReadOnlyCollection<OrtValue> Run(IReadOnlyCollection<OrtValue> inputs, CancellationToken cancellation) =>
        Guarded(cancellation, options => _session.Run(options, InputNames, inputs, OutputNames));

    private static T Guarded<T>(CancellationToken cancellation, Func<RunOptions, T> run)
    {
        cancellation.ThrowIfCancellationRequested();
        using var options = new RunOptions();
        using var stop = cancellation.Register(() => options.Terminate = true);
        try
        {
            return run(options);
        }
        catch (OnnxRuntimeException e)
        {
            cancellation.ThrowIfCancellationRequested();
            throw SessionErrors.Running(e);
        }
    }

    // Bytes in memory would stand beside ONNX Runtime's own copies while it loads; it reads a file piece by piece.
    private static InferenceSession Load(OnnxModel model, SessionOptions options)
    {
        if (model.HasAtMost(LargeBytes))
            return new InferenceSession(model.ToArray(), options);
        DirectoryInfo folder;
        string path;
        try
        {
            folder = Directory.CreateTempSubdirectory("introspection-");
            path = Path.Combine(folder.FullName, "model.onnx");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new InferenceSession(model.ToArray(), options);
        }
        try
        {
            try
            {
                model.Save(path);
            }
            catch (IOException)
            {
                // A disk without room for it: then memory has to do.
                return new InferenceSession(model.ToArray(), options);
            }
            return new InferenceSession(path, options);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (InferenceSession Session, Device Device) Open(OnnxModel model, RuntimeOptions options,
        Func<SessionOptions> sessionOptionsOf)
    {
        if (options.Device.CudaDevice is not { } device)
            return (OnCpu(), Device.Cpu);
        try
        {
            using var sessionOptions = sessionOptionsOf();
            sessionOptions.AppendExecutionProvider_CUDA(device);
            return (Load(model, sessionOptions), options.Device);
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            // CUDA may complain only now that the model is loaded. A model that the processor refuses too is itself at fault.
            var session = OnCpu();
            if (options.FallBackToCpu)
            {
                options.Log?.Invoke($"{options.Device} cannot be used ({SessionErrors.FirstLine(e)}); running on the CPU.");
                return (session, Device.Cpu);
            }
            session.Dispose();
            throw new DeviceException($"{options.Device} cannot be used: {SessionErrors.FirstLine(e)} Reference the package "
                + "Microsoft.ML.OnnxRuntime.Gpu and install CUDA and cuDNN, or allow falling back to the CPU.", e);
        }

        InferenceSession OnCpu()
        {
            try
            {
                using var sessionOptions = sessionOptionsOf();
                return Load(model, sessionOptions);
            }
            catch (OnnxRuntimeException e)
            {
                throw SessionErrors.Loading(model, e);
            }
            catch (Exception e) when (NativeRuntime.Missing(e) is { } missing)
            {
                throw missing;
            }
        }
    }

    private static SessionOptions Options(OnnxModel model, RuntimeOptions options, GraphOptimizationLevel optimization, bool isTrial)
    {
        var result = new SessionOptions
        {
            GraphOptimizationLevel = optimization,
            // What fails is told by exceptions; that part of a graph runs on the processor where a device was asked for, by warnings.
            LogSeverityLevel = options.Device.CudaDevice is null ? OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL
                : OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
            IntraOpNumThreads = options.Threads ?? 0,
            EnableMemoryPattern = options.KeepMemory && !IsVeryLarge(model),
            EnableCpuMemArena = options.KeepMemory,
        };
        if (!options.KeepThreadsReady)
            result.AddSessionConfigEntry("session.force_spinning_stop", "1");
        if (isTrial)
            result.AddSessionConfigEntry("session.use_env_allocators", "1");
        // What it works out beforehand is bounded too; the rest it does when it runs.
        result.AddSessionConfigEntry("optimization.constant_folding_max_output_size_in_bytes", $"{FoldingBounds.MaximumBytes}");
        if (optimization == GraphOptimizationLevel.ORT_DISABLE_ALL)
            return result;
        List<string> unwanted = [];
        if (!FoldingBounds.Hold(model.Proto.Graph, model.IsWritten))
            unwanted.Add("ConstantFolding");
        // It rounds the factor of a product of matrices to single precision.
        if (HasDoubles(model))
            unwanted.Add("MatMulScaleFusion");
        if (unwanted.Count > 0)
            result.AddSessionConfigEntry("optimization.disable_specified_optimizers", string.Join(';', unwanted));
        return result;
    }

    private static bool HasDoubles(OnnxModel model) =>
        model.Inputs.Concat(model.Outputs).Any(i => i.Type == ElementType.Double)
        || model.Proto.Graph.Initializer.Any(i => i.DataType == (int)ElementType.Double);

    private static bool IsVeryLarge(OnnxModel model) =>
        model.Proto.Graph is var graph && graph.Node.Count + graph.Initializer.Count > MostFused;

    private static OrtValue ToOrt(Tensor tensor)
    {
        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (OnnxRuntime.Tensors.TensorElementType)tensor.Type,
            tensor.Dimensions.ToArray());
        tensor.Bytes.Span.CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    private static Tensor FromOrt(OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        var type = (ElementType)info.ElementDataType;
        if (type.Size() == 0)
            throw new NotSupportedException($"An output of type {type} cannot be read as a tensor of numbers.");
        return Tensor.FromBytes(type, info.Shape, info.ElementCount == 0 ? default : value.GetTensorMutableRawData().ToArray());
    }
}

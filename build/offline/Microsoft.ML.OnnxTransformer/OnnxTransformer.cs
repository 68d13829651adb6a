// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Onnx;

[assembly: Loadable(OnnxTransformer.Loader, typeof(OnnxTransformer))]

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>Scores rows one by one with an ONNX model whose inputs and outputs are named like the columns.</summary>
public sealed class OnnxTransformer : RowToRowTransformerBase, IDisposable
{
    internal const string Loader = "OnnxTransform";
    private readonly OnnxOptions _options;
    private bool _disposed;

    internal OnnxTransformer(IHostEnvironment env, OnnxOptions options, Stream stream) : this(env, options, stream, null)
    {
    }

    private OnnxTransformer(IHostEnvironment env, OnnxOptions options, Stream stream, byte[] bytes) : base(env.Register(nameof(OnnxTransformer)))
    {
        foreach (var name in options.InputColumns)
            Contracts.CheckNonWhiteSpace(name, nameof(options.InputColumns));
        foreach (var name in options.OutputColumns)
            Contracts.CheckNonWhiteSpace(name, nameof(options.OutputColumns));
        _options = options;
        Model = Open(env, options, stream, bytes);
        Inputs = options.InputColumns.Length == 0 ? [.. Model.Inputs.Select(input => input.Name)] : options.InputColumns;
        Outputs = options.OutputColumns.Length == 0 ? [.. Model.Outputs.Select(output => output.Name)] : options.OutputColumns;
        OutputTypes = [.. Outputs.Select(name => Model.Output(name).Type)];
    }

    internal OnnxModel Model { get; }

    internal string[] Inputs { get; }

    internal string[] Outputs { get; }

    internal DataViewType[] OutputTypes { get; }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Model.Dispose();
    }

    internal static object Load(IHostEnvironment env, ModelLoadContext context)
    {
        var reader = context.Reader;
        var inner = env as IHostEnvironmentInternal;
        var options = new OnnxOptions
        {
            InputColumns = ReadNames(reader),
            OutputColumns = ReadNames(reader),
            ShapeDictionary = new Dictionary<string, int[]>(),
            GpuDeviceId = inner?.GpuDeviceId,
            FallbackToCpu = inner?.FallbackToCpu ?? false,
        };
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            var name = reader.ReadString();
            var shape = new int[reader.ReadInt32()];
            for (var i = 0; i < shape.Length; i++)
                shape[i] = reader.ReadInt32();
            options.ShapeDictionary[name] = shape;
        }
        options.RecursionLimit = reader.ReadInt32();
        return new OnnxTransformer(env, options, null, context.LoadBytes("OnnxModel"));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        var writer = ctx.Begin(Loader, GetType());
        ctx.SaveBytes("OnnxModel", Model.GetBytes());
        WriteNames(writer, Inputs);
        WriteNames(writer, Outputs);
        var shapes = _options.ShapeDictionary ?? new Dictionary<string, int[]>();
        writer.Write(shapes.Count);
        foreach (var (name, shape) in shapes)
        {
            writer.Write(name);
            writer.Write(shape.Length);
            foreach (var size in shape)
                writer.Write(size);
        }
        writer.Write(_options.RecursionLimit);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new OnnxRowMapper(this, schema);

    private static OnnxModel Open(IHostEnvironment env, OnnxOptions options, Stream stream, byte[] bytes)
    {
        try
        {
            if (bytes != null)
                return OnnxModel.FromBytes(env, bytes, options);
            if (stream != null)
                return OnnxModel.FromStream(env, stream, options);
            Contracts.CheckNonWhiteSpace(options.ModelFile, nameof(options.ModelFile));
            if (!File.Exists(options.ModelFile))
                throw new IOException($"Model file {options.ModelFile} does not exist.");
            return OnnxModel.FromFile(env, options.ModelFile, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw Contracts.Except($"The model cannot be opened: {e.Message}", e);
        }
    }

    private static void WriteNames(BinaryWriter writer, string[] names)
    {
        writer.Write(names.Length);
        foreach (var name in names)
            writer.Write(name);
    }

    private static string[] ReadNames(BinaryReader reader)
    {
        var names = new string[reader.ReadInt32()];
        for (var i = 0; i < names.Length; i++)
            names[i] = reader.ReadString();
        return names;
    }
}

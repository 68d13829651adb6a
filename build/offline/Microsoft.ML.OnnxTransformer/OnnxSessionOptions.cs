// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>Attaches settings of ONNX Runtime to an environment.</summary>
public static class OnnxSessionOptionsExtensions
{
    private const string Name = "OnnxSessionOptions";

    public static OnnxSessionOptions GetOnnxSessionOption(this IHostEnvironment env)
        => env is IHostEnvironmentInternal inner
            ? inner.GetOptionOrDefault<OnnxSessionOptions>(Name)
            : throw new ArgumentException("This environment keeps no options.");

    public static void SetOnnxSessionOption(this IHostEnvironment env, OnnxSessionOptions onnxSessionOptions)
    {
        if (env is not IHostEnvironmentInternal inner)
            throw new ArgumentException("This environment keeps no options.");
        inner.SetOption(Name, onnxSessionOptions);
    }
}

/// <summary>Settings of ONNX Runtime for every model that an environment opens.</summary>
public sealed class OnnxSessionOptions
{
    public delegate SessionOptions CreateOnnxSessionOptions();

    public OrtLoggingLevel LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING;

    public bool EnableMemoryPattern { get; set; } = true;

    public string ProfileOutputPathPrefix { get; set; } = "onnxruntime_profile_";

    public bool EnableProfiling { get; set; }

    public string OptimizedModelFilePath { get; set; } = "";

    public bool EnableCpuMemArena { get; set; } = true;

    public bool PerSessionThreads { get; set; } = true;

    public int GlobalIntraOpNumThreads { get; set; }

    public int GlobalInterOpNumThreads { get; set; }

    public string LogId { get; set; } = "";

    public int LogVerbosityLevel { get; set; }

    public int IntraOpNumThreads { get; set; }

    public int InterOpNumThreads { get; set; }

    public GraphOptimizationLevel GraphOptimizationLevel { get; set; } = GraphOptimizationLevel.ORT_ENABLE_ALL;

    public ExecutionMode ExecutionMode { get; set; } = ExecutionMode.ORT_SEQUENTIAL;

    public CreateOnnxSessionOptions CreateSessionOptions { get; set; }

    internal SessionOptions Make(OnnxOptions model, SessionOptions session)
    {
        session.EnableMemoryPattern = EnableMemoryPattern;
        session.ProfileOutputPathPrefix = ProfileOutputPathPrefix;
        session.EnableProfiling = EnableProfiling;
        session.OptimizedModelFilePath = OptimizedModelFilePath;
        session.EnableCpuMemArena = EnableCpuMemArena;
        if (!PerSessionThreads)
            session.DisablePerSessionThreads();
        session.LogId = LogId;
        session.LogSeverityLevel = LogSeverityLevel;
        session.LogVerbosityLevel = LogVerbosityLevel;
        session.InterOpNumThreads = model.InterOpNumThreads ?? InterOpNumThreads;
        session.IntraOpNumThreads = model.IntraOpNumThreads ?? IntraOpNumThreads;
        session.GraphOptimizationLevel = GraphOptimizationLevel;
        session.ExecutionMode = ExecutionMode;
        return session;
    }
}

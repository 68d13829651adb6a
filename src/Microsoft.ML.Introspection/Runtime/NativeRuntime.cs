namespace Microsoft.ML.Introspection.Runtime;

/// <summary>The native part of ONNX Runtime, which comes in a package of its own.</summary>
public static class NativeRuntime
{
    /// <summary>What is to be done about an error that comes of the native part not being there; null for any other error.</summary>
    /// <param name="error">The error, as .NET or ML.NET wraps it.</param>
    public static DeviceException? Missing(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
            if (e is DllNotFoundException or BadImageFormatException
                || e is TypeInitializationException { TypeName: var type } && type.EndsWith("NativeMethods", StringComparison.Ordinal))
                return new DeviceException("The native ONNX Runtime is not there. Whoever runs explanations of networks, or loads saved "
                    + "pipelines that hold explanations, needs two packages: Microsoft.ML.OnnxTransformer (which brings the managed part), "
                    + "and Microsoft.ML.OnnxRuntime, or Microsoft.ML.OnnxRuntime.Gpu, for the native one: "
                    + "dotnet add package Microsoft.ML.OnnxRuntime.", error);
        return null;
    }
}

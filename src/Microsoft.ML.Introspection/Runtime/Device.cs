namespace Microsoft.ML.Introspection.Runtime;

/// <summary>Where a model runs.</summary>
public sealed record Device
{
    private Device(int? cudaDevice) => CudaDevice = cudaDevice;

    /// <summary>The processor.</summary>
    public static Device Cpu { get; } = new((int?)null);

    /// <summary>The number of the CUDA device; null for the processor.</summary>
    public int? CudaDevice { get; }

    /// <summary>A CUDA device. The application must reference the package Microsoft.ML.OnnxRuntime.Gpu.</summary>
    /// <param name="device">The device's number, from 0.</param>
    public static Device Cuda(int device = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(device);
        return new Device(device);
    }

    /// <inheritdoc/>
    public override string ToString() => CudaDevice is { } device ? $"CUDA device {device}" : "CPU";
}

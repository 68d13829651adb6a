using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Images.Pictures;

namespace Microsoft.ML.Introspection.Images.Scoring;

/// <summary>What the batches of a cursor share: the plan, ML.NET's steps for each thread, and the gate for large images.</summary>
internal sealed class PictureEngine(ImagePlan plan, DataViewSchema schema, MlHost host) : IDisposable
{
    private readonly PictureLanes _lanes = new(() => plan.OpenLane(schema));
    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>The plan.</summary>
    public ImagePlan Plan => plan;

    /// <summary>ML.NET's own way to be stopped.</summary>
    public MlHost Host => host;

    /// <summary>Takes ML.NET's steps; they are given back when it is disposed of.</summary>
    public PictureLanes.Rented Lane() => _lanes.Take();

    /// <summary>Passes the gate, which lets one in at a time, until it is disposed of; null for nobody who must.</summary>
    public IDisposable? Gate(bool must)
    {
        if (!must)
            return null;
        _gate.Wait();
        return new Passed(_gate);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lanes.Dispose();
        _gate.Dispose();
    }

    private sealed class Passed(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}

using System.Collections.Concurrent;

namespace Microsoft.ML.Introspection.Images.Pictures;

/// <summary>ML.NET's steps for as many threads as ask, each opened once.</summary>
/// <param name="open">Opens them.</param>
internal sealed class PictureLanes(Func<PictureLane> open) : IDisposable
{
    private readonly ConcurrentBag<PictureLane> _lanes = [];

    /// <summary>Takes ML.NET's steps; they are given back when it is disposed of.</summary>
    public Rented Take() => new(_lanes.TryTake(out var lane) ? lane : open(), _lanes);

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_lanes.TryTake(out var lane))
            lane.Dispose();
    }

    /// <summary>Steps that are given back.</summary>
    public readonly struct Rented(PictureLane lane, ConcurrentBag<PictureLane> lanes) : IDisposable
    {
        /// <summary>The steps.</summary>
        public PictureLane Of => lane;

        /// <inheritdoc/>
        public void Dispose() => lanes.Add(lane);
    }
}

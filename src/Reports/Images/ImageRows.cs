using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A file of an image, and what it is said to show.</summary>
/// <param name="Path">The file.</param>
/// <param name="Label">What it is said to show; null where nobody says.</param>
public sealed record LabelledImage(string Path, string? Label = null);

/// <summary>How files of images are read as rows.</summary>
public sealed record ImageRowsOptions
{
    /// <summary>
    /// Whether a file that cannot be used is left out, and told of in <see cref="ImageRows.Problems"/>, or ends the reading.
    /// </summary>
    public bool SkipsBadFiles { get; init; }

    /// <summary>The largest image, in pixels.</summary>
    public int MaximumPixels
    {
        get;
        init => field = value is >= 1 and <= Raster.MaximumPixels ? value : throw new ArgumentOutOfRangeException(
            nameof(MaximumPixels), value, $"From 1 to {Raster.MaximumPixels} pixels were expected.");
    } = 1 << 25;

    /// <summary>How many files are read ahead; null for two for each core. Large ones are decoded one at a time.</summary>
    public int? Ahead
    {
        get;
        init => field = value is null or >= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Ahead), value, "One file at least is read at a time.");
    }
}

/// <summary>
/// Files of images as rows for a network: decoded and prepared by several threads, a few files ahead, so that memory does not grow with
/// their number. With each row goes the file's path and label.
/// </summary>
/// <param name="images">The files, in the order of the rows.</param>
/// <param name="reading">How each becomes a row.</param>
/// <param name="options">How they are read.</param>
public sealed class ImageRows(IReadOnlyList<LabelledImage> images, ImageReading reading, ImageRowsOptions? options = null) : RowSource
{
    private readonly ImageRowsOptions _options = options ?? new();
    private readonly Queue<Task<Prepared>> _ahead = new();
    private readonly SemaphoreSlim _large = new(1);
    private readonly List<string> _problems = [];
    private readonly List<string> _warnings = [];
    private Prepared? _current;
    private int _begun;
    private int _taken;

    /// <summary>Files that a preprocessing makes rows of.</summary>
    /// <param name="images">The files, in the order of the rows.</param>
    /// <param name="preprocessing">How each becomes a row.</param>
    /// <param name="options">How they are read.</param>
    public ImageRows(IReadOnlyList<LabelledImage> images, Preprocessing preprocessing, ImageRowsOptions? options = null)
        : this(images, ImageReading.By(preprocessing), options)
    {
    }

    /// <inheritdoc/>
    public override string Name => _current?.Image.Path ?? (images.Count > 0 ? images[0].Path : "images");

    /// <inheritdoc/>
    public override IReadOnlyList<RowTensor> Tensors { get; } =
    [
        new("", ElementType.Float, reading.Layout == PixelLayout.ChannelsFirst ? [reading.Channels, reading.Height, reading.Width]
            : [reading.Height, reading.Width, reading.Channels]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> CarriedNames => ["image", "label"];

    /// <inheritdoc/>
    public override double Progress => images.Count == 0 ? 1 : (double)_taken / images.Count;

    /// <inheritdoc/>
    public override string Place => Name;

    /// <summary>What was wrong with files that were left out, a sentence each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>What was odd about files that were read all the same.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <inheritdoc/>
    public override void Read<T>(int tensor, Span<T> row)
    {
        var numbers = _current!.Numbers.AsSpan();
        if (typeof(T) == typeof(float))
            numbers.CopyTo(MemoryMarshal.Cast<T, float>(row));
        else
            for (var i = 0; i < row.Length; i++)
                row[i] = T.CreateSaturating(numbers[i]);
    }

    /// <inheritdoc/>
    public override string[] Carried() => [_current!.Image.Path, _current.Image.Label ?? ""];

    /// <inheritdoc/>
    public override void Dispose()
    {
        _begun = images.Count;
        // What is being decoded still needs the gate.
        while (_ahead.TryDequeue(out var task))
            ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        _large.Dispose();
    }

    /// <inheritdoc/>
    protected override long Advance(long rows)
    {
        var gone = 0L;
        while (gone < rows && Next() is { } prepared)
        {
            _taken++;
            if (prepared.Problem is { } problem)
            {
                if (!_options.SkipsBadFiles)
                    throw problem;
                _problems.Add(problem.Message);
                continue;
            }
            if (prepared.Warning is { } warning)
                _warnings.Add(warning);
            _current = prepared;
            gone++;
        }
        return gone;
    }

    private Prepared? Next()
    {
        for (; _begun < images.Count && _ahead.Count < (_options.Ahead ?? 2 * Environment.ProcessorCount); _begun++)
        {
            var image = images[_begun];
            _ahead.Enqueue(Task.Run(() => Prepare(image)));
        }
        return _ahead.TryDequeue(out var task) ? task.GetAwaiter().GetResult() : null;
    }

    private Prepared Prepare(LabelledImage image)
    {
        const int Large = 1 << 22;
        var waits = false;
        try
        {
            var (numbers, warning) = reading.Read(image.Path, _options.MaximumPixels, pixels =>
            {
                if (!waits && pixels > Large)
                {
                    _large.Wait();
                    waits = true;
                }
            });
            return new Prepared(image, numbers, warning, null);
        }
        catch (Exception e) when (e is ImageFormatException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Prepared(image, [], null, e as ImageFormatException ?? new ImageFormatException($"'{image.Path}': {e.Message}", e));
        }
        finally
        {
            if (waits)
                _large.Release();
        }
    }

    private sealed record Prepared(LabelledImage Image, float[] Numbers, string? Warning, ImageFormatException? Problem);
}

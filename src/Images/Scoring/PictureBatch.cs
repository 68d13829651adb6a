using System.Numerics.Tensors;
using System.Runtime.ExceptionServices;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Images.Pictures;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Images.Scoring;

/// <summary>
/// Images that are explained together: prepared by several threads as they come in, then given to the network at once, then drawn by
/// several threads. Memory is bounded by the number of rows, and what large images are needed for is decoded again, one at a time.
/// </summary>
internal sealed class PictureBatch : IDisposable
{
    // What is larger is not kept until it is drawn on.
    private const int KeptPixels = 1 << 20;
    private const long Large = 1 << 21;

    private readonly PictureEngine _engine;
    private readonly BatchRunner _runner;
    private readonly List<PictureRow> _rows = [];
    private readonly float[][] _numbers;

    // What rows after rows are written into: large arrays that come and go are memory that is not given back for long.
    private readonly Dictionary<int, float[]>[] _outputs;
    private readonly Dictionary<int, float[]>[] _maps;
    private readonly bool[] _wanted;
    private readonly ElementType[] _types;
    private readonly IReadOnlyList<long>[] _shapes;
    private bool _explained;

    /// <summary>Makes the buffers.</summary>
    /// <param name="engine">What explains.</param>
    /// <param name="runner">What runs the graph; it may be shared by batches that do not run at the same time.</param>
    /// <param name="rows">How many images at most.</param>
    /// <param name="wanted">Which of the columns are read.</param>
    public PictureBatch(PictureEngine engine, BatchRunner runner, int rows, bool[] wanted)
    {
        (_engine, _runner, _wanted) = (engine, runner, wanted);
        _types = [.. engine.Plan.Model.Outputs.Select(o => o.Type)];
        _shapes = [.. engine.Plan.Model.Outputs.Select(ImagePlan.RowOf)];
        _numbers = [.. Enumerable.Range(0, rows).Select(_ => new float[runner.InputSize(0)])];
        _outputs = [.. Enumerable.Range(0, rows).Select(_ => new Dictionary<int, float[]>())];
        _maps = [.. Enumerable.Range(0, rows).Select(_ => new Dictionary<int, float[]>())];
    }

    /// <summary>How many images there are.</summary>
    public int Count => _rows.Count;

    /// <summary>How many there may be.</summary>
    public int Capacity => _numbers.Length;

    /// <summary>Forgets all images.</summary>
    public void Restart()
    {
        Wait();
        _rows.Clear();
        _explained = false;
    }

    /// <summary>Adds an image, and begins to prepare it.</summary>
    public void Add(PictureValue value)
    {
        var (row, numbers) = (new PictureRow(value, _outputs[_rows.Count]), _numbers[_rows.Count]);
        row.Preparing = Task.Run(() => Prepare(row, numbers));
        _rows.Add(row);
    }

    /// <summary>What a column has of an image; null where the image could not be used and that is passed by.</summary>
    /// <exception cref="InvalidOperationException">The image cannot be used.</exception>
    public object? Result(int column, int row, long position)
    {
        if (!_explained)
            Explain();
        _explained = true;
        var explained = _rows[row];
        explained.Unexpected?.Throw();
        if (_engine.Plan.Columns[column].Kind == ImageColumnKind.Problem)
            return explained.Problem ?? "";
        if (explained.Problem is { } problem && !_engine.Plan.Options.SkipsBadImages)
            throw new InvalidOperationException($"Row {position}: {problem} To leave out what cannot be read, set "
                + $"{nameof(ImageExplanationOptions)}.{nameof(ImageExplanationOptions.SkipsBadImages)}.");
        return explained.Results.GetValueOrDefault(column);
    }

    /// <inheritdoc/>
    public void Dispose() => Wait();

    private void Wait() => Task.WaitAll([.. _rows.Select(r => r.Preparing)]);

    private void Explain()
    {
        Wait();
        var usable = _rows.Index().Where(r => r.Item.IsUsable).Select(r => r.Index).ToArray();
        if (Needs(column => column.Output >= 0))
            for (var start = 0; start < usable.Length; start += _runner.Capacity)
                Run(usable.AsSpan(start, Math.Min(_runner.Capacity, usable.Length - start)).ToArray());
        Parallel.ForEach(usable, row => _rows[row].Catching(() => Draw(_rows[row], _maps[row])));
        foreach (var row in _rows)
            row.Forget();
    }

    private void Run(int[] rows)
    {
        for (var i = 0; i < rows.Length; i++)
            _numbers[rows[i]].CopyTo(_runner.InputRow<float>(0, i));
        _engine.Host.Run(_engine.Plan.Options.Cancellation, cancellation => _runner.Run(rows.Length, cancellation));
        foreach (var output in _engine.Plan.Columns.Where((c, i) => _wanted[i] && c.Output >= 0).Select(c => c.Output).Distinct())
        {
            foreach (var (row, _) in _runner.OutputNotANumbers(output, rows.Length))
                _rows[rows[row]].Problem ??=
                    $"'{_rows[rows[row]].Value.Name}': the explanation has NaN: {NotANumberException.Reason(false)}";
            for (var i = 0; i < rows.Length; i++)
                Read(output, i, Kept(_rows[rows[i]].Outputs, output, _runner.OutputSize(output)));
        }
    }

    private void Read(int output, int row, float[] numbers)
    {
        switch (_types[output])
        {
            case ElementType.Int64:
                TensorPrimitives.ConvertTruncating(_runner.OutputRow<long>(output, row), numbers);
                break;
            case ElementType.Double:
                TensorPrimitives.ConvertTruncating(_runner.OutputRow<double>(output, row), numbers);
                break;
            default:
                _runner.OutputRow<float>(output, row).CopyTo(numbers);
                break;
        }
    }

    private static float[] Kept(Dictionary<int, float[]> arrays, int key, int size)
    {
        if (!arrays.TryGetValue(key, out var array))
            arrays[key] = array = new float[size];
        return array;
    }

    private bool Needs(Func<ImageColumn, bool> isSuch) => _engine.Plan.Columns.Where((_, i) => _wanted[i]).Any(isSuch);

    private static bool IsKept(int width, int height) => (long)width * height <= KeptPixels;

    private static bool IsDrawn(ImageColumn column) => column.Kind is ImageColumnKind.Overlay or ImageColumnKind.Png;

    private void Prepare(PictureRow row, float[] numbers) => row.Catching(() =>
    {
        var own = ImagePlan.OverlaysAreOwn(_engine.Plan.Options);
        var drawn = Needs(IsDrawn);
        using (_engine.Gate(row.Value.Weight > Large))
        using (var lane = _engine.Lane())
            row.Size = lane.Of.Prepare(row.Value, numbers,
                drawn && own ? image => row.Picture = IsKept(image.Width, image.Height) ? MlPixels.ToRaster(image) : null : null,
                drawn && !own ? image => row.Picture = MlPixels.ToRaster(image) : null);
    });

    private void Draw(PictureRow row, Dictionary<int, float[]> kept)
    {
        var (plan, maps) = (_engine.Plan, new Dictionary<(int, bool), double[]>());
        var (width, height) = row.Size;
        using var gate = _engine.Gate(!IsKept(width, height));
        for (var i = 0; i < plan.Columns.Count; i++)
        {
            var column = plan.Columns[i];
            if (!_wanted[i] || column.Kind == ImageColumnKind.Problem)
                continue;
            row.Results[i] = column.Kind switch
            {
                ImageColumnKind.Map when ImagePlan.MapsAreOwn(plan.Options) =>
                    Array.ConvertAll(Map(column.Output, own: true), v => double.IsNaN(v) ? 0 : (float)v),
                ImageColumnKind.Map => Seen(column.Output, Kept(kept, i, plan.Geometry.Height * plan.Geometry.Width)),
                ImageColumnKind.Overlay => Overlay(column),
                ImageColumnKind.Png => PngWriter.Encode(Overlay(column)),
                ImageColumnKind.Size => new[] { height, width },
                ImageColumnKind.Target => (long)row.Outputs[column.Output][0],
                _ => row.Outputs[column.Output][0],
            };
        }

        float[] Seen(int output, float[] map)
        {
            plan.Geometry.Map(row.Outputs[output], _shapes[output], map);
            return map;
        }

        double[] Map(int output, bool own)
        {
            if (!maps.TryGetValue((output, own), out var map))
            {
                map = plan.Geometry.Map(row.Outputs[output], _shapes[output]);
                maps[(output, own)] = map = own ? plan.Geometry.CarryBack(map, height, width) : map;
            }
            return map;
        }

        Raster Overlay(ImageColumn column)
        {
            row.Picture ??= Again(row.Value);
            return column.Style.Draw(row.Picture, Map(column.Output, ImagePlan.OverlaysAreOwn(plan.Options)));
        }
    }

    private Raster Again(PictureValue value)
    {
        if (value.Image is { } image)
            return MlPixels.ToRaster(image);
        using var decoded = PictureLane.Decode(value, _engine.Plan.Options.MaximumPixels);
        return MlPixels.ToRaster(decoded);
    }
}

/// <summary>An image, and what becomes of it.</summary>
/// <param name="value">The image.</param>
/// <param name="outputs">Arrays for what the graph says, by the number of the output.</param>
internal sealed class PictureRow(PictureValue value, Dictionary<int, float[]> outputs)
{
    /// <summary>The image.</summary>
    public PictureValue Value { get; private set; } = value;

    /// <summary>Ends when its numbers are there.</summary>
    public Task Preparing { get; set; } = Task.CompletedTask;

    /// <summary>Its width and height.</summary>
    public (int Width, int Height) Size { get; set; }

    /// <summary>What maps are laid over; null where it is decoded when it is needed.</summary>
    public Raster? Picture { get; set; }

    /// <summary>What is wrong with it.</summary>
    public string? Problem { get; set; }

    /// <summary>What went wrong that is not the image's fault.</summary>
    public ExceptionDispatchInfo? Unexpected { get; private set; }

    /// <summary>Whether it can be explained.</summary>
    public bool IsUsable => Problem is null && Unexpected is null;

    /// <summary>What the graph says, by the number of the output.</summary>
    public Dictionary<int, float[]> Outputs { get; } = outputs;

    /// <summary>What the columns have, by their number.</summary>
    public Dictionary<int, object> Results { get; } = [];

    /// <summary>Does a piece of work; what goes wrong is told when results are fetched.</summary>
    public void Catching(Action work)
    {
        if (!IsUsable)
            return;
        try
        {
            work();
        }
        catch (ImageFormatException e)
        {
            Problem = e.Message;
        }
        catch (Exception e)
        {
            Unexpected = ExceptionDispatchInfo.Capture(e);
        }
    }

    /// <summary>Lets go of what results were made of.</summary>
    public void Forget() => (Value, Picture) = (default, null);
}

using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Images;

/// <summary>Explains images by one method or by several: overlays, sheets, a page, a table and arrays in one folder.</summary>
internal sealed class ImageRun : IDisposable
{
    private const string Outputs = "outputs";

    private readonly Stack<IDisposable> _open = new();
    private readonly ResultFolder _folder;
    private readonly ImageRows _rows;
    private readonly IBlockWork _work;
    private readonly PictureSink _pictures;
    private IRowSink? _sink;
    private readonly ImageRequest _request;
    private readonly string _model;
    private readonly ImageModel _images;
    private readonly int _found;

    /// <summary>Reads the model, finds the images, compiles the explanations: what can fail before the first image fails here.</summary>
    /// <param name="request">Which images, and how they are shown.</param>
    /// <param name="model">The file of the model.</param>
    /// <param name="open">Reads it.</param>
    /// <param name="runtime">Where it runs.</param>
    /// <param name="requests">What is asked.</param>
    /// <param name="output">The folder for all results.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    public ImageRun(ImageRequest request, string model, Func<ImageModel> open, RuntimeOptions runtime,
        IReadOnlyList<ExplanationRequest> requests, string output, Action<string> note)
    {
        (_request, _model) = (request, Path.GetFileName(model));
        try
        {
            ResultFolder.Check(output);
            var images = ImageSet.Find(request.Images);
            _found = images.Count;
            _images = Opened(open());
            note($"preprocessing {_images.Reading.Description}; {_images.Reason}.");
            Check(requests, request, _images.Network);
            var rows = new ImageRowsOptions { SkipsBadFiles = request.SkipsBadFiles };
            _rows = Opened(new ImageRows(images, _images.Reading, rows));
            _work = Opened(Work(request, runtime, requests, rows.MaximumPixels));
            var names = request.ClassNames is { } file ? File.ReadAllLines(file) : _images.ClassNames;
            var options = new PictureOptions(request, _images.Reading, names, rows.MaximumPixels);
            _folder = Opened(new ResultFolder(output));
            var maps = requests.Select(r => (r.Name, Port(requests.Count > 1 ? r.Name : r.Options.AttributionName))).ToList();
            var (target, score) = (Port(requests[0].Options.TargetName!), Port(requests[0].Options.ScoreName!));
            var gaps = requests.Where(r => r.Options.GapName is not null)
                .Select(r => Port(requests.Count > 1 ? $"{r.Options.GapName}_{r.Name}" : r.Options.GapName!)).ToList();
            var bases = maps.ConvertAll(m => _work.Ports.FirstOrDefault(p => p.Name == ExplainedNetwork.BaseOf(m.Item2.Name)));
            _pictures = new PictureSink(_folder.Path, options, new PicturePorts(maps, score, Port(Outputs), bases));
            var className = new TableColumns(["class"], (row, _, cell) => cell(options.ClassName(target.Row<long>(row)[0])));
            _sink = new JoinedSinks(
            [
                new NpzSink(_folder["arrays.npz"], [.. maps, (target.Name, target), (score.Name, score), (Outputs, Port(Outputs)),
                    .. gaps.Select(gap => (gap.Name, gap))]),
                new TableSink(_folder["images.csv"], _rows.CarriedNames,
                    [
                        TableColumns.Of(target, target.Name), className, TableColumns.Of(score, score.Name),
                        .. gaps.Select(gap => TableColumns.Of(gap, gap.Name)),
                    ]),
                _pictures,
            ]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What was wrong with files that were left out.</summary>
    public IReadOnlyList<string> Problems => _rows.Problems;

    /// <summary>What was odd about files that were read.</summary>
    public IReadOnlyList<string> Warnings => _rows.Warnings;

    /// <summary>Explains all images; the folder appears at the end, or not at all.</summary>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <returns>How many were explained.</returns>
    public long Run(Action<JobProgress> progress, CancellationToken cancellation)
    {
        var rows = new Job(_rows, _work).Run(_sink!, progress, cancellation);
        if (rows == 0)
            throw new InvalidDataException($"None of the {_found:N0} images could be read. {Problems[0]}");
        if (_request.Gallery > 0)
            Page(rows).Save(_folder["index.html"]);
        // What the files were made of lies in the folder until then.
        CloseFiles();
        _folder.Complete();
        return rows;
    }

    public void Dispose()
    {
        CloseFiles();
        while (_open.TryPop(out var resource))
            resource.Dispose();
    }

    private void CloseFiles()
    {
        _sink?.Dispose();
        _sink = null;
    }

    private ImagePage Page(long rows) => new($"{_model}: {rows:N0} {(rows == 1 ? "image" : "images")} explained", _pictures.Shown)
    {
        Subtitle = $"Prepared as {_images.Reading.Description}.",
        ColorMap = _request.Colors?.Name,
        Remarks =
        [
            .. _pictures.Shown.Count < rows ? [$"The first {_pictures.Shown.Count:N0} are shown; --gallery shows more."] : (string[])[],
            .. Problems.Count > 0 ? [$"{Problems.Count:N0} files could not be used: {string.Join(" ", Problems)}"] : (string[])[],
        ],
    };

    private IBlockWork Work(ImageRequest request, RuntimeOptions runtime, IReadOnlyList<ExplanationRequest> requests, int maximumPixels)
    {
        return request.Superpixels is { } regions
            ? new SegmentWork(groups => Compiled(groups, runtime with { BatchSize = 1 }), _images.Reading, regions, maximumPixels)
            : Compiled(null, runtime);

        GraphWork Compiled(Tensor? groups, RuntimeOptions runtime)
        {
            var (network, output) = (_images.Network, requests[0].Options.Output ?? _images.Output);
            Ask[] asks = [.. requests.Select((r, i) => ExplainedNetwork.Asked(network, Of(r, groups, output), requests.Count > 1, i == 0,
                forPage: true))];
            var options = requests[0].Options with { PassThrough = new Dictionary<string, string> { [output] = Outputs } };
            var graph = Explanation.Compile(network, options, asks);
            return new GraphWork(graph.Model, runtime, _rows, _ => new InputRows(0),
                graph.Ports.Select(p =>
                    new GraphResult(p.Name, p.Name, IsNumber: p.Kind is not (PortKind.Attribution or PortKind.Output))));
        }
    }

    private ExplanationRequest Of(ExplanationRequest request, Tensor? groups, string output) => request with
    {
        Method = Grouped(request.Method, groups), Options = request.Options with { Output = output },
        Target = _images.ClassNames.Count > 0 ? request.Target.In(_images.ClassNames) : request.Target,
    };

    private static AttributionMethod Grouped(AttributionMethod method, Tensor? groups) =>
        groups is not null && method is CoalitionMethod game ? game with { Groups = groups, Spread = true } : method;

    private ResultPort Port(string name) => _work.Ports.First(p => p.Name == name);

    private static void Check(IReadOnlyList<ExplanationRequest> requests, ImageRequest request, Network network)
    {
        if (network.Inputs.Count > 1)
            throw new InvalidDataException($"The model has {network.Inputs.Count} inputs, and images are given for one. Make the others "
                + "constant (--constant NAME=VALUE), or give all by --data.");
        if (requests[0].Target.InputName is { } label)
            throw new UsageException($"The target {requests[0].Target} takes the input '{label}' row by row, which images do not "
                + "give; name a class.");
        if (request.Superpixels is not null && !requests.Any(r => r.Method is CoalitionMethod))
            throw new UsageException("--superpixels is for methods that take parts of the image away (lime, kernel-shap, permutation-shap, "
                + "…); none is given.");
    }

    private T Opened<T>(T resource) where T : IDisposable
    {
        _open.Push(resource);
        return resource;
    }
}

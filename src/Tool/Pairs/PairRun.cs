using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Text;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Texts;

namespace Microsoft.ML.Introspection.Tool.Pairs;

/// <summary>Explains pictures with their texts, jointly: a page, a table, words and maps in one folder.</summary>
internal sealed class PairRun : IDisposable
{
    private readonly List<(string Name, PictureTextExplainer Explainer)> _methods = [];
    private readonly IReadOnlyList<PicturePair> _pairs;
    private readonly ImageRequest _images;
    private readonly TextJob _texts;
    private readonly Preprocessing _preprocessing;
    private readonly string _model;
    private readonly string _output;
    private readonly List<string> _problems = [];

    /// <summary>Reads the model and finds the pairs: what can fail before the first is explained fails here.</summary>
    /// <param name="images">Which pictures, and how they become numbers.</param>
    /// <param name="texts">The texts, and the tokenizer.</param>
    /// <param name="network">The model.</param>
    /// <param name="runtime">Where it runs.</param>
    /// <param name="requests">What is asked.</param>
    /// <param name="output">The folder for all results.</param>
    /// <param name="note">Is told in a line what the user should know.</param>
    public PairRun(ImageRequest images, TextJob texts, NetworkRequest network, RuntimeOptions runtime,
        IReadOnlyList<ExplanationRequest> requests, string output, Action<string> note)
    {
        (_images, _texts, _model, _output) = (images, texts, Path.GetFileName(network.Path), output);
        ResultFolder.Check(output);
        if (requests.Any(r => r.Options.Layer is not null || r.Options.Inputs is not null || r.Options.Several == SeveralInputs.EachAlone))
            throw new UsageException("Pictures with texts are explained jointly, at the pixels and at the embedding of the tokens; leave "
                + "--layer, --input and --each-input-alone out.");
        if (texts.Texts.Any(t => t.Second is not null))
            throw new UsageException("A picture goes with one text; leave --second-column out.");
        _pairs = PairSet.Find(images.Images, [.. texts.Texts.Select(t => t.First)]);
        var model = PictureTextNetwork.From(network.ReadModel(), texts.Tokenizer, network.Options);
        var prepared = images.Prepared(model.Picture, model.GuessPreprocessing);
        _preprocessing = prepared.Preprocessing;
        note($"preprocessing {_preprocessing.Description}; {prepared.Reason}.");
        var options = new TextExplainerOptions { Length = texts.Length };
        var longest = texts.Length ?? model.FixedLength ?? _pairs.Max(pair => Math.Max(model.Encode(pair.Text, options).Tokens.Count, 1));
        foreach (var request in requests)
        {
            // A number for each token is what there is anyway.
            var method = request.Method is PerToken token ? token.Method : request.Method;
            if (images.Superpixels is null && method is CoalitionMethod)
                note("the parts of a picture that play are about 50 regions; --superpixels says how many.");
            _methods.Add((request.Name, UsageException.Check(() => new PictureTextExplainer(model, _preprocessing, method,
                new TextExplainerOptions
                {
                    Target = request.Target, Output = request.Options.Output, Units = texts.Units, Length = longest, Runtime = runtime,
                }) { Regions = images.Superpixels ?? 50 })));
        }
    }

    /// <summary>What was wrong with files that were left out.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Explains all pairs; the folder appears at the end, or not at all.</summary>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <returns>How many were explained.</returns>
    public long Run(Action<JobProgress> progress, CancellationToken cancellation)
    {
        using var folder = new ResultFolder(_output);
        var words = _methods.Select(m => new TextResult(m.Name, new List<TextExplanation>())).ToList();
        var page = new PairPage(_model, _texts, _preprocessing.Description, _images);
        var lines = new List<PairLine>();
        var maps = _methods.ConvertAll(_ => new float[_preprocessing.Height * _preprocessing.Width]);
        using (var arrays = new NpzSink(folder["arrays.npz"], _methods.Zip(maps, (m, map) => (m.Name, new ResultPort(m.Name,
            ElementType.Float, [_preprocessing.Height, _preprocessing.Width], _ => MemoryMarshal.AsBytes(map.AsSpan()))))))
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            foreach (var (number, pair) in _pairs.Index())
            {
                cancellation.ThrowIfCancellationRequested();
                if (Read(pair) is not { } image)
                    continue;
                var all = _methods.ConvertAll(m => m.Explainer.Explain(image, pair.Text, cancellation));
                foreach (var (method, why) in all.Index())
                {
                    for (var i = 0; i < maps[method].Length; i++)
                        maps[method][i] = (float)why.Map[i];
                    ((List<TextExplanation>)words[method].Texts).Add(why.Text);
                    lines.Add(new PairLine(lines.Count / _methods.Count, pair, _methods[method].Name, why));
                }
                arrays.Append(lines.Count / _methods.Count - 1, 1, []);
                page.Add(pair, _preprocessing.Fit(image), [.. _methods.Zip(all, (m, why) => (m.Name, why))]);
                progress(new JobProgress((number + 1.0) / _pairs.Count, number + 1, (number + 1) / watch.Elapsed.TotalSeconds));
            }
            if (lines.Count == 0)
                throw new InvalidDataException($"None of the {_pairs.Count:N0} pictures could be read. {_problems[0]}");
            arrays.Prepare();
            arrays.Complete();
        }
        TextTable.Write(folder["words.json"], words);
        PairLine.Write(folder["pairs.csv"], lines);
        if (_images.Gallery > 0)
            page.Make(lines.Count / _methods.Count, _problems).Save(folder["index.html"]);
        folder.Complete();
        return lines.Count / _methods.Count;
    }

    public void Dispose()
    {
        foreach (var (_, explainer) in _methods)
            explainer.Dispose();
    }

    private Raster? Read(PicturePair pair)
    {
        try
        {
            return ImageFile.Read(pair.Image.Path, new ImageRowsOptions().MaximumPixels).Image.WithoutAlpha();
        }
        catch (Exception e) when (_images.SkipsBadFiles && e is ImageFormatException or IOException or UnauthorizedAccessException)
        {
            _problems.Add(e.Message);
            return null;
        }
    }
}

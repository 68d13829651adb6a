using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Projects;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Images;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Projects;
using Microsoft.ML.Introspection.Tool.Pairs;
using Microsoft.ML.Introspection.Tool.Results;
using Microsoft.ML.Introspection.Tool.Shap;
using Microsoft.ML.Introspection.Tool.Sounds;
using Microsoft.ML.Introspection.Tool.Texts;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect explain</c>: the rows of a file, scored and explained.</summary>
internal sealed class ExplainCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;
    private readonly NetworkArguments _network = new("The network: an ONNX file, with its external data (if any) beside it. With "
        + "--images also a pipeline of ML.NET that reads images. Or a project of ML.NET Model Builder: its .mbconfig, or the folder of "
        + "one.");
    private readonly ExplanationArguments _explanation = new(isRequired: false);
    private readonly CsvArguments _csv = new();
    private readonly RuntimeArguments _runtime = new();
    private readonly ImageArguments _images = new();

    private readonly TextArguments _texts = new();
    private readonly SoundArguments _sounds = new();

    private readonly Option<string?> _rows = new("--rows")
    {
        HelpName = "N,N,…",
        Description = "Of a project: the rows that its page shows one by one, from 0. [default: those that tell most]",
    };

    private readonly Option<string[]> _data = RowFiles.DataOfInputs("model", isRequired: false);

    private readonly Option<string> _output = RowFiles.Output("explanations", isRequired: false);

    private readonly ReportOption _report = new("Write a page with pictures, too: of tables the plots of 'introspect shap' for each "
        + "method, of up to 2,000 rows; of images, volumes and tokens maps of up to 24 rows, spread evenly over the data; of texts "
        + "the words in colour, and those that matter most.");

    private readonly Option<string[]> _scale = new("--scale")
    {
        HelpName = "[INPUT=]FILE.json",
        Description = "Scale the rows first, to (x - mean) / std: a file {\"mean\": […], \"std\": […]} with a number for each column, "
            + "each channel, or for all. With \"feature_names\": […] they are matched by column.",
    };

    public ExplainCommand(Terminal terminal) : base("explain", "Scores the rows of a file and explains each prediction.")
    {
        _terminal = terminal;
        _output.Description += " Of images a folder, which is new or empty.";
        _network.AddTo(this);
        Options.Add(_data);
        _images.AddTo(this);
        _sounds.AddTo(this);
        Options.Add(_output);
        _explanation.AddTo(this);
        Options.Add(_report);
        Options.Add(_scale);
        Options.Add(_rows);
        _csv.AddTo(this, withPipelines: true);
        _texts.AddTo(this);
        _runtime.AddTo(this);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    public IReadOnlyList<Option> OptionsToldElsewhere => _explanation.OfMethods;

    public IReadOnlyList<HelpSection>? HelpFor(ParseResult parsed) =>
        _explanation.HelpFor(parsed, "introspect explain MODEL --data FILE {0} --output FILE");

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        ExplanationArguments.Methods,
        ExplanationArguments.CommonOptions,
        new("Data",
            "CSV: UTF-8, decimal points (or --decimal-comma). A row's numbers fill the input in order, the last axis fastest.",
            "     Missing values are refused.",
            "JSON lines: an object in each line; an array V is the columns V[0], V[1], …. Parquet: plain columns.",
            "NPY: shape [N, …], rows shaped as the input wants them, or flat.",
            "NPZ: arrays of the same, by the names of the inputs.",
            "For --target label:NAME, NAME is a column of the CSV file, or an array of the .npz file; or give --data NAME=FILE.npy."),
        new("Output",
            "CSV: row (from 0), the columns carried along, target, score, the gap (--gap-name), then the attributions, named as in the "
                + "data or by",
            "     their place: INPUT[0][3]; attribution[0][3] where they have a shape of their own, as maps and layers do.",
            "JSON lines and Parquet: the same columns.",
            "NPY: the attributions, shape [N, …], in FILE.npy; beside it FILE.target.npy and FILE.score.npy (and the gap), shape [N].",
            "     With several explained inputs, each has its own FILE.INPUT.npy; with several methods, FILE.METHOD.npy.",
            "NPZ: one file of them all: the attributions under the name of the method, METHOD_INPUT where several inputs are explained; "
                + "target, score.",
            "With --scale, attributions are those of the scaled numbers, which the network sees."),
        new("Texts",
            "--text or --texts, and --tokenizer, in the place of --data: the network takes token numbers (and a mask, types, positions).",
            "Methods of gradients and relevance attribute to the embedding of each token; lime and the methods of Shapley values take",
            "     words out of the text, or hide them behind --replacement. Scores are those of words; --units says what else.",
            "--baseline padding, --baseline mask and --baseline unknown are the embeddings of these tokens.",
            "With --images, pictures and texts are explained jointly: a list of paths and texts (.tsv), or a text for each picture.",
            "Without --output the words are listed; .json holds tokens and words, tables a line for each word; --report makes a page."),
        new("Projects of Model Builder",
            "MODEL is a .mbconfig, or the folder of one. Data, label and model are those that the project names, looked for where it lies;",
            "     --data names other rows. One page is written (--report, or NAME.explanation.html here): what is worth a look",
            "     (columns that give the label away, constant ones, missing values), SHAP values of the raw columns, of every class,",
            "     single rows, and permutation importance with confidence intervals.",
            "Load only projects that you trust: ML.NET runs what a model names."),
        new("Examples",
            "introspect explain HousePrice.mbconfig --report houses.html",
            "introspect explain digits.onnx --data digits.csv --label-column label --method saliency --output out.csv",
            "introspect explain tumours.onnx --data tumours.csv --label-column label --scale tumours.standardise.json \\",
            "    --method input-x-gradient --target 1 --output out.csv",
            "introspect explain tumours.onnx --data tumours.csv --label-column label \\",
            "    --method integrated-gradients --steps 100 --gap-name gap --output out.csv",
            "introspect explain digits.onnx --data digits.npz --method saliency --method input-x-gradient \\",
            "    --output out.npz --report digits.html",
            "introspect explain resnet.onnx --data images.npy --method saliency --form channel-maximum \\",
            "    --batch-size 64 --device cuda:0 --allow-cpu --output maps.npy",
            "introspect explain shapes.zip --images photographs/ --method grad-cam --output out/",
            "introspect explain sentiment.onnx --text \"not bad at all\" --tokenizer vocab.txt --method integrated-gradients "
                + "--baseline padding",
            "introspect explain sentiment.onnx --texts reviews.csv --text-column review --tokenizer tokenizer.json \\",
            "    --method integrated-gradients --report words.html"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var runtime = _runtime.Read(parsed, _terminal.Warn);
        if (ProjectFile.IsMeant(_network.Path(parsed)))
            return ExplainProject(parsed, runtime, cancellation);
        if (parsed.GetValue(_rows) is not null)
            throw new UsageException($"{_rows.Name} is for projects of Model Builder ({ModelBuilderProject.Ending}).");
        if (_sounds.AreGiven(parsed))
            return ExplainSounds(parsed, runtime, cancellation);
        if (_images.AreGiven(parsed) && _texts.GoWithPictures(parsed))
            return ExplainPairs(parsed, runtime, cancellation);
        if (_texts.AreGiven(parsed))
            return ExplainTexts(parsed, runtime, cancellation);
        var output = parsed.GetValue(_output) ?? throw new UsageException($"Option '{_output.Name}' is required.");
        var requests = _explanation.Read(parsed);
        if (_images.AreGiven(parsed))
            return RunImages(parsed, requests, runtime, output, cancellation);
        _images.CheckNone(parsed);
        var data = parsed.GetValue(_data) is { Length: > 0 } files ? files : throw new UsageException(
            $"Give rows with {_data.Name}, or images with --images, or texts with {TextArguments.Names}.");
        var job = new NetworkJob(
            _network.Read(parsed, _explanation.KeepsFinalActivation(parsed)),
            runtime,
            [.. data.Select(text => NamedFile.Parse(text, _data.Name))],
            [.. (parsed.GetValue(_scale) ?? []).Select(text => NamedFile.Parse(text, _scale.Name))],
            _csv.Read(parsed, _terminal.Note),
            output);
        job.Check(_scale.Name);
        var report = _report.Read(parsed);
        foreach (var path in ResultFiles.Paths(job.Output, ExplainRun.Names(requests)).Concat(report is null ? [] : [report]))
            OutputFile.Check(path, job.Read);

        var watch = Stopwatch.StartNew();
        using var run = new ExplainRun(job, requests, report, _terminal.Note);
        var rows = ProgressBar.Show(_terminal, "Explaining", progress => run.Run(progress, cancellation));
        _terminal.Done("Explained", rows, watch.Elapsed, run.Paths);
        return ExitCode.Done;
    }

    private int ExplainProject(ParseResult parsed, RuntimeOptions runtime, CancellationToken cancellation)
    {
        _explanation.CheckNone(parsed, "A project of Model Builder is explained by SHAP values of its raw columns");
        _images.CheckNone(parsed);
        if (_texts.AreGiven(parsed) || parsed.GetValue(_scale) is { Length: > 0 })
            throw new UsageException("A project of Model Builder names its own data; leave texts and scaling out.");
        if (parsed.GetValue(_data) is { Length: > 1 })
            throw new UsageException($"A project of Model Builder has one file of rows; give {_data.Name} once.");
        // A page is what comes of it, whichever way it is named.
        var (output, report) = (parsed.GetValue(_output), _report.Read(parsed));
        if (output is not null && (report is not null || !output.EndsWith(".html", StringComparison.OrdinalIgnoreCase)))
            throw new UsageException($"Of a project of Model Builder a page is made: name it with {_report.Name} FILE.html. Tables of "
                + "values are made of its model by 'introspect shap'.");
        var watch = Stopwatch.StartNew();
        var request = ProjectRequest.Of(ProjectFile.Open(_network.Path(parsed)), parsed.GetValue(_data)?.SingleOrDefault(),
            _csv.Read(parsed, _terminal.Note), report ?? output, RowNumbers(parsed.GetValue(_rows)), runtime.Threads);
        var result = ProgressBar.Show(_terminal, "Explaining", progress => ProjectRun.Run(request, progress, cancellation));
        ProjectPage.Of(request, result).Save(request.Report);
        _terminal.Done("Explained", result.Rows, watch.Elapsed, [request.Report],
            [$"Algorithm: {result.Description}", .. result.Findings.Take(10).Select(f => $"Worth a look: {f.Title}")]);
        return ExitCode.Done;
    }

    private IReadOnlyList<long> RowNumbers(string? text) => text is null ? [] : [.. text.Split(',').Select(number =>
        long.TryParse(number.Trim(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var row)
            ? row : throw new UsageException(
                $"{_rows.Name} takes numbers of rows, from 0, with commas between them; '{text}' was given."))];

    private int ExplainTexts(ParseResult parsed, RuntimeOptions runtime, CancellationToken cancellation)
    {
        if (parsed.GetValue(_data) is { Length: > 0 } || parsed.GetValue(_scale) is { Length: > 0 })
            throw new UsageException($"{_data.Name} and {_scale.Name} are for rows of numbers; leave them out where texts are explained.");
        var texts = _texts.Read(parsed, _csv.Read(parsed, _terminal.Note), parsed.GetValue(_output), _report.Read(parsed));
        return new TextRun(_terminal, _network.Read(parsed, _explanation.KeepsFinalActivation(parsed)), texts,
            _explanation.Read(parsed, texts.Baselines), runtime).Run(cancellation);
    }

    private int ExplainSounds(ParseResult parsed, RuntimeOptions runtime, CancellationToken cancellation)
    {
        if (parsed.GetValue(_data) is { Length: > 0 } || parsed.GetValue(_scale) is { Length: > 0 } || _report.Read(parsed) is not null
            || _images.AreGiven(parsed) || _texts.GoWithPictures(parsed))
            throw new UsageException($"Sounds are given to the network as they are, by themselves, and have their page in the folder of "
                + $"{_output.Name}; leave {_data.Name}, {_scale.Name}, {_report.Name}, images and texts out.");
        var output = parsed.GetValue(_output) ?? throw new UsageException($"Option '{_output.Name}' is required: a folder.");
        var (skips, shown) = _images.ReadFiles(parsed);
        var watch = Stopwatch.StartNew();
        using var run = new SoundRun(_sounds.Read(parsed, skips, shown),
            _network.Read(parsed, _explanation.KeepsFinalActivation(parsed)), runtime, _explanation.Read(parsed), output, _terminal.Note);
        var rows = ProgressBar.Show(_terminal, "Explaining", progress => run.Run(progress, cancellation));
        if (run.Fitted is { } fitted)
            _terminal.Note($"{fitted}.");
        _terminal.Done("Explained", rows, watch.Elapsed, [output],
            run.Problems.Count == 0 ? [] : [$"{run.Problems.Count} files were left out:", .. run.Problems]);
        return ExitCode.Done;
    }

    private int ExplainPairs(ParseResult parsed, RuntimeOptions runtime, CancellationToken cancellation)
    {
        if (parsed.GetValue(_data) is { Length: > 0 } || parsed.GetValue(_scale) is { Length: > 0 } || _report.Read(parsed) is not null)
            throw new UsageException($"Pictures with texts take no {_data.Name} and {_scale.Name}, and have their page in the folder of "
                + $"{_output.Name}; leave these and {_report.Name} out.");
        var output = parsed.GetValue(_output) ?? throw new UsageException($"Option '{_output.Name}' is required: a folder.");
        var texts = _texts.ReadWithPictures(parsed, _csv.Read(parsed, _terminal.Note));
        var watch = Stopwatch.StartNew();
        using var run = new PairRun(_images.Read(parsed), texts, _network.Read(parsed, _explanation.KeepsFinalActivation(parsed)), runtime,
            _explanation.Read(parsed, texts.Baselines), output, _terminal.Note);
        var rows = ProgressBar.Show(_terminal, "Explaining", progress => run.Run(progress, cancellation));
        _terminal.Done("Explained", rows, watch.Elapsed, [output],
            run.Problems.Count == 0 ? [] : [$"{run.Problems.Count} files were left out:", .. run.Problems]);
        return ExitCode.Done;
    }

    private int RunImages(ParseResult parsed, IReadOnlyList<ExplanationRequest> requests, RuntimeOptions runtime,
        string output, CancellationToken cancellation)
    {
        if (parsed.GetResult(_data) is { Implicit: false } || parsed.GetResult(_scale) is { Implicit: false })
            throw new UsageException($"Give rows ({_data.Name}, {_scale.Name}) or images (--images), not both.");
        if (_report.Read(parsed) is not null)
            throw new UsageException($"Images have their page in the folder of {_output.Name}, index.html; leave {_report.Name} out.");
        var watch = Stopwatch.StartNew();
        var (images, network, asked) = (_images.Read(parsed), _network.Read(parsed, _explanation.KeepsFinalActivation(parsed)),
            requests[0].Options);
        using var run = new ImageRun(images, network.Path, () => ModelFile.KindOf(network.Path) == ModelKind.Pipeline
            ? ImageModel.Of(PipelineModel.Load(network.Path), images, network.Options, asked.Output)
            : ImageModel.Of(network, images, asked.Inputs?[0]), runtime, requests, output, _terminal.Note);
        var rows = ProgressBar.Show(_terminal, "Explaining", progress => run.Run(progress, cancellation));
        foreach (var warning in run.Warnings)
            _terminal.Warn(warning);
        _terminal.Done("Explained", rows, watch.Elapsed, [output],
            run.Problems.Count == 0 ? [] : [$"{run.Problems.Count} files were left out:", .. run.Problems]);
        return ExitCode.Done;
    }
}

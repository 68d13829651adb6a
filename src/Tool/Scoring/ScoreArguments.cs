using System.CommandLine;
using System.CommandLine.Completions;
using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>What a scoring job says of each row: predictions, and reasons by one method or several.</summary>
internal sealed class ScoreArguments
{
    private const string Shapley = "shap", All = "all";
    private const int FewReasons = 5;

    private readonly Option<string[]> _explain = new("--explain", "-e")
    {
        HelpName = "shap|METHOD",
        Description = "Reasons beside the predictions: shap (Shapley values, of models of every kind), or a method of 'introspect explain' "
            + "for networks. Repeatable, or with commas between them. [default: predictions alone]",
        CompletionSources = { _ => Known.Select(m => new CompletionItem(m)) },
    };

    private readonly Option<string[]> _options = new("--method-option")
    {
        HelpName = "[METHOD:]NAME=VALUE",
        Description = "An option of a method for networks, such as steps=100; 'introspect explain --method METHOD --help' lists them. "
            + "Repeatable.",
    };

    private readonly Option<string?> _top = new("--top", "-k")
    {
        HelpName = "N|all",
        Description = "How many reasons of each row: the features with the largest values, whatever their sign, as the columns reason1, "
            + $"reason1.value, …; or a column for every feature. [default: {FewReasons}; of arrays all]",
    };

    private readonly ShapArguments _shap = new("argmax");
    private readonly CalibrationArguments _calibration = new();

    /// <summary>The options of algorithms.</summary>
    public IReadOnlyList<Option> OfAlgorithms => _shap.OfAlgorithms;

    private static IEnumerable<string> Known => MethodCatalog.All.Select(m => m.Name).Prepend(Shapley);

    /// <summary>The options that name files of rows, which count by what they hold.</summary>
    public IReadOnlyList<Option> OfRows => [_calibration.Rows];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        Option[] options = [_explain, _top, _options];
        foreach (var option in options)
            command.Options.Add(option);
        _calibration.AddTo(command);
        _shap.AddTo(command);
    }

    /// <summary>What the command line asks for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="rows">The model, the rows, and where results go.</param>
    /// <param name="failed">Where rows go that fail; null where the first of them ends the job.</param>
    /// <exception cref="UsageException">There is no such method, option, value, or target.</exception>
    public ScoreJob Read(ParseResult parsed, NetworkJob rows, string? failed)
    {
        string[] named = [.. (parsed.GetValue(_explain) ?? []).SelectMany(m => m.Split(',')).Select(m => m.Trim())];
        if (Array.Find(named, m => !Known.Contains(m)) is { } unknown)
            throw new UsageException($"There is no method '{unknown}' for {_explain.Name}.{Nearest.To(unknown, Known)} There are "
                + $"{string.Join(", ", Known)}.");
        if (named.GroupBy(m => m).FirstOrDefault(m => m.Count() > 1) is { Key: var twice })
            throw new UsageException($"{_explain.Name} {twice} is given twice.");
        var shap = _shap.Read(parsed);
        if (shap.Outputs.LabelColumn is not null)
            throw new UsageException("Of a scoring job the explained output is no column of the data: --target argmax, a number, or a "
                + "name.");
        rows = rows with { Network = rows.Network with { Options = rows.Network.Options with { KeepFinalActivation = shap.Predictions } } };
        return new ScoreJob(rows, named.Contains(Shapley) ? shap : null, Methods(parsed, [.. named.Except([Shapley])], shap),
            Top(parsed, rows.Output), _calibration.Read(parsed, rows.Csv.LabelColumn), failed);
    }

    private ExplanationRequest[] Methods(ParseResult parsed, string[] named, ShapRequest request)
    {
        var given = Assignment.ToDictionary(parsed.GetValue(_options) ?? [], _options.Name, "[METHOD:]NAME=VALUE, such as steps=100",
            value => value);
        if (given.Keys.FirstOrDefault(option => !Array.Exists(named, m => Has(m, option))) is { } none)
            throw new UsageException($"{_options.Name} {none}={given[none]}: {(named.Length == 0 ? "no method for networks is asked for"
                : $"none of the methods {string.Join(", ", named)} has an option of that name")}.");
        return Array.ConvertAll(named, method => new ExplanationRequest(
            method,
            UsageException.Check(() => MethodCatalog.Create(method,
                given.Where(g => Has(method, g.Key)).ToDictionary(g => g.Key[(g.Key.IndexOf(':') + 1)..], g => g.Value))),
            request.Outputs.Target
                ?? throw new UsageException("One output of each row is explained: --target argmax, a number, or a name."),
            new ExplanationOptions { Output = request.Output }));
    }

    private static bool Has(string method, string option)
    {
        var at = option.IndexOf(':');
        return (at < 0 || option[..at] == method) && MethodCatalog.Common
            .Concat(MethodCatalog.All.First(m => m.Name == method).Options).Any(o => o.Name == option[(at + 1)..]);
    }

    private int? Top(ParseResult parsed, string output)
    {
        var text = parsed.GetValue(_top);
        if (!DataFiles.IsTable(output))
            return text is null or All ? null : throw new UsageException(
                $"{_top.Name} is for tables; the arrays of '{output}' hold the values of all features: leave it out, or say "
                    + $"{_top.Name} {All}.");
        return text is null ? FewReasons : text == All ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var top) && top > 0 ? top
            : throw new UsageException($"{_top.Name} takes a number from 1 on, or {All}; '{text}' was given.");
    }
}

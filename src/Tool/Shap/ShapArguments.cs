using System.CommandLine;
using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>What is explained by Shapley values, by which algorithm, and against what.</summary>
internal sealed class ShapArguments
{
    private const string Raw = "raw", Prediction = "prediction";

    private readonly Option<string> _algorithm = new("--algorithm", "-a")
    {
        HelpName = string.Join('|', AlgorithmCatalog.All.Select(a => a.Name)),
        Description = "How to compute the values; see the algorithms below.",
        DefaultValueFactory = _ => AlgorithmCatalog.All[0].Name,
        CompletionSources = { _ => AlgorithmCatalog.All.Select(a => new System.CommandLine.Completions.CompletionItem(a.Name)) },
    };

    private readonly DescribedOptions _options =
        new(AlgorithmCatalog.All.Where(a => a.Algorithm != ShapAlgorithm.Auto).SelectMany(a => a.Options.Select(o => (a.Name, o))));

    private readonly BackgroundArguments _background = new("Needed for all but trees, whose values are path-dependent without.");

    private readonly Option<string> _target = new("--target", "-t")
    {
        HelpName = "all|argmax|N|A-B|NAME|label:COLUMN",
        Description = "What to explain: all outputs; each row's output with the highest score; output N (from 0); why A and not B; the "
            + "class of a name (class:NAME where the name is a number or one of these words; class:NAME-class:OTHER for why one and not "
            + "the other); row by row, the class that a column of the CSV file tells.",
    };

    private readonly Option<string> _outputKind = new("--output-kind")
    {
        HelpName = $"{Raw}|{Prediction}",
        Description = "Explain raw scores (log-odds, logits), or predictions (probabilities): what the link of the trees, the final "
            + "activation of a network, or the column Probability of a pipeline makes of them.",
        DefaultValueFactory = _ => Raw,
    };

    private readonly Option<string?> _output = new("--output-tensor", "--output-column")
    {
        HelpName = "OUTPUT",
        Description = "The output of a network, or the column of a pipeline, whose scores are explained. [default: the first of "
            + "floating-point numbers; Score]",
    };

    private readonly Option<string[]> _group = new("--group")
    {
        HelpName = "NAME=A,B,…",
        Description =
            "Features that are explained as one, under a name; A..B for all from A to B. Repeatable. The others stay by themselves.",
    };

    private readonly Option<string?> _groups = new("--groups")
    {
        HelpName = $"FILE.npy|{GroupRequest.OneHot}",
        Description = "The same as a file of whole numbers, the group of every feature; or the one-hot blocks that a pipeline's feature "
            + "column declares.",
    };

    /// <summary>Makes the options.</summary>
    /// <param name="target">What is explained where nothing is said.</param>
    public ShapArguments(string target = OutputChoice.AllWord) => _target.DefaultValueFactory = _ => target;

    /// <summary>The algorithms and their options, for the help.</summary>
    public static HelpSection Algorithms { get; } = new("Algorithms (--algorithm NAME --help tells the options of one)",
        [.. AlgorithmCatalog.All.SelectMany(
            a => DescribedOptions.Lines(a.Name, a.Summary, a.Algorithm == ShapAlgorithm.Auto ? [] : a.Options))]);

    /// <summary>The options of algorithms.</summary>
    public IReadOnlyList<Option> OfAlgorithms => _options.All;

    /// <summary>The help of the algorithm that a command line names; null where it names none.</summary>
    public IReadOnlyList<HelpSection>? HelpFor(ParseResult parsed) =>
        parsed.GetResult(_algorithm) is { Implicit: false, Tokens: [{ Value: var name }] }
            && AlgorithmCatalog.All.FirstOrDefault(a => a.Name == name && a.Algorithm != ShapAlgorithm.Auto) is { } algorithm
            ? [
                new(name, [$"{algorithm.Summary}.", .. algorithm.Options.Select(DescribedOptions.Line)]),
                new("Usage", $"introspect shap MODEL --data FILE {_algorithm.Name} {name} --output FILE"),
            ]
            : null;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        Option[] options = [_algorithm, .. _background.All, _target, _outputKind, _group, _groups, _output, .. _options.All];
        foreach (var option in options)
            command.Options.Add(option);
    }

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="UsageException">There is no such algorithm, option, value, or target.</exception>
    public ShapRequest Read(ParseResult parsed)
    {
        var options = _options.Read(parsed);
        var algorithm = parsed.GetRequiredValue(_algorithm);
        var known = AlgorithmCatalog.All.Select(a => a.Name).ToList();
        if (!known.Contains(algorithm))
            throw new UsageException(
                $"There is no algorithm '{algorithm}'.{Nearest.To(algorithm, known)} There are {string.Join(", ", known)}.");
        return new ShapRequest(
            UsageException.Check(() => AlgorithmCatalog.Create(algorithm, options)),
            UsageException.Check(() => Choice(parsed.GetRequiredValue(_target))),
            _background.Read(parsed),
            Groups(parsed),
            parsed.GetRequiredValue(_outputKind) switch
            {
                Raw => false,
                Prediction => true,
                var other => throw new UsageException($"{_outputKind.Name} takes {Raw} or {Prediction}; '{other}' was given."),
            },
            parsed.GetValue(_output));
    }

    // What is no word, no number and no form of a target is the name of a class, which the model knows or not.
    private static OutputChoice Choice(string text)
    {
        try
        {
            return OutputChoice.Parse(text);
        }
        catch (FormatException) when (text.Any(char.IsLetter) && !text.Contains(':'))
        {
            return new OutputChoice(Target.Class(text));
        }
    }

    private GroupRequest? Groups(ParseResult parsed)
    {
        string[] named = parsed.GetValue(_group) ?? [];
        var file = parsed.GetValue(_groups);
        if (named.Length > 0 && file is not null)
            throw new UsageException($"{_group.Name} and {_groups.Name} say the same in two ways; give one of them.");
        var groups = Assignment.ToDictionary(named, _group.Name, "NAME=A,B,…, such as size=radius,area", list => list);
        return file is null && groups.Count == 0 ? null : new GroupRequest(file, [.. groups.Select(g => (g.Key, g.Value))]);
    }
}

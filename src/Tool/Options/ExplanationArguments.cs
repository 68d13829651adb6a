using Microsoft.ML.Introspection.Catalog;
using System.CommandLine;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>What is explained, by which method, and how the results are called: shared by the commands that explain.</summary>
internal sealed class ExplanationArguments
{
    private const string Layer = "layer";

    private static readonly Dictionary<string, TokenReduction> Reductions =
        new() { ["sum"] = TokenReduction.Sum, ["l2"] = TokenReduction.L2Norm };

    private readonly Option<string[]> _methods = new("--method", "-m")
    {
        HelpName = "METHOD",
        Description = "How to explain; see the methods below. Of rows, by several methods at once: repeatable, or with commas "
            + "between them.",
        CompletionSources = { _ => MethodCatalog.All.Select(m => new System.CommandLine.Completions.CompletionItem(m.Name)) },
    };

    private readonly Option<string> _target = new("--target", "-t")
    {
        HelpName = "argmax|N|A-B|label:NAME|…",
        Description = "What to explain: each row's class with the highest score; class N (from 0); why class A and not B; row by row, "
            + "the class that a further input of that name tells; or, inside the network, unit:LAYER:I,J,…, channel:LAYER:I, or all of "
            + "layer:LAYER. Row by row, @NAME in the place of a number is a further input of that name: unit:LAYER:@NAME, "
            + "channel:LAYER:@NAME; or weights of all classes or units, weights:@NAME, weights:LAYER:@NAME.",
        DefaultValueFactory = _ => "argmax",
    };

    private readonly Option<string[]> _inputs = new("--input")
    {
        HelpName = "INPUT",
        Description = "The input to attribute to, where the model has several of floating-point numbers, or one of token numbers, whose "
            + "embeddings are then explained. Repeatable.",
    };

    private readonly Option<bool> _eachAlone = new("--each-input-alone")
    {
        Description = "Of several inputs: explain each while the others stay as they are, instead of all jointly by methods that promise "
            + "a sum. The attributions to all together then sum to nothing in particular.",
    };

    private readonly Option<string?> _perToken = new("--per-token")
    {
        HelpName = string.Join('|', Reductions.Keys),
        Description = "One number for each token: the attributions to its embedding added up, or their Euclidean length.",
    };

    private readonly Option<string?> _gapName = new("--gap-name")
    {
        HelpName = "NAME",
        Description = "Give the completeness gap too, under this name: what a row's attributions sum to, less what the method promises "
            + "that they sum to. Only for methods that promise a sum.",
    };

    private readonly Option<string> _output = new("--output-tensor")
    {
        HelpName = "OUTPUT",
        Description = "The model's output whose score is explained. [default: the first of floating-point numbers]",
    };

    private readonly Option<bool> _keepFinalActivation = new("--keep-final-activation")
    {
        Description = "Explain probabilities: keep the softmax or sigmoid at the end, which is otherwise left out.",
    };

    private readonly Option<string> _targetName = new("--target-name")
    {
        HelpName = "NAME",
        Description = "What to call the explained class.",
        DefaultValueFactory = _ => new ExplanationOptions().TargetName!,
    };

    private readonly Option<string> _scoreName = new("--score-name")
    {
        HelpName = "NAME",
        Description = "What to call the explained score.",
        DefaultValueFactory = _ => new ExplanationOptions().ScoreName!,
    };

    private readonly DescribedOptions _methodOptions;

    /// <summary>Makes the options.</summary>
    /// <param name="withTrees">Whether the command knows a method for trees, too.</param>
    /// <param name="isRequired">Whether nothing is explained without a method.</param>
    public ExplanationArguments(bool withTrees = false, bool isRequired = true)
    {
        _methods.Required = isRequired;
        _methodOptions = new(
            [
                .. MethodCatalog.All.SelectMany(m => m.Options.Select(o => (m.Name, o))),
                .. withTrees ? TreeMethod.MethodOptions.Select(o => (TreeMethod.MethodName, o)) : [],
                .. MethodCatalog.Common.Select(o => ("all methods", o)),
            ],
            (Layer, "Other methods: attribute to this layer, or tensor inside the network, instead of an input."));
    }

    /// <summary>The methods and their options, for the help.</summary>
    public static HelpSection Methods { get; } = new("Methods (--method NAME --help tells the options of one)",
        [.. MethodCatalog.All.SelectMany(m => DescribedOptions.Lines(m.Name, m.Summary, m.Options))]);

    /// <summary>What all methods have, for the help.</summary>
    public static HelpSection CommonOptions { get; } = new("Options of all methods",
    [
        .. MethodCatalog.Common.Select(DescribedOptions.Line),
        $"--{Layer} LAYER  Where the method has no option of that name: the layer, or tensor inside the network, to attribute to instead "
            + "of an input.",
    ]);

    /// <summary>The method for trees and its options, for the help.</summary>
    public static HelpSection TreeMethods { get; } =
        new("Trees", [$"{TreeMethod.MethodName}  {TreeMethod.Summary}", .. TreeMethod.MethodOptions.Select(DescribedOptions.Line)]);

    /// <summary>The options of methods.</summary>
    public IReadOnlyList<Option> OfMethods => _methodOptions.All;

    /// <summary>The help of the methods that a command line names; null where it names none.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="usage">How the command is called, with {0} for the methods.</param>
    public IReadOnlyList<HelpSection>? HelpFor(ParseResult parsed, string usage)
    {
        string[] named = [.. parsed.GetResult(_methods)?.Tokens.Select(t => t.Value) ?? []];
        var methods = named.Select(n => MethodCatalog.All.FirstOrDefault(m => m.Name == n)).OfType<MethodDescription>().ToList();
        return methods.Count == 0 ? null :
        [
            .. methods.Select(m => new HelpSection(m.Name,
            [
                $"{m.Summary}.", .. m.Paper.Length > 0 ? [m.Paper] : (string[])[],
                .. m.Options.Select(DescribedOptions.Line),
            ])),
            CommonOptions,
            new("Usage", string.Format(System.Globalization.CultureInfo.InvariantCulture, usage,
                string.Join(" ", methods.Select(m => $"--method {m.Name}")))),
        ];
    }

    /// <summary>Refuses what is said of a method, where none is asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="why">The reason, as a sentence without its point.</param>
    /// <exception cref="UsageException">One of the options is given.</exception>
    public void CheckNone(ParseResult parsed, string why)
    {
        Option[] all = [_methods, .. _methodOptions.All, _target, _inputs, _eachAlone, _perToken, _output, _keepFinalActivation];
        if (Array.Find(all, o => parsed.GetResult(o) is { Implicit: false }) is { } given)
            throw new UsageException($"{why}; leave {given.Name} out.");
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(System.CommandLine.Command command)
    {
        Option[] options =
        [
            _methods, .. _methodOptions.All, _target, _inputs, _eachAlone, _perToken, _output, _keepFinalActivation,
            _targetName, _scoreName, _gapName,
        ];
        foreach (var option in options)
            command.Options.Add(option);
    }

    /// <summary>Whether the explained function includes the final softmax or sigmoid.</summary>
    public bool KeepsFinalActivation(ParseResult parsed) => parsed.GetValue(_keepFinalActivation);

    /// <summary>What the command line asks for of trees; null where it asks for a method for networks.</summary>
    /// <exception cref="UsageException">There is no such option, value, or target; or an option is for networks.</exception>
    public TreeMethod? ReadTrees(ParseResult parsed)
    {
        if (parsed.GetRequiredValue(_methods) is not [TreeMethod.MethodName])
            return null;
        Option[] ofNetworks = [_inputs, _eachAlone, _perToken, _output, _gapName];
        if (Array.Find(ofNetworks, o => parsed.GetResult(o) is { Implicit: false }) is { } given)
            throw new UsageException($"{given.Name} is for networks; the method {TreeMethod.MethodName} is for trees.");
        return UsageException.Check(
            () => TreeMethod.Parse(_methodOptions.Read(parsed), parsed.GetRequiredValue(_target), KeepsFinalActivation(parsed),
                Name(parsed, _targetName), Name(parsed, _scoreName)));
    }

    /// <summary>What the command line asks for, of each method in turn.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="baselines">Words for baselines, and what they mean; null for none.</param>
    /// <exception cref="UsageException">There is no such method, option, value, or target.</exception>
    public IReadOnlyList<ExplanationRequest> Read(ParseResult parsed, IReadOnlyDictionary<string, string>? baselines = null)
    {
        var given = _methodOptions.Read(parsed);
        if (baselines is not null && given.TryGetValue("baseline", out var words))
            given["baseline"] = string.Join('|', words.Split('|').Select(word => baselines.GetValueOrDefault(word.Trim(), word)));
        if (parsed.GetValue(_methods) is not { Length: > 0 } named)
            throw new UsageException($"Option '{_methods.Name}' is required.");
        string[] methods = [.. named.SelectMany(m => m.Split(','))];
        if (methods.Contains(TreeMethod.MethodName))
            throw new UsageException(
                $"There is no method '{TreeMethod.MethodName}' for networks; trees are explained by 'introspect shap'.");
        if (Array.Find(methods, m => MethodCatalog.All.All(known => known.Name != m)) is { } unknown)
            throw new UsageException($"There is no method '{unknown}'.{Nearest.To(unknown, MethodCatalog.All.Select(m => m.Name))} "
                + $"There are {string.Join(", ", MethodCatalog.All.Select(m => m.Name))}.");
        if (methods.GroupBy(m => m).FirstOrDefault(m => m.Count() > 1) is { Key: var twice })
            throw new UsageException($"{_methods.Name} {twice} is given twice.");
        // Of several methods each takes the options that it has; what none has, the first refuses.
        var known = methods.ToDictionary(m => m, m => given.Keys.Where(o => Has(m, o)).ToArray());
        return [
            .. methods.Select(
                m =>
                    Read(parsed, m,
                        given.Where(o => methods.Length == 1 || known[m].Contains(o.Key) || !known.Values.Any(k => k.Contains(o.Key)))
                            .ToDictionary()))];
    }

    private ExplanationRequest Read(ParseResult parsed, string method, Dictionary<string, string> options)
    {
        var inputs = parsed.GetValue(_inputs) is { Length: > 0 } named ? named.Distinct().ToArray() : null;
        var layer = LayerToAttributeTo(method, options);
        if (layer is not null && inputs is not null)
            throw new UsageException($"--{Layer} {layer} attributes to a layer instead of an input; leave {_inputs.Name} out.");
        return new ExplanationRequest(
            method,
            UsageException.Check(() => PerToken(parsed, MethodCatalog.Create(method, options))),
            UsageException.Check(() => Target.Parse(parsed.GetRequiredValue(_target))),
            new ExplanationOptions
            {
                Inputs = inputs,
                Several = parsed.GetValue(_eachAlone) ? SeveralInputs.EachAlone : default,
                Layer = layer,
                Output = parsed.GetValue(_output),
                TargetName = Name(parsed, _targetName),
                ScoreName = Name(parsed, _scoreName),
                GapName = parsed.GetValue(_gapName) is { } gap ? NotEmpty(gap, _gapName) : null,
            });
    }

    // Every method can attribute to a layer.
    private static bool Has(string method, string option) => option == Layer || MethodCatalog.Common.Any(o => o.Name == option)
        || MethodCatalog.All.Any(m => m.Name == method && m.Options.Any(o => o.Name == option));

    /// <summary>The value of an option that names something.</summary>
    public static string Name(ParseResult parsed, Option<string> option) => NotEmpty(parsed.GetRequiredValue(option), option);

    private static string NotEmpty(string name, Option option) => name.Length > 0
        ? name
        : throw new UsageException($"{option.Name} takes a name; an empty text was given.");

    // A method that looks at a layer by itself takes its name; to the others it is what is attributed to.
    private static string? LayerToAttributeTo(string method, Dictionary<string, string> options)
    {
        if (MethodCatalog.All.Any(m => m.Name == method && m.Options.Any(o => o.Name == Layer)) || !options.Remove(Layer, out var layer))
            return null;
        return layer.Length > 0 ? layer : throw new UsageException($"--{Layer} takes a name; an empty text was given.");
    }

    private AttributionMethod PerToken(ParseResult parsed, AttributionMethod method) => parsed.GetValue(_perToken) switch
    {
        null => method,
        var name when Reductions.TryGetValue(name, out var reduction) => new PerToken(method, reduction),
        var other => throw new UsageException($"{_perToken.Name} takes {string.Join(" or ", Reductions.Keys)}; '{other}' was given."),
    };
}

/// <summary>An explanation to compile.</summary>
/// <param name="Name">What the method is called.</param>
/// <param name="Method">The method.</param>
/// <param name="Target">What is explained.</param>
/// <param name="Options">With respect to what, and how results are called.</param>
internal sealed record ExplanationRequest(string Name, AttributionMethod Method, Target Target, ExplanationOptions Options);

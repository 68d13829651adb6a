using System.CommandLine;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Networks;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>What is explained, by which method, and how the results are called: shared by the commands that explain.</summary>
internal sealed class ExplanationArguments
{
    private readonly Option<string> _method = new("--method", "-m")
    {
        Required = true,
        HelpName = string.Join('|', MethodCatalog.All.Select(m => m.Name)),
        Description = "How to explain; see the methods below.",
        CompletionSources = { _ => MethodCatalog.All.Select(m => new System.CommandLine.Completions.CompletionItem(m.Name)) },
    };

    private readonly Option<string> _target = new("--target", "-t")
    {
        HelpName = "argmax|N|A-B|label:NAME",
        Description = "What to explain: each row's class with the highest score; class N (from 0); why class A and not B; or, row by row, the class that a further input of that name tells.",
        DefaultValueFactory = _ => "argmax",
    };

    private readonly Option<string[]> _inputs = new("--input")
    {
        HelpName = "INPUT",
        Description = "The input to attribute to, where the model has several of floating-point numbers. Repeatable.",
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

    // An option of that name may belong to several methods.
    private readonly List<Option<string>> _methodOptions =
    [
        .. MethodCatalog.All.SelectMany(m => m.Options.Select(o => (Method: m, Option: o))).GroupBy(pair => pair.Option.Name).Select(same =>
            new Option<string>($"--{same.Key}")
            {
                HelpName = string.Join('|', same.SelectMany(pair => pair.Option.Values ?? ["VALUE"]).Distinct()),
                Description = string.Join(" ", same.Select(pair => $"{pair.Method.Name}: {pair.Option.Summary} [default: {pair.Option.Default}]")),
                CompletionSources =
                {
                    _ => same.SelectMany(pair => pair.Option.Values ?? []).Distinct().Select(v => new System.CommandLine.Completions.CompletionItem(v)),
                },
            }),
    ];

    /// <summary>The methods and their options, for the help.</summary>
    public static HelpSection Methods { get; } = new("Methods", [.. MethodCatalog.All.SelectMany(m =>
        m.Options.Select(o => $"    --{o.Name} {(o.Values is null ? "VALUE" : string.Join('|', o.Values))}  {o.Summary} [default: {o.Default}]")
            .Prepend($"{m.Name}  {m.Summary}"))]);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] options = [_method, .. _methodOptions, _target, _inputs, _output, _keepFinalActivation, _targetName, _scoreName];
        foreach (var option in options)
            command.Options.Add(option);
    }

    /// <summary>Whether the explained function includes the final softmax or sigmoid.</summary>
    public bool KeepsFinalActivation(ParseResult parsed) => parsed.GetValue(_keepFinalActivation);

    /// <summary>What the command line asks for.</summary>
    /// <exception cref="UsageException">There is no such method, option, value, or target.</exception>
    public ExplanationRequest Read(ParseResult parsed)
    {
        var options = new Dictionary<string, string>();
        foreach (var option in _methodOptions)
            if (parsed.GetValue(option) is { } value)
                options[option.Name[2..]] = value;
        var inputs = parsed.GetValue(_inputs) is { Length: > 0 } named ? named.Distinct().ToArray() : null;
        return new ExplanationRequest(
            UsageException.Check(() => MethodCatalog.Create(parsed.GetRequiredValue(_method), options)),
            UsageException.Check(() => Target.Parse(parsed.GetRequiredValue(_target))),
            new ExplanationOptions
            {
                Inputs = inputs,
                Output = parsed.GetValue(_output),
                TargetName = Name(parsed, _targetName),
                ScoreName = Name(parsed, _scoreName),
            });
    }

    /// <summary>The value of an option that names something.</summary>
    public static string Name(ParseResult parsed, Option<string> option) => parsed.GetRequiredValue(option) is { Length: > 0 } name
        ? name
        : throw new UsageException($"{option.Name} takes a name; an empty text was given.");
}

/// <summary>An explanation to compile.</summary>
internal sealed record ExplanationRequest(AttributionMethod Method, Target Target, ExplanationOptions Options);

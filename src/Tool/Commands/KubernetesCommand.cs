using System.CommandLine;
using System.Text;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Recipes;
using Microsoft.ML.Introspection.Tool.Scoring;

namespace Microsoft.ML.Introspection.Tool.Commands;

/// <summary><c>introspect recipe kubernetes</c>: a manifest that has a cluster do a scoring job, a share on each of its machines.</summary>
internal sealed class KubernetesCommand : System.CommandLine.Command, IHasHelpSections
{
    private readonly Terminal _terminal;

    private readonly Argument<string[]> _command = new("COMMAND")
    {
        Description = "Behind a '--': the scoring job, score MODEL --data … --output …, with the paths that it has in the container. "
            + "--shard and --resume are left to the manifest.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<int> _shards = new("--shards")
    {
        Required = true, HelpName = "N",
        Description = $"How many shares the rows are done in, a pod each: up to {KubernetesJobs.MostShards}.",
    };

    private readonly Option<string> _image = new("--image")
    {
        Required = true, HelpName = "IMAGE",
        Description = "The image of the pods. It has 'introspect' and a shell; docs/jobs.md has its Dockerfile.",
    };

    private readonly Option<string[]> _claims = new("--claim")
    {
        Required = true, HelpName = "NAME=/FOLDER[:ro]",
        Description = "A persistent volume claim, and the folder that it is in the container; with :ro nothing is written there. "
            + "Repeatable; the output lies in one of them.",
    };

    private readonly Option<string> _name = new("--name")
    {
        HelpName = "NAME", Description = "What the job is called.", DefaultValueFactory = _ => "introspect-score",
    };

    private readonly Option<string?> _namespace = new("--namespace") { HelpName = "NAME", Description = "The namespace of the jobs." };

    private readonly Option<int?> _parallelism = new("--parallelism")
    {
        HelpName = "N", Description = "How many shares are done at once. [default: all]",
    };

    private readonly Option<string> _cpu = new("--cpu")
    {
        HelpName = "QUANTITY", Description = "The processors of a pod, wanted and at most.", DefaultValueFactory = _ => "1",
    };

    private readonly Option<string> _memory = new("--memory")
    {
        HelpName = "QUANTITY", Description = "The memory of a pod, wanted and at most.", DefaultValueFactory = _ => "2Gi",
    };

    private readonly Option<string?> _secret = new("--secret")
    {
        HelpName = "NAME[/KEY]",
        Description = "The secret that holds the connection string of the command's --connection VARIABLE. [default of KEY: VARIABLE]",
    };

    private readonly Option<int> _user = new("--user")
    {
        HelpName = "ID", Description = "The number of the user that pods run as, not 0: that of .NET's images unless said.",
        DefaultValueFactory = _ => 1654,
    };

    private readonly Option<int> _retries = new("--retries")
    {
        HelpName = "N", Description = "How often a share that failed is begun anew; it goes on where it was.", DefaultValueFactory = _ => 3,
    };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE", Description = "Where the manifest goes; else it is printed.",
    };

    public KubernetesCommand(Terminal terminal)
        : base("kubernetes", "Writes the manifest of an indexed job that does a scoring job in shares, and of the job that merges them.")
    {
        _terminal = terminal;
        Arguments.Add(_command);
        Option[] options =
            [_shards, _image, _claims, _name, _namespace, _parallelism, _cpu, _memory, _secret, _user, _retries, _output];
        foreach (var option in options)
            Options.Add(option);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed), cancellation));
    }

    public IReadOnlyList<HelpSection> HelpSections { get; } =
    [
        new("Files",
            "A share writes FILE.I-of-N.parquet beside the output FILE.parquet, with its manifest; --failed FILE.I-of-N.failed.csv, which "
                + "becomes FILE.failed.csv."),
        new("Examples",
            "introspect recipe kubernetes --shards 16 --image registry.example.com/introspect:1 --claim data=/data:ro "
                + "--claim scored=/scored --output job.yaml -- score /data/model.json --data /data/rows --explain shap "
                + "--output /scored/scored.parquet",
            "introspect recipe kubernetes --shards 8 --image introspect:1 --claim scored=/scored "
                + "--secret customers-db -- score model.json --data "
                + "\"sql:SELECT * FROM customers ORDER BY id\" --provider postgresql "
                + "--connection CUSTOMERS -o /scored/scored.csv"),
    ];

    private int Run(ParseResult parsed)
    {
        var output = parsed.GetValue(_output);
        if (output is not null)
            OutputFile.Check(output);
        var manifest = Read(parsed).Manifest();
        if (output is null)
            _terminal.Out.Write(manifest);
        else
            AtomicFile.Write(output, stream => stream.Write(Encoding.UTF8.GetBytes(manifest)));
        return ExitCode.Done;
    }

    private KubernetesJobs Read(ParseResult parsed)
    {
        var shards = InRange(parsed, _shards, 1, KubernetesJobs.MostShards);
        ClaimMount[] claims = [.. parsed.GetRequiredValue(_claims).Select(text => ClaimMount.Parse(text, _claims.Name))];
        if (claims.GroupBy(c => c.Folder).FirstOrDefault(c => c.Count() > 1) is { Key: var twice })
            throw new UsageException($"{_claims.Name} gives the folder '{twice}' twice.");
        var (score, words) = Command(parsed, shards);
        string[] written = [score.Output, .. score.Failed is null ? [] : (string[])[score.Failed]];
        foreach (var path in written)
            if (!ClaimMount.IsPlain(path) || claims.Where(c => c.Holds(path)).MaxBy(c => c.Folder.Length) is not { IsReadOnly: false })
                throw new UsageException($"The command writes '{path}', which would go with the container; a path in a folder of "
                    + $"{_claims.Name} that may be written was expected, such as {claims[0].Folder}/{path.Split('/')[^1]}.");
        return new KubernetesJobs(
            KubernetesName.Label(parsed.GetRequiredValue(_name), _name.Name, KubernetesJobs.LongestName(shards)),
            KubernetesName.Image(parsed.GetRequiredValue(_image), _image.Name), shards, claims, score, words)
        {
            Parallelism = parsed.GetValue(_parallelism) is null ? shards : InRange(parsed, _parallelism, 1, shards),
            Cpu = KubernetesName.Quantity(parsed.GetRequiredValue(_cpu), _cpu.Name),
            Memory = KubernetesName.Quantity(parsed.GetRequiredValue(_memory), _memory.Name),
            User = InRange(parsed, _user, 1, int.MaxValue),
            Retries = InRange(parsed, _retries, 0, 1000),
            Namespace = parsed.GetValue(_namespace) is { } name ? KubernetesName.Label(name, _namespace.Name) : null,
            Secret = Secret(parsed, score.Variable),
        };
    }

    // The command is read as if it were given here, by the same rules.
    private (ScoreElsewhere Score, IReadOnlyList<string> Words) Command(ParseResult parsed, int shards)
    {
        string[] words = parsed.GetRequiredValue(_command);
        var inner = parsed.RootCommandResult.Command.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (inner.CommandResult.Command is not ScoreCommand command || words[0] != command.Name)
            throw new UsageException($"Behind '--' a scoring job was expected, score MODEL --data … --output …; '{words[0]}' was given.");
        if (inner.Errors.Count > 0)
            throw new UsageException($"The command behind '--': {string.Join(" ", inner.Errors.Select(e => e.Message).Distinct())}");
        if (inner.Action is not null && inner.Action != command.Action)
            throw new UsageException("The command behind '--' asks for help; a scoring job was expected.");
        return (command.ReadElsewhere(inner), command.WithoutFiles(words));
    }

    private (string, string)? Secret(ParseResult parsed, string? variable)
    {
        if (parsed.GetValue(_secret) is not { } secret)
            return variable is null ? null : throw new UsageException($"The command wants the variable {variable} of the environment: give "
                + $"the secret that holds it, {_secret.Name} {_secret.HelpName}. Manifests hold no connection strings.");
        if (variable is null)
            throw new UsageException($"{_secret.Name} goes with a command that says --connection VARIABLE; this one asks no database.");
        KubernetesName.Variable(variable, "--connection");
        return secret.Split('/') switch
        {
            [var name] => (KubernetesName.Subdomain(name, _secret.Name), variable),
            [var name, var key] => (KubernetesName.Subdomain(name, _secret.Name), KubernetesName.Key(key, _secret.Name)),
            _ => throw new UsageException($"{_secret.Name} takes {_secret.HelpName}; '{secret}' was given."),
        };
    }

    private static int InRange<T>(ParseResult parsed, Option<T> option, int least, int most) =>
        parsed.GetValue(option) is int value && value >= least && value <= most ? value
            : throw new UsageException($"{option.Name} takes a number from {least} to {most}; {parsed.GetValue(option)} was given.");
}

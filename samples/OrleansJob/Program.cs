// Shares of a scoring job, spread over silos of Orleans: what a lost silo had under way is done by another, and the file is that of one run.
using System.CommandLine;
using OrleansJob;

var port = new Option<int>("--port") { Description = "where other silos reach this one", DefaultValueFactory = _ => 11111 };
var gatewayPort = new Option<int>("--gateway") { Description = "where clients reach it", DefaultValueFactory = _ => 30000 };
var primary = new Option<int?>("--primary") { Description = "the port of the first silo [default: this is it]" };
var introspect = new Option<string>("--introspect")
{
    Description = "the command, or its assembly introspect.dll", DefaultValueFactory = _ => "introspect",
};
var silo = new Command("silo", "A silo on this machine, until it is stopped.") { port, gatewayPort, primary, introspect };
silo.SetAction((parsed, cancellation) => Guarded(() => SiloHost.Run(parsed.GetValue(port), parsed.GetValue(gatewayPort),
    parsed.GetValue(primary) ?? parsed.GetValue(port), parsed.GetRequiredValue(introspect), cancellation)));

var output = new Option<string>("--output", "-o") { Description = "the file, as for 'introspect score'", Required = true };
var shares = new Option<int>("--shares") { Description = "how many shares, 1 to 1,000", DefaultValueFactory = _ => 16 };
var failed = new Option<bool>("--failed") { Description = "rows that fail go to a table beside the output: OUTPUT.failed.csv" };
var folder = new Option<string>("--folder")
{
    Description = "the folder that all silos see by this path, where names of files begin [default: this one]",
    DefaultValueFactory = _ => Directory.GetCurrentDirectory(),
};
var gateways = new Option<int[]>("--gateway")
{
    Description = "where silos take clients; say it for each of them", DefaultValueFactory = _ => [30000],
};
var atOnce = new Option<int>("--at-once") { Description = "shares at once on a silo, 1 to 64", DefaultValueFactory = _ => 1 };
var patience = new Option<int>("--patience")
{
    Description = "seconds that a silo, or a process that has lost its silo, is waited for", DefaultValueFactory = _ => 600,
};
var rest = new Argument<string[]>("SCORE")
{
    Description = "what follows 'introspect score', behind '--': -- model.json --data rows.parquet --explain shap", Arity = ArgumentArity.OneOrMore,
};
Bounded(port, 1, 65535);
Bounded(gatewayPort, 1, 65535);
Bounded(shares, 1, 1000);
Bounded(atOnce, 1, 64);
Bounded(patience, 1, 1_000_000);
var score = new Command("score", "Scores and explains rows on the silos; the same command goes on with what was stopped.")
{
    output, shares, failed, folder, gateways, atOnce, patience, rest,
};
score.SetAction((parsed, cancellation) => Guarded(async () =>
{
    var job = new ScoreJob(parsed.GetValue(shares), parsed.GetRequiredValue(output), parsed.GetValue(failed), parsed.GetRequiredValue(rest));
    if (job.Fault is { } fault)
        throw new JobException(fault);
    using var client = await Client.Connect(parsed.GetRequiredValue(gateways), cancellation);
    await job.Run(new Silos(client.Services.GetService(typeof(IClusterClient)) as IClusterClient ?? throw new InvalidOperationException(),
        Path.GetFullPath(parsed.GetRequiredValue(folder)), parsed.GetValue(atOnce), TimeSpan.FromSeconds(parsed.GetValue(patience)),
        Console.WriteLine), cancellation);
    await client.StopAsync(CancellationToken.None);
}));

var root = new RootCommand("Scoring jobs of introspect on silos of Orleans.") { silo, score };
return await root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null })
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });

static async Task<int> Guarded(Func<Task> work)
{
    try
    {
        await work();
        return 0;
    }
    catch (OperationCanceledException)
    {
        await Console.Error.WriteLineAsync("Stopped. What was done is kept beside the output, and the same command goes on from there.");
        return 1;
    }
    catch (JobException error)
    {
        await Console.Error.WriteLineAsync($"error: {error.Message}");
        return 1;
    }
}

static void Bounded(Option<int> option, int least, int most) => option.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is var value && (value < least || value > most))
        result.AddError($"{option.Name} takes a number from {least} to {most}; {value} was given.");
});

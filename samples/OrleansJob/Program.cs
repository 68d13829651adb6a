// Shares of a scoring job, spread over silos of Orleans: what a lost silo had is done by another, and the file is that of one run.
using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using OrleansJob;

var port = new Option<int>("--port") { Description = "where other silos reach this one", DefaultValueFactory = _ => 11111 };
var gatewayPort = new Option<int>("--gateway") { Description = "where clients reach it", DefaultValueFactory = _ => 30000 };
var primary = new Option<int?>("--primary") { Description = "the port of the first silo [default: this is it]" };
var introspect = new Option<string>("--introspect")
{
    Description = "the command, or its assembly introspect.dll", DefaultValueFactory = _ => "introspect",
};
var silo = new Command("silo", "A silo on this machine, until it is stopped.") { port, gatewayPort, primary, introspect };
silo.SetAction((given, cancellation) => Guarded(() => SiloHost.Run(given.GetValue(port), given.GetValue(gatewayPort),
    given.GetValue(primary) ?? given.GetValue(port), given.GetRequiredValue(introspect), cancellation), "Stopped."));

var output = new Option<string>("--output", "-o") { Description = "the file, as for 'introspect score'", Required = true };
var shares = new Option<int>("--shares") { Description = "how many shares, 1 to 1,000", DefaultValueFactory = _ => 16 };
var failed = new Option<bool>("--failed") { Description = "rows that fail go to a table beside the output: OUTPUT.failed.csv" };
var folder = new Option<string?>("--folder")
{
    Description = "the folder that all silos see by this path, where names of files begin [default: this one]",
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
    Description = "what follows 'introspect score', behind '--': -- model.json --data rows.parquet --explain shap",
    Arity = ArgumentArity.OneOrMore,
};
Bounded(shares, 1, 1000);
Bounded(atOnce, 1, 64);
Bounded(patience, 1, 1_000_000);
foreach (var ports in (Option[])[port, gatewayPort, primary, gateways])
    Bounded(ports, 1, 65535);
var score = new Command("score", "Scores and explains rows on the silos; the same command goes on with what was stopped.")
{
    output, shares, failed, folder, gateways, atOnce, patience, rest,
};
score.Validators.Add(result =>
{
    if (result.GetValue(output) is { } file && result.GetValue(rest) is { } arguments
        && new ScoreJob(1, file, false, arguments).Fault is { } fault)
        result.AddError(fault);
});
score.SetAction((given, cancellation) => Guarded(async () =>
{
    using var client = await Client.Connect(given.GetRequiredValue(gateways), cancellation);
    var silos = new Silos(client.Services.GetRequiredService<IClusterClient>(), Path.GetFullPath(given.GetValue(folder) ?? "."),
        given.GetValue(atOnce), TimeSpan.FromSeconds(given.GetValue(patience)), Console.WriteLine);
    var job = new ScoreJob(given.GetValue(shares), given.GetRequiredValue(output), given.GetValue(failed), given.GetRequiredValue(rest));
    await job.Run(silos, cancellation);
    await client.StopAsync(CancellationToken.None);
}, "Stopped. What was done is kept beside the output, and the same command goes on from there."));

var root = new RootCommand("Scoring jobs of introspect on silos of Orleans.") { silo, score };
var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
return parsed.Errors.Count > 0 ? 2 : exitCode;

static async Task<int> Guarded(Func<Task> work, string stopped)
{
    try
    {
        await work();
        return 0;
    }
    catch (OperationCanceledException)
    {
        await Console.Error.WriteLineAsync(stopped);
        return 1;
    }
    catch (JobException error)
    {
        await Console.Error.WriteLineAsync($"error: {error.Message}");
        return 1;
    }
}

// What is no number at all is told by the parser.
static void Bounded(Option option, int least, int most) => option.Validators.Add(result =>
{
    foreach (var token in result.Tokens)
        if (int.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && (value < least || value > most))
            result.AddError($"{option.Name} takes a number from {least} to {most}; {value} was given.");
});

using System.Diagnostics;
using System.Globalization;
using System.Text;
using k8s;
using k8s.Models;
using Microsoft.ML.Introspection.Tests.Assertions;
using Microsoft.ML.Introspection.Tool;
using Microsoft.ML.Introspection.Tool.Tests;

namespace Microsoft.ML.Introspection.Recipes.Tests;

/// <summary>
/// Manifests that are written are read by Kubernetes' own client, which refuses fields that its API does not have; their commands are run by
/// a shell as a kubelet would have it run them.
/// </summary>
[TestClass]
public sealed class RunningKubernetesJobs
{
    // Ends texts of YAML and of shells, and would be a variable to either of a shell and a kubelet.
    private const string Hostile = "it's $(HOME) $HOME `id` \"$(id)\" $$(HOME) \\ # : - \u2028 🙂";

    private static readonly string[] Usual = ["recipe", "kubernetes", "--shards", "3", "--image", "registry.example.com/introspect:1", "--claim",
        "the.data=/claimed:ro", "--claim", "results=/claimed/results"];

    [TestMethod]
    public async Task Its_shares_and_their_merging_come_to_the_bytes_of_one_run()
    {
        using var work = new Workplace();
        Directory.CreateDirectory(work["results"]);
        var random = new Random(3);
        work.Write("rows.csv", "key,size,age,colour,city,grade,share\n" + string.Concat(Enumerable.Range(0, 100).Select(i =>
            i == 40 ? "k40,1,2\n" : string.Create(CultureInfo.InvariantCulture, $"k{i},{random.NextDouble()},1,2,{i % 9},1,0.5\n"))));
        string[] score = ["score", Workplace.Given("lgbm_multiclass.txt"), "--data", "/claimed/rows.csv", "--id-column", "key", "-e", "shap"];
        (await work.RunAsync([.. score.Select(w => w.Replace("/claimed", work[""])), "-o", "@whole.parquet", "--failed", "@bad.csv"])).IsDone();

        string[] job = [.. Usual, "--", .. score, "-o", $"/claimed/results/{Hostile}.parquet"];
        (await work.RunAsync([.. job, "--failed=/claimed/x.csv"])).WasWrongUse("'/claimed/x.csv'", "would go with the container");
        var (shares, merging) = Read((await work.RunAsync([.. job, "--failed=/claimed/results/x.csv"])).IsDone().Out);
        for (var index = 0; index < shares.Spec.Completions; index++)
            Run(work, shares, index, $"exec dotnet '{typeof(Introspect).Assembly.Location}' \"$@\"");
        Run(work, merging, null, $"exec dotnet '{typeof(Introspect).Assembly.Location}' \"$@\"");
        CollectionAssert.AreEqual(File.ReadAllBytes(work["whole.parquet"]), File.ReadAllBytes(work[$"results/{Hostile}.parquet"]));
        Assert.AreEqual(File.ReadAllText(work["bad.csv"]), File.ReadAllText(work[$"results/{Hostile}.failed.csv"]));
        Assert.HasCount(2, File.ReadAllLines(work["bad.csv"]));
    }

    [TestMethod]
    public async Task Words_reach_the_command_as_they_were_given()
    {
        using var work = new Workplace();
        string[] words = [Hostile, "--data", $"sql:SELECT '{Hostile}'\nORDER BY 1", "--provider", "postgresql", "--connection", "HOME_OF_DATA",
            "--label-column", "\t\r\u2028\u0085", "--id-column=--output"];
        var manifest = (await work.RunAsync([.. Usual, "--secret", "customers-db", "--", "score", .. words, "--output",
            "/claimed/results/out.csv.gz"])).IsDone().Out;
        var (shares, merging) = Read(manifest);
        var environment = shares.Spec.Template.Spec.Containers[0].Env.Single();
        Assert.AreEqual(("HOME_OF_DATA", "customers-db", "HOME_OF_DATA", null), (environment.Name, environment.ValueFrom.SecretKeyRef.Name,
            environment.ValueFrom.SecretKeyRef.Key, environment.Value));
        Assert.IsNull(merging.Spec.Template.Spec.Containers[0].Env);
        CollectionAssert.AreEqual((string[])["score", "--resume", "--shard", "3/3", "--output", work["results/out.3-of-3.csv.gz"], .. words],
            Run(work, shares, 2, "printf '%s\\0' \"$@\"").Split('\0')[..^1]);
        CollectionAssert.AreEqual((string[])["merge", "--output", work["results/out.csv.gz"],
            .. Enumerable.Range(1, 3).Select(i => work[$"results/out.{i}-of-3.csv.gz"])],
            Run(work, merging, null, "printf '%s\\0' \"$@\"").Split('\0')[..^1]);
    }

    [TestMethod]
    public async Task The_jobs_are_what_Kubernetes_wants_of_indexed_ones_and_of_restricted_pods()
    {
        using var work = new Workplace();
        (await work.RunAsync([.. Usual, "--name", "monthly", "--namespace", "risk", "--parallelism", "2", "--cpu", "1500m", "--memory", "4Gi",
            "--user", "1000", "--retries", "5", "-o", "@job.yaml", "--", "score", "m.json", "--data", "/claimed", "-o", "/claimed/results/o.csv"]))
            .IsDone();
        var (shares, merging) = Read(File.ReadAllText(work["job.yaml"]));
        Assert.AreEqual(("Indexed", 3, 2, 5, null, "monthly", "risk"), (shares.Spec.CompletionMode, shares.Spec.Completions,
            shares.Spec.Parallelism, shares.Spec.BackoffLimitPerIndex, shares.Spec.Suspend, shares.Metadata.Name, shares.Metadata.NamespaceProperty));
        Assert.AreEqual((true, 1, 5, "monthly-merge", "risk"), (merging.Spec.Suspend, merging.Spec.Completions, merging.Spec.BackoffLimit,
            merging.Metadata.Name, merging.Metadata.NamespaceProperty));
        foreach (var job in (V1Job[])[shares, merging])
        {
            Assert.AreEqual(("batch/v1", "Job"), (job.ApiVersion, job.Kind));
            // Rules for failures of pods, and limits for each index, want this.
            Assert.AreEqual("Never", job.Spec.Template.Spec.RestartPolicy);
            var (pod, container) = (job.Spec.Template.Spec, job.Spec.Template.Spec.Containers.Single());
            Assert.AreEqual((true, 1000L, 1000L, "RuntimeDefault"), (pod.SecurityContext.RunAsNonRoot, pod.SecurityContext.RunAsUser,
                pod.SecurityContext.FsGroup, pod.SecurityContext.SeccompProfile.Type));
            Assert.AreEqual((false, true, "ALL"), (container.SecurityContext.AllowPrivilegeEscalation,
                container.SecurityContext.ReadOnlyRootFilesystem, container.SecurityContext.Capabilities.Drop.Single()));
            foreach (var amounts in (IDictionary<string, ResourceQuantity>[])[container.Resources.Requests, container.Resources.Limits])
                Assert.AreEqual((1.5m, 4m * (1 << 30)), (amounts["cpu"].ToDecimal(), amounts["memory"].ToDecimal()));
            var mounts = container.VolumeMounts.ToDictionary(m => m.MountPath);
            var volumes = pod.Volumes.ToDictionary(v => v.Name);
            Assert.IsNotNull(volumes[mounts["/tmp"].Name].EmptyDir);
            Assert.AreEqual(("the.data", true, true), (volumes[mounts["/claimed"].Name].PersistentVolumeClaim.ClaimName,
                volumes[mounts["/claimed"].Name].PersistentVolumeClaim.ReadOnlyProperty, mounts["/claimed"].ReadOnlyProperty));
            Assert.AreEqual(("results", false), (volumes[mounts["/claimed/results"].Name].PersistentVolumeClaim.ClaimName,
                mounts["/claimed/results"].ReadOnlyProperty));
            var rules = job.Spec.PodFailurePolicy.Rules.ToDictionary(r => r.Action);
            Assert.AreEqual((container.Name, "In", 2), (rules["FailJob"].OnExitCodes.ContainerName, rules["FailJob"].OnExitCodes.OperatorProperty,
                rules["FailJob"].OnExitCodes.Values.Single()));
            Assert.AreEqual("DisruptionTarget", rules["Ignore"].OnPodConditions.Single().Type);
            string[] labels = [container.Name, .. volumes.Keys, job.Metadata.Name, $"{job.Metadata.Name}-2"];
            foreach (var label in labels)
                Assert.MatchesRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", label);
        }
        Assert.Contains("kubectl patch --namespace risk job/monthly-merge --patch '{\"spec\":{\"suspend\":false}}'",
            File.ReadAllText(work["job.yaml"]));
    }

    [TestMethod]
    [DataRow("--shard is said for each share", "score m.json --data d.csv -o /claimed/results/o.csv --shard 1/3")]
    [DataRow("--resume is said for each share", "score m.json --data d.csv -o /claimed/results/o.csv --resume")]
    [DataRow("--rows is said for each share", "score m.json --data d.csv -o /claimed/results/o.csv --rows 0..3")]
    [DataRow("'--output' is required", "score m.json --data d.csv")]
    [DataRow("'--exlain'", "score m.json --data d.csv --exlain shap -o /claimed/results/o.csv")]
    [DataRow("Did you mean 'shap'", "score m.json --data d.csv --explain shp -o /claimed/results/o.csv")]
    [DataRow("no known ending", "score m.json --data d.csv -o /claimed/results/o.xlsx")]
    [DataRow("parts of a job are of files", "score m.json --data - -o /claimed/results/o.csv")]
    [DataRow("ORDER BY", "score m.json --data sql:query --provider sqlite --connection X -o /claimed/results/o.csv")]
    [DataRow("--secret NAME[/KEY]", "score m.json --data sql:order_by --provider sqlite --connection X -o /claimed/results/o.csv")]
    [DataRow("would go with the container", "score m.json --data d.csv -o o.csv")]
    [DataRow("would go with the container", "score m.json --data d.csv -o /claimed/o.csv")]
    [DataRow("would go with the container", "score m.json --data d.csv -o /claimed/results/../o.csv")]
    [DataRow("a scoring job was expected", "shap m.json --data d.csv -o /claimed/results/o.csv")]
    [DataRow("a scoring job was expected", "score m.json --data d.csv -o /claimed/results/o.csv --help")]
    [DataRow("two words", "score m.json --data d.csv -o/claimed/results/o.csv")]
    public async Task What_is_no_job_in_shares_is_refused(string says, string command)
    {
        using var work = new Workplace();
        string[] words = [.. command.Split(' ').Select(word => word.Replace("order_by", "order by"))];
        (await work.RunAsync([.. Usual, "-o", "@job.yaml", "--", .. words])).WasWrongUse(says);
        Assert.IsEmpty(work.Files);
    }

    [TestMethod]
    [DataRow("--shards takes a number from 1 to 10000", "--shards", "0")]
    [DataRow("--shards takes a number from 1 to 10000", "--shards", "10001")]
    [DataRow("--parallelism takes a number from 1 to 3", "--parallelism", "4")]
    [DataRow("--name takes small letters", "--name", "Score")]
    [DataRow("at most 57", "--name", "a123456789-123456789-123456789-123456789-123456789-1234567")]
    [DataRow("--namespace takes small letters", "--namespace", "a.b")]
    [DataRow("--image takes the name of an image", "--image", "a b")]
    [DataRow("--cpu takes a quantity", "--cpu", "0")]
    [DataRow("--memory takes a quantity", "--memory", "4GB")]
    [DataRow("--user takes a number from 1", "--user", "0")]
    [DataRow("--retries takes a number from 0", "--retries", "-1")]
    [DataRow("--claim takes NAME=/FOLDER", "--claim", "data")]
    [DataRow("--claim takes NAME=/FOLDER", "--claim", "data=relative")]
    [DataRow("--claim takes NAME=/FOLDER", "--claim", "data=/a/../b")]
    [DataRow("/tmp is the container's own", "--claim", "data=/tmp/x")]
    [DataRow("the folder '/claimed' twice", "--claim", "other=/claimed/")]
    [DataRow("--claim: a name has small letters", "--claim", "Data=/x")]
    [DataRow("this one asks no database", "--secret", "s")]
    public async Task What_Kubernetes_would_refuse_is_told_before(string says, string option, string value)
    {
        using var work = new Workplace();
        string[] usual = option is "--shards" or "--image" ? [.. Usual.Take(2), .. Usual.Skip(2).Chunk(2).Where(o => o[0] != option).SelectMany(o => o)]
            : Usual;
        (await work.RunAsync([.. usual, option, value, "--", "score", "m.json", "--data", "d.csv", "-o", "/claimed/results/o.csv"])).WasWrongUse(says);
    }

    // A field that the API does not have is an error.
    private static (V1Job Shares, V1Job Merging) Read(string manifest) =>
        KubernetesYaml.LoadAllFromString(manifest, null, strict: true) is [V1Job shares, V1Job merging] ? (shares, merging)
            : throw new AssertFailedException(manifest);

    // Runs what a kubelet would, with a program in the place of 'introspect'; the claims are the test's folder.
    private static string Run(Workplace work, V1Job job, int? index, string program)
    {
        var container = job.Spec.Template.Spec.Containers.Single();
        var environment = (container.Env ?? []).ToDictionary(e => e.Name, _ => "from the secret");
        if (index is { } number)
            environment["JOB_COMPLETION_INDEX"] = number.ToString(CultureInfo.InvariantCulture);
        // Kubelets expand variables of the container only; that one may be called so.
        environment["HOME"] = "/nobody/has/this";
        string[] words = [.. container.Command.Concat(container.Args ?? []).Select(w => Expanded(w, environment).Replace("/claimed", work[""]))];
        var programs = Directory.CreateTempSubdirectory("introspect-");
        try
        {
            var path = Path.Combine(programs.FullName, "introspect");
            File.WriteAllText(path, $"#!/bin/sh\n{program}\n");
            if (OperatingSystem.IsWindows())
                throw new PlatformNotSupportedException("The commands are of a shell as images of Linux have it.");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            var start = new ProcessStartInfo(words[0], words[1..])
            {
                RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8,
            };
            foreach (var (name, value) in environment)
                start.Environment[name] = value;
            start.Environment["PATH"] = $"{programs.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.AreEqual((0, ""), (process.ExitCode, error.Result));
            return output;
        }
        finally
        {
            programs.Delete(recursive: true);
        }
    }

    // As Kubernetes tells of it: $(NAME) is replaced where the container has such a variable, $$ is a dollar sign.
    private static string Expanded(string text, Dictionary<string, string> environment)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '$' && i + 1 < text.Length && text[i + 1] == '$')
                (_, i) = (result.Append('$'), i + 1);
            else if (text[i] == '$' && i + 1 < text.Length && text[i + 1] == '(' && text.IndexOf(')', i) is > 0 and var end
                && environment.TryGetValue(text[(i + 2)..end], out var value))
                (_, i) = (result.Append(value), end);
            else
                result.Append(text[i]);
        return result.ToString();
    }
}

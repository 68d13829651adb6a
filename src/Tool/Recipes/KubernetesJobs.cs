using System.Globalization;
using System.Text;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Scoring;

namespace Microsoft.ML.Introspection.Tool.Recipes;

/// <summary>
/// A scoring job for a cluster of Kubernetes: an indexed job, a pod for each share of the rows, and a suspended one that puts the shares
/// together. Pods are as the strictest of Kubernetes' standards for them wants ("restricted").
/// </summary>
/// <param name="Name">The name of the indexed job.</param>
/// <param name="Image">The image in which <c>introspect</c> and a shell are.</param>
/// <param name="Shards">How many shares there are.</param>
/// <param name="Claims">Where data lie and results go.</param>
/// <param name="Score">Where the results of the command go, and what it wants of the environment.</param>
/// <param name="Words">The command without these files, from <c>score</c> on; behind it stands what each share says.</param>
internal sealed record KubernetesJobs(
    string Name, string Image, int Shards, IReadOnlyList<ClaimMount> Claims, ScoreElsewhere Score, IReadOnlyList<string> Words)
{
    /// <summary>The most pods that an indexed job has at once; and names of that many files fit into a command line.</summary>
    public const int MostShards = 10_000;

    /// <summary>What stands behind the name of the job that puts the shares together.</summary>
    private const string Merging = "-merge";

    // What lets a suspended job begin.
    private const string Begin = """{"spec":{"suspend":false}}""";

    /// <summary>How many shares are done at once.</summary>
    public int Parallelism { get; init; } = Shards;

    /// <summary>The processors of a pod.</summary>
    public string Cpu { get; init; } = "1";

    /// <summary>The memory of a pod.</summary>
    public string Memory { get; init; } = "2Gi";

    /// <summary>The number of the user that pods run as: not root; that of .NET's images unless said.</summary>
    public int User { get; init; } = 1654;

    /// <summary>How often a share is begun anew.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Where the jobs are; null for wherever the manifest is applied.</summary>
    public string? Namespace { get; init; }

    /// <summary>The secret that holds the connection string, and its key; null where none is needed.</summary>
    public (string Name, string Key)? Secret { get; init; }

    /// <summary>The most letters of a job's name: its pods' hosts are called by it and the index.</summary>
    public static int LongestName(int shards) => KubernetesName.LongestLabel
        - Math.Max(Merging.Length, 1 + (shards - 1).ToString(CultureInfo.InvariantCulture).Length);

    /// <summary>The manifest of both jobs.</summary>
    public string Manifest()
    {
        var where = Namespace is null ? "" : $" --namespace {Namespace}";
        return string.Create(CultureInfo.InvariantCulture, $$"""
            # A scoring job in {{Shards}} shares, and the job that puts them together. For Kubernetes 1.29 or later.
            #   kubectl apply --filename THIS_FILE
            # Kubernetes knows no order of jobs, so that the second one is suspended until somebody lets it go, when the first is complete:
            #   kubectl wait{{where}} --for=condition=complete --timeout=24h job/{{Name}} &&
            #     kubectl patch{{where}} job/{{Name}}{{Merging}} --patch '{{Begin}}'
            # After a failure: delete both jobs and apply again. Shares that are complete stay as they are, others go on.
            # Pods of several nodes need claims that can be mounted there at once (ReadWriteMany; ReadOnlyMany of what is only read).
            # "$$" is a dollar sign to Kubernetes.
            {{Job(Name, "score", ShareScript, Words.Skip(1), Indexed, Parallelism)}}
            ---
            {{Job(Name + Merging, "merge", MergeScript, [], Merged, 1)}}

            """).ReplaceLineEndings("\n");
    }

    private string Indexed => string.Create(CultureInfo.InvariantCulture, $"""
          completionMode: Indexed
          completions: {Shards}
          backoffLimitPerIndex: {Retries}
        """);

    private string Merged => string.Create(CultureInfo.InvariantCulture, $"""
          suspend: true
          completions: 1
          backoffLimit: {Retries}
        """);

    // Indices count from 0, shares from 1.
    private string ShareScript => $$"""
        share=$((JOB_COMPLETION_INDEX + 1))
        exec introspect score --resume --shard "$share/{{Count}}" --output {{Part(DataFiles.Ending(Score.Output))}}{{
            (Score.Failed is { } failed ? $" --failed {Part(".failed" + DataFiles.Ending(failed))}" : "")}} "$@"
        """;

    private string MergeScript => $$"""
        set --
        share=1
        while [ "$share" -le {{Count}} ]; do
          set -- "$@" {{Part(DataFiles.Ending(Score.Output))}}
          share=$((share + 1))
        done
        exec introspect merge --output {{Quoted(Score.Output)}} "$@"
        """;

    private string Count => Shards.ToString(CultureInfo.InvariantCulture);

    // What a share writes, in the words of a shell.
    private string Part(string ending) =>
        $"{Quoted(Score.Output[..^DataFiles.Ending(Score.Output).Length] + ".")}\"$share\"{Quoted($"-of-{Count}{ending}")}";

    private string Job(string name, string container, string script, IEnumerable<string> words, string kind, int parallelism) =>
        string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: {{Literals.Escaped(name)}}{{(Namespace is null ? "" : $"\n  namespace: {Literals.Escaped(Namespace)}")}}
          labels:
            app.kubernetes.io/name: introspect
            app.kubernetes.io/component: {{container}}
        spec:
        {{kind}}
          parallelism: {{parallelism}}
          podFailurePolicy:
            rules:
              # A node that goes away is no failure of the share; a wrong command line does not become right by being tried again.
              - action: Ignore
                onPodConditions:
                  - type: DisruptionTarget
                    status: "True"
              - action: FailJob
                onExitCodes:
                  containerName: {{container}}
                  operator: In
                  values: [{{ExitCode.WrongUse}}]
          template:
            metadata:
              labels:
                app.kubernetes.io/name: introspect
                app.kubernetes.io/component: {{container}}
            spec:
              restartPolicy: Never
              automountServiceAccountToken: false
              enableServiceLinks: false
              securityContext:
                runAsNonRoot: true
                runAsUser: {{User}}
                runAsGroup: {{User}}
                fsGroup: {{User}}
                fsGroupChangePolicy: OnRootMismatch
                seccompProfile:
                  type: RuntimeDefault
              containers:
                - name: {{container}}
                  image: {{Literals.Escaped(Image)}}
                  command:
                    - /bin/sh
                    - -c
        {{Script(script)}}
                    - introspect
        {{(words.Any() ? "          args:\n" + List(words) + "\n" : "")}}{{Environment(container)}}          resources:
                    requests:
                      cpu: {{Literals.Escaped(Cpu)}}
                      memory: {{Literals.Escaped(Memory)}}
                    limits:
                      cpu: {{Literals.Escaped(Cpu)}}
                      memory: {{Literals.Escaped(Memory)}}
                  securityContext:
                    allowPrivilegeEscalation: false
                    readOnlyRootFilesystem: true
                    capabilities:
                      drop: [ALL]
                  volumeMounts:
                    - name: tmp
                      mountPath: /tmp
        {{Joined(Claims, (claim, i) => $$"""
                    - name: {{Volume(i)}}
                      mountPath: {{Literals.Escaped(claim.Folder)}}
                      readOnly: {{Truth(claim.IsReadOnly)}}
        """)}}
              volumes:
                - name: tmp
                  emptyDir: {}
        {{Joined(Claims, (claim, i) => $$"""
                - name: {{Volume(i)}}
                  persistentVolumeClaim:
                    claimName: {{Literals.Escaped(claim.Claim)}}
                    readOnly: {{Truth(claim.IsReadOnly)}}
        """)}}
        """);

    private string Environment(string container) => Score.Variable is not { } variable || container != "score" ? "" : $$"""
                  env:
                    - name: {{Literals.Escaped(variable)}}
                      valueFrom:
                        secretKeyRef:
                          name: {{Literals.Escaped(Secret!.Value.Name)}}
                          key: {{Literals.Escaped(Secret.Value.Key)}}

        """;

    private static string Volume(int index) => string.Create(CultureInfo.InvariantCulture, $"claim-{index}");

    private static string Truth(bool value) => value ? "true" : "false";

    private static string Joined<T>(IReadOnlyList<T> items, Func<T, int, string> text) => string.Join('\n', items.Select(text));

    // Kubernetes puts variables in the place of $(NAME), wherever it stands, unless the sign is doubled.
    private static string List(IEnumerable<string> words) =>
        string.Join('\n', words.Select(word => $"            - {Literals.Escaped(Doubled(word))}"));

    private static string Doubled(string text) => text.Replace("$", "$$", StringComparison.Ordinal);

    // As lines where nothing stands in them that such lines of YAML do not hold.
    private static string Script(string script)
    {
        script = script.Replace("\r\n", "\n", StringComparison.Ordinal);
        return script.All(c => c is '\n' or >= ' ' and <= '~')
            ? $"            - |-\n{string.Join('\n', Doubled(script).Split('\n').Select(line => "              " + line))}"
            : List([script]);
    }

    // Within single quotation marks a shell reads everything as it stands.
    private static string Quoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}

using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Tests.Jobs;

/// <summary>Jobs that end between any two steps and go on: nothing is lost, nothing doubled.</summary>
[TestClass]
public sealed class GoingOn
{
    private const int Rows = 11;

    private static readonly string[] Kinds = [".npy", ".npz", ".csv"];

    [TestMethod]
    [DataRow(".npy", false)]
    [DataRow(".npz", false)]
    [DataRow(".csv", false)]
    [DataRow(".npy", true)]
    [DataRow(".csv", true)]
    public void A_job_that_ends_anywhere_goes_on_to_the_same_files(string kind, bool cancels)
    {
        using var folder = new TemporaryFolder();
        Whole(folder["whole" + kind], kind);
        var ends = 0;
        for (var steps = 0; ; steps++, ends++)
        {
            var parts = folder[$"parts-{steps}"];
            var ended = !Runs(parts, kind, steps, cancels, capacity: 2);
            // What goes on may take other blocks.
            for (var more = 2; ended && !Runs(parts, kind, more, cancels, capacity: 3); more += 3)
                Assert.IsTrue(more < 200, "goes on at last");
            Assert.AreEqual(Rows, JobParts.Merge([parts], folder["merged" + kind]));
            foreach (var file in folder.FileNames.Where(f => f.StartsWith("whole", StringComparison.Ordinal)))
                CollectionAssert.AreEqual(File.ReadAllBytes(folder[file]), File.ReadAllBytes(folder[file.Replace("whole", "merged")]),
                    $"{file} after {steps} steps");
            Assert.IsEmpty(Directory.EnumerateFiles(parts, "*.partial"));
            if (!ended)
                break;
        }
        Assert.IsTrue(ends > 20, "the job has many steps");
    }

    [TestMethod]
    public void Shards_become_the_files_of_one_run()
    {
        using var folder = new TemporaryFolder();
        foreach (var kind in Kinds)
        {
            Whole(folder["whole" + kind], kind);
            Run(folder["c" + kind], kind, new Shard(7));
            Run(folder["a" + kind], kind, new Shard(0, 4));
            Run(folder["b" + kind], kind, new Shard(4, 7));
            Assert.AreEqual(Rows, JobParts.Merge([folder["c" + kind], folder["a" + kind], folder["b" + kind]], folder["merged" + kind]));
            CollectionAssert.AreEqual(File.ReadAllBytes(folder["whole" + kind]), File.ReadAllBytes(folder["merged" + kind]));

            Assert.Contains("rows would be missing", Refused(folder["a" + kind], folder["c" + kind]));
            Assert.Contains("in the result twice", Refused(folder["a" + kind], folder["a" + kind]));
        }

        string Refused(params string[] parts) =>
            Assert.ThrowsExactly<InvalidDataException>(() => JobParts.Merge(parts, folder["refused.npy"])).Message;
    }

    [TestMethod]
    public void Parts_of_other_jobs_are_refused()
    {
        using var folder = new TemporaryFolder();
        Run(folder["a"], ".npy", new Shard(0, 4));
        Run(folder["b"], ".npy", new Shard(4), settings: "other");
        Assert.Contains("not made by the same job",
            Assert.ThrowsExactly<InvalidDataException>(() => JobParts.Merge([folder["a"], folder["b"]], folder["y.npy"])).Message);
        Assert.Contains("other settings",
            Assert.ThrowsExactly<InvalidDataException>(
                () => JobParts.Open(folder["a"], new JobSettings().Add("kind", "x"), new Shard(0, 4))).Message);
        Assert.Contains("other rows",
            Assert.ThrowsExactly<InvalidDataException>(() => JobParts.Open(folder["a"], Settings("same"), new Shard(0, 5))).Message);
        Assert.Contains("no manifest",
            Assert.ThrowsExactly<InvalidDataException>(() => JobParts.Merge([folder["missing"]], folder["y.npy"])).Message);

        using var rows = Doubling.Rows(Rows);
        using var work = new JoinedWork([new Doubling(2), new Doubling(2)]);
        using var parts = JobParts.Open(folder["a"], Settings("same"), new Shard(0, 4));
        Assert.Contains("Choose another folder",
            Assert.ThrowsExactly<InvalidDataException>(
                () => new Job(rows, work, new Shard(0, 4)).Run(parts, p => new NpySink([]), 2)).Message);
    }

    [TestMethod]
    public void Two_jobs_do_not_write_to_one_folder()
    {
        using var folder = new TemporaryFolder();
        using (JobParts.Open(folder["a"], Settings("same")))
            Assert.Contains("in use by another job",
                Assert.ThrowsExactly<FolderInUseException>(() => JobParts.Open(folder["a"], Settings("same"))).Message);
        // As a killed process leaves it.
        File.WriteAllText(Path.Combine(folder["a"], ".lock"), "");
        using (JobParts.Open(folder["a"], Settings("same")))
            Assert.IsTrue(File.Exists(Path.Combine(folder["a"], ".lock")));
        Assert.IsEmpty(Directory.EnumerateFiles(folder["a"]));
    }

    [TestMethod]
    public void Unfinished_and_damaged_parts_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.IsFalse(Runs(folder["a"], ".npy", 16, cancels: false, capacity: 2));
        Assert.Contains("not complete: it ends before row 4",
            Assert.ThrowsExactly<InvalidDataException>(() => JobParts.Merge([folder["a"]], folder["y.npy"])).Message);

        Run(folder["b"], ".npy", new Shard());
        var part = Directory.EnumerateFiles(folder["b"], "*.npy").Order().First();
        var bytes = File.ReadAllBytes(part);
        bytes[^1] ^= 1;
        File.WriteAllBytes(part, bytes);
        Assert.Contains("it is damaged",
            Assert.ThrowsExactly<InvalidDataException>(() => JobParts.Merge([folder["b"]], folder["y.npy"])).Message);
        File.Delete(part);
        Assert.Contains("is missing",
            Assert.ThrowsExactly<InvalidDataException>(() => JobParts.Open(folder["b"], Settings("same"))).Message);

        string Manifest(string parts) =>
            """{"Settings":{"text":"same"},"Ports":[],"First":0,"IsComplete":true,"Parts":[""" + parts + "]}";
        foreach (var (hostile, says) in (ReadOnlySpan<(string, string)>)[("{", ""), ("null", "It is empty"), ("{}", "Something is missing"),
            (Manifest("""{"First":0,"Rows":1,"Files":[{"Name":"../b/x","Bytes":1,"Sha256":"","Suffix":".npy"}]}"""), "outside of the folder"),
            (Manifest("""{"First":0,"Rows":1,"Files":[{"Name":"x","Bytes":1,"Sha256":"","Suffix":"/../x.npy"}]}"""), "outside of the folder"),
            (Manifest("""{"First":0,"Rows":1,"Files":[{"Name":"x","Bytes":1,"Sha256":""}]}"""), "Something is missing"),
            (Manifest("""{"First":3,"Rows":1,"Files":[]}"""), "should begin at row 0")])
        {
            File.WriteAllText(Path.Combine(folder["b"], "manifest.json"), hostile);
            var message = Assert.ThrowsExactly<InvalidDataException>(() => JobParts.Merge([folder["b"]], folder["y.npy"])).Message;
            Assert.Contains("manifest.json' is damaged", message);
            Assert.Contains(says, message);
        }
        Assert.IsFalse(File.Exists(folder["y.npy"]));
    }

    private static JobSettings Settings(string text) => new JobSettings().Add("text", text);

    private static IRowSink Sink(string path, string kind, IBlockWork work) => kind switch
    {
        ".npy" => new NpySink([(path + ".npy", work.Ports[0]), (path + ".sum.npy", work.Ports[1])]),
        ".npz" => new NpzSink(path + ".npz", work.Ports.Select(p => (p.Name, p))),
        _ => new LineSink(path + ".csv", work.Ports[0]),
    };

    private static void Whole(string path, string kind)
    {
        using var rows = Doubling.Rows(Rows);
        using var work = new Doubling(4);
        using var sink = Sink(Path.ChangeExtension(path, null), kind, work);
        new Job(rows, work).Run(sink);
    }

    private static void Run(string parts, string kind, Shard shard, string settings = "same")
    {
        using var rows = Doubling.Rows(Rows);
        using var work = new Doubling(2);
        using var opened = JobParts.Open(parts, Settings(settings), shard);
        new Job(rows, work, shard).Run(opened, path => Sink(path, kind, work), 2);
    }

    // False where it ended after some steps, as a process does that is killed or stopped.
    private static bool Runs(string folder, string kind, int steps, bool cancels, int capacity)
    {
        using var stop = new CancellationTokenSource();
        using var rows = Doubling.Rows(Rows);
        using var work = new Doubling(capacity, Step);
        try
        {
            using var parts = JobParts.Open(folder, Settings("same"));
            new Job(rows, work).Run(parts, path => new Failing(Sink(path, kind, work), Step), 4, null, stop.Token);
            return parts.IsComplete;
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            return false;
        }

        void Step()
        {
            if (steps-- != 0)
                return;
            if (!cancels)
                throw new TimeoutException("Ended here.");
            stop.Cancel();
        }
    }
}

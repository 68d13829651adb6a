using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tests.Data;

namespace Microsoft.ML.Introspection.Tests.Jobs;

[TestClass]
public sealed class RunningJobs
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    [DataRow(100)]
    public void All_rows_pass_in_blocks(int capacity)
    {
        using var folder = new TemporaryFolder();
        using var rows = Doubling.Rows(10);
        using var work = new Doubling(capacity);
        using (var sink = new NpySink([(folder["y.npy"], work.Ports[0]), (folder["y.sum.npy"], work.Ports[1])]))
            Assert.AreEqual(10, new Job(rows, work).Run(sink));

        var doubled = NpyArray.Load(folder["y.npy"]);
        CollectionAssert.AreEqual((int[])[10, 2], doubled.Shape.ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(0, 20).Select(i => 2 * (i / 2) + i % 2f).ToArray(), doubled.ToSingles());
        CollectionAssert.AreEqual(Enumerable.Range(0, 10).Select(i => 2 * i + 0.5).ToArray(),
            NpyArray.Load(folder["y.sum.npy"]).ToDoubles());
        Assert.Contains("have been read already",
            Assert.ThrowsExactly<InvalidOperationException>(() => new Job(rows, work).Run(new JoinedSinks([]))).Message);
    }

    [TestMethod]
    public void A_shard_is_a_part_of_them_and_knows_its_rows()
    {
        using var folder = new TemporaryFolder();
        using var rows = Doubling.Rows(10);
        using var work = new Doubling(3);
        var told = new List<JobProgress>();
        using (var sink = new JoinedSinks(
            [new NpzSink(folder["y.npz"], work.Ports.Select(p => (p.Name, p))), new LineSink(folder["y.csv"], work.Ports[0])]))
            Assert.AreEqual(5, new Job(rows, work, new Shard(3, 8)).Run(sink, told.Add));

        using var archive = NpzArchive.Open(folder["y.npz"]);
        CollectionAssert.AreEqual((double[])[6.5, 8.5, 10.5, 12.5, 14.5], archive.Read("sum").ToDoubles());
        Assert.AreEqual("row,\"a\nb\",c\n3,6,7\n4,8,9\n5,10,11\n6,12,13\n7,14,15\n", File.ReadAllText(folder["y.csv"]));
        CollectionAssert.AreEqual((double[])[0.3, 0.6, 0.8, 1], told.ConvertAll(p => Math.Round(p.Share, 9)));
        CollectionAssert.AreEqual((long[])[0, 3, 3, 5], told.ConvertAll(p => p.Rows));
        Assert.IsTrue(told[^1].RowsPerSecond > 0);

        using var again = Doubling.Rows(10);
        Assert.Contains("has 10 rows; the job begins at row 11",
            Assert.ThrowsExactly<InvalidDataException>(() => new Job(again, work, new Shard(11)).Run(new JoinedSinks([]))).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Shard(3, 3));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Shard(-1));
    }

    [TestMethod]
    public void Works_are_joined_on_the_same_rows()
    {
        using var folder = new TemporaryFolder();
        using var rows = Doubling.Rows(5);
        using var work = new JoinedWork([new Doubling(4), new Doubling(2)]);
        Assert.AreEqual(2, work.Capacity);
        var told = new List<double>();
        using (var sink = new NpySink([(folder["a.npy"], work.Ports[1]), (folder["b.npy"], work.Ports[3])]))
            new Job(rows, work).Run(sink, p => told.Add(p.Share));

        CollectionAssert.AreEqual((double[])[0.5, 2.5, 4.5, 6.5, 8.5], NpyArray.Load(folder["a.npy"]).ToDoubles());
        CollectionAssert.AreEqual(File.ReadAllBytes(folder["a.npy"]), File.ReadAllBytes(folder["b.npy"]));
        Assert.IsTrue(told.SequenceEqual(told.Order()) && told[^1] == 1, "progress goes on");
    }

    [TestMethod]
    public void A_stopped_job_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        for (var steps = 0; steps < 8; steps++)
        {
            using var stop = new CancellationTokenSource();
            var left = steps;
            using var rows = Doubling.Rows(6);
            using var work = new Doubling(2, () => { if (left-- == 0) stop.Cancel(); });
            using var sink = new NpzSink(folder["y.npz"], work.Ports.Select(p => (p.Name, p)));
            Assert.ThrowsExactly<OperationCanceledException>(() => new Job(rows, work).Run(sink, null, stop.Token));
            sink.Dispose();
            Assert.IsEmpty(folder.FileNames);
        }
    }
}

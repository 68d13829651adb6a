using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.ML.Introspection.Jobs;

namespace Microsoft.ML.Introspection.Tests.Jobs;

/// <summary>Jobs tell whoever listens how many rows they do, and in what time.</summary>
[TestClass]
public sealed class TellingOfJobs
{
    [TestMethod]
    public void Rows_stages_and_parts_are_told()
    {
        var (rows, stages, activities) = (0L, new ConcurrentDictionary<string, double>(), new ConcurrentBag<Activity>());
        using var meters = new MeterListener();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == JobTelemetry.Name)
                listener.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (instrument.Name == "introspection.job.rows")
                Interlocked.Add(ref rows, value);
        });
        meters.SetMeasurementEventCallback<double>((_, value, tags, _) =>
            stages.AddOrUpdate((string)tags[0].Value!, value, (_, before) => before + value));
        meters.Start();
        using var traces = new ActivityListener
        {
            ShouldListenTo = source => source.Name == JobTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(traces);

        using (var source = Doubling.Rows(11))
        using (var work = new Doubling(2))
        using (var folder = new Data.TemporaryFolder())
        using (var sink = new NpySink([(folder["out.npy"], work.Ports[0])]))
            Assert.AreEqual(11, new Job(source, work).Run(sink));

        // Other tests may run jobs of theirs meanwhile.
        Finite.AtLeast(11, rows);
        CollectionAssert.AreEquivalent((string[])["read", "compute", "write"], stages.Keys.ToArray());
        Assert.IsTrue(stages.Values.All(seconds => seconds >= 0));
        Assert.Contains(activity => activity.OperationName == "job part" && activity.GetTagItem("introspection.job.rows") is 11L, activities);
    }
}

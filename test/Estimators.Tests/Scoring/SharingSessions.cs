using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Tests.Scoring;

[TestClass]
public sealed class SharingSessions
{
    private readonly MLContext _mlContext = new(1);

    private static Trained Table => Trained.BreastCancer;

    [TestMethod]
    public void Cursors_on_several_threads_do_not_disturb_each_other()
    {
        var rows = Table.ManyRows(300);
        var data = Trained.Features(rows);
        var expected = Table.Explained(rows);
        using var transformer =
            _mlContext.Transforms.Saliency("Saliency", "Features", Table.File,
                new SaliencyOptions { Runtime = new RuntimeOptions { BatchSize = 7, Threads = 1 } }).Fit(data);
        var explained = transformer.Transform(data);
        Parallel.For(0, 4, _ => Reading.AreClose(expected, explained.Vectors("Saliency"), 1e-6));
    }

    [TestMethod]
    public void Two_cursors_on_one_thread_keep_their_places()
    {
        var rows = Table.ManyRows(50);
        var data = Trained.Features(rows);
        var expected = Table.Explained(rows);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        var explained = transformer.Transform(data);
        using var ahead = explained.GetRowCursor([explained.Schema["Saliency"]]);
        using var behind = explained.GetRowCursor([explained.Schema["Saliency"]]);
        for (var i = 0; i < 40; i++)
            Assert.IsTrue(ahead.MoveNext());
        while (ahead.MoveNext())
        {
            Assert.IsTrue(behind.MoveNext());
            Reading.AreClose([expected[ahead.Position], expected[behind.Position]],
                [ahead.Vector<float>("Saliency"), behind.Vector<float>("Saliency")], 1e-6);
        }
    }

    [TestMethod]
    public void A_running_cursor_outlives_its_transformer_and_a_new_one_is_refused()
    {
        var rows = Table.ManyRows(100);
        var data = Trained.Features(rows);
        var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        var explained = transformer.Transform(data);
        var found = new List<float[]>();
        using (var cursor = explained.GetRowCursor([explained.Schema["Saliency"]]))
        {
            Assert.IsTrue(cursor.MoveNext());
            found.Add(cursor.Vector<float>("Saliency"));
            transformer.Dispose();
            transformer.Dispose();
            while (cursor.MoveNext())
                found.Add(cursor.Vector<float>("Saliency"));
        }
        Reading.AreClose(Table.Explained(rows), [.. found], 1e-6);
        Assert.ThrowsExactly<ObjectDisposedException>(() => explained.GetRowCursor([explained.Schema["Saliency"]]));
        Assert.AreEqual(0, data.OpenCursors);
    }

    [TestMethod]
    public void Transformers_of_one_estimator_live_and_die_alone()
    {
        var data = Trained.Features(Table.Rows);
        var estimator = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File);
        var first = estimator.Fit(data);
        using var second = estimator.Fit(data);
        first.Dispose();
        Assert.AreNotSame(first, second);
        Reading.AreClose(Table.Floats("gradient"), second.Transform(data).Vectors("Saliency"), 1e-5);
    }

    [TestMethod]
    public void A_prediction_engine_closes_the_session_with_its_transformer()
    {
        var data = _mlContext.Data.LoadFromEnumerable(Table.Rows.Select(r => new ExplainingSingleRows.Patient { Features = r }));
        var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        var engine = _mlContext.Model.CreatePredictionEngine<ExplainingSingleRows.Patient, ExplainingSingleRows.Diagnosis>(transformer);
        Assert.HasCount(30, engine.Predict(new ExplainingSingleRows.Patient { Features = Table.Rows[0] }).Saliency);
        engine.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => transformer.Transform(data).Vectors("Saliency"));
    }

    [TestMethod]
    public void A_device_that_cannot_be_had_is_reported_or_replaced_aloud()
    {
        var data = Trained.Features(Table.Rows);
        var runtime = new RuntimeOptions { Device = Device.Cuda(99) };
        using var strict =
            _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, new SaliencyOptions { Runtime = runtime }).Fit(data);
        Assert.ThrowsExactly<DeviceException>(() => strict.Transform(data).Vectors("Saliency"));
        Assert.AreEqual(0, data.OpenCursors);

        var said = new List<string>();
        using var lenient = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File,
            new SaliencyOptions { Runtime = runtime with { FallBackToCpu = true, Log = said.Add } }).Fit(data);
        Reading.AreClose(Table.Floats("gradient"), lenient.Transform(data).Vectors("Saliency"), 1e-5);
        StringAssert.Contains(said.Single(), "CUDA device 99");
    }
}

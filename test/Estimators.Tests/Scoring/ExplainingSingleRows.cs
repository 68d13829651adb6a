using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Tests.Scoring;

[TestClass]
public sealed class ExplainingSingleRows
{
    private readonly MLContext _mlContext = new(1);

    private static Trained Table => Trained.BreastCancer;

    [TestMethod]
    public void A_prediction_engine_explains_one_row_after_the_other()
    {
        var data = _mlContext.Data.LoadFromEnumerable(Table.Rows.Select(r => new Patient { Features = r }));
        var model = _mlContext.Transforms.CopyColumns("Copy", "Features")
            .Append(
                _mlContext.Transforms.Saliency("Saliency", "Copy", Table.File,
                    new SaliencyOptions { TargetColumnName = "Class", ScoreColumnName = "Score" }))
            .Append(_mlContext.Transforms.Concatenate("All", "Saliency", "Score")).Fit(data);
        using var engine = _mlContext.Model.CreatePredictionEngine<Patient, Diagnosis>(model);
        for (var row = 0; row < Table.Rows.Length; row++)
        {
            var diagnosis = engine.Predict(new Patient { Features = Table.Rows[row] });
            Reading.AreClose([Table.Floats("gradient")[row]], [diagnosis.Saliency], 1e-5);
            Assert.AreEqual(Table.Targets[row], diagnosis.Class.Single());
            Near.Equal(Table.Floats("logits")[row].Largest(), diagnosis.Score.Single(), 1e-4f);
            Assert.HasCount(31, diagnosis.All);
        }
    }

    [TestMethod]
    public void A_row_that_cannot_be_explained_does_not_spoil_the_next()
    {
        var data = _mlContext.Data.LoadFromEnumerable(Table.Rows.Select(r => new Patient { Features = r }));
        using var engine = _mlContext.Model.CreatePredictionEngine<Patient, Diagnosis>(
            _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data));
        var bad = (float[])Table.Rows[0].Clone();
        bad[29] = float.NaN;
        Assert.ThrowsExactly<InvalidOperationException>(() => engine.Predict(new Patient { Features = bad }));
        Reading.AreClose([Table.Floats("gradient")[1]], [engine.Predict(new Patient { Features = Table.Rows[1] }).Saliency], 1e-5);
    }

    [TestMethod]
    public void A_row_mapper_computes_when_a_row_is_asked_about_and_only_then()
    {
        var data = Trained.Features(Table.Rows).Add("Label", NumberDataViewType.Int64, _ => 0L).Add("Number", NumberDataViewType.Int32,
            row => row);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File, Target.Label("Label")).Fit(data);
        var mapper = ((ITransformer)transformer).GetRowToRowMapper(data.Schema);
        Assert.IsTrue(((ITransformer)transformer).IsRowToRowMapper);
        Assert.AreSame(data.Schema, mapper.InputSchema);
        CollectionAssert.AreEqual(new[] { "Features", "Label" },
            mapper.GetDependencies([mapper.OutputSchema["Saliency"]]).Select(c => c.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "Number" },
            mapper.GetDependencies([mapper.OutputSchema["Number"]]).Select(c => c.Name).ToArray());

        var expected = Table.Explained(Table.Rows, target: Target.Class(0));
        using var source = data.GetRowCursor(data.Schema);
        using var row = mapper.GetRow(source, mapper.OutputSchema);
        var getter = row.GetGetter<VBuffer<float>>(mapper.OutputSchema["Saliency"]);
        VBuffer<float> saliency = default;
        while (source.MoveNext())
        {
            Assert.AreEqual(source.Position, row.Position);
            Assert.AreEqual((int)source.Position, row.Value<int>("Number"));
            if (source.Position % 2 == 1)
                continue;
            getter(ref saliency);
            getter(ref saliency);
            Reading.AreClose([expected[source.Position]], [[.. saliency.DenseValues()]], 1e-6);
        }
        Assert.AreEqual(4, data.ValuesRead["Features"]);
    }

    [TestMethod]
    public void A_mapper_takes_rows_of_its_own_schema_only()
    {
        var data = Trained.Features(Table.Rows);
        using var transformer = _mlContext.Transforms.Saliency("Saliency", "Features", Table.File).Fit(data);
        var mapper = ((ITransformer)transformer).GetRowToRowMapper(data.Schema);
        var other = Trained.Features(Table.Rows);
        using var cursor = other.GetRowCursor(other.Schema);
        Assert.ThrowsExactly<ArgumentException>(() => mapper.GetRow(cursor, mapper.OutputSchema));
    }

    public sealed class Patient
    {
        [VectorType(30)]
        public float[] Features { get; set; } = [];
    }

    public sealed class Diagnosis
    {
        public float[] Saliency { get; set; } = [];

        public long[] Class { get; set; } = [];

        public float[] Score { get; set; } = [];

        public float[] All { get; set; } = [];
    }
}

using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Tests.Pipelines;

[TestClass]
public sealed class ScoringPipelines
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    public void Values_of_all_types_reach_the_pipeline_as_they_were()
    {
        var visits = Enumerable.Range(0, 100).Select(Visit.Number).ToArray();
        var data = _ml.Data.LoadFromEnumerable(visits);
        var model = Echo().Fit(data);
        using var scorer = new PipelineScorer(model, data.Schema);
        CollectionAssert.AreEqual(
            new[] { "Text", "Big", "Id", "Flag", "Small", "Plain", "Kind", "When", "Slots[0]", "Slots[1]", "Names[0]", "Names[1]" },
            scorer.FeatureNames.ToArray());
        CollectionAssert.AreEqual(new[] { true, false, false, true, false, false, true, true, false, false, true, true },
            Enumerable.Range(0, 12).Select(scorer.IsCategorical).ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(0, 9).Select(i => $"Score[{i}]").ToArray(), scorer.OutputNames.ToArray());

        AreEqual(model.Transform(data).Vectors("Score"), Scores(scorer, scorer.Encode(data)));
    }

    [TestMethod]
    public void Rows_made_of_parts_of_others_are_scored_as_such()
    {
        var visits = Enumerable.Range(0, 60).Select(Visit.Number).ToArray();
        var data = _ml.Data.LoadFromEnumerable(visits);
        var model = Echo().Fit(data);
        using var scorer = new PipelineScorer(model, data.Schema);
        var rows = scorer.Encode(data);
        var random = new Random(3);
        var mixed = new float[rows.Length];
        var expected = new Visit[visits.Length];
        for (var row = 0; row < visits.Length; row++)
        {
            var from = Enumerable.Range(0, 12).Select(_ => random.Next(visits.Length)).ToArray();
            for (var feature = 0; feature < 12; feature++)
                mixed[row * 12 + feature] = rows[from[feature] * 12 + feature];
            expected[row] = new Visit
            {
                Text = visits[from[0]].Text, Big = visits[from[1]].Big, Id = visits[from[2]].Id, Flag = visits[from[3]].Flag,
                Small = visits[from[4]].Small,
                Plain = visits[from[5]].Plain, Kind = visits[from[6]].Kind, When = visits[from[7]].When,
                Slots = [visits[from[8]].Slots[0], visits[from[9]].Slots[1]],
                Names = [visits[from[10]].Names[0], visits[from[11]].Names[1]],
            };
        }
        AreEqual(model.Transform(_ml.Data.LoadFromEnumerable(expected)).Vectors("Score"), Scores(scorer, mixed));
    }

    [TestMethod]
    public void Features_are_the_columns_that_the_scores_depend_on()
    {
        var data = Samples.Numbers(Samples.Rows(20, 1)).Add("Unused", TextDataViewType.Instance, _ => "x".AsMemory());
        using var scorer = new PipelineScorer(
            _ml.Transforms.CopyColumns("Score", "Features").Append(_ml.Transforms.CopyColumns("Other", "Label")).Fit(data), data.Schema);
        var column = Assert.ContainsSingle(scorer.Columns);
        Assert.AreEqual(("Features", 0, Samples.FeatureCount, false),
            (column.Name, column.FirstFeature, column.FeatureCount, column.IsCategorical));
        CollectionAssert.AreEqual(Array.ConvertAll(Samples.FeatureNames, n => $"Features.{n}"), scorer.FeatureNames.ToArray());
        CollectionAssert.AreEqual(Samples.FeatureNames, scorer.OutputNames.ToArray());
    }

    [TestMethod]
    public void Columns_can_be_named_in_any_order_with_others_beside()
    {
        var data = Samples.Numbers(Samples.Rows(20, 2));
        var model = _ml.Transforms.CopyColumns("Score", "Label").Fit(data);
        using var scorer = new PipelineScorer(model, data.Schema, new PipelineScorerOptions { Columns = ["Features", "Label"] });
        Assert.AreEqual("Label", scorer.FeatureNames[^1]);
        var rows = scorer.Encode(data, maximumRows: 5);
        Assert.HasCount(5 * 9, rows);
        CollectionAssert.AreEqual(data.GetColumn<float>("Label").Take(5).Select(l => (double)l).ToArray(),
            Scores(scorer, rows).Select(s => s[0]).ToArray());
    }

    [TestMethod]
    public void Networks_are_scored_like_by_ApplyOnnxModel()
    {
        var table = Trained.BreastCancer;
        var data = Trained.Features(table.Rows);
        using var model =
            _ml.Transforms.CopyColumns("input", "Features").Append(_ml.Transforms.ApplyOnnxModel("logits", "input", table.File)).Fit(data);
        using var scorer = new PipelineScorer(model, data.Schema, new PipelineScorerOptions { OutputColumn = "logits" });
        var expected = model.Transform(data).Vectors("logits");
        Reading.AreClose(expected, [.. Scores(scorer, scorer.Encode(data)).Select(s => Array.ConvertAll(s, v => (float)v))], 1e-6);
    }

    [TestMethod]
    public void Vectors_can_be_one_feature_each()
    {
        var rows = Samples.Rows(30, 3);
        var data = Samples.Features(rows).Add("Ragged", new VectorDataViewType(TextDataViewType.Instance),
            r => new VBuffer<ReadOnlyMemory<char>>(r % 4, [.. Enumerable.Range(0, r % 4).Select(i => $"{r}.{i}".AsMemory())]));
        var model =
            _ml.Transforms.CustomMapping<Loose, Joined>(
                (from, to) => to.Score = [from.Features[0], from.Ragged.Length, from.Ragged.Sum(t => t.Length)], "joined").Fit(data);
        using var scorer = new PipelineScorer(model, data.Schema, new PipelineScorerOptions { WholeColumns = ["Features"] });
        CollectionAssert.AreEqual(new[] { "Features", "Ragged" }, scorer.FeatureNames.ToArray());
        Assert.IsTrue(scorer.IsCategorical(0) && scorer.IsCategorical(1));
        var encoded = scorer.Encode(data);
        (encoded[0], encoded[2]) = (encoded[2], encoded[0]);
        var scores = Scores(scorer, encoded);
        CollectionAssert.AreEqual(new double[] { rows[1][0], 0, 0 }, scores[0]);
        CollectionAssert.AreEqual(new double[] { rows[0][0], 1, 3 }, scores[1]);
        CollectionAssert.AreEqual(new double[] { rows[23][0], 3, 12 }, scores[23]);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    public void As_many_threads_as_wanted_score_the_same(int threads)
    {
        var data = Samples.Features(Samples.Rows(1000, 4));
        var users = new System.Collections.Concurrent.ConcurrentDictionary<int, int>();
        var model = _ml.Transforms.CustomMapping<Loose, Joined>((from, to) =>
        {
            users[Environment.CurrentManagedThreadId] = 1;
            to.Score = [from.Features.Sum(), 0, 0];
        }, "sum").Fit(data.Add("Ragged", new VectorDataViewType(TextDataViewType.Instance), _ => default(VBuffer<ReadOnlyMemory<char>>)));
        using var scorer = new PipelineScorer(model, data.Schema, new PipelineScorerOptions { Threads = threads });
        var rows = scorer.Encode(data);
        users.Clear();
        for (var time = 0; time < 3; time++)
            CollectionAssert.AreEqual(data.Vectors("Features").Select(f => (double)f.Sum()).ToArray(),
                Scores(scorer, rows).Select(s => s[0]).ToArray());
        if (threads == 1)
            Assert.ContainsSingle(users);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void More_rows_than_a_block_has_are_scored_in_order(bool mapped)
    {
        // 600 features make blocks of 1747 rows.
        var data = new RowSource(4000).Add("Features", new VectorDataViewType(NumberDataViewType.Single, 600),
            row => new VBuffer<float>(600, 1, [row], [row % 600]));
        ITransformer model = _ml.Transforms.CopyColumns("Score", "Features").Fit(data);
        using var scorer = new PipelineScorer(mapped ? model : new Streamed(model), data.Schema);
        var rows = scorer.Encode(data);
        var scores = new double[rows.Length];
        scorer.Score(rows, scores);
        for (var row = 0; row < 4000; row++)
            Assert.AreEqual(row, scores[row * 600 + row % 600]);
        Assert.AreEqual(3999.0 * 4000 / 2, scores.Sum());
    }

    [TestMethod]
    public void Pipelines_that_do_not_map_row_by_row_are_scored_as_data()
    {
        var data = Samples.Numbers(Samples.Rows(50, 5));
        var model = new Streamed(_ml.Transforms.CopyColumns("Score", "Label").Fit(data));
        using var scorer = new PipelineScorer(model, data.Schema);
        CollectionAssert.AreEqual(new[] { "Features", "Label", "Group" }, scorer.Columns.Select(c => c.Name).ToArray());
        var rows = scorer.Encode(data);
        CollectionAssert.AreEqual(data.GetColumn<float>("Label").Select(l => (double)l).ToArray(),
            Scores(scorer, rows).Select(s => s[0]).ToArray());
        Assert.HasCount(7, Scores(scorer, rows[..(7 * 10)]));
        using var halved = new PipelineScorer(
            new Streamed(_ml.Transforms.CopyColumns("Score", "Label").Fit(data), d => _ml.Data.TakeRows(d, 3)), data.Schema);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => Scores(halved, halved.Encode(data))).Message,
            "made 3 rows of 50");
    }

    [TestMethod]
    public void Codes_can_be_shown()
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add("KeyValues", new VectorDataViewType(TextDataViewType.Instance, 2),
            (ref VBuffer<ReadOnlyMemory<char>> names) => names = new(2, ["north".AsMemory(), "south".AsMemory()]));
        var data = new RowSource(3).Add("Town", TextDataViewType.Instance, row => $"town {row}".AsMemory())
            .Add("Side", new KeyDataViewType(typeof(uint), 2), row => (uint)row, builder.ToAnnotations())
            .Add("Size", NumberDataViewType.Double, row => row + 0.1).Add("All", new VectorDataViewType(NumberDataViewType.Single, 2),
                row => new VBuffer<float>(2, [row, 0.5f]));
        var model = _ml.Transforms.CopyColumns("Score", "Size").Fit(data);
        using var scorer = new PipelineScorer(model, data.Schema,
            new PipelineScorerOptions { Columns = ["Town", "Side", "Size", "All"], WholeColumns = ["All"] });
        var row = scorer.Encode(data)[8..];
        CollectionAssert.AreEqual(new[] { "town 2", "south", null, "2 0.5" },
            row.Select((code, feature) => scorer.TextOf(feature, code)).ToArray());
        Assert.AreEqual("0", scorer.TextOf(1, 0), "A missing key has no name.");
    }

    [TestMethod]
    public void Rows_can_be_forgotten_when_they_are_done_with()
    {
        var data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 30).Select(Visit.Number));
        using var scorer = new PipelineScorer(Echo().Fit(data), data.Schema);
        var background = scorer.Encode(data, maximumRows: 10);
        var expected = Scores(scorer, background);
        var mark = scorer.Remembered;
        var others = scorer.Encode(data);
        CollectionAssert.AreNotEqual(mark.ToArray(), scorer.Remembered.ToArray());
        scorer.ForgetAfter(mark);
        CollectionAssert.AreEqual(mark.ToArray(), scorer.Remembered.ToArray());
        for (var row = 0; row < 10; row++)
            CollectionAssert.AreEqual(expected[row], Scores(scorer, background)[row]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => Scores(scorer, others)).Message,
            "is the code of no value");
    }

    [TestMethod]
    public void Nothing_to_score_is_no_error() =>
        Scores(
            new PipelineScorer(_ml.Transforms.CopyColumns("Score", "Features").Fit(Trained.Features([[1, 2]])),
                Trained.Features([[1, 2]]).Schema), []);

    internal static double[][] Scores(IScorer scorer, float[] rows)
    {
        var scores = new double[rows.Length / scorer.FeatureNames.Count * scorer.OutputNames.Count];
        scorer.Score(rows, scores);
        return [.. scores.Chunk(scorer.OutputNames.Count)];
    }

    private static void AreEqual(float[][] expected, double[][] actual)
    {
        Assert.HasCount(expected.Length, actual);
        Finite.Above(expected.Length / 2, expected.Select(r => string.Join(' ', r)).Distinct().Count());
        for (var row = 0; row < expected.Length; row++)
            CollectionAssert.AreEqual(Array.ConvertAll(expected[row], v => (double)v), actual[row], $"row {row}");
    }

    private IEstimator<ITransformer> Echo() => _ml.Transforms.CustomMapping<Visit, Told>((from, to) => to.Score = from.Told(), "echo");

    /// <summary>A pipeline that says it does not map row by row.</summary>
    private sealed class Streamed(ITransformer inner, Func<IDataView, IDataView>? change = null) : ITransformer
    {
        public bool IsRowToRowMapper => false;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inner.GetOutputSchema(inputSchema);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new InvalidOperationException();

        public IDataView Transform(IDataView input) => inner.Transform(change?.Invoke(input) ?? input);

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();
    }

    public sealed class Visit
    {
        public string Text { get; set; } = "";

        public double Big { get; set; }

        public long Id { get; set; }

        public bool Flag { get; set; }

        public short Small { get; set; }

        public float Plain { get; set; }

        [KeyType(6)]
        public uint Kind { get; set; }

        public DateTime When { get; set; }

        [VectorType(2)]
        public double[] Slots { get; set; } = [];

        [VectorType(2)]
        public string[] Names { get; set; } = [];

        public static Visit Number(int i) => new()
        {
            Text = i % 5 == 0 ? "" : $"text {i % 7}", Big = i / 3.0, Id = 9_007_199_254_740_993 + i % 40, Flag = i % 3 == 0,
            Small = (short)(i * 300 - 15000),
            Plain = i % 11 == 0 ? 1e30f : i * 0.1f, Kind = (uint)(i % 7), When = new DateTime(2020, 1, 1).AddSeconds(i % 50),
            Slots = [i / 7.0, -i], Names = [$"n{i % 3}", $"m{i % 4}"],
        };

        /// <summary>What tells every value from its neighbours.</summary>
        public float[] Told() =>
        [
            Text.Length == 0 ? -1 : Text[^1], (float)((Big * 3 - Math.Round(Big * 3)) * 1e16), Id % 1000, Flag ? 1 : 0, Small, Plain, Kind,
            When.Ticks / TimeSpan.TicksPerSecond % 1000,
            (float)(Slots[0] * 7 - Math.Round(Slots[0] * 7)) * 1e16f + (float)Slots[1] + Names[0][1] * 10 + Names[1][1] * 1000,
        ];
    }

    public sealed class Told
    {
        [VectorType(9)]
        public float[] Score { get; set; } = [];
    }

    public sealed class Loose
    {
        [VectorType(Samples.FeatureCount)]
        public float[] Features { get; set; } = [];

        public string[] Ragged { get; set; } = [];
    }

    public sealed class Joined
    {
        [VectorType(3)]
        public float[] Score { get; set; } = [];
    }
}

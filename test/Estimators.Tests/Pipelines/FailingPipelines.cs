using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Tests.Support;

namespace Microsoft.ML.Introspection.Estimators.Tests.Pipelines;

[TestClass]
public sealed class FailingPipelines
{
    private readonly MLContext _ml = new(1);

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void A_row_that_the_pipeline_cannot_take_is_shown_with_the_column_read_last(int threads)
    {
        var data =
            _ml.Data.LoadFromEnumerable(
                Enumerable.Range(0, 200)
                    .Select(i => new Order { Goods = i % 2 == 0 ? "apples" : "pears", Country = i % 2 == 0 ? "GB" : "DE", Weight = i }));
        // Apples come from Britain in all of the data; rows made of parts of others know nothing of it.
        var model = _ml.Transforms.CustomMapping<Order, Price>((order, price) =>
            price.Score = order.Goods == "apples" && order.Country != "GB" ? throw new InvalidDataException("no such apples")
                : order.Weight, "price").Fit(data);
        using var scorer = new PipelineScorer(model, data.Schema, new PipelineScorerOptions { Threads = threads });
        var rows = scorer.Encode(data);
        _ = ScoringPipelines.Scores(scorer, rows);
        rows[100 * 3 + 1] = rows[1 * 3 + 1];
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => ScoringPipelines.Scores(scorer, rows));
        StringAssert.Contains(error.Message, "failed on row 100: ");
        StringAssert.Contains(error.Message, "no such apples");
        StringAssert.Contains(error.Message, "Goods = 'apples'; Country = 'DE'; Weight = 100");
        Assert.IsNotNull(error.InnerException);
        // The scorer is as good as before.
        rows[100 * 3 + 1] = rows[1];
        Assert.AreEqual(100, ScoringPipelines.Scores(scorer, rows)[100][0]);
    }

    [TestMethod]
    public void The_column_whose_value_cannot_be_read_is_named()
    {
        var data =
            _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 5).Select(i => new Order { Goods = $"{i}", Country = "DE", Weight = i }));
        using var scorer =
            new PipelineScorer(
                _ml.Transforms.CustomMapping<Order, Price>((order, price) => price.Score = order.Goods.Length, "length").Fit(data),
                data.Schema);
        var rows = scorer.Encode(data);
        rows[3] = 0.5f;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => ScoringPipelines.Scores(scorer, rows));
        StringAssert.Contains(error.Message, "failed on row 1: 0.5 is the code of no value");
        StringAssert.Contains(error.Message, "The column that was read last is 'Goods'");
        StringAssert.Contains(error.Message, "Goods = code 0.5; Country = 'DE'");
    }

    [TestMethod]
    public void Scoring_stops_when_it_is_told_to()
    {
        var data = Samples.Features(Samples.Rows(500, 1));
        using var cancellation = new CancellationTokenSource();
        using var scorer = new PipelineScorer(_ml.Transforms.CopyColumns("Score", "Features").Fit(data), data.Schema);
        var rows = scorer.Encode(data);
        cancellation.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => scorer.Score(rows, new double[rows.Length], cancellation.Token));
    }

    [TestMethod]
    public void Output_columns_that_hold_no_scores_are_refused_with_those_that_would_do()
    {
        var data = Samples.Features(Samples.Rows(5, 2)).Add("Text", TextDataViewType.Instance, _ => "x".AsMemory()).Add("Number",
            NumberDataViewType.Int64, _ => 1L);
        var model = _ml.Transforms.CopyColumns("Copy", "Features").Fit(data);
        foreach (var (name, expected) in new[] { ((string?)null, "no output column 'Score'"),
            ("Probability", "no output column 'Probability'"), ("Text", "'Text' is of type") })
        {
            var error = Assert.ThrowsExactly<ArgumentException>(
                () => new PipelineScorer(model, data.Schema, new PipelineScorerOptions { OutputColumn = name }));
            StringAssert.Contains(error.Message, expected);
            StringAssert.Contains(error.Message, "'Features', 'Number', 'Copy'");
        }
    }

    [TestMethod]
    public void Columns_that_do_not_fit_are_refused()
    {
        var data = Samples.Numbers(Samples.Rows(5, 3));
        var model = _ml.Transforms.Concatenate("Score", "Features", "Label").Fit(data);
        PipelineScorer Make(PipelineScorerOptions options) => new(model, data.Schema, options);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Make(new() { Columns = ["Nowhere"] })).Message,
            "no column 'Nowhere'; the data has the columns 'Features', 'Label', 'Group'");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Make(new() { Columns = ["Features"] })).Message,
            "also reads 'Label'");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Make(new() { WholeColumns = ["Label"] })).Message,
            "'Label' is to be one feature as a whole, but is no vector column");
        using var scorer = Make(new());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => scorer.Encode(Samples.Features(Samples.Rows(1, 4)))).Message,
            "no column 'Label' of type Single");
        var other = Samples.Features(Samples.Rows(1, 4)).Add("Label", NumberDataViewType.Double, _ => 1.0);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => scorer.Encode(other)).Message,
            "'Label' is of type Double; Single was expected");
        Assert.ThrowsExactly<ArgumentException>(() => scorer.Score(new float[10], new double[9]));
        Assert.ThrowsExactly<ArgumentException>(() => scorer.Score(new float[9], new double[8]));
    }

    [TestMethod]
    public void Options_check_themselves()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new PipelineScorerOptions { Columns = [] });
        Assert.ThrowsExactly<ArgumentException>(() => new PipelineScorerOptions { Columns = ["a", "a"] });
        Assert.ThrowsExactly<ArgumentException>(() => new PipelineScorerOptions { WholeColumns = [""] });
        Assert.ThrowsExactly<ArgumentNullException>(() => new PipelineScorerOptions { WholeColumns = null! });
        Assert.ThrowsExactly<ArgumentException>(() => new PipelineScorerOptions { OutputColumn = "" });
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new PipelineScorerOptions { Threads = 0 });
    }

    public sealed class Order
    {
        public string Goods { get; set; } = "";

        public string Country { get; set; } = "";

        public float Weight { get; set; }
    }

    public sealed class Price
    {
        public float Score { get; set; }
    }
}

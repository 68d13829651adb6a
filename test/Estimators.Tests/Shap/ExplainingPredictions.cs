using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Tests.Support;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Estimators.Tests.Shap;

/// <summary>Whole pipelines beside their predictions, by the columns they were given.</summary>
[TestClass]
public sealed class ExplainingPredictions
{
    private readonly MLContext _ml = new(1);
    private readonly Person[] _people;
    private readonly IDataView _data;
    private readonly IDataView _few;

    public ExplainingPredictions()
    {
        var random = new Random(1);
        string[] cities = ["Berlin", "Paris", "Rome", "Oslo"];
        _people = [.. Enumerable.Range(0, 400).Select(i =>
        {
            var (age, income, city) = (random.Next(18, 80), random.Next(10, 60), cities[random.Next(4)]);
            var z = (income - 30) / 8f - (age - 45) / 15f + (city == "Berlin" ? 1 : 0);
            return new Person
            {
                Age = i % 13 == 5 ? float.NaN : age, Income = income, City = city, Remark = z > 0 ? "good and sound" : "poor or bad",
                Approved = z + random.NextSingle() > 0.5, Grade = z > 1 ? "A" : z > -1 ? "B" : "C", Spend = MathF.Exp(z / 3),
            };
        })];
        _data = _ml.Data.LoadFromEnumerable(_people);
        _few = _ml.Data.LoadFromEnumerable(_people[..12]);
    }

    // As Model Builder writes it: columns are overwritten in place.
    private EstimatorChain<ColumnConcatenatingTransformer> InPlace => _ml.Transforms.ReplaceMissingValues("Age")
        .Append(_ml.Transforms.NormalizeMeanVariance([new InputOutputColumnPair("Age"), new("Income")]))
        .Append(_ml.Transforms.Categorical.OneHotEncoding([new InputOutputColumnPair("City")]))
        .Append(_ml.Transforms.Concatenate("Features", "Age", "Income", "City"));

    [TestMethod]
    public void Raw_values_predictions_and_reasons_stand_together_and_are_loaded_as_ml_nets_own()
    {
        ITransformer model = InPlace.Append(_ml.BinaryClassification.Trainers.FastTree("Approved", numberOfTrees: 20)).Fit(_data);
        using var reasons = _ml.Transforms.Explain(model).Fit(_data);
        var explained = reasons.Transform(_few);
        using var stream = new MemoryStream();
        _ml.Model.Save(reasons, _data.Schema, stream);
        stream.Position = 0;
        var loaded = new MLContext().Model.Load(stream, out _).Transform(_few);

        var expected = model.Transform(_few).GetColumn<float>("Score").ToArray();
        foreach (var view in (IDataView[])[explained, loaded])
        {
            CollectionAssert.AreEqual(_people[..12].Select(p => p.City).ToArray(), view.GetColumn<string>("City").ToArray());
            CollectionAssert.AreEqual(_people[..12].Select(p => p.Income).ToArray(), view.GetColumn<float>("Income").ToArray());
            CollectionAssert.AreEqual(expected, view.GetColumn<float>("Score").ToArray());
            CollectionAssert.AreEqual((string[])["Age", "Income", "City"], view.Schema["Shap"].SlotNames());
            foreach (var (row, values) in view.Vectors("Shap").Index())
                Near.Equal(expected[row], view.Vectors("ShapBase")[row][0] + values.Sum(), 1e-4);
        }
        var one = _ml.Model.CreatePredictionEngine<Person, Reasons>(reasons).Predict(_people[3]);
        CollectionAssert.AreEqual(explained.Vectors("Shap")[3], one.Shap);
        Assert.AreEqual(expected[3], one.Score);
    }

    [TestMethod]
    [DataRow("FastTree"), DataRow("logistic")]
    public void Values_know_the_probability_that_belongs_to_a_score(string kind)
    {
        IEstimator<ITransformer> trainer = kind == "FastTree" ? _ml.BinaryClassification.Trainers.FastTree("Approved", numberOfTrees: 20)
            : _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Approved");
        var explained = _ml.Transforms.Explain(InPlace.Append(trainer).Fit(_data)).Fit(_data).Transform(_few);
        var values = _ml.Data.ReadShapValues(explained)[0];
        var told = explained.GetColumn<float>("Probability").ToArray();
        Near.Equal(told, [.. values.Predictions.Select(score => (float)values.PredictionAt(score)!.Value)], 1e-4f);

        var predictions = _ml.Transforms.Explain(InPlace.Append(trainer).Fit(_data), options: new() { Output = TreeShapOutput.Prediction })
            .Fit(_data).Transform(_few);
        Assert.IsNull(_ml.Data.ReadShapValues(predictions)[0].PredictionAt(0.5), "they are probabilities already");
    }

    [TestMethod]
    [DataRow("FastTree"), DataRow("logistic"), DataRow("LdSvm")]
    public void Groups_of_slots_get_what_all_coalitions_of_raw_columns_give_them(string kind)
    {
        IEstimator<ITransformer> trainer = kind switch
        {
            "FastTree" => _ml.BinaryClassification.Trainers.FastTree("Approved", numberOfTrees: 20),
            "logistic" => _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Approved"),
            _ => _ml.BinaryClassification.Trainers.LdSvm("Approved"),
        };
        // Texts, hashes and vectors, concatenated and then normalised once more.
        var model = _ml.Transforms.ReplaceMissingValues("Age").Append(_ml.Transforms.Text.FeaturizeText("Words", "Remark"))
            .Append(_ml.Transforms.Categorical.OneHotHashEncoding("Town", "City", numberOfBits: 3))
            .Append(_ml.Transforms.Concatenate("Features", "Age", "Income", "Town", "Words"))
            .Append(_ml.Transforms.NormalizeMinMax("Features")).Append(trainer).Fit(_data);
        var background = _ml.Data.LoadFromEnumerable(_people[100..110]);
        var own = _ml.Transforms.Shap("Shap", model, new ShapOptions { Background = background }).Fit(_data);
        var asked = _ml.Transforms.Shap("Shap", model, new ShapOptions { Background = background, Algorithm = ShapAlgorithm.Exact })
            .Fit(_data);
        CollectionAssert.AreEquivalent((string[])["Age", "Income", "City", "Remark"], own.Transform(_few).Schema["Shap"].SlotNames());
        foreach (var (one, other) in own.Transform(_few).Vectors("Shap").Zip(asked.Transform(_few).Vectors("Shap")))
            for (var i = 0; i < 4; i++)
                Near.Equal(other[i], one[i], 2e-4 * Math.Max(1, other.Largest(Math.Abs)));
        StringAssert.StartsWith(own.Description, kind switch { "FastTree" => "exact tree", "logistic" => "linear", _ => "all coalitions" });
    }

    [TestMethod]
    public void Behind_a_pipeline_that_overwrites_nothing_but_the_label_the_same_rows_are_explained()
    {
        var model = _ml.Transforms.Conversion.MapValueToKey("City").Append(_ml.Transforms.Concatenate("Features", "Income"))
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("City")).Fit(_data);
        var shap = _ml.Transforms.Shap("Shap", model).Fit(_data);
        foreach (var (one, other) in shap.Transform(_few).Vectors("Shap").Zip(shap.Transform(model.Transform(_few)).Vectors("Shap")))
            CollectionAssert.AreEqual(one, other);
    }

    [TestMethod]
    public void Behind_the_pipeline_the_same_rows_are_explained_or_it_is_said_that_they_are_gone()
    {
        var model = InPlace.Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Approved")).Fit(_data);
        var options = new ShapOptions { BaseValueColumnName = "Base" };
        var shap = _ml.Transforms.Shap("Shap", model, options).Fit(_data);
        var right = shap.Transform(_few).Vectors("Shap");
        var behind = model.Append(shap);
        var late = _ml.Transforms.Shap("Shap", model, options).Fit(model.Transform(_data));
        foreach (var view in (IDataView[])[behind.Transform(_few), late.Transform(_few), late.Transform(model.Transform(_few))])
            foreach (var (one, other) in right.Zip(view.Vectors("Shap")))
                CollectionAssert.AreEqual(one, other);
        CollectionAssert.AreEqual(right[2], _ml.Model.CreatePredictionEngine<Person, Reasons>(behind).Predict(_people[2]).Shap);

        // Raw values that are no longer there, though the type of the columns is what it was.
        var numbers = _ml.Transforms.NormalizeMeanVariance([new InputOutputColumnPair("Income")])
            .Append(_ml.Transforms.Concatenate("Features", "Income"))
            .Append(_ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Approved")).Fit(_data);
        var lone = _ml.Transforms.Shap("Shap", numbers).Fit(_data);
        var chosen = _ml.Transforms.SelectColumns(["Income", "Score"]).Fit(numbers.Transform(_few)).Transform(numbers.Transform(_few));
        var copied = _ml.Data.LoadFromEnumerable(_ml.Data.CreateEnumerable<Scored>(chosen, reuseRowObject: false));
        foreach (var lost in (IDataView[])[chosen, copied])
            StringAssert.Contains(Assert.Throws<ArgumentException>(() => lone.Transform(lost).Vectors("Shap")).Message, "Explain(model)");
        // Only prepared, and not yet scored.
        var prepared = ((IEnumerable<ITransformer>)numbers).First().Transform(_few);
        StringAssert.Contains(Assert.Throws<ArgumentException>(() => lone.Transform(prepared)).Message, "overwritten 'Income'");
    }

    [TestMethod]
    public void Classes_are_named_told_by_keys_and_texts_and_sum_to_the_score_where_asked()
    {
        var pipeline = _ml.Transforms.Conversion.MapValueToKey("Label", "Grade").Append(InPlace)
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        ITransformer model = _ml.Transforms.CopyColumns("Untouched", "Age").Append(pipeline).Fit(_data);
        var scored = model.Transform(_few);
        VBuffer<ReadOnlyMemory<char>> named = default;
        scored.Schema["Score"].GetSlotNames(ref named);
        string[] classes = [.. named.DenseValues().Select(n => $"{n}")];
        var scores = scored.Vectors("Score");
        var grades = _people[..12].Select(p => Array.IndexOf(classes, p.Grade)).ToArray();
        foreach (var (target, explained) in ((Target, Func<int, float>)[])
        [
            (Target.Class("B"), row => scores[row][Array.IndexOf(classes, "B")]),
            (Target.Difference("A", "C"), row => scores[row][Array.IndexOf(classes, "A")] - scores[row][Array.IndexOf(classes, "C")]),
            (Target.Parse("class:A-class:C"), row => scores[row][Array.IndexOf(classes, "A")] - scores[row][Array.IndexOf(classes, "C")]),
            (Target.Label("Grade"), row => scores[row][grades[row]]), (Target.ArgMax, row => scores[row].Largest()),
        ])
        {
            using var reasons = _ml.Transforms.Explain(model, options: new() { Target = target, Output = TreeShapOutput.Prediction })
                .Fit(_data);
            var view = reasons.Transform(_few);
            foreach (var (row, values) in view.Vectors("Shap").Index())
                Near.Equal(explained(row), view.Vectors("ShapBase")[row][0] + values.Sum(), 1e-4, $"{target}, row {row}");
        }
        // ML.NET's own label is a key.
        var features = model.Transform(_data);
        var predictor = new FittedModel(model, _data.Schema).Predictor!;
        var told = _ml.Transforms.Shap("Shap", (ISingleFeaturePredictionTransformer<object>)predictor, new ShapOptions
        {
            Target = Target.Label("Label"), TargetColumnName = "Class",
        }).Fit(features).Transform(scored);
        CollectionAssert.AreEqual(grades, told.GetColumn<long[]>("Class").Select(c => (int)c[0]).ToArray());
        StringAssert.Contains(Assert.Throws<ArgumentException>(() =>
            _ml.Transforms.Explain(model, options: new() { Target = Target.Class("D") }).Fit(_data)).Message, "no class 'D'");

        var read = _ml.Data.ReadShapValues(_ml.Transforms.Explain(model).Fit(_data).Transform(_few));
        CollectionAssert.IsSubsetOf(read.Skip(1).Select(v => v.OutputName).ToArray(), classes);
        CollectionAssert.AreEqual(scores.Select(s => classes[Array.IndexOf(s, s.Largest())]).ToArray(),
            read[0].RowOutputs!.ToArray());
        Assert.AreEqual(12, read.Skip(1).Sum(v => v.RowCount));
        // Raw scores are held against their softmax.
        var all = _ml.Transforms.Shap("Shap", model, new ShapOptions { BaseValueColumnName = "Base" }).Fit(_data).Transform(_few);
        foreach (var values in _ml.Data.ReadShapValues(model.Transform(all), "Shap", "Base", new() { ScoreColumnName = "Score" }))
            Near.Equal(0, values.LargestGap!.Value, 1e-5);
    }

    [TestMethod]
    [DataRow(false), DataRow(true)]
    public void Predictions_of_few_features_have_their_own_shapley_values(bool poisson)
    {
        IEstimator<ITransformer> trainer = poisson ? _ml.Regression.Trainers.LbfgsPoissonRegression("Spend")
            : _ml.BinaryClassification.Trainers.FastTree("Approved", numberOfTrees: 15);
        var model = InPlace.Append(trainer).Fit(_data);
        var background = _ml.Data.LoadFromEnumerable(_people[200..215]);
        var options = new ShapOptions { Background = background, Output = TreeShapOutput.Prediction };
        var own = _ml.Transforms.Shap("Shap", model, options).Fit(_data).Transform(_few).Vectors("Shap");
        var asked = _ml.Transforms.Shap("Shap", model, options with { Algorithm = ShapAlgorithm.Exact }).Fit(_data).Transform(_few)
            .Vectors("Shap");
        foreach (var (one, other) in own.Zip(asked))
            for (var i = 0; i < 3; i++)
                Near.Equal(other[i], one[i], 1e-5);
        if (poisson)
            return;
        // By the trees' own algorithm they are called what they are.
        using var rescaled = _ml.Transforms.Shap("Shap", model, options with { Algorithm = ShapAlgorithm.Tree }).Fit(_data);
        StringAssert.Contains(rescaled.Description, "rescaled to predictions");
    }

    [TestMethod]
    public void A_black_box_is_announced_with_the_time_that_it_takes()
    {
        var told = new List<string>();
        _ml.Log += (_, e) => told.Add(e.RawMessage);
        // Slots that are made of several columns together.
        var entangled = _ml.Transforms.ReplaceMissingValues("Age").Append(_ml.Transforms.Concatenate("Both", "Age", "Income"))
            .Append(_ml.Transforms.NormalizeLpNorm("Features", "Both"))
            .Append(_ml.BinaryClassification.Trainers.FastTree("Approved", numberOfTrees: 5)).Fit(_data);
        using var reasons = _ml.Transforms.Explain(entangled).Fit(_data);
        var message = told.Single(m => m.Contains("black box"));
        foreach (var part in (string[])["'Age'", "'Income'", "together", "scores for each row", "for 1,000 rows"])
            StringAssert.Contains(message, part);
        foreach (var (row, values) in reasons.Transform(_few).Vectors("Shap").Index())
            Near.Equal(entangled.Transform(_few).GetColumn<float>("Score").ElementAt(row),
                reasons.Transform(_few).Vectors("ShapBase")[row][0] + values.Sum(), 1e-4);
        told.Clear();
        using var exact = _ml.Transforms.Explain(
            InPlace.Append(_ml.BinaryClassification.Trainers.FastTree("Approved", numberOfTrees: 5)).Fit(_data)).Fit(_data);
        Assert.IsFalse(told.Any(m => m.Contains("black box")));
    }

    [TestMethod]
    public void Slots_are_named_and_grouped_by_their_columns()
    {
        var prepared = _ml.Transforms.ReplaceMissingValues("Age").Append(_ml.Transforms.Categorical.OneHotHashEncoding("City", numberOfBits: 2))
            .Append(_ml.Transforms.Text.FeaturizeText("Words", "Remark"))
            .Append(_ml.Transforms.Concatenate("Features", "Age", "City", "Words")).Fit(_data).Transform(_data);
        var model = _ml.BinaryClassification.Trainers.FastTree("Approved", numberOfTrees: 10).Fit(prepared);
        string[] Names(ShapOptions options) => _ml.Transforms.Shap("Shap", model, options).Fit(prepared).Transform(prepared).Schema["Shap"]
            .SlotNames()!;
        CollectionAssert.AreEqual((string[])["Age", "City[0]", "City[1]", "City[2]", "City[3]"], Names(new())[..5]);
        CollectionAssert.AreEqual((string[])["Age", "City"], Names(new() { OneHotBlocksAreFeatures = true })[..2]);
        CollectionAssert.AreEqual((string[])["Age", "City", "Words"], Names(new() { ColumnsAreFeatures = true }));
    }

    [TestMethod]
    public void Naive_bayes_is_a_sum_over_features_and_explained_exactly()
    {
        var prepared = _ml.Transforms.Conversion.MapValueToKey("Label", "Grade").Append(InPlace).Fit(_data).Transform(_data);
        var model = _ml.MulticlassClassification.Trainers.NaiveBayes().Fit(prepared);
        using var shap = _ml.Transforms.Shap("Shap", model, new ShapOptions { ScoreColumnName = "Explained" }).Fit(prepared);
        StringAssert.StartsWith(shap.Description, "exact tree SHAP");
        foreach (var (own, theirs) in shap.Transform(prepared).Vectors("Explained").Zip(model.Transform(prepared).Vectors("Score")))
            for (var c = 0; c < 3; c++)
                Near.Equal(theirs[c], own[c], 1e-4);
    }

    [TestMethod]
    public void Where_the_native_runtime_is_missing_the_two_packages_are_named()
    {
        var error = new InvalidOperationException("outer",
            new TypeInitializationException("Microsoft.ML.OnnxRuntime.NativeMethods", new DllNotFoundException("onnxruntime")));
        var missing = NativeRuntime.Missing(error)!;
        Assert.AreSame(error, missing.InnerException);
        StringAssert.Contains(missing.Message, "Microsoft.ML.OnnxTransformer");
        StringAssert.Contains(missing.Message, "Microsoft.ML.OnnxRuntime,");
        Assert.IsNull(NativeRuntime.Missing(new InvalidOperationException("another")));
    }

    private sealed class Person
    {
        public float Age { get; set; }

        public float Income { get; set; }

        public string City { get; set; } = "";

        public string Remark { get; set; } = "";

        public bool Approved { get; set; }

        public string Grade { get; set; } = "";

        public float Spend { get; set; }
    }

    private sealed class Reasons
    {
        public float[] Shap { get; set; } = [];

        public float Score { get; set; }
    }

    private sealed class Scored
    {
        public float Income { get; set; }

        public float Score { get; set; }
    }
}

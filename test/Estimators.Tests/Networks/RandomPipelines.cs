using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Introspection.Estimators.Tests.Networks;

/// <summary>Pipelines put together by chance out of steps and models that can be written in operators.</summary>
internal sealed class RandomPipelines(int seed)
{
    private readonly MLContext _ml = new(seed);
    private readonly Random _random = new(seed);
    private readonly List<string> _steps = [];

    /// <summary>What the last pipeline is made of.</summary>
    public string Description => string.Join(" → ", _steps);

    /// <summary>A row of the data.</summary>
    public sealed class Row
    {
        public float A { get; set; }

        public float B { get; set; }

        public double D { get; set; }

        [VectorType(4)]
        public float[] Mixed { get; set; } = [];

        [VectorType(3)]
        public float[] Positive { get; set; } = [];

        [VectorType(3)]
        public float[] Holes { get; set; } = [];

        public float Number { get; set; }

        public bool Yes { get; set; }

        public string Class { get; set; } = "";

        [KeyType(50)]
        public uint Group { get; set; }
    }

    /// <summary>Makes and fits a pipeline.</summary>
    public (ITransformer Model, IDataView Data) Next()
    {
        var data = Data();
        _steps.Clear();
        IEstimator<ITransformer> pipeline = Add("key of the class", _ml.Transforms.Conversion.MapValueToKey("Label", "Class"));
        List<string> singles = ["A", "B", "Mixed", "Positive"];
        if (_random.Next(2) == 0)
        {
            pipeline = pipeline.Append(Add("D to single", _ml.Transforms.Conversion.ConvertType("D1", "D")));
            singles.Add("D1");
        }
        if (_random.Next(2) == 0)
        {
            var mode = Pick(MissingValueReplacingEstimator.ReplacementMode.Mean, MissingValueReplacingEstimator.ReplacementMode.Minimum,
                MissingValueReplacingEstimator.ReplacementMode.DefaultValue);
            pipeline = pipeline.Append(Add("indicate missing", _ml.Transforms.IndicateMissingValues("IsHole", "Holes")))
                .Append(_ml.Transforms.Conversion.ConvertType("IsHole1", "IsHole"))
                .Append(Add($"replace missing {mode}", _ml.Transforms.ReplaceMissingValues("Holes", "Holes", mode,
                    imputeBySlot: _random.Next(2) == 0)));
            singles.AddRange(["Holes", "IsHole1"]);
        }
        for (var i = _random.Next(4); i > 0; i--)
        {
            var source = Pick([.. singles]);
            var made = _random.Next(2) == 0 ? source : $"{source}{i}";
            pipeline = pipeline.Append(Step(made, source));
            if (!singles.Contains(made))
                singles.Add(made);
        }
        string[] chosen = [.. singles.Where(_ => _random.Next(3) > 0)];
        if (chosen.Length == 0)
            chosen = ["Mixed"];
        if (chosen is ["A" or "B" or "D1"])
            chosen = ["Mixed", .. chosen];
        pipeline = pipeline.Append(Add($"concatenate {string.Join("+", chosen)}", _ml.Transforms.Concatenate("Features", chosen)));
        switch (_random.Next(8))
        {
            case 0:
                pipeline = pipeline.Append(Add("select features", _ml.Transforms.FeatureSelection.SelectFeaturesBasedOnCount(
                    "Features", "Features", 150)));
                break;
            case 1:
                pipeline = pipeline.Append(Add("norm of the vector", _ml.Transforms.NormalizeLpNorm("Features", "Features")));
                break;
            case 2:
                pipeline = pipeline.Append(Add("components", _ml.Transforms.ProjectToPrincipalComponents("Components", "Features", rank: 2,
                    ensureZeroMean: _random.Next(2) == 0))).Append(_ml.Transforms.Concatenate("Features", "Features", "Components"));
                break;
        }
        return (pipeline.Append(Model()).Fit(data), data);
    }

    private IEstimator<ITransformer> Step(string made, string source) => _random.Next(9) switch
    {
        0 => Add($"min-max {source}", _ml.Transforms.NormalizeMinMax(made, source, fixZero: _random.Next(2) == 0)),
        1 => Add($"mean-variance {source}", _ml.Transforms.NormalizeMeanVariance(made, source, fixZero: _random.Next(2) == 0,
            useCdf: false)),
        // What ML.NET makes of a zero depends on whether the row is sparse.
        2 when !source.StartsWith("IsHole", StringComparison.Ordinal) => Add($"mean-variance cdf {source}", _ml.Transforms.NormalizeMeanVariance(made, source, fixZero: false, useCdf: true)),
        3 => Add($"log-mean-variance {source}", _ml.Transforms.NormalizeLogMeanVariance(made, source, useCdf: _random.Next(2) == 0)),
        // ML.NET's robust scaling cannot be fitted to vectors with zeros.
        4 when source is "A" or "B" or "D1" => Add($"robust {source}", _ml.Transforms.NormalizeRobustScaling(made, source, centerData: _random.Next(2) == 0)),
        5 => Add($"binning {source}", _ml.Transforms.NormalizeBinning(made, source, maximumBinCount: 5)),
        6 => Add($"supervised binning {source}", _ml.Transforms.NormalizeSupervisedBinning(made, source, labelColumnName: "Label",
            maximumBinCount: 5, mininimumExamplesPerBin: 5)),
        7 => Vector(made, source),
        _ => Add($"copy {source}", _ml.Transforms.CopyColumns(made, source)),
    };

    private IEstimator<ITransformer> Vector(string made, string source)
    {
        if (source is not ("Mixed" or "Positive"))
            return Add($"copy {source}", _ml.Transforms.CopyColumns(made, source));
        var norm = Pick(Enum.GetValues<LpNormNormalizingEstimatorBase.NormFunction>());
        return _random.Next(2) == 0
            ? Add($"norm {norm} {source}", _ml.Transforms.NormalizeLpNorm(made, source, norm, ensureZeroMean: _random.Next(2) == 0))
            : Add($"contrast {source}", _ml.Transforms.NormalizeGlobalContrast(made, source,
                ensureUnitStandardDeviation: _random.Next(2) == 0, scale: 2));
    }

    private IEstimator<ITransformer> Model()
    {
        var binary = _ml.BinaryClassification;
        var several = _ml.MulticlassClassification;
        var trees = new FastTreeBinaryTrainer.Options { LabelColumnName = "Yes", NumberOfTrees = 5, NumberOfLeaves = 6,
            MinimumExampleCountPerLeaf = 5, NumberOfThreads = 1 };
        (string Name, Func<IEstimator<ITransformer>> Make)[] models =
        [
            ("logistic", () => binary.Trainers.LbfgsLogisticRegression("Yes")),
            ("sdca logistic", () => binary.Trainers.SdcaLogisticRegression("Yes", maximumNumberOfIterations: 5)),
            ("perceptron, platt", () => binary.Trainers.AveragedPerceptron("Yes").Append(binary.Calibrators.Platt("Yes"))),
            ("svm, isotonic", () => binary.Trainers.LinearSvm("Yes").Append(binary.Calibrators.Isotonic("Yes"))),
            ("svm, naive", () => binary.Trainers.LinearSvm("Yes").Append(binary.Calibrators.Naive("Yes"))),
            ("sgd", () => binary.Trainers.SgdCalibrated("Yes")),
            ("fast tree", () => binary.Trainers.FastTree(trees)),
            ("fast forest", () => binary.Trainers.FastForest("Yes", numberOfTrees: 5, numberOfLeaves: 6)),
            ("light gbm", () => binary.Trainers.LightGbm("Yes", numberOfLeaves: 6, numberOfIterations: 5, minimumExampleCountPerLeaf: 5)),
            ("gam", () => binary.Trainers.Gam("Yes", numberOfIterations: 20, maximumBinCountPerFeature: 16)),
            ("factorisation", () => binary.Trainers.FieldAwareFactorizationMachine(["Features", "Mixed"], "Yes")),
            ("factorisation of 8", () => binary.Trainers.FieldAwareFactorizationMachine(new FieldAwareFactorizationMachineTrainer.Options
            {
                FeatureColumnName = "Features", ExtraFeatureColumns = ["Mixed"], LabelColumnName = "Yes", LatentDimension = 8,
                NormalizeFeatures = false,
            })),
            ("maximum entropy", () => several.Trainers.LbfgsMaximumEntropy("Label")),
            ("sdca maximum entropy", () => several.Trainers.SdcaMaximumEntropy("Label", maximumNumberOfIterations: 5)),
            ("sdca svm", () => several.Trainers.SdcaNonCalibrated("Label", maximumNumberOfIterations: 5)),
            ("one versus all, logistic", () => several.Trainers.OneVersusAll(binary.Trainers.LbfgsLogisticRegression(), "Label")),
            ("one versus all, perceptron", () => several.Trainers.OneVersusAll(binary.Trainers.AveragedPerceptron(), "Label")),
            ("one versus all, raw", () => several.Trainers.OneVersusAll(binary.Trainers.AveragedPerceptron(), "Label",
                useProbabilities: false)),
            ("one versus all, trees", () => several.Trainers.OneVersusAll(binary.Trainers.FastTree(numberOfTrees: 4, numberOfLeaves: 5),
                "Label")),
            ("light gbm, classes", () => several.Trainers.LightGbm("Label", numberOfLeaves: 6, numberOfIterations: 5,
                minimumExampleCountPerLeaf: 5)),
            ("naive bayes", () => several.Trainers.NaiveBayes("Label")),
            ("sdca regression", () => _ml.Regression.Trainers.Sdca("Number", maximumNumberOfIterations: 5)),
            ("poisson", () => _ml.Regression.Trainers.LbfgsPoissonRegression("Number")),
            ("online gradient", () => _ml.Regression.Trainers.OnlineGradientDescent("Number", learningRate: 0.01f)),
            ("tree regression", () => _ml.Regression.Trainers.FastTree("Number", numberOfTrees: 5, numberOfLeaves: 6)),
            ("forest regression", () => _ml.Regression.Trainers.FastForest("Number", numberOfTrees: 5, numberOfLeaves: 6)),
            ("tweedie", () => _ml.Regression.Trainers.FastTreeTweedie("Number", numberOfTrees: 5, numberOfLeaves: 6)),
            ("gam regression", () => _ml.Regression.Trainers.Gam("Number", numberOfIterations: 20, maximumBinCountPerFeature: 16)),
            ("ranking", () => _ml.Ranking.Trainers.FastTree("Number", rowGroupColumnName: "Group", numberOfTrees: 4, numberOfLeaves: 5)),
            ("k-means", () => _ml.Clustering.Trainers.KMeans("Features", numberOfClusters: 3)),
            ("components as anomaly", () => _ml.AnomalyDetection.Trainers.RandomizedPca("Features", rank: 2)),
        ];
        var (name, make) = Pick(models);
        return Add(name, make());
    }

    private IDataView Data() => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 240).Select(i =>
    {
        float Normal() => (float)(Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));
        var (a, b) = (Normal(), Normal() * 3 + 1);
        float[] mixed = [Normal(), a + Normal(), 2 * Normal(), _random.Next(3) == 0 ? 0 : Normal()];
        float[] positive = [MathF.Exp(Normal()), MathF.Abs(b), _random.Next(4)];
        var score = a - 0.5f * b + mixed[1] + positive[0];
        return new Row
        {
            A = a, B = b, D = Normal() * 10, Mixed = mixed, Positive = positive,
            Holes = [Hole(Normal()), Hole(a), Hole(positive[1])],
            Number = MathF.Round(MathF.Min(4, MathF.Abs(score))), Yes = score + Normal() > 0.5,
            Class = score < -0.5 ? "low" : score < 1 ? "middle" : "high", Group = (uint)(i / 12 + 1),
        };

        float Hole(float value) => _random.Next(6) == 0 ? float.NaN : value;
    }).ToArray());

    private IEstimator<ITransformer> Add(string description, IEstimator<ITransformer> step)
    {
        _steps.Add(description);
        return step;
    }

    private T Pick<T>(params T[] several) => several[_random.Next(several.Length)];
}

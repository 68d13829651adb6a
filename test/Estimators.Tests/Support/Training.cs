using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;

namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>
/// ML.NET's trainers and transforms that its stand-in does not have. Feature column "Features", label "Label"; for ranking, the key
/// "Group". Training.Absent.cs has the same members for where they are not there.
/// </summary>
internal static class Training
{
    public static bool ArePresent => true;

    public static IEstimator<ITransformer> FastTreeRegression(MLContext ml, double dropout = 0) => ml.Regression.Trainers.FastTree(
        new FastTreeRegressionTrainer.Options { NumberOfTrees = 20, NumberOfLeaves = 12, MinimumExampleCountPerLeaf = 5,
            DropoutRate = dropout });

    public static IEstimator<ITransformer> FastTreeTweedie(MLContext ml) =>
        ml.Regression.Trainers.FastTreeTweedie(numberOfTrees: 15, numberOfLeaves: 8);

    public static IEstimator<ITransformer> FastTreeBinary(MLContext ml) =>
        ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 20, numberOfLeaves: 10);

    public static IEstimator<ITransformer> FastTreeRanking(MLContext ml) =>
        ml.Ranking.Trainers.FastTree(rowGroupColumnName: "Group", numberOfTrees: 12, numberOfLeaves: 8);

    public static IEstimator<ITransformer> FastForestRegression(MLContext ml) =>
        ml.Regression.Trainers.FastForest(numberOfTrees: 15, numberOfLeaves: 12);

    public static IEstimator<ITransformer> FastForestBinary(MLContext ml) =>
        ml.BinaryClassification.Trainers.FastForest(numberOfTrees: 15, numberOfLeaves: 12);

    public static IEstimator<ITransformer> GamRegression(MLContext ml) => ml.Regression.Trainers.Gam(numberOfIterations: 50);

    public static IEstimator<ITransformer> GamBinary(MLContext ml) => ml.BinaryClassification.Trainers.Gam(numberOfIterations: 50);

    public static IEstimator<ITransformer> LightGbmRegression(MLContext ml, bool categories = false, bool zeroIsMissing = false) =>
        ml.Regression.Trainers.LightGbm(
        new LightGbmRegressionTrainer.Options
        {
            NumberOfIterations = 25, NumberOfLeaves = 12, MinimumExampleCountPerLeaf = 5, UseCategoricalSplit = categories,
            HandleMissingValue = true,
            UseZeroAsMissingValue = zeroIsMissing, MinimumExampleCountPerGroup = 5, CategoricalSmoothing = 1,
        });

    public static IEstimator<ITransformer> LightGbmBinary(MLContext ml, double sigmoid = 0.5) => ml.BinaryClassification.Trainers.LightGbm(
        new LightGbmBinaryTrainer.Options { NumberOfIterations = 25, NumberOfLeaves = 10, MinimumExampleCountPerLeaf = 5,
            Sigmoid = sigmoid });

    public static IEstimator<ITransformer> LightGbmRanking(MLContext ml) =>
        ml.Ranking.Trainers.LightGbm(rowGroupColumnName: "Group", numberOfIterations: 15, numberOfLeaves: 8);

    public static IEstimator<ITransformer> LightGbmMulticlass(MLContext ml, bool softmax) => ml.MulticlassClassification.Trainers.LightGbm(
        new LightGbmMulticlassTrainer.Options { NumberOfIterations = 15, NumberOfLeaves = 8, MinimumExampleCountPerLeaf = 5,
            UseSoftmax = softmax });

    public static IEstimator<ITransformer> OneVersusAllFastTree(MLContext ml, bool probabilities) =>
        ml.MulticlassClassification.Trainers.OneVersusAll(ml.BinaryClassification.Trainers.FastTree(numberOfTrees: 10, numberOfLeaves: 8),
            useProbabilities: probabilities);

    /// <summary>Forests have no probabilities; one-versus-all calibrates them by itself.</summary>
    public static IEstimator<ITransformer> OneVersusAllFastForest(MLContext ml) =>
        ml.MulticlassClassification.Trainers.OneVersusAll(
            ml.BinaryClassification.Trainers.FastForest(numberOfTrees: 10, numberOfLeaves: 8));

    public static IEstimator<ITransformer> OneVersusAllGam(MLContext ml) =>
        ml.MulticlassClassification.Trainers.OneVersusAll(ml.BinaryClassification.Trainers.Gam(numberOfIterations: 30));

    public static IEstimator<ITransformer> OneVersusAllPerceptron(MLContext ml, bool probabilities) =>
        ml.MulticlassClassification.Trainers.OneVersusAll(ml.BinaryClassification.Trainers.AveragedPerceptron(),
            useProbabilities: probabilities);

    public static IEstimator<ITransformer> OneVersusAllLdSvm(MLContext ml) =>
        ml.MulticlassClassification.Trainers.OneVersusAll(ml.BinaryClassification.Trainers.LdSvm(treeDepth: 1));

    public static IEstimator<ITransformer> PairwiseCoupling(MLContext ml) =>
        ml.MulticlassClassification.Trainers.PairwiseCoupling(ml.BinaryClassification.Trainers.AveragedPerceptron());

    public static IEstimator<ITransformer> NaiveBayes(MLContext ml) => ml.MulticlassClassification.Trainers.NaiveBayes();

    public static IEstimator<ITransformer> MaximumEntropy(MLContext ml) => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy();

    public static IEstimator<ITransformer> LinearMulticlass(MLContext ml) =>
        ml.MulticlassClassification.Trainers.SdcaNonCalibrated(maximumNumberOfIterations: 20);

    public static IEstimator<ITransformer> LogisticRegression(MLContext ml) =>
        ml.BinaryClassification.Trainers.SdcaLogisticRegression(maximumNumberOfIterations: 20);

    public static IEstimator<ITransformer> Perceptron(MLContext ml) => ml.BinaryClassification.Trainers.AveragedPerceptron();

    public static IEstimator<ITransformer> LinearRegression(MLContext ml) => ml.Regression.Trainers.Sdca(maximumNumberOfIterations: 20);

    public static IEstimator<ITransformer> PoissonRegression(MLContext ml) => ml.Regression.Trainers.LbfgsPoissonRegression();

    public static IEstimator<ITransformer> FactorizationMachine(MLContext ml) =>
        ml.BinaryClassification.Trainers.FieldAwareFactorizationMachine();

    public static IEstimator<ITransformer> KMeans(MLContext ml) => ml.Clustering.Trainers.KMeans(numberOfClusters: 3);

    public static IEstimator<ITransformer> Platt(MLContext ml) => ml.BinaryClassification.Calibrators.Platt();

    public static IEstimator<ITransformer> Isotonic(MLContext ml) => ml.BinaryClassification.Calibrators.Isotonic();

    public static IEstimator<ITransformer> Naive(MLContext ml) => ml.BinaryClassification.Calibrators.Naive();

    public static IEstimator<ITransformer> OneHot(MLContext ml, string column) => ml.Transforms.Categorical.OneHotEncoding(column);

    public static IEstimator<ITransformer> FeaturizeText(MLContext ml, string output, string input) =>
        ml.Transforms.Text.FeaturizeText(output, input);

    public static IEstimator<ITransformer> ToKey(MLContext ml, string column) => ml.Transforms.Conversion.MapValueToKey(column);

    public static IEstimator<ITransformer> ToValue(MLContext ml, string column) => ml.Transforms.Conversion.MapKeyToValue(column);

    public static IEstimator<ITransformer> ToSingle(MLContext ml, string output, string input) =>
        ml.Transforms.Conversion.ConvertType(output, input, DataKind.Single);

    /// <summary>ML.NET's own contributions of features.</summary>
    public static IEstimator<ITransformer> FeatureContributions(MLContext ml, ITransformer model, int positive, int negative,
        bool normalize) =>
        ml.Transforms.CalculateFeatureContribution((ISingleFeaturePredictionTransformer<ICalculateFeatureContribution>)model, positive,
            negative, normalize);
}

namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>In the place of Training.cs where there are no trainers: tests that need them compile, and say by <see cref="NeedsTrainersAttribute"/> why they are skipped.</summary>
internal static class Training
{
    public static bool ArePresent => false;

    private static InvalidOperationException Absent => new("There are no trainers here; a test that needs them has to say so ([NeedsTrainers]).");

    public static IEstimator<ITransformer> FastTreeRegression(MLContext ml, double dropout = 0) => throw Absent;

    public static IEstimator<ITransformer> FastTreeTweedie(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> FastTreeBinary(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> FastTreeRanking(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> FastForestRegression(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> FastForestBinary(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> GamRegression(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> GamBinary(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> LightGbmRegression(MLContext ml, bool categories = false, bool zeroIsMissing = false) => throw Absent;

    public static IEstimator<ITransformer> LightGbmBinary(MLContext ml, double sigmoid = 0.5) => throw Absent;

    public static IEstimator<ITransformer> LightGbmRanking(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> LightGbmMulticlass(MLContext ml, bool softmax) => throw Absent;

    public static IEstimator<ITransformer> OneVersusAllFastTree(MLContext ml, bool probabilities) => throw Absent;

    public static IEstimator<ITransformer> OneVersusAllFastForest(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> OneVersusAllGam(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> OneVersusAllPerceptron(MLContext ml, bool probabilities) => throw Absent;

    public static IEstimator<ITransformer> OneVersusAllLdSvm(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> PairwiseCoupling(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> NaiveBayes(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> MaximumEntropy(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> LinearMulticlass(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> LogisticRegression(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> Perceptron(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> LinearRegression(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> PoissonRegression(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> FactorizationMachine(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> KMeans(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> Platt(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> Isotonic(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> Naive(MLContext ml) => throw Absent;

    public static IEstimator<ITransformer> OneHot(MLContext ml, string column) => throw Absent;

    public static IEstimator<ITransformer> FeaturizeText(MLContext ml, string output, string input) => throw Absent;

    public static IEstimator<ITransformer> ToKey(MLContext ml, string column) => throw Absent;

    public static IEstimator<ITransformer> ToValue(MLContext ml, string column) => throw Absent;

    public static IEstimator<ITransformer> ToSingle(MLContext ml, string output, string input) => throw Absent;

    public static IEstimator<ITransformer> FeatureContributions(MLContext ml, ITransformer model, int positive, int negative, bool normalize) => throw Absent;
}

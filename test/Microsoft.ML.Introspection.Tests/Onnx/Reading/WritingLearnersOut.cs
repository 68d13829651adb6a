using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading.Learners;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Onnx.Reading;

/// <summary>Operators of ai.onnx.ml written in those of networks: ONNX Runtime's own kernels for the former say what is right.</summary>
[TestClass]
public sealed class WritingLearnersOut
{
    private const int Features = 4;

    private static readonly float[] Numbers =
        [0.5f, -1.25f, 2, 0.75f, -3, 0.1f, 0, 4, 1, 1, 1, 1, 0, 0, 0, 0, 2.5f, -0.5f, -0.25f, 1.5f];

    private static readonly Tensor Rows = Tensor.From(Numbers, 5, Features);

    private static readonly float[] Weights = [0.3f, -0.7f, 1.1f, 0.2f, -0.4f, 0.9f, 0.05f, -1.3f, 0.6f, 0.6f, -0.2f, 0.8f];

    public static IEnumerable<object[]> Operators =>
    [
        Of("Scaler", ("offset", (float[])[1, 2, 3, 4]), ("scale", (float[])[2, 0.5f, -1, 3])),
        Of("Scaler", ("offset", (float[])[1]), ("scale", (float[])[2])),
        Of("Binarizer", ("threshold", 0.6f)),
        Of("Imputer", ("imputed_value_floats", (float[])[7, 8, 9, 10]), ("replaced_value_float", float.NaN)),
        Of("Imputer", ("imputed_value_floats", (float[])[7]), ("replaced_value_float", 1f)),
        Of("Normalizer", ("norm", "MAX")),
        Of("Normalizer", ("norm", "L1")),
        Of("Normalizer", ("norm", "L2")),
        Of("FeatureVectorizer", ("inputdimensions", (long[])[4])),
        Of("LinearRegressor", ("coefficients", Weights[..4]), ("intercepts", (float[])[0.5f])),
        Of("LinearRegressor", ("coefficients", Weights), ("targets", 3L)),
        Of("LinearRegressor", ("coefficients", Weights), ("targets", 3L), ("intercepts", (float[])[0.5f, -1, 2]), ("post_transform", "SOFTMAX")),
        Of("LinearRegressor", ("coefficients", Weights), ("targets", 3L), ("post_transform", "LOGISTIC")),
        Of("LinearRegressor", ("coefficients", Weights), ("targets", 3L), ("post_transform", "SOFTMAX_ZERO")),
        Of("LinearClassifier", ("coefficients", Weights), ("intercepts", (float[])[0.5f, -1, 2]), ("classlabels_ints", (long[])[4, 7, 9])),
        Of("LinearClassifier", ("coefficients", Weights), ("intercepts", (float[])[0.5f, -1, 2]), ("classlabels_ints", (long[])[4, 7, 9]),
            ("post_transform", "SOFTMAX")),
        Of("LinearClassifier", ("coefficients", Weights[..8]), ("intercepts", (float[])[0.5f, -0.5f]), ("classlabels_ints", (long[])[0, 1]),
            ("post_transform", "LOGISTIC"), ("multi_class", 1L)),
        Of("LinearClassifier", ("coefficients", Weights[..4]), ("intercepts", (float[])[0.5f]), ("classlabels_ints", (long[])[3, 5]),
            ("post_transform", "LOGISTIC")),
        Of("LinearClassifier", ("coefficients", Weights[..4]), ("intercepts", (float[])[0.5f]), ("classlabels_ints", (long[])[3, 5])),
        Of("SVMRegressor", ("kernel_type", "LINEAR"), ("kernel_params", (float[])[0, 0, 0]), ("coefficients", Weights[..4]),
            ("rho", (float[])[0.25f])),
        .. ((string[])["LINEAR", "POLY", "RBF", "SIGMOID"]).Select(kernel => Of("SVMRegressor", ("kernel_type", kernel),
            ("kernel_params", (float[])[0.3f, 0.5f, 3]), ("n_supports", 3L), ("support_vectors", Weights), ("coefficients", (float[])[1, -2, 0.5f]),
            ("rho", (float[])[0.25f]))),
        Of("SVMRegressor", ("kernel_type", "RBF"), ("kernel_params", (float[])[0.3f, 0, 3]), ("n_supports", 3L), ("support_vectors", Weights),
            ("coefficients", (float[])[1, -2, 0.5f]), ("rho", (float[])[0.25f]), ("one_class", 1L)),
        Of("SVMClassifier", ("kernel_type", "RBF"), ("kernel_params", (float[])[0.3f, 0, 3]), ("vectors_per_class", (long[])[2, 1]),
            ("support_vectors", Weights), ("coefficients", (float[])[1, 2, -0.5f]), ("rho", (float[])[0.25f]),
            ("classlabels_ints", (long[])[3, 5])),
        .. ((string[])["LINEAR", "RBF"]).Select(kernel => Of("SVMClassifier", ("kernel_type", kernel),
            ("kernel_params", (float[])[0.3f, 0, 3]), ("vectors_per_class", (long[])[2, 1, 1, 2]),
            ("support_vectors", (float[])[.. Weights, .. Weights.Select(w => 1 - w / 2)]),
            ("coefficients", (float[])[.. Enumerable.Range(0, 18).Select(i => i * 7 % 11 - 5f)]),
            ("rho", (float[])[0.25f, -1, 0.5f, 2, -0.75f, 0.1f]), ("classlabels_ints", (long[])[3, 5, 8, 2]))),
        Of("SVMClassifier", ("kernel_type", "LINEAR"), ("kernel_params", (float[])[0, 0, 3]), ("coefficients", Weights), ("rho", (float[])[0.25f]), ("classlabels_ints", (long[])[3, 5, 8]),
            ("post_transform", "SOFTMAX")),
    ];

    [TestMethod]
    [DynamicData(nameof(Operators))]
    public void GivesWhatOnnxRuntimeGives(string operatorType, (string, object)[] attributes)
    {
        var model = Model(operatorType, attributes);
        var written = LearnerOperators.WriteOut(model);
        Assert.IsFalse(written.Proto.Graph.Node.Any(n => n.Domain == LearnerOperators.Domain), "all is written out");
        foreach (var rows in (Tensor[])[Rows, Tensor.From([float.NaN, 1, 2, 3, 1, float.NaN, 0, 2], 2, Features)])
        {
            if (operatorType != "Imputer" && rows != Rows)
                continue;
            var (right, ours) = (GraphRunner.Run(model, ("x", rows)), GraphRunner.Run(written, ("x", rows)));
            foreach (var (name, tensor) in right)
                TensorAssert.AreSame(tensor, ours[name], name, 1e-6);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Operators))]
    public void HasTheSlopesOfFiniteDifferences(string operatorType, (string, object)[] attributes)
    {
        if (operatorType == "Binarizer" || attributes.Contains(("one_class", 1L)))
            return;
        var network = Network.From(Model(operatorType, attributes), new NetworkOptions { KeepFinalActivation = true });
        // A row away from kinks.
        float[] row = [0.5f, -1.25f, 2, 0.75f];
        var given = Explained.Run(network, new InputXGradient(), Tensor.From(row, 1, Features)).ToDouble();
        for (var i = 0; i < Features; i++)
        {
            var (below, above) = ((float[])[.. row], (float[])[.. row]);
            (below[i], above[i]) = (row[i] - 0.01f, row[i] + 0.01f);
            var slope = (Score(above) - Score(below)) / ((double)above[i] - below[i]);
            Near.Equal(row[i] * slope, given[i], 2e-3 * Math.Max(1, Math.Abs(row[i] * slope)));
        }

        double Score(float[] x) =>
            GraphRunner.Run(Model(operatorType, attributes), ("x", Tensor.From(x, 1, Features)))[network.DefaultOutput].ToDouble()[0];
    }

    // As sklearn-onnx writes a ColumnTransformer of numbers and codes, a chosen few of what it makes, and a model behind them.
    [TestMethod]
    [DataRow("LinearClassifier")]
    [DataRow("SVMClassifier")]
    [DataRow("LinearRegressor")]
    public void GivesWhatOnnxRuntimeGivesOfWholePipelines(string head)
    {
        var builder = Builder();
        builder.Graph.Input.Add(ModelBuilder.Info("code", ElementType.Int64, new Shape([Dimension.Symbol("N"), 1])));
        builder.Initializer("shape", Tensor.Vector(-1L, 3L)).Initializer("kept", Tensor.Vector(0L, 2L, 4L, 6L));
        builder.Node("Imputer", ["x"], ["whole"], ("imputed_value_floats", (float[])[7, 8, 9, 10]), ("replaced_value_float", float.NaN))
            .Node("Scaler", ["whole"], ["scaled"], ("offset", (float[])[1, 2, 3, 4]), ("scale", (float[])[2, 0.5f, -1, 3]))
            .Node("OneHotEncoder", ["code"], ["hot"], ("cats_int64s", (long[])[2, 5, 9]), ("zeros", 1L))
            .Node("Reshape", ["hot", "shape"], ["flat"]).Node("Concat", ["scaled", "flat"], ["all"], ("axis", 1L))
            .Node("ArrayFeatureExtractor", ["all", "kept"], ["chosen"]);
        switch (head)
        {
            case "LinearRegressor":
                builder.Node(head, ["chosen"], ["scores"], ("coefficients", Weights[..4]), ("intercepts", (float[])[0.5f]));
                break;
            case "LinearClassifier":
                builder.Node(head, ["chosen"], ["label", "raw"], ("coefficients", Weights[..8]), ("intercepts", (float[])[0.5f, -0.5f]),
                    ("classlabels_ints", (long[])[0, 1]), ("post_transform", "LOGISTIC"), ("multi_class", 1L))
                    .Node("Normalizer", ["raw"], ["scores"], ("norm", "L1"));
                break;
            default:
                builder.Node(head, ["chosen"], ["label", "scores"], ("kernel_type", "RBF"), ("kernel_params", (float[])[0.3f, 0, 3]),
                    ("vectors_per_class", (long[])[2, 1]), ("support_vectors", Weights), ("coefficients", (float[])[1, 2, -0.5f]),
                    ("rho", (float[])[0.25f]), ("classlabels_ints", (long[])[3, 5]));
                break;
        }
        foreach (var node in builder.Graph.Node.Where(n => n.OpType is not ("Reshape" or "Concat")))
            node.Domain = LearnerOperators.Domain;
        var model = builder.Output("scores").Build();
        var written = LearnerOperators.WriteOut(model);
        Assert.IsFalse(written.Proto.Graph.Node.Any(n => n.Domain == LearnerOperators.Domain), "all is written out");
        (string, Tensor)[] rows =
            [("x", Tensor.From((float[])[float.NaN, .. Numbers[1..]], 5, Features)), ("code", Tensor.From((long[])[2, 9, 5, 3, 2], 5, 1))];
        TensorAssert.AreSame(GraphRunner.Run(model, rows)["scores"], GraphRunner.Run(written, rows)["scores"], head, 1e-6);
    }

    [TestMethod]
    public void LeavesTextsAndMapsOutside()
    {
        var builder = Builder().Node("Scaler", ["x"], ["scaled"], ("offset", (float[])[1]), ("scale", (float[])[2]))
            .Node("LinearClassifier", ["scaled"], ["text", "raw"], ("coefficients", Weights), ("intercepts", (float[])[0.5f, -1, 2]),
                ("classlabels_strings", (string[])["ant", "bee", "cat"]), ("post_transform", "SOFTMAX"))
            .Node("Normalizer", ["raw"], ["probabilities"], ("norm", "L1"))
            .Node("Cast", ["text"], ["output_label"], ("to", (long)ElementType.String))
            .Node("ZipMap", ["probabilities"], ["output_probability"], ("classlabels_strings", (string[])["ant", "bee", "cat"]));
        foreach (var node in builder.Graph.Node.Where(n => n.OpType != "Cast"))
            node.Domain = LearnerOperators.Domain;
        builder.Output("output_label", ElementType.String);
        builder.Output("output_probability");
        var network = Network.From(builder.Build(), new NetworkOptions { KeepFinalActivation = true });

        CollectionAssert.AreEqual((string[])["output_probability"], network.OutputNames.ToArray());
        Assert.AreEqual(3, network.ClassesOf("output_probability"));
        var shares = Explained.Run(network, new IntegratedGradients(300), Tensor.From(Numbers[..4], 1, 4), 1).ToDouble();
        double[] Softmax(double[] x) => [.. x.Select(v => Math.Exp(v) / x.Sum(Math.Exp))];
        double[] Probabilities(float[] x) => Softmax([.. Enumerable.Range(0, 3).Select(c =>
            new[] { 0.5, -1, 2 }[c] + Enumerable.Range(0, 4).Sum(i => (x[i] - 1.0) * 2 * Weights[c * 4 + i]))]);
        Near.Equal(Probabilities(Numbers[..4])[1] - Probabilities(new float[4])[1], shares.Sum(), 1e-4);
    }

    // ML.NET's files number their labels, and hold the names of slots as texts.
    [TestMethod]
    public void LeavesLabelsThatAreReadOutside()
    {
        var builder = Labelled();
        builder.Node("Identity", ["class"], ["class.output"]).Output("class.output", ElementType.String);
        var network = Network.From(builder.Build());

        CollectionAssert.AreEqual((string[])["x"], network.Inputs.Select(i => i.Name).ToArray());
        CollectionAssert.AreEqual((string[])["scores"], network.OutputNames.ToArray());
        Near.Equal((double[])[.. Weights[..4].Zip(Numbers, (w, x) => (double)(w * x))],
            Explained.Run(network, new InputXGradient(), Tensor.From(Numbers[..4], 1, 4)).ToDouble(), 1e-6);
    }

    [TestMethod]
    public void KeepsTextsThatScoresAreMadeOf()
    {
        var builder = Labelled();
        builder.Node("Cast", ["key"], ["number"], ("to", (long)ElementType.Float)).Node("Add", ["scores", "number"], ["sum"]).Output("sum");
        var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(builder.Build()));
        StringAssert.Contains(error.Message, "'class' holds text");
    }

    [TestMethod]
    public void TakesInputsThatAreHandedOnForNoScores()
    {
        var builder = Builder().Node("Identity", ["x"], ["x.output"]).Output("x.output")
            .Node("LinearRegressor", ["x"], ["scores"], ("coefficients", Weights[..4])).Output("scores").Input("unused", -1, 2);
        builder.Graph.Node[1].Domain = LearnerOperators.Domain;
        var network = Network.From(builder.Build());
        Assert.AreEqual("scores", network.DefaultOutput);
        Assert.AreEqual("x", network.DefaultInput.Name);
    }

    private static ModelBuilder Labelled()
    {
        var builder = Builder().Input("class", ElementType.String, -1, 1).Initializer("names", Tensor.FromProto(new TensorProto
        {
            DataType = (int)ElementType.String, Dims = { 2 }, StringData = { Google.Protobuf.ByteString.CopyFromUtf8("a"),
                Google.Protobuf.ByteString.CopyFromUtf8("b") },
        })).Node("LinearRegressor", ["x"], ["scores"], ("coefficients", Weights[..4]))
            .Node("LabelEncoder", ["class"], ["key"], ("keys_strings", (string[])["ant", "bee"]), ("values_int64s", (long[])[1, 2]))
            .Node("LabelEncoder", ["names"], ["slots"], ("keys_strings", (string[])["a", "b"]), ("values_int64s", (long[])[1, 2]));
        foreach (var node in builder.Graph.Node)
            node.Domain = LearnerOperators.Domain;
        return builder.Output("scores").Output("key", ElementType.Int64).Output("slots", ElementType.Int64);
    }

    [TestMethod]
    public void RefusesWhatGivesTextAlone()
    {
        var builder = Builder().Node("LinearClassifier", ["x"], ["text", "scores"], ("coefficients", Weights),
            ("intercepts", (float[])[0, 0, 0]), ("classlabels_strings", (string[])["ant", "bee", "cat"]));
        builder.Graph.Node[0].Domain = LearnerOperators.Domain;
        builder.Output("text", ElementType.String);
        var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(builder.Build()));
        StringAssert.Contains(error.Message, "'text'");
    }

    [TestMethod]
    public void RefusesListsOfTheWrongLength()
    {
        var error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(Model("LinearRegressor",
            ("coefficients", Weights[..5]), ("targets", 2L))));
        StringAssert.Contains(error.Message, "5 coefficients for 2 scores");
        error = Assert.ThrowsExactly<InvalidModelException>(() => Network.From(Model("SVMRegressor", ("n_supports", 2L),
            ("support_vectors", Weights), ("coefficients", (float[])[1]), ("rho", (float[])[0]))));
        StringAssert.Contains(error.Message, "2 support vectors and 1 coefficients");
    }

    private static object[] Of(string operatorType, params (string, object)[] attributes) => [operatorType, attributes];

    private static ModelBuilder Builder()
    {
        var builder = new ModelBuilder(18);
        builder.Graph.Input.Add(ModelBuilder.Info("x", ElementType.Float, new Shape([Dimension.Symbol("N"), Features])));
        builder.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = LearnerOperators.Domain, Version = 3 });
        return builder;
    }

    private static OnnxModel Model(string operatorType, params (string, object)[] attributes)
    {
        var isClassifier = operatorType.EndsWith("Classifier", StringComparison.Ordinal);
        var builder = Builder().Node(operatorType, ["x"], isClassifier ? ["label", "scores"] : ["scores"], attributes).Output("scores");
        builder.Graph.Node[0].Domain = LearnerOperators.Domain;
        return (isClassifier ? builder.Output("label", ElementType.Int64) : builder).Build();
    }
}

using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>The breast-cancer table as one vector, and a network that was trained on it.</summary>
public class TumourNetwork : Context
{
    /// <summary>What a biopsy can show, in the order of the network's scores.</summary>
    protected enum Diagnosis
    {
        Malignant,
        Benign,
    }

    private IDataView? _training, _unseen;

    protected MLContext mlContext { get; } = new(seed: 1);

    protected string network => "tumours.onnx";

    protected IDataView training => _training ??= Load("train.csv");

    protected IDataView unseen => _unseen ??= Load("test.csv");

    protected override IReadOnlyDictionary<string, string> Files => new Dictionary<string, string>
    {
        ["train.csv"] = "samples/Quickstart/data/breast_cancer_train.csv",
        ["test.csv"] = "samples/Quickstart/data/breast_cancer_test.csv",
        ["tumours.onnx"] = "samples/Quickstart/models/mlp_breast_cancer.onnx",
    };

    private IDataView Load(string file) => mlContext.Data.LoadFromTextFile(file,
        [new("Features", DataKind.Single, 0, 29), new("Label", DataKind.Int64, 30)], ',', hasHeader: true);
}

/// <summary>The breast-cancer table with a column for each measurement, and trees of FastTree.</summary>
public class TumourTable : Context
{
    private IDataView? _training, _unseen;
    private string[]? _columns;
    private TransformerChain<BinaryPredictionTransformer<CalibratedModelParametersBase<FastTreeBinaryModelParameters, PlattCalibrator>>>? _model;

    protected MLContext mlContext { get; } = new(seed: 1);

    protected string[] columns => _columns ??= File.ReadLines("train.csv").First().Split(',')[..30];

    protected IDataView training => _training ??= Load("train.csv");

    protected IDataView unseen => _unseen ??= Load("test.csv");

    protected TransformerChain<BinaryPredictionTransformer<CalibratedModelParametersBase<FastTreeBinaryModelParameters, PlattCalibrator>>> model =>
        _model ??= mlContext.Transforms.Concatenate("Features", columns)
            .Append(mlContext.BinaryClassification.Trainers.FastTree(numberOfTrees: 20, numberOfLeaves: 8)).Fit(training);

    protected override IReadOnlyDictionary<string, string> Files => new Dictionary<string, string>
    {
        ["train.csv"] = "samples/Quickstart/data/breast_cancer_train.csv",
        ["test.csv"] = "samples/Quickstart/data/breast_cancer_test.csv",
    };

    private IDataView Load(string file) => mlContext.Data.LoadFromTextFile(file,
        [.. columns.Select((name, i) => new TextLoader.Column(name, DataKind.Single, i)), new("Label", DataKind.Boolean, 30)], ',', hasHeader: true);
}
